// What others try: text that wants to be markup, and pages of other origins (security.md rows 19 to 21).
import assert from "node:assert/strict";
import { test } from "node:test";
import { createServer } from "node:http";
import { Device, button, choose, folder, image, later, open, sees, together, useBrowser } from "./harness.mjs";

useBrowser();

const MARKUP = "<img src=x onerror=alert(1)>";

together(() => {
  test("markup in the device's names and in a file's is text", async (t) => {
    const dir = folder(t);
    const device = new Device(t, `${dir}/device`, "--http", 0, "--allow-unsigned", "--confirm", "manual",
      "--firmware", image(dir, "v1.bin", "--version", "<b>1</b>", "--project", MARKUP));
    const page = await open(t, await device.page(), { away: true });
    page.on("dialog", () => page.problems.push("a script ran"));
    await sees(page, MARKUP);
    await choose(page, image(dir, "<i>v2<i>.bin", "--version", "\"><script>alert(1)</script>", "--project", "</h1><svg onload=alert(2)>"));
    await sees(page, "\"><script>alert(1)</script>");
    await sees(page, "</h1><svg onload=alert(2)>");
    await button(page, /^Install/).click();
    await sees(page, /^Keep version "><script>/);
    assert.equal(await page.locator("main img, main b, main i, main script, svg[onload]").count(), 0);
    await button(page, /^Go back to <b>1/).click();
    await sees(page, "Back to version <b>1</b>");
  });

  test("a page of another origin cannot read, send, embed or open the socket", async (t) => {
    const dir = folder(t);
    const device = new Device(t, `${dir}/device`, "--http", 0, "--allow-unsigned", "--confirm", "manual");
    await device.page();
    const foreign = createServer((_, reply) => reply.end("<!doctype html><title>elsewhere</title>"));
    await new Promise((done) => foreign.listen(0, "127.0.0.1", done));
    later(t, () => foreign.close());
    const page = await open(t, `http://localhost:${foreign.address().port}/`);
    const before = await device.status();
    const tried = await page.evaluate(async (url) => {
      const attempt = async (run) => { try { return await run(); } catch { return "refused"; } };
      const socket = (path) => new Promise((done) => {
        const ws = new WebSocket(url.replace("http", "ws") + path);
        ws.onopen = () => done("open");
        ws.onerror = () => done("refused");
      });
      const frame = document.createElement("iframe");
      frame.src = url;
      document.body.append(frame);
      await new Promise((done) => { frame.onload = done; });
      return {
        read: await attempt(async () => (await fetch(url + "/status")).status),
        post: await attempt(async () => (await fetch(url, { method: "POST", body: "x" })).status),
        header: await attempt(async () => (await fetch(url, { method: "POST", headers: { "X-Updraft": "1" } })).status),
        blind: await attempt(async () => (await fetch(url, { method: "POST", mode: "no-cors", body: "x" })).type),
        socket: await socket("/ws"),
        frame: await attempt(() => (frame.contentDocument ? "readable" : "closed")),
      };
    }, device.url);
    assert.deepEqual(tried, { read: "refused", post: "refused", header: "refused", blind: "opaque", socket: "refused", frame: "closed" });
    const { uptime_ms, ...after } = await device.status();
    delete before.uptime_ms;
    assert.deepEqual(after, before, "nothing changed");
    const said = page.problems.splice(0);  // here the browser's complaints are what is wanted
    assert.ok(said.some((text) => /frame-ancestors/.test(text)), said.join());
    assert.ok(said.some((text) => /WebSocket.*403/.test(text)), said.join());
  });

  test("a form of another origin changes nothing", async (t) => {
    const dir = folder(t);
    const device = new Device(t, `${dir}/device`, "--http", 0, "--allow-unsigned");
    const page = await open(t, await device.page(), { allow: /403/ });
    const { boot } = await device.status();
    await page.goto("about:blank");
    await page.setContent(`<form method="post" action="${device.url}" enctype="text/plain"><input name="otaSize" value="10"></form>`);
    const [reply] = await Promise.all([page.waitForResponse(device.url), page.evaluate(() => document.forms[0].submit())]);
    assert.equal(reply.status(), 403);
    assert.equal((await device.status()).boot, boot);
  });

  test("a name that an attacker's DNS points at the device", async (t) => {
    const dir = folder(t);
    const device = new Device(t, `${dir}/device`, "--http", 0, "--allow-unsigned");
    const { port } = new URL(await device.page());
    const { chromium } = await import("playwright-core");
    const { CHROMIUM } = await import("./harness.mjs");
    const browser = await chromium.launch({ ...CHROMIUM, args: [...CHROMIUM.args, "--host-resolver-rules=MAP evil.test 127.0.0.1"] });
    later(t, () => browser.close());
    const page = await browser.newPage();
    const reply = await page.goto(`http://evil.test:${port}/ota`);
    assert.equal(reply.status(), 421);
    assert.equal(await page.locator("#file").count(), 0);
  });
});
