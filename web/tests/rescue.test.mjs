// A device with one slot and a rescue app: the page sends the file, waits for the rescue app, and sends it again by itself.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { Device, button, choose, folder, image, open, sees, together, useBrowser } from "./harness.mjs";

useBrowser();

const TABLE = `otadata, data, ota, 0xe000, 0x2000
ota_0, app, ota_0, 0x10000, 1M
rescue, app, factory, , 832K
updraft, data, undefined, , 64K
`;

together(() => {
  test("an update goes through the rescue app", async (t) => {
    const dir = folder(t);
    writeFileSync(`${dir}/table.csv`, TABLE);
    const device = new Device(t, `${dir}/device`, "--partitions", `${dir}/table.csv`, "--firmware", image(dir, "v1.bin", "--version", "1.0.0"),
      "--http", 0, "--allow-unsigned");
    const page = await open(t, await device.page(), { away: true });
    await choose(page, image(dir, "v2.bin", "--version", "1.1.0"));
    await button(page, "Install 1.1.0").click();
    await device.wait("rescue", { reason: "update" });
    await device.wait("update", { result: "ok" });
    await sees(page, "Version 1.1.0 is running");
    assert.equal((await device.status()).slot, "ota_0");
  });
});
