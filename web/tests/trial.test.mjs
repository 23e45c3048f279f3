// After the restart: keep, go back, a device that confirms by itself, one that does not survive its new version.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Device, button, choose, folder, image, open, sees, together, useBrowser } from "./harness.mjs";

useBrowser();

// A device that has just restarted into 1.1.0, as the page sent it.
async function updated(t, ...args) {
  const dir = folder(t);
  const device = new Device(t, `${dir}/device`, "--firmware", image(dir, "v1.bin", "--version", "1.0.0"), "--http", 0, "--allow-unsigned", ...args);
  const page = await open(t, await device.page(), { away: true });
  await choose(page, image(dir, "v2.bin", "--version", "1.1.0"));
  await button(page, "Install 1.1.0").click();
  await device.wait("reboot", { reason: "update" });
  return { dir, device, page };
}

together(() => {
  test("keep", async (t) => {
    const { device, page } = await updated(t, "--confirm", "manual");
    await sees(page, "Keep version 1.1.0?");
    await sees(page, "Without your choice, the next restart brings back the version before.");
    assert.equal((await device.status()).state, "pending_verify");
    await button(page, "Keep 1.1.0").click();
    await sees(page, "Version 1.1.0 is running");
    await device.wait("confirm");
    assert.equal((await device.status()).state, "valid");
  });

  test("go back", async (t) => {
    const { device, page } = await updated(t, "--confirm", "manual");
    await button(page, "Go back to 1.0.0").click();
    await device.wait("rollback");
    await sees(page, "Back to version 1.0.0");
    assert.equal(await page.locator("#now-version").innerText(), "1.0.0");
    assert.equal((await device.status()).version, "1.0.0");
  });

  test("the choice is there for whoever opens the page later", async (t) => {
    const { device, page } = await updated(t, "--confirm", "manual");
    await page.close();
    await device.wait("listening");
    const later = await open(t, device.url);
    await button(later, "Keep 1.1.0").click();
    await sees(later, "Version 1.1.0 is running");
  });

  test("a device that confirms by itself counts down", async (t) => {
    const { device, page } = await updated(t, "--confirm-after", 4);
    await sees(page, /Without your choice, it is kept in \d/);
    await device.wait("confirm");
    await sees(page, "Version 1.1.0 is running");
  });

  test("a device that gives an unconfirmed version up counts down to that", async (t) => {
    const { page } = await updated(t, "--confirm", "never", "--confirm-within", 60);
    await sees(page, /Without your choice, the version before comes back in \d/);
  });

  test("a version that crashes is gone again, and the page says so", async (t) => {
    const { device, page } = await updated(t, "--app", "crash");
    await sees(page, "Back to version 1.0.0");
    await sees(page, "The new version did not start well. The one before works again, as it did.");
    assert.equal((await device.status()).last.result, "rolled_back");
    // The same file once more: the device remembers, and the page says so before it sends.
    await page.setInputFiles("#file", `${device.state}/../v2.bin`);
    await sees(page, "This version failed here before. Take another.");
    await button(page, "Install 1.1.0 anyway").click();
    await device.wait("let_in");
    await device.wait("update", { result: "ok" });
  });

  test("going back by hand is remembered, and a person may come again", async (t) => {
    const { device, page } = await updated(t, "--confirm", "manual");
    await button(page, "Go back to 1.0.0").click();
    await sees(page, "Back to version 1.0.0");
    assert.equal((await device.status()).remembered[0].why, "went_back");
    await page.setInputFiles("#file", `${device.state}/../v2.bin`);
    await sees(page, "You went back from this version here.");
    await button(page, "Install 1.1.0 anyway").click();
    await sees(page, "Keep version 1.1.0?");
  });

  test("power cut while it is on trial", async (t) => {
    const { device, page } = await updated(t, "--confirm", "manual");
    await sees(page, "Keep version 1.1.0?");
    await device.kill();
    await page.locator("#yes:disabled").waitFor();
    const again = new Device(t, device.state, "--http", device.port, "--allow-unsigned");
    await again.page();
    await sees(page, "Back to version 1.0.0");
  });
});
