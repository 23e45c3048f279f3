// The page without a mouse; a file of its own, for the keyboard belongs to one window at a time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Device, folder, image, open, useBrowser } from "./harness.mjs";

useBrowser();

test("an update by keyboard alone, told to a screen reader", async (t) => {
  const dir = folder(t);
  const device = new Device(t, `${dir}/device`, "--http", 0, "--allow-unsigned", "--confirm", "manual");
  const page = await open(t, await device.page(), { away: true });
  await page.locator("#pick").filter({ visible: true }).waitFor();
  const tab = async (name) => {
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.labels?.[0]?.innerText ?? document.activeElement.innerText).then((text) => text.split("\n")[0]), name);
    const ring = await page.evaluate(() => {
      const on = document.activeElement.id === "file" ? document.querySelector("#pick .button") : document.activeElement;
      return getComputedStyle(on).outlineStyle;
    });
    assert.notEqual(ring, "none", `focus on "${name}" is to be seen`);
  };
  await tab("English");
  await tab("Choose a firmware file");
  const opened = page.waitForEvent("filechooser");
  await page.evaluate(() => 0);  // the page answers, so the request to report choosers has arrived before the key does
  await page.keyboard.press("Space");
  const chooser = await opened;
  await chooser.setFiles(image(dir, "v2.bin", "--version", "1.1.0"));
  await page.locator("#new-title:focus").waitFor();
  assert.match(await page.locator("#say").textContent(), /New firmware\s+1\.1\.0/);
  await tab("Install 1.1.0");
  await page.keyboard.press("Enter");
  await page.locator("#ask-title:focus").waitFor();
  assert.match(await page.locator("#say").textContent(), /Keep version 1\.1\.0\?/);
  await tab("Keep 1.1.0");
  await page.keyboard.press("Space");
  await page.locator("#note-title:focus").waitFor();
  assert.match(await page.locator("#say").textContent(), /Version 1\.1\.0 is running/);
});
