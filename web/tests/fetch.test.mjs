// A file by its address in the web: fetched by the browser, judged as one that was chosen, and told in words where not.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { Device, button, folder, image, later, open, sees, together, useBrowser } from "./harness.mjs";

useBrowser();

async function website(t, answer) {
  const server = createServer(answer);
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  later(t, () => { server.closeAllConnections(); server.close(); });
  return `http://127.0.0.1:${server.address().port}`;
}

async function start(t, options) {
  const dir = folder(t);
  const device = new Device(t, `${dir}/device`, "--http", 0, "--allow-unsigned", "--firmware", image(dir, "v1.bin", "--version", "1.0.0"));
  const page = await open(t, await device.page(), options);
  await page.locator("#pick").filter({ visible: true }).waitFor();
  const fetchFrom = async (address) => {
    await page.fill("#address", address);
    await button(page, "Fetch").click();
  };
  return { dir, device, page, fetchFrom };
}

together(() => {
  test("what another site lets pages read is fetched, judged and installed", async (t) => {
    const { dir, device, page, fetchFrom } = await start(t, { away: true });
    const v2 = readFileSync(image(dir, "v2.bin", "--version", "1.1.0", "--size", 300000));
    const seen = [];
    const site = await website(t, (request, reply) => {
      seen.push(request.headers);
      reply.writeHead(200, { "access-control-allow-origin": "*" }).end(v2);
    });
    await fetchFrom(`${site}/releases/lamp-1.1.0.bin?token=1`);
    await sees(page, "lamp-1.1.0.bin, 293 KB");
    assert.equal(seen[0].referer, undefined);
    assert.equal(seen[0].cookie, undefined);
    await button(page, "Install 1.1.0").click();
    await device.wait("update", { result: "ok", version: "1.1.0" });
    await sees(page, "Version 1.1.0 is running");
  });

  test("a web page in place of the file is refused as a chosen one is", async (t) => {
    const { page, fetchFrom } = await start(t);
    const site = await website(t, (_, reply) => reply.writeHead(200, { "access-control-allow-origin": "*" }).end("<!doctype html>"));
    await fetchFrom(`${site}/a.bin`);
    await sees(page, "This is a web page; the download went wrong. Download again.");
    assert.equal(await button(page, /Install/).count(), 0);
  });

  test("what keeps a browser from it is told in words", async (t) => {
    const { page, fetchFrom } = await start(t, { allow: /CORS|ERR_|status of 404/ });
    const refused = /^The browser cannot fetch it: nobody answers there, or that site does not let other pages read it \(CORS\)/;
    const closed = await website(t, (_, reply) => reply.end("x"));
    await fetchFrom(closed);
    await sees(page, refused);
    const missing = await website(t, (_, reply) => reply.writeHead(404, { "access-control-allow-origin": "*" }).end());
    await fetchFrom(missing);
    await sees(page, "The web server answered 404. Check the address.");
    await fetchFrom("http://127.0.0.1:1/a.bin");
    await sees(page, refused);
    for (const address of ["", "lamp.bin", "javascript:alert(1)", "ftp://a/b", "data:,x"]) {
      await fetchFrom(address);
      await sees(page, "A web address begins with https: or http:.");
    }
    const cut = await website(t, (_, reply) => {
      reply.writeHead(200, { "access-control-allow-origin": "*", "content-length": 1000 });
      reply.write("half");
      setTimeout(() => reply.destroy(), 50);
    });
    await fetchFrom(cut);
    await sees(page, "The web server has stopped sending. Try again.");
  });

  test("a site that never ends is left at the limit", async (t) => {
    const { page, fetchFrom } = await start(t);
    const piece = Buffer.alloc(1 << 20);
    const site = await website(t, async (_, reply) => {
      reply.writeHead(200, { "access-control-allow-origin": "*" });
      for (let open = true; open; ) {
        open = await new Promise((done) => {
          reply.once("close", () => done(false));
          reply.write(piece, () => done(true));
        });
      }
    });
    await fetchFrom(site);
    await sees(page, /^Too large: > 64\.0\sMB\./);
  });
});
