// Every state of the page, each with the way there: for the screenshots and for the checks that hold in all of them.
// The device is the stand-in, so that each state stays for as long as it is looked at.
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { SOURCE, choose, derived, image, updraft } from "./harness.mjs";

export const STATUS = {
  project: "Kitchen lamp", version: "1.4.2", idf: "v5.5", built: "Sep  8 2026 14:05:10", digest: "5f82e316d434907d",
  chip: "esp32c3", chip_id: 5, slot: "ota_0", slot_bytes: 3 << 20, state: "valid", pending: false, confirm: "auto",
  confirm_in_ms: null, give_up_in_ms: null, uptime_ms: 12345, boot: "00000001", update: "idle", received: 0, total: 0, policy: "unsigned",
  sealed: "none", previous: null, last: null,
};
const NEW = { boot: "00000002", slot: "ota_1", version: "1.5.0", digest: "c012e4177fb11a11", built: "Nov 20 2026 09:30:00",
  previous: { version: "1.4.2", project: "Kitchen lamp" } };
const TRIAL = { ...NEW, pending: true, state: "pending_verify" };

// The files that the states need.
export function makeFiles(dir) {
  const product = ["--project", "Kitchen lamp"];
  const good = image(dir, "kitchen-lamp-1.5.0.bin", "--version", "1.5.0", "--size", 1200000, ...product);
  const sealed = `${dir}/kitchen-lamp-1.5.0.enc`;
  updraft("encrypt", good, "-o", sealed, "--rsa-key", `${SOURCE}/tests/golden/test_rsa_key.pem`);
  const packed = `${dir}/kitchen-lamp-1.5.0.bin.gz`;
  writeFileSync(packed, gzipSync(readFileSync(good)));
  const page = `${dir}/download.bin`;
  writeFileSync(page, "<!doctype html><title>Sign in</title>");
  return {
    good, sealed, packed, page,
    long: image(dir, "kitchen-lamp-with-a-rather-long-name-release-candidate.bin", "--version", "v1.5.0-rc.3-145-gdeadbeef-d", ...product),
    cut: derived(good, "kitchen-lamp-1.5.0 (1).bin", (data) => data.subarray(0, 600000)),
    chip: image(dir, "kitchen-lamp-1.5.0-s3.bin", "--version", "1.5.0", "--chip", "esp32s3", ...product),
    other: image(dir, "garden-pump-3.0.bin", "--version", "3.0", "--project", "Garden pump"),
  };
}

const install = (page) => page.locator("#install").click();
const shows = (page, card) => page.locator(`#${card}`).filter({ visible: true }).waitFor();
const file = (name) => async (page, device, files) => choose(page, files[name]);

async function sending(page, device, files) {
  device.hold = 600000;
  await choose(page, files.good);
  await install(page);
  await page.getByText(/\d\s(KB|КБ)[/]/).waitFor();
}

async function restarting(page, device, files) {
  await choose(page, files.good);
  await install(page);
  await page.locator("#steps li:nth-child(3).live").waitFor();
}

async function refused(page, device, file, last) {
  device.hold = 0;
  await choose(page, file);
  await install(page);
  device.status.last = last;
  await page.locator("#cancel").waitFor();
  device.say("otaError", "Error write ota");
  await shows(page, "note");
}

export const STATES = {
  looking: async (page, device) => { device.mute = true; await page.reload(); await page.locator("#note").waitFor(); },
  ready: async (page) => shows(page, "pick"),
  dragging: async (page) => { await shows(page, "pick"); await page.evaluate(() => document.body.classList.add("over")); },
  chosen: file("good"),
  "chosen-long": file("long"),
  "chosen-encrypted": async (page, device, files) => { device.status.sealed = "rsa"; await page.reload(); await choose(page, files.sealed); },
  "chosen-compressed": file("packed"),
  "chosen-other-product": file("other"),
  "chosen-signed-only": async (page, device, files) => { device.status.policy = "signed"; await page.reload(); await choose(page, files.good); },
  "file-wrong-chip": file("chip"),
  "file-cut-off": file("cut"),
  "file-web-page": file("page"),
  "file-no-key": file("sealed"),
  preparing: async (page, device, files) => {
    await choose(page, files.good);
    device.chunk = null;
    await install(page);
    await shows(page, "work");
  },
  sending,
  stopping: async (page, device, files) => { await sending(page, device, files); device.deaf = true; await page.locator("#cancel").click(); },
  cancelled: async (page, device, files) => { await sending(page, device, files); await page.locator("#cancel").click(); await shows(page, "note"); },
  checking: async (page, device, files) => {
    device.silent = true;
    await choose(page, files.good);
    await install(page);
    await page.locator("#steps li:nth-child(2).live").waitFor();
  },
  restarting,
  "restarting-slow": async (page, device, files) => {
    await restarting(page, device, files);
    await page.evaluate("page.since -= 60000");
    await page.locator("#restarting").getByText(/longer than usual|Дольше обычного|länger als üblich|比平时更久|más de lo normal/).waitFor();
  },
  "trial-countdown": async (page, device) => { Object.assign(device.status, TRIAL, { confirm_in_ms: 42000 }); await page.reload(); await shows(page, "ask"); },
  "trial-given-up": async (page, device) => { Object.assign(device.status, TRIAL, { confirm: "manual", give_up_in_ms: 240000 }); await page.reload(); await shows(page, "ask"); },
  "trial-manual": async (page, device) => { Object.assign(device.status, TRIAL, { confirm: "manual" }); await page.reload(); await shows(page, "ask"); },
  keeping: async (page, device) => { await STATES["trial-manual"](page, device); await page.locator("#yes").click(); await page.locator("#yes:disabled").waitFor(); },
  done: async (page, device, files) => { await restarting(page, device, files); Object.assign(device.status, NEW); await page.evaluate("poll()"); await shows(page, "note"); },
  "going-back": async (page, device) => { await STATES["trial-manual"](page, device); await page.locator("#no").click(); await shows(page, "work"); },
  "back-as-asked": async (page, device) => {
    await STATES["going-back"](page, device);
    Object.assign(device.status, STATUS, { boot: "00000003" });
    await page.evaluate("poll()");
    await shows(page, "note");
  },
  "back-by-itself": async (page, device, files) => {
    await restarting(page, device, files);
    Object.assign(device.status, { boot: "00000003" });
    await page.evaluate("poll()");
    await shows(page, "note");
  },
  "refused-key": async (page, device, files) => {
    device.status.sealed = "rsa";
    await page.reload();
    await refused(page, device, files.sealed, { result: "refused", code: "wrong_key", message: "" });
  },
  "chosen-twin": async (page, device, files) => {
    Object.assign(device.status, { version: "1.5.0" });
    await page.reload();
    await choose(page, files.good);
  },
  "chosen-files": async (page, device, files) => {
    device.status.targets = [{ name: "fs:web", format: "littlefs", bytes: 1 << 18, way: "in_place" }];
    await page.reload();
    await page.locator("#target").selectOption({ index: 1 });
    await choose(page, files.page);
  },
  "trial-files": async (page, device) => { Object.assign(device.status, { pending: true }); await page.reload(); await shows(page, "ask"); },
  "no-slot": async (page, device) => { Object.assign(device.status, { slot_bytes: 0, factory: "safeboot" }); await page.reload(); await shows(page, "pick"); },
  log: async (page, device, files) => {
    await STATES.cancelled(page, device, files);
    await page.reload();
    await shows(page, "log");
  },
  "fetch-refused": async (page, device) => {
    await shows(page, "pick");
    await page.fill("#address", device.url + "/nothing.bin");
    await page.locator("#fetch button").click();
    await page.locator("#fetching").getByText("404").waitFor();
  },
  "refused-chip": (page, device, files) => refused(page, device, files.good,
    { result: "refused", code: "wrong_chip", message: "", found: 13, expected: 5 }),
  "refused-rare": (page, device, files) => refused(page, device, files.good,
    { result: "refused", code: "alg_unsupported", message: "The package uses an algorithm that this device does not have." }),
  lost: async (page, device, files) => { await sending(page, device, files); for (const socket of device.sockets) socket.destroy(); await shows(page, "note"); },
  offline: async (page, device) => { await shows(page, "pick"); device.mute = true; await page.evaluate("poll()"); await shows(page, "note"); },
  elsewhere: async (page, device) => { Object.assign(device.status, { update: "writing", received: 700000, total: 1200000 }); await page.evaluate("poll()"); await shows(page, "ask"); },
  installed: async (page, device) => { device.status.update = "installed"; await page.reload(); await shows(page, "ask"); },
  login: async (page, device, files) => {
    device.status.login = true;
    await page.reload();
    await choose(page, files.good);
    await install(page);
    await shows(page, "login");
  },
  "login-wrong": async (page, device, files) => {
    await STATES.login(page, device, files);
    await page.fill("#password", "hunter2");
    await page.locator("#login .row button:first-child").click();
    await page.locator("#login").waitFor({ state: "hidden" });
    device.say("otaLogin", "wrong");
    device.say("otaLogin", "0e58cf90");
    await shows(page, "wrong");
  },
  "login-locked": async (page, device, files) => {
    await STATES.login(page, device, files);
    device.say("otaLogin", "locked");
    await shows(page, "note");
  },
  original: async (page, device) => { device.status = null; await page.reload(); await shows(page, "pick"); },
};

// Opens the page at a stand-in and brings it into a state.
export async function bring(page, device, files, name) {
  Object.assign(device, { status: structuredClone(STATUS), hold: Infinity, chunk: 8192, silent: false, deaf: false, mute: false });
  await page.goto(device.url);
  await page.evaluate(() => {
    localStorage.removeItem("updates");
    page.log.length = 0;
    render();
  });
  await STATES[name](page, device, files);
}
