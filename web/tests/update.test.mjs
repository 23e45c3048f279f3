// From a file to a running version, and every way that it does not get there.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Device, button, choose, derived, folder, image, later, open, sees, together, useBrowser } from "./harness.mjs";

useBrowser();

async function start(t, ...args) {
  const dir = folder(t);
  const device = new Device(t, `${dir}/device`, "--firmware", image(dir, "v1.bin", "--version", "1.0.0"), "--http", 0, "--allow-unsigned", ...args);
  await device.page();
  return { dir, device };
}

together(() => {
  test("an update is followed to the new version", async (t) => {
    const { dir, device } = await start(t);
    const page = await open(t, device.url, { away: true, hold: 64 * 1024 });
    await sees(page, "1.0.0");
    await choose(page, image(dir, "v2.bin", "--version", "1.1.0", "--size", 300000));
    for (const fact of ["1.1.0", "demo", "ESP32-C3", "v2.bin, 293 KB"]) await sees(page, fact);
    await button(page, "Install 1.1.0").click();
    await sees(page, "Installing 1.1.0");  // which lasts for a blink, but for the hold
    page.release();
    await device.wait("update", { result: "ok", version: "1.1.0" });
    await device.wait("reboot", { reason: "update" });
    await sees(page, "Version 1.1.0 is running");
    assert.equal((await device.status()).state, "valid");
    assert.equal(await page.locator("#now-version").innerText(), "1.1.0");
  });

  test("a wrong chip is refused before anything is sent", async (t) => {
    const { dir, device } = await start(t);
    const page = await open(t, device.url);
    await choose(page, image(dir, "c6.bin", "--version", "2.0.0", "--chip", "esp32c6"));
    await sees(page, "Made for ESP32-C6, but this device has ESP32-C3.");
    assert.equal(await button(page, /Install/).count(), 0);
    assert.equal((await device.status()).last, null);
  });

  test("a truncated file is refused before anything is sent", async (t) => {
    const { dir, device } = await start(t);
    const page = await open(t, device.url);
    const whole = image(dir, "v2.bin", "--version", "1.1.0");
    for (const cut of [100, 288, 100000]) {
      await choose(page, derived(whole, `cut${cut}.bin`, (data) => data.subarray(0, cut)));
      await sees(page, `cut${cut}.bin`);
      await sees(page, "The file is cut off. Download or build it again.");
      assert.equal(await button(page, /Install/).count(), 0);
    }
  });

  test("what only the device can see is refused with its reason", async (t) => {
    const { dir, device } = await start(t);
    const page = await open(t, device.url);
    // The checksum is right, the hash at the end is not.
    await choose(page, derived(image(dir, "v2.bin", "--version", "1.1.0"), "bad.bin", (data) => {
      data[data.length - 1] ^= 1;
      return data;
    }));
    await button(page, "Install 1.1.0").click();
    await sees(page, "The update did not go through");
    await sees(page, "The file is damaged. Download or build it again.");
    await sees(page, "bad_hash");
    assert.equal(await page.locator("#install").isVisible(), false, "the same file again would not help");
    assert.equal((await device.status()).version, "1.0.0");
    await choose(page, image(dir, "good.bin", "--version", "1.2.0"));
    await button(page, "Install 1.2.0").waitFor();  // the page is ready for the next one
  });

  test("unsigned firmware if the device does not take it", async (t) => {
    const dir = folder(t);
    const device = new Device(t, `${dir}/device`, "--http", 0);
    const page = await open(t, await device.page());
    await choose(page, image(dir, "v2.bin", "--version", "1.1.0"));
    await sees(page, "This device takes signed firmware only: a .suit file.");
    assert.equal(await button(page, /Install/).count(), 0, "a button that the device will refuse");
    assert.equal((await device.status()).last, null);
  });

  test("how the last updates ended is there the next time", async (t) => {
    const { dir, device } = await start(t);
    const page = await open(t, device.url, { away: true, hold: 64 * 1024 });
    assert.equal(await page.locator("#log").isVisible(), false);
    await choose(page, image(dir, "v2.bin", "--version", "1.1.0", "--size", 300000));
    await button(page, "Install 1.1.0").click();
    await device.wait("progress");
    await button(page, "Cancel").click();
    await sees(page, "Cancelled");
    page.hold = Infinity;
    await button(page, "Install 1.1.0").click();
    await sees(page, "Version 1.1.0 is running");
    await page.reload();
    await sees(page, "Last updates");
    assert.deepEqual(await page.locator("#log-rows dd").allInnerTexts(), ["Version 1.1.0 is running", "Cancelled"]);
    for (const foreign of ["{", "[[1,\"<b>\",{},\"\"]]", "[null]", "{}"]) {
      await page.evaluate((text) => { localStorage.updates = text; }, foreign);
      await page.reload();
      await sees(page, "Choose a firmware file");
      assert.equal(await page.locator("#log").isVisible(), false, foreign);
    }
  });

  test("cancel changes nothing, and the next try goes through", async (t) => {
    const { dir, device } = await start(t);
    const page = await open(t, device.url, { away: true, hold: 64 * 1024 });
    await choose(page, image(dir, "v2.bin", "--version", "1.1.0", "--size", 300000));
    await button(page, "Install 1.1.0").click();
    await device.wait("progress");
    await button(page, "Cancel").click();
    await sees(page, "Cancelled");
    await sees(page, "Nothing has changed on the device.");
    assert.equal((await device.status()).update, "idle");
    page.hold = Infinity;
    await button(page, "Install 1.1.0").click();
    await sees(page, "Version 1.1.0 is running");
  });

  test("power cut in the middle, and tried again", async (t) => {
    const { dir, device } = await start(t);
    const page = await open(t, device.url, { away: true, hold: 64 * 1024 });
    await choose(page, image(dir, "v2.bin", "--version", "1.1.0", "--size", 300000));
    await button(page, "Install 1.1.0").click();
    await device.wait("progress");
    await device.kill();
    await sees(page, "The connection was lost");
    await sees(page, "This page keeps trying. Check the device's power and your network.");
    await page.locator("#install:disabled").waitFor();  // nothing to try while the device is away
    page.hold = Infinity;
    const again = new Device(t, device.state, "--http", device.port, "--allow-unsigned");
    await again.page();
    await sees(page, "The running version has not changed. Try again.");
    await button(page, "Try again").click();
    await sees(page, "Version 1.1.0 is running");
    assert.equal((await again.status()).version, "1.1.0");
  });

  test("a tab that closes in the middle does not block the next one", async (t) => {
    const { dir, device } = await start(t);
    const first = await open(t, device.url, { hold: 64 * 1024 });
    const file = image(dir, "v2.bin", "--version", "1.1.0", "--size", 300000);
    await choose(first, file);
    await button(first, "Install 1.1.0").click();
    await device.wait("progress");
    await first.close();
    const second = await open(t, device.url, { away: true });
    await choose(second, file);
    await button(second, "Install 1.1.0").click();
    await sees(second, "Version 1.1.0 is running");
  });

  test("two tabs at the same time: the second waits and sees how far the first one is", async (t) => {
    const { dir, device } = await start(t);
    const first = await open(t, device.url, { away: true, hold: 64 * 1024 });
    const ready = await open(t, device.url, { away: true });
    await choose(ready, image(dir, "v3.bin", "--version", "1.2.0"));
    await choose(first, image(dir, "v2.bin", "--version", "1.1.0", "--size", 300000));
    await button(first, "Install 1.1.0").click();
    await device.wait("progress");
    const trickle = setInterval(() => first.trickle(), 5000);
    later(t, () => clearInterval(trickle));
    await button(ready, "Install 1.2.0").click();  // before its page has heard of the other one
    await sees(ready, "An update is running");
    const late = await open(t, device.url, { away: true });
    await sees(late, /\d+\sKB of 293\sKB/);
    clearInterval(trickle);
    await first.close();
    await button(ready, "Install 1.2.0").click();  // its turn, with the file still chosen
    await sees(ready, "Version 1.2.0 is running");
    await sees(late, "1.2.0");
  });
});
