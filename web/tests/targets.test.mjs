// A device that names data partitions: a file for one of them, what is said before it is sent, and the way back.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { Device, button, choose, folder, image, open, sees, together, useBrowser } from "./harness.mjs";

useBrowser();

const TABLE = `otadata, data, ota, 0xe000, 0x2000
ota_0, app, ota_0, 0x10000, 512K
ota_1, app, ota_1, 0x90000, 512K
web, data, littlefs, 0x110000, 64K
maps, data, littlefs, 0x120000, 64K
updraft, data, undefined, 0x130000, 64K
`;
const WEB = 64 * 1024;

// As much of a LittleFS as a device looks at.
function littlefs(dir, name, version, size = WEB) {
  const image = Buffer.alloc(size, version);
  for (const block of [0, 4096]) {
    image.writeUInt32LE(1, block);
    image.write("littlefs", block + 8, "latin1");
    for (const [i, word] of [0x2fe000e0, 0x20001, 4096, size / 4096, 255].entries()) image.writeUInt32LE(word, block + 16 + 4 * i);
  }
  writeFileSync(`${dir}/${name}`, image);
  return `${dir}/${name}`;
}

async function started(t, ...args) {
  const dir = folder(t);
  writeFileSync(`${dir}/table.csv`, TABLE);
  const device = new Device(t, `${dir}/device`, "--partitions", `${dir}/table.csv`, "--firmware", image(dir, "v1.bin", "--version", "1.0.0"),
    "--http", 0, "--allow-unsigned", ...args);
  const page = await open(t, await device.page(), { away: true });
  await page.locator("#target").waitFor();
  return { dir, device, page };
}
const held = (dir, at) => readFileSync(`${dir}/device/flash.bin`).subarray(at, at + WEB);

together(() => {
  test("a file system to the partition that was chosen, and kept", async (t) => {
    const { dir, device, page } = await started(t, "--confirm", "manual");
    assert.deepEqual(await page.locator("#target option").allInnerTexts(), ["New firmware", "fs:web", "fs:maps"]);
    await page.locator("#target").selectOption("fs:web");
    await choose(page, littlefs(dir, "web.bin", 1));
    await sees(page, "It replaces all that is in fs:web, settings too.");
    await button(page, "Install fs:web").click();
    await device.wait("part", { label: "web", state: "ready" });
    await sees(page, "Keep the new version?");
    await button(page, "Keep the new version").click();
    await device.wait("confirm");
    await sees(page, "Version 1.0.0 is running");
    assert.deepEqual(held(dir, 0x110000), readFileSync(`${dir}/web.bin`));
  });

  test("and given back", async (t) => {
    const { dir, device, page } = await started(t, "--confirm", "manual");
    const before = Buffer.from(held(dir, 0x110000));
    await page.locator("#target").selectOption("fs:web");
    await choose(page, littlefs(dir, "web.bin", 1));
    await button(page, "Install fs:web").click();
    await button(page, "Go back to the version before").click();
    await device.wait("part", { label: "web", state: "restored" });
    await sees(page, "Back to version 1.0.0");
    assert.deepEqual(held(dir, 0x110000), before);
  });

  test("in place only after a warning", async (t) => {
    const { dir, device, page } = await started(t, "--in-place", "maps");
    await page.locator("#target").selectOption("fs:maps");
    await choose(page, littlefs(dir, "maps.bin", 2));
    await sees(page, "If the power goes away on the way, half of it is there.");
    await button(page, "Install fs:maps anyway").click();
    await device.wait("part", { label: "maps", state: "ready" });
    await sees(page, "Version 1.0.0 is running");
  });

  test("what cannot be meant is said before it is sent, and the choice changes the verdict", async (t) => {
    const { dir, page } = await started(t);
    await choose(page, littlefs(dir, "web.bin", 1));
    await sees(page, "This is not firmware but LittleFS. Choose the .bin file of the app.");
    await page.locator("#target").selectOption("fs:web");
    await button(page, "Install fs:web").waitFor();
    await choose(page, littlefs(dir, "large.bin", 1, 2 * WEB));
    await sees(page, /^Too large: 128\sKB\. The device has room for 64\sKB\.$/);
    await choose(page, littlefs(dir, "small.bin", 1, WEB / 2));
    await button(page, "Install fs:web").click();
    await sees(page, "The update did not go through");
    await page.locator("#target").selectOption("New firmware");
    await sees(page, "This is not firmware but LittleFS. Choose the .bin file of the app.");
  });

  test("a device with nothing but an app does not ask", async (t) => {
    const dir = folder(t);
    const device = new Device(t, `${dir}/device`, "--firmware", image(dir, "v1.bin", "--version", "1.0.0"), "--http", 0, "--allow-unsigned");
    const page = await open(t, await device.page());
    await sees(page, "Choose a firmware file");
    assert.deepEqual((await device.status()).targets, []);
    assert.equal(await page.locator("#to").isVisible(), false);
  });
});
