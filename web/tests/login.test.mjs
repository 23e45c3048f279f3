// A device that asks for a password: only who knows it changes anything, and the password stays in the page.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Device, button, choose, folder, image, open, sees, together, useBrowser } from "./harness.mjs";

useBrowser();

const PASSWORD = "пароль 密码 42";

async function device(t, dir, ...args) {
  const made = new Device(t, join(dir, "device"), "--http", 0, "--login", "--password", PASSWORD, ...args);
  await made.page();
  return made;
}

// All that the page sends and hears over its sockets.
function wire(page) {
  const texts = [];
  page.on("websocket", (socket) => {
    for (const event of ["framesent", "framereceived"]) socket.on(event, ({ payload }) => typeof payload === "string" && texts.push(payload));
  });
  return texts;
}

async function logIn(page, password) {
  await page.locator("#login[open]").waitFor();
  await page.fill("#password", password);
  await button(page, "Log in").click();
}

together(() => {
  test("is asked once, for an update and for the decision after it", async (t) => {
    const dir = folder(t);
    const lamp = await device(t, dir, "--confirm", "manual");
    const page = await open(t, lamp.url, { away: true });
    const texts = wire(page);
    await choose(page, image(dir, "new.bin", "--version", "2.0.0"));
    await button(page, "Install 2.0.0").click();
    await logIn(page, PASSWORD);
    await sees(page, "Keep version 2.0.0?");
    assert.equal((await lamp.status()).pending, true);
    await button(page, "Keep 2.0.0").click();
    await sees(page, "Version 2.0.0 is running");
    assert.equal((await lamp.status()).state, "valid");
    assert.equal(await page.locator("#login").isVisible(), false);
    const answers = texts.filter((text) => text.includes('"answer"'));
    assert.ok(answers.length >= 2, "each connection has a challenge of its own");
    assert.equal(new Set(answers).size, answers.length);
    assert.ok(!texts.join().includes(PASSWORD));
    assert.deepEqual(await page.evaluate(() => Object.values(localStorage).filter((text) => /пароль/.test(text))), []);
  });

  test("a wrong one is said, and asked for again", async (t) => {
    const dir = folder(t);
    const lamp = await device(t, dir);
    const page = await open(t, lamp.url, { away: true });
    await choose(page, image(dir, "new.bin", "--version", "2.0.0"));
    await button(page, "Install 2.0.0").click();
    await logIn(page, "hunter2");
    await page.locator("#wrong").filter({ visible: true }).waitFor();
    assert.equal((await lamp.status()).update, "idle");
    await logIn(page, PASSWORD);
    await sees(page, "Version 2.0.0 is running");
  });

  test("three wrong ones end it, and the file is still there", async (t) => {
    const dir = folder(t);
    const lamp = await device(t, dir);
    const page = await open(t, lamp.url, { away: true });
    await choose(page, image(dir, "new.bin", "--version", "2.0.0"));
    await button(page, "Install 2.0.0").click();
    await logIn(page, "one");
    for (const guess of ["two", "three"]) {
      await page.locator("#wrong").filter({ visible: true }).waitFor();
      await logIn(page, guess);
    }
    await sees(page, "The password is wrong");
    await sees(page, "new.bin");
    await button(page, "Try again").click();
    await logIn(page, PASSWORD);
    await sees(page, "Version 2.0.0 is running");
  });

  test("whoever has none looks and changes nothing", async (t) => {
    const dir = folder(t);
    const lamp = await device(t, dir);
    const page = await open(t, lamp.url);
    await sees(page, "1.0.0");
    await choose(page, image(dir, "new.bin", "--version", "2.0.0"));
    await button(page, "Install 2.0.0").click();
    await page.locator("#login[open]").waitFor();
    await page.keyboard.press("Escape");
    await sees(page, "Nothing has changed on the device.");
    assert.equal(await page.locator("#log").isVisible(), false, "nothing was begun");
    assert.equal((await lamp.status()).update, "idle");
  });

  test("is locked for a minute after ten", async (t) => {
    const dir = folder(t);
    const lamp = await device(t, dir);
    const page = await open(t, lamp.url, { away: true });
    await choose(page, image(dir, "new.bin", "--version", "2.0.0"));
    for (let n = 0; n < 10; n += 3) {
      await page.locator("#install").click();
      for (let guess = n; guess < Math.min(n + 3, 10); guess++) {
        await logIn(page, `guess ${guess}`);
        if (guess % 3 < 2 && guess < 9) await page.locator("#wrong").filter({ visible: true }).waitFor();
      }
      if (n < 9) await sees(page, "The password is wrong");
    }
    await page.reload();
    await choose(page, image(dir, "new.bin", "--version", "2.0.0"));
    await page.locator("#install").click();
    await sees(page, "Too many wrong passwords");
    assert.equal((await lamp.status()).update, "idle");
  });
});
