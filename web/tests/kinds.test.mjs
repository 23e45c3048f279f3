// The page knows the kinds of files that the rest of the program knows, by the same samples.
import assert from "node:assert/strict";
import { test } from "node:test";
import { writeFileSync } from "node:fs";
import { Device, choose, folder, image, open, sees, together, useBrowser } from "./harness.mjs";
import { sampleFiles } from "./sample_files.mjs";

useBrowser();

// Kinds that a device takes, as far as the page can see; an encrypted one only with the device's key.
const UPDATES = new Set(["app", "delta", "signed_package", "key_set"]);
// Kinds that the page calls by their name.
const NAMES = { elf: "ELF", uf2: "UF2", intel_hex: "Intel HEX", srec: "S-record", zigbee_ota: "Zigbee OTA", matter_ota: "Matter OTA",
  mcuboot: "MCUboot", salted: "openssl", pem: "PEM", git_lfs: "Git LFS", http_reply: "HTTP", json: "JSON", bootloader: "bootloader",
  zip: "archive", seven_zip: "archive", rar: "archive", xz: "archive", bzip2: "archive", zstd: "archive", lz4: "archive",
  web_page: "web page" };

together(() => {
  test("what is no update is called by its name and has no button", async (t) => {
    const dir = folder(t);
    const v1 = image(dir, "v1.bin", "--version", "1.0.0");
    const device = new Device(t, `${dir}/device`, "--http", 0, "--allow-unsigned", "--firmware", v1);
    const page = await open(t, await device.page());
    for (const { name, kind, bytes } of sampleFiles()) {
      const path = `${dir}/${name}.bin`;
      writeFileSync(path, bytes);
      await choose(page, path);
      await sees(page, `${name}.bin`);
      assert.equal(await page.locator("#install").isVisible(), UPDATES.has(kind), `${name}: ${kind}`);
      const hints = await page.locator("#hints").innerText();
      if (NAMES[kind] && !name.startsWith("bootloader_esp32_old")) assert.ok(hints.includes(NAMES[kind]), `${name}: ${hints}`);
    }
    assert.equal((await device.status()).last, null, "nothing was sent");
  });
});
