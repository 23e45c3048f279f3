// What the page says about a file before it sends a byte.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync, writeFileSync } from "node:fs";
import { deflateSync, gzipSync } from "node:zlib";
import { createHash } from "node:crypto";
import { Original } from "./original.mjs";
import { STATUS, makeFiles } from "./states.mjs";
import { rawImage } from "./sample_files.mjs";
import { Device, button, choose, folder, image, later, open, sees, together, updraft, useBrowser } from "./harness.mjs";

useBrowser();

together(() => {
  test("every kind of file gets its sentence, and only what can be installed gets a button", async (t) => {
    const dir = folder(t);
    const v1 = image(dir, "v1.bin", "--version", "1.0.0");
    const device = new Device(t, `${dir}/device`, "--http", 0, "--allow-unsigned", "--firmware", v1);
    const page = await open(t, await device.page());
    const make = (name, ...args) => readFileSync(image(dir, "made.bin", ...args));
    const v2 = make("v2", "--version", "1.1.0");
    const bytes = (text, size = 600) => Buffer.concat([Buffer.from(text, "hex"), Buffer.alloc(size, 1)]);
    const flipped = Buffer.from(v2);
    flipped[400] ^= 1;
    const whole = Buffer.alloc(0x20000, 0xff);
    rawImage("esp32c3", "b", [[0x3fcd5710, 2080], [0x403ce710, 2000]]).copy(whole, 0);
    bytes("aa50", 30).copy(whole, 0x8000);
    v2.copy(whole, 0x10000);
    const blocks = Buffer.from(v2);
    blocks.writeUInt16LE(25185, 208);
    const padded = Buffer.concat([v2, Buffer.alloc(4 << 20, 0xff)]);
    const huge = Buffer.alloc(4 << 20, 7);
    v2.copy(huge);

    const rows = [
      // file, its title, its sentence, may it be installed
      [v2, "1.1.0", "", true],
      [readFileSync(v1), "1.0.0", "This exact firmware is already running.", true],
      [make("old", "--version", "0.9.0"), "0.9.0", "It is older than what runs now: 1.0.0.", true],
      [make("same", "--version", "1.0.0", "--size", 65536), /^1\.0\.0 \([0-9a-f]{8}\)$/, "The same version is running, but another build of it.", true],
      [make("other", "--version", "1.1.0", "--project", "lamp"), "1.1.0", "The device runs “demo”, this file is “lamp”.", true],
      [gzipSync(v2), "1.1.0", "", true],
      [deflateSync(v2), "1.1.0", "", true],
      [gzipSync(gzipSync(v2)), "1.1.0", "", true],
      [gzipSync(make("c6", "--version", "2", "--chip", "esp32c6")), "2", "Made for ESP32-C6, but this device has ESP32-C3.", false],
      [gzipSync(v2).subarray(0, 500), "Compressed firmware", "The file is damaged. Download or build it again.", false],
      [gzipSync(Buffer.alloc(8 << 20)), "Compressed firmware", "This is not firmware for an ESP32.", false],
      [gzipSync(huge), "1.1.0", "Too large: > 3.0 MB.", false],
      [huge, "1.1.0", "Too large: 4.0 MB. The device has room for 3.0 MB.", false],
      [flipped, "1.1.0", "The file is damaged. Download or build it again.", false],
      [v2.subarray(0, v2.length - 1), "1.1.0", "The file is cut off.", false],
      [v2.subarray(0, 40), "Cannot be installed", "The file is cut off.", false],
      [whole, "Cannot be installed", "This is a bootloader, or a file for a first installation by cable.", false],
      [padded, "1.1.0", "", true],
      [rawImage("esp32c3", "-", [[0x3fff0018, 4], [0x403ce710, 2000]]), "Cannot be installed", "This is a bootloader", false],
      [blocks, "1.1.0", "Made for revision v251.85–v0.99, but this device has v0.0.", false],
      [bytes("cfb68807"), "Encrypted firmware", "The file is encrypted, and this device has no key for it.", false],
      [bytes("55444c54"), "Patch", "It fits one version only; the device checks which.", true],
      [bytes("10decdfc"), "Patch", "It fits one version only; the device checks which.", true],
      [bytes("d86b"), "Signed package", "This device cannot check signed packages.", false],
      [Buffer.from("\n<!doctype html>"), "Cannot be installed", "This is a web page; the download went wrong.", false],
      [bytes("504b0304"), "Cannot be installed", "This is an archive.", false],
      [bytes("7f454c46"), "Cannot be installed", "This is not firmware but ELF. Choose the .bin file of the app.", false],
      [bytes("42424242"), "Cannot be installed", "This is not firmware for an ESP32.", false],
      [Buffer.alloc(0), "Cannot be installed", "This is not firmware for an ESP32.", false],
      [bytes("e911022f", 5000), "Cannot be installed", "Made for 0x101", false],
    ];
    for (const [i, [data, title, sentence, installs]] of rows.entries()) {
      const path = `${dir}/row${i}.bin`;
      writeFileSync(path, data);
      await choose(page, path);
      await sees(page, `row${i}.bin`);
      const row = `row ${i}, ${title}: ${sentence}`;
      assert.equal(await page.locator("#install").isVisible(), installs, row);
      assert.match(await page.locator("#new-version").innerText(), title instanceof RegExp ? title : new RegExp(`^${title}$`), row);
      const hints = (await page.locator("#hints").innerText()).replaceAll("\u00a0", " ");
      assert.ok(sentence ? hints.includes(sentence) : installs === (hints === ""), `${row}; it says: ${hints}`);
    }
    assert.equal((await device.status()).last, null, "nothing was sent");
  });

  test("what the device would refuse by its own rules has no button either", async (t) => {
    const device = await new Original().start();
    later(t, () => device.stop());
    const files = makeFiles(folder(t));
    for (const [status, sentence] of [
      [{ policy: "signed" }, "This device takes signed firmware only: a .suit file."],
      [{ secure_version: 1 }, "This version is too old for this device."],
      [{ version: "1.6.0", refuses_downgrade: true }, "This version is too old for this device."],
      [{ slot_bytes: 0 }, "This device cannot be updated over the air."],
      [{ slot_bytes: 0, factory: "safeboot" }, "Restart into safeboot"],
    ]) {
      device.status = { ...STATUS, ...status };
      const page = await open(t, device.url);
      await choose(page, files.good);
      await sees(page, sentence);
      assert.equal(await page.locator("#install").isVisible(), false, sentence);
      assert.equal(await page.locator(".drop").isVisible(), false, "a slot that is not there is not asked for");
    }
    assert.deepEqual(device.heard, [], "nothing was sent");
  });

  test("an image without a hash of its own is known by the one that the device computes", async (t) => {
    const dir = folder(t);
    const bare = `${dir}/bare.bin`;
    const data = readFileSync(image(dir, "v1.bin", "--version", "1.0.0"));
    data[23] = 0;
    writeFileSync(bare, data.subarray(0, data.length - 32));
    const device = new Device(t, `${dir}/device`, "--http", 0, "--allow-unsigned", "--firmware", bare);
    const page = await open(t, await device.page());
    await choose(page, bare);
    await sees(page, "This exact firmware is already running.");
    const { digest } = await device.status();
    assert.equal(await page.locator("#new-facts dd").last().innerText(), digest);
    for (const size of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000]) {
      const bytes = Buffer.alloc(size, size);
      assert.equal(await page.evaluate((b) => sha256(new Uint8Array(b)), [...bytes]), createHash("sha256").update(bytes).digest("hex"));
    }
  });

  test("two builds of one name are told apart before and after", async (t) => {
    const dir = folder(t);
    const args = ["--version", "487f743", "--project", "arduino-lib-builder"];
    const device = new Device(t, `${dir}/device`, "--http", 0, "--allow-unsigned", "--firmware", image(dir, "a.bin", ...args));
    const page = await open(t, await device.page(), { away: true });
    const old = (await device.status()).digest.slice(0, 8);
    const next = image(dir, "b.bin", ...args, "--size", 70000);
    const { digest } = JSON.parse(updraft("inspect", next, "--json"));
    const build = digest.slice(0, 8);
    await choose(page, next);
    await sees(page, `487f743 (${old})`);
    await button(page, `Install 487f743 (${build})`).click();
    await sees(page, `Version 487f743 (${build}) is running`);
  });

  test("an original Arduino build shows its build, for its version says nothing", async (t) => {
    const dir = folder(t);
    const args = ["--version", "487f743", "--project", "arduino-lib-builder"];
    const device = new Device(t, `${dir}/device`, "--http", 0, "--allow-unsigned", "--firmware", image(dir, "a.bin", ...args));
    const page = await open(t, await device.page());
    await choose(page, image(dir, "b.bin", ...args, "--size", 70000));
    await sees(page, "The same version is running, but another build of it.");
    const { digest } = await device.status();
    assert.equal(await page.locator("#now-facts dd").last().innerText(), digest);
    assert.notEqual(await page.locator("#new-facts dd").last().innerText(), digest);
  });
});
