// Against an original device: no status, only the socket and its own words.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Original } from "./original.mjs";
import { STATUS, makeFiles } from "./states.mjs";
import { button, choose, folder, image, later, open, sees, together, useBrowser } from "./harness.mjs";

useBrowser();

async function start(t, path) {
  const dir = folder(t);
  const device = await new Original().start(0, path);
  later(t, () => device.stop());
  const page = await open(t, device.url, { away: true, allow: /status of 404/ });
  return { device, page, file: image(dir, "v2.bin", "--version", "1.1.0", "--size", 100000) };
}

together(() => {
  for (const path of ["/ota", "/"]) {
    test(`an update, page at ${path}`, async (t) => {
      const { device, page, file } = await start(t, path);
      await choose(page, file);
      await button(page, "Install 1.1.0").click();
      await sees(page, "The device is back");
      assert.equal(device.received, 100000);
      assert.deepEqual(device.heard, [["otaSize", 100000], ["otaRestartEsp", "restart"]]);
    });
  }

  test("the new version on trial: keep", async (t) => {
    const { device, page, file } = await start(t);
    await choose(page, file);
    device.on = (name) => { if (name === "otaRestartEsp") device.pending = true; };
    await button(page, "Install 1.1.0").click();
    await sees(page, "Without your choice, the next restart brings back the version before.");
    await button(page, "Keep the new version").click();
    await page.locator("#pick").filter({ visible: true }).waitFor();
    assert.deepEqual(device.heard.at(-1), ["otaProcessRollback", "false"]);
  });

  test("the new version on trial: go back", async (t) => {
    const { device, page } = await start(t);
    device.pending = true;
    await page.reload();
    device.on = () => { device.pending = false; };  // the moment it restarts
    await button(page, "Go back to the version before").click();
    await sees(page, "The device is back");
    assert.deepEqual(device.heard.at(-1), ["otaProcessRollback", "true"]);
  });

  test("a transfer that stands still has no rate and no end in sight", async (t) => {
    const { device, page, file } = await start(t);
    device.hold = 8192;
    await choose(page, file);
    await button(page, "Install 1.1.0").click();
    await sees(page, "0 B of 98 KB");
    await page.waitForFunction(() => page.began && now() - page.began > 1500);
    await page.evaluate(() => render());
    assert.equal((await page.locator("#rate").innerText()).replaceAll("\u00a0", " "), "0 B of 98 KB");
  });

  test("a phone is not told to drop a file", async (t) => {
    const { device } = await start(t);
    const phone = await open(t, device.url, { away: true, allow: /status of 404/, hasTouch: true, isMobile: true });
    await sees(phone, "Choose a firmware file");
    assert.equal(await phone.getByText("or drop it here").filter({ visible: true }).count(), 0);
  });

  test("a refusal is shown in the device's own words", async (t) => {
    const { device, page, file } = await start(t);
    device.hold = 0;
    await choose(page, file);
    await button(page, "Install 1.1.0").click();
    await sees(page, "Installing 1.1.0");
    device.say("otaError", "Error write ota");
    await sees(page, "The update did not go through");
    await sees(page, "Error write ota");
  });

  test("the numbers behind a refusal are shown", async (t) => {
    const device = await new Original().start();
    later(t, () => device.stop());
    device.hold = 0;
    const files = makeFiles(folder(t));
    for (const [code, found, expected, words] of [
      ["wrong_chip", 13, 5, "wrong_chip · Made for ESP32-C6, but this device has ESP32-C3."],
      ["wrong_revision", 199 * 65536 + 100, 301, "wrong_revision · Made for revision v1.0–v1.99, but this device has v3.1."],
      ["too_big", 4 << 20, 3 << 20, "too_big · Too large: 4.0 MB. The device has room for 3.0 MB."],
      ["secure_version_low", 1, 2, "secure_version_low · Found 1, expected 2."],
      ["size_mismatch", 1024, 2048, "size_mismatch · Found 1 KB, expected 2 KB."],
      ["bad_checksum", 3, 239, "bad_checksum · Found 0x03, expected 0xef."],
      ["bad_hash", 0, 0, "bad_hash"],
      ["malformed", null, 7, "malformed · Found 0x00, expected 0x07."],
      ["malformed", "<b>", {}, "malformed"],
      ["from_tomorrow", 1, 2, "from_tomorrow"],
    ]) {
      device.status = structuredClone(STATUS);
      const page = await open(t, device.url);
      await choose(page, files.good);
      await button(page, "Install 1.5.0").click();
      await page.locator("#cancel").waitFor();
      device.status.last = { result: "refused", code, message: "x", found, expected };
      device.say("otaError", "Error write ota");
      await sees(page, "The update did not go through");
      assert.equal((await page.locator("#note-code").innerText()).replaceAll("\u00a0", " "), words);
      await page.close();
    }
  });

  test("cancel", async (t) => {
    const { device, page, file } = await start(t);
    device.hold = 20000;
    await choose(page, file);
    await button(page, "Install 1.1.0").click();
    await button(page, "Cancel").click();
    await sees(page, "Cancelled");
    assert.deepEqual(device.heard.at(-1), ["otaCancel", "Cancel"]);
  });
});
