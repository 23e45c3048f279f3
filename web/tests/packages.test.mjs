// Signed packages: the page shows what is in them and who signed, and says the device's refusals in its words.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Device, SOURCE, button, choose, derived, folder, image, later, open, sees, together, updraft, useBrowser } from "./harness.mjs";
import { Original } from "./original.mjs";
import { STATUS } from "./states.mjs";

useBrowser();

// A stand-in for a device that takes signed firmware only, and a package for it.
async function start(t, status = {}) {
  const dir = folder(t);
  const device = await new Original().start();
  later(t, () => device.stop());
  device.status = { ...structuredClone(STATUS), policy: "signed", ...status };
  updraft("key", "gen", `${dir}/release.pem`);
  const kid = updraft("key", "id", `${dir}/release.pem`).toString().trim();
  const app = image(dir, "app.bin", "--version", "1.5.0", "--project", STATUS.project, "--chip", "esp32c3", "--size", 200000);
  const words = ["--product", "example.com/lamp/esp32c3/1", "--sequence", 7, "-o", `${dir}/app.suit`];
  updraft("sign", app, "--key", `${dir}/release.pem`, ...words);
  return { dir, device, kid, app, file: `${dir}/app.suit`, page: await open(t, device.url), unsigned: () => updraft("suit", "make", app, ...words) };
}

const facts = async (page) => Object.fromEntries((await page.locator("#new-facts dt").allInnerTexts()).map((name, i) => [name, i]));

together(() => {
  test("what is in it and who signed is seen before anything is sent", async (t) => {
    const { device, kid, file, page } = await start(t);
    await choose(page, file);
    for (const fact of ["1.5.0", STATUS.project, "ESP32-C3", kid, /^app\.suit, 19\d\sKB$/]) await sees(page, fact);
    const rows = await facts(page);
    assert.equal(await page.locator("#new-facts dd").nth(rows.Release).innerText(), "7");
    await button(page, "Install 1.5.0").click();
    await sees(page, "Check");
    await page.waitForFunction(() => page.state === "restarting");
    assert.equal(device.received, readFileSync(file).length, "the package is sent, not the image in it");
  });

  test("a device that asks for signatures takes it, and no stranger's", async (t) => {
    const dir = folder(t);
    for (const name of ["root", "release", "stranger"]) updraft("key", "gen", `${dir}/${name}.pem`);
    updraft("keyset", "make", "--root", `${dir}/root.pem`, "--release", `${dir}/release.pem`, "-o", `${dir}/keyset`);
    const device = new Device(t, `${dir}/device`, "--http", 0, "--keyset", `${dir}/keyset`, "--firmware", image(dir, "v1.bin", "--version", "1.0.0"));
    const page = await open(t, await device.page(), { away: true });
    const app = image(dir, "v2.bin", "--version", "1.1.0", "--size", 200000);
    const signed = (key, number) => updraft("sign", app, "--key", `${dir}/${key}.pem`, "--product", "example.com/lamp/esp32c3/1", "--sequence", number, "-o", `${dir}/${key}.suit`);
    signed("stranger", 3);
    signed("release", 2);
    await sees(page, "A .suit file for ESP32-C3, up to");
    await choose(page, app);
    await sees(page, "This device takes signed firmware only: a .suit file.");
    assert.equal(await button(page, /Install/).count(), 0);
    await choose(page, `${dir}/stranger.suit`);
    await button(page, "Install 1.1.0").click();
    await sees(page, "It is not signed by a key that this device trusts.");
    assert.equal(await page.locator("#note-code").innerText(), "key_unknown");
    assert.equal(await page.locator("#install").isVisible(), false, "the same file again would not help");
    await choose(page, `${dir}/release.suit`);
    await button(page, /^(Install|Try again)/).click();
    await device.wait("update", { result: "ok", trust: "signed", sequence: 2 });
    await sees(page, "Version 1.1.0 is running");
  });

  test("without a signature, for a device that checks none, cut off or damaged: it is not sent", async (t) => {
    const { device, file, page, unsigned } = await start(t);
    const tries = [
      [derived(file, "head.suit", (data) => data.subarray(0, 150)), "The file is cut off."],
      [derived(file, "cut.suit", (data) => data.subarray(0, data.length - 1)), "The file is cut off."],
      [derived(file, "more.suit", (data) => Buffer.concat([data, Buffer.alloc(1)])), "The file is damaged."],
      [derived(file, "odd.suit", (data) => { data[3] = 0x60; return data; }), "The file is damaged."],
      [derived(file, "image.suit", (data) => { data[data.length - 60] ^= 1; return data; }), "The file is damaged."],
      [derived(file, "deep.suit", () => Buffer.concat([Buffer.from("d86ba2", "hex"), Buffer.alloc(400, 0x81)])), "The file is damaged."],
      [derived(file, "many.suit", () => Buffer.from("d86bbbffffffffffffffff", "hex")), "The file is cut off."],
    ];
    unsigned();
    tries.push([derived(file, "unsigned.suit", (data) => data), "This device takes signed firmware only: a .suit file."]);
    for (const [path, sentence] of tries) {
      await choose(page, path);
      await sees(page, path.split("/").pop());
      await sees(page, sentence);
      assert.equal(await button(page, /Install/).count(), 0, path);
    }
    device.status.policy = "unsigned";
    await page.reload();
    await choose(page, file);
    await sees(page, "This device cannot check signed packages.");
    assert.deepEqual(device.heard, []);
  });

  test("for another chip, or larger than the slot: told before it is sent", async (t) => {
    const { dir, device, page } = await start(t, { slot_bytes: 100000 });
    const other = image(dir, "s3.bin", "--chip", "esp32s3");
    updraft("sign", other, "--key", `${dir}/release.pem`, "--product", "example.com/lamp/esp32s3/1", "--sequence", 7);
    await choose(page, `${dir}/s3.suit`);
    await sees(page, "Made for ESP32-S3, but this device has ESP32-C3.");
    await choose(page, `${dir}/app.suit`);
    await sees(page, /^Too large: 195\sKB/);
    assert.deepEqual(device.heard, []);
  });

  test("each refusal in the page's words, in each language", async (t) => {
    const script = readFileSync(`${SOURCE}/web/ota.html`, "utf8");
    const [, table] = /const WORDS = (\{[^]*?\n\});/.exec(script);
    const WORDS = new Function(`return ${table}`)();
    const { device, file, page } = await start(t);
    for (const [code, words, fact = ""] of [
      ["key_unknown", "It is not signed by a key that this device trusts."], ["threshold_not_met", "It is not signed by a key that this device trusts."],
      ["revoked", "Its maker has taken this package back. Take another."], ["sequence_old", "This version is too old for this device.", " · Found 7, expected 9."],
      ["sequence_floor", "This version is too old for this device.", " · Found 7, expected 9."], ["wrong_product", "The file is for another device."],
      ["component_unknown", "The file is for another device."], ["signature_invalid", "The file is damaged. Download or build it again."],
      ["chunk_mismatch", "The file is damaged. Download or build it again."], ["keyset_missing", "This device cannot check signed packages."],
    ]) {
      device.status.last = null;
      device.hold = 0;
      await page.reload();
      await page.selectOption("#language", "en");
      await choose(page, file);
      await button(page, "Install 1.5.0").click();
      await page.locator("#cancel").waitFor();
      device.status.last = { result: "refused", code, message: "x", found: fact && 7, expected: fact && 9 };
      device.say("otaError", "Error write ota");
      await sees(page, words);
      assert.equal(await page.locator("#note-code").innerText(), code + fact);
      for (const [i, language] of ["ru", "de", "zh", "es"].entries()) {
        await page.selectOption("#language", language);
        assert.equal(await page.locator("#note-text").innerText(), WORDS[words][i]);
      }
    }
  });
});
