// The page knows the kinds of files that the rest of the program knows, by the same samples.
import assert from "node:assert/strict";
import { test } from "node:test";
import { writeFileSync } from "node:fs";
import { Device, button, choose, folder, image, open, sees, together, useBrowser } from "./harness.mjs";
import { sampleFiles } from "./sample_files.mjs";

useBrowser();

// Kinds that a device takes, as far as the page can see; an encrypted one only with the device's key, packages not yet.
const UPDATES = new Set(["app", "delta"]);
// Kinds that the page calls by their name.
const NAMES = { elf: "ELF", uf2: "UF2", intel_hex: "Intel HEX", srec: "S-record", zigbee_ota: "Zigbee OTA", matter_ota: "Matter OTA",
  mcuboot: "MCUboot", salted: "openssl", pem: "PEM", git_lfs: "Git LFS", http_reply: "HTTP", json: "JSON", bootloader: "bootloader",
  zip: "archive", seven_zip: "archive", rar: "archive", xz: "archive", bzip2: "archive", zstd: "archive", lz4: "archive",
  web_page: "web page", littlefs: "LittleFS", nvs: "NVS", otadata: "otadata", partition_table: "a partition table", core_dump: "a core dump", fat: "FAT" };
// Their sign is not at the beginning, where the page looks: they are files for installation by cable to it, or no firmware.
const DEEPER = new Set(["bootloader_esp32_old", "littlefs_by_its_second_block", "fat_moved_by_wear_levelling"]);

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
      if (NAMES[kind] && !DEEPER.has(name)) assert.ok(hints.includes(NAMES[kind]), `${name}: ${hints}`);
    }
    assert.equal((await device.status()).last, null, "nothing was sent");
  });

  test("where one slot stands beside a factory app, the page restarts into that", async (t) => {
    const dir = folder(t);
    writeFileSync(`${dir}/t.csv`, "otadata,data,ota,0x9000,0x2000\nsafeboot,app,factory,0x10000,0xE0000\napp0,app,ota_0,,1M\n");
    const v1 = image(dir, "v1.bin", "--version", "1.0.0", "--size", 50000);
    const v2 = image(dir, "v2.bin", "--version", "1.1.0", "--size", 50000);
    const device = new Device(t, `${dir}/device`, "--http", 0, "--allow-unsigned", "--firmware", v1, "--partitions", `${dir}/t.csv`);
    const page = await open(t, await device.page(), { away: true });
    await sees(page, "A .bin file for ESP32-C3, up to");
    assert.equal(await page.locator("#into").isVisible(), false, "the factory app runs");
    await choose(page, v2);
    await button(page, "Install 1.1.0").click();
    await device.wait("confirm");
    await sees(page, "No second app fits beside what runs. Restart into safeboot, then update from there.");
    await button(page, "Restart into safeboot").click();
    await device.wait("boot", { slot: "safeboot" });
    await sees(page, "Version 1.0.0 is running");
    await sees(page, "A .bin file for ESP32-C3, up to");
  });

  test("a device without a second slot says so", async (t) => {
    const dir = folder(t);
    writeFileSync(`${dir}/t.csv`, "otadata,data,ota,0x9000,0x2000\napp0,app,ota_0,0x10000,1M\n");
    const v1 = image(dir, "v1.bin", "--version", "1.0.0", "--size", 50000);
    const device = new Device(t, `${dir}/device`, "--http", 0, "--allow-unsigned", "--firmware", v1, "--partitions", `${dir}/t.csv`);
    const page = await open(t, await device.page());
    await sees(page, "This device cannot be updated over the air.");
    assert.equal(await page.locator("#into").isVisible(), false);
  });
});
