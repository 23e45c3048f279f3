// Encrypted files: the page recognises them, shows nothing of their content, and the device decides.
import assert from "node:assert/strict";
import { test } from "node:test";
import { copyFileSync, chmodSync, writeFileSync } from "node:fs";
import { Device, SOURCE, button, choose, derived, folder, image, open, sees, together, updraft, useBrowser } from "./harness.mjs";

useBrowser();

const NO_KEY = "The file is encrypted, and this device has no key for it.";

// A key file as a user keeps it: for nobody else to read.
function key(dir, name) {
  const path = `${dir}/${name}.pem`;
  copyFileSync(`${SOURCE}/tests/golden/${name}.pem`, path);
  chmodSync(path, 0o600);
  return path;
}

function sealed(dir, name, version, ...keys) {
  const path = `${dir}/${name}`;
  updraft("encrypt", image(dir, `${name}.plain`, "--version", version, "--size", 200000), "-o", path, ...keys);
  return path;
}

function start(t, dir, ...args) {
  return new Device(t, `${dir}/device`, "--firmware", image(dir, "v1.bin", "--version", "1.0.0"), "--allow-unsigned", ...args);
}

together(() => {
  test("with the right key it is installed, and only then its version is known", async (t) => {
    const dir = folder(t);
    const rsa = ["--rsa-key", key(dir, "test_rsa_key")];
    const device = start(t, dir, "--http", 0, ...rsa);
    const page = await open(t, await device.page(), { away: true });
    await choose(page, sealed(dir, "app.enc", "1.1.0", ...rsa));
    await sees(page, "Only the device can tell which version is inside.");
    assert.equal(await page.locator("#new-version").innerText(), "Encrypted firmware");
    assert.deepEqual(await page.locator("#new-facts dt").allInnerTexts(), ["File"], "no facts that nobody knows");
    await button(page, "Install").click();
    await device.wait("update", { result: "ok", version: "1.1.0" });
    await sees(page, "Version 1.1.0 is running");
    assert.equal((await device.status()).state, "valid");
  });

  test("for another key or damaged it is refused with the reason, and the right one works after that", async (t) => {
    const dir = folder(t);
    const rsa = ["--rsa-key", key(dir, "test_rsa_key")];
    const device = start(t, dir, "--http", 0, ...rsa);
    const page = await open(t, await device.page(), { away: true });
    await choose(page, sealed(dir, "other.enc", "1.1.0", "--rsa-key", key(dir, "test_other_rsa_key")));
    await button(page, "Install").click();
    await sees(page, "The file is encrypted for another key.");
    assert.equal(await page.locator("#note-code").innerText(), "wrong_key");
    assert.equal(await page.locator("#install").isVisible(), false, "the same file again would not help");
    const good = sealed(dir, "good.enc", "1.1.0", ...rsa);
    await choose(page, derived(good, "tag.enc", (data) => {
      data[410] ^= 1;
      return data;
    }));
    await button(page, /Install|Try again/).click();
    await sees(page, "The file is damaged. Download or build it again.");
    assert.equal(await page.locator("#note-code").innerText(), "bad_hash");
    assert.equal((await device.status()).version, "1.0.0");
    await choose(page, good);
    await button(page, /Install|Try again/).click();
    await sees(page, "Version 1.1.0 is running");
  });

  test("without a key for it nothing is sent, nor of a file that is cut off or too long", async (t) => {
    const dir = folder(t);
    const rsa = ["--rsa-key", key(dir, "test_rsa_key")];
    writeFileSync(`${dir}/hmac.bin`, Buffer.alloc(32, 9), { mode: 0o600 });
    const ecies = ["--ecies-key", `${dir}/hmac.bin`];
    const device = start(t, dir, "--http", 0, ...ecies);
    const page = await open(t, await device.page());
    const good = sealed(dir, "good.enc", "1.1.0", ...ecies);
    for (const [file, sentence] of [
      [sealed(dir, "rsa.enc", "1.1.0", ...rsa), NO_KEY],
      [derived(good, "cut.enc", (data) => data.subarray(0, data.length - 1)), "The file is cut off."],
      [derived(good, "head.enc", (data) => data.subarray(0, 511)), "The file is cut off."],
      [derived(good, "long.enc", (data) => Buffer.concat([data, Buffer.alloc(1)])), "The file is damaged."],
    ]) {
      await choose(page, file);
      await sees(page, file.split("/").pop());
      await sees(page, sentence);
      assert.equal(await button(page, /Install/).count(), 0, file);
    }
    await choose(page, good);
    await sees(page, "good.enc");
    assert.equal(await button(page, "Install").count(), 1);
    assert.equal((await device.status()).last, null, "nothing was sent");
  });

  test("over https, under a certificate of the device's own", async (t) => {
    const dir = folder(t);
    const rsa = ["--rsa-key", key(dir, "test_rsa_key")];
    const device = start(t, dir, "--https", 0, ...rsa);
    const page = await open(t, await device.page("wss"), { away: true, ignoreHTTPSErrors: true });
    assert.ok(page.url().startsWith("https://"));
    await choose(page, sealed(dir, "app.enc", "1.1.0", ...rsa));
    await button(page, "Install").click();
    await device.wait("update", { result: "ok", version: "1.1.0", scheme: "ws" });
    await sees(page, "Version 1.1.0 is running");
    assert.equal(await page.locator("#now-version").innerText(), "1.1.0");
  });
});
