// The other pages of a device's HTTP port in a browser: esp32-ota's form, and our page at ElegantOTA's address.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createServer } from "node:http";
import { Device, button, choose, folder, image, later, open, sees, together, useBrowser } from "./harness.mjs";

useBrowser();

together(() => {
  test("a file sent by the form is installed", async (t) => {
    const dir = folder(t);
    const device = new Device(t, `${dir}/device`, "--http", 0, "--form", "--allow-unsigned");
    const { port } = await device.wait("listening", { scheme: "form" });
    const page = await open(t, `http://127.0.0.1:${port}/`, { away: true });
    const asked = [];
    page.on("dialog", (dialog) => { asked.push(dialog.message()); dialog.accept(); });
    await sees(page, "Current Device info");
    await sees(page, "1.0.0");
    await page.locator("input[type=file]").setInputFiles(image(dir, "v2.bin", "--version", "2.0.0"));
    await page.locator("input[value='Send file']").click();
    await sees(page, "OTA OK, restarting...");
    assert.deepEqual(asked, ["Confirm?"]);
    await device.wait("boot", { version: "2.0.0" });
  });

  test("a form of another origin does nothing", async (t) => {
    const dir = folder(t);
    const device = new Device(t, `${dir}/device`, "--http", 0, "--form", "--elegant", "--allow-unsigned");
    const { port } = await device.wait("listening", { scheme: "form" });
    const foreign = createServer((request, reply) => {
      const path = new URL(request.url, "http://x").searchParams.get("to");
      reply.setHeader("Content-Type", "text/html");
      reply.end(`<!doctype html><title>elsewhere</title><form method=post enctype=multipart/form-data action="http://127.0.0.1:${port}${path}">
        <input type=file name=file><input type=submit value=go></form>`);
    });
    await new Promise((done) => foreign.listen(0, "127.0.0.1", done));
    later(t, () => foreign.close());
    const file = image(dir, "v2.bin", "--version", "2.0.0");
    for (const path of ["/upload", "/factory", "/ota/upload"]) {
      const page = await open(t, `http://localhost:${foreign.address().port}/?to=${path}`, { allow: /status of 403/ });
      await page.locator("input[type=file]").setInputFiles(file);
      const answer = page.waitForResponse((response) => response.url().endsWith(path));
      await page.locator("input[value=go]").click();
      assert.equal((await answer).status(), 403, path);
    }
    const page = await open(t, `http://localhost:${foreign.address().port}/?to=/`, { allow: /status of 403/ });
    const started = page.waitForResponse((response) => response.url().includes("/ota/start"));
    await page.evaluate((url) => fetch(url, { mode: "no-cors" }), `http://127.0.0.1:${port}/ota/start?mode=fr`);
    assert.equal((await started).status(), 403);
  });

  test("the page works at ElegantOTA's address", async (t) => {
    const dir = folder(t);
    const device = new Device(t, `${dir}/device`, "--http", 0, "--elegant", "--allow-unsigned");
    const { port } = await device.wait("listening", { scheme: "elegant" });
    const page = await open(t, `http://127.0.0.1:${port}/update`, { away: true });
    await sees(page, "1.0.0");
    await choose(page, image(dir, "v2.bin", "--version", "2.0.0"));
    await button(page, /^Install/).click();
    await device.wait("boot", { version: "2.0.0" });
    await sees(page, /2\.0\.0 is running/);
  });
});
