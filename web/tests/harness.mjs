// Drives the page in Debian's Chromium against the real program: devices, images and browsers that are gone afterwards.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { after, before, describe } from "node:test";
import { chromium } from "playwright-core";

export const SOURCE = fileURLToPath(new URL("../..", import.meta.url));
export const UPDRAFT = process.env.UPDRAFT ?? join(SOURCE, "build/dev/updraft");
export const PATIENCE = Number(process.env.UPDRAFT_PATIENCE ?? 60_000);  // how long anything may take on a slow machine

export const updraft = (...args) => execFileSync(UPDRAFT, args.map(String), { stdio: ["ignore", "pipe", "pipe"] });

// A directory that the test's end removes.
export function folder(t) {
  const path = mkdtempSync(join(tmpdir(), "updraft-web-"));
  later(t, () => rmSync(path, { recursive: true, force: true }));
  return path;
}

export function image(dir, name, ...args) {
  const path = join(dir, name);
  updraft("image", "make", "-o", path, ...args);
  return path;
}

export function derived(path, name, change) {
  const other = join(path, "..", name);
  writeFileSync(other, change(readFileSync(path)));
  return other;
}

// A running `updraft device --json`.
export class Device {
  events = [];
  #waiting = [];

  constructor(t, state, ...args) {
    this.state = state;
    this.process = spawn(UPDRAFT, ["device", "--state", state, "--json", ...args.map(String)]);
    this.ended = new Promise((done) => this.process.on("close", done));
    this.errors = "";
    this.process.stderr.on("data", (text) => { this.errors += text; });
    createInterface({ input: this.process.stdout }).on("line", (line) => this.#heard(JSON.parse(line)));
    later(t, () => this.kill());
  }

  #heard(event) {
    this.events.push(event);
    this.#waiting = this.#waiting.filter((one) => !one(event));
  }

  // The next event of that kind with these members, from those not waited for yet.
  wait(kind, members = {}) {
    const fits = (event) => event.event === kind && Object.entries(members).every(([key, value]) => event[key] === value);
    const at = this.events.findIndex(fits);
    if (at >= 0) {
      const [found] = this.events.splice(0, at + 1).slice(-1);
      return Promise.resolve(found);
    }
    return new Promise((done, fail) => {
      const timer = setTimeout(() => fail(new Error(`no ${kind} ${JSON.stringify(members)}; there were ${JSON.stringify(this.events)} ${this.errors}`)), PATIENCE);
      this.#waiting.push((event) => {
        if (!fits(event)) return false;
        clearTimeout(timer);
        this.events.length = 0;
        done(event);
        return true;
      });
    });
  }

  async page(scheme = "ws") {
    this.port = (await this.wait("listening", { scheme })).port;
    this.url = `http${scheme === "wss" ? "s" : ""}://127.0.0.1:${this.port}/ota`;
    return this.url;
  }

  async status() {
    return (await fetch(`${this.url}/status`)).json();
  }

  say(line) { this.process.stdin.write(line + "\n"); }

  // A power cut.
  async kill() {
    this.process.kill("SIGKILL");
    await this.ended;
  }
}

export const CHROMIUM = {
  executablePath: process.env.UPDRAFT_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
};

// The tests of one file run side by side, in one browser: what takes their time is waiting for devices.
export const together = (body) => describe("page", { concurrency: 4 }, body);

let browser;
export function useBrowser() {
  before(async () => { browser = await chromium.launch(CHROMIUM); });
  after(async () => { await browser.close(); });
}

// What a browser says on its own about a device that is away; everything else in the console is the page's fault.
const AWAY = /net::ERR_(CONNECTION_(REFUSED|RESET|CLOSED|ABORTED)|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED|INCOMPLETE_CHUNKED_ENCODING)/;

// At the end of test `t`; what was opened last is closed first, so that no page misses its device.
const closing = new WeakMap();
export function later(t, close) {
  if (!closing.has(t)) {
    const all = [];
    closing.set(t, all);
    t.after(async () => {
      let wrong;
      while (all.length) {
        try {
          await all.pop()();
        } catch (error) {
          wrong ??= error;
        }
      }
      if (wrong) throw wrong;
    });
  }
  closing.get(t).push(close);
}

// Opens the page in a window of its own. The test fails at its end if the console had an error.
// away: the device restarts or is cut in this test. allow: a RegExp of what else the browser may complain about here.
// hold: of each connection only so many image bytes get through, so that a test can act in the middle of an update;
// page.hold changes it for later messages; page.trickle() lets the first message that was held go on: a device gives
// up a sender that is silent for 30 s, which a slow machine needs for a few clicks; page.release() lets everything go.
export async function open(t, url, { away = false, allow = null, hold = 0, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 390, height: 760 }, locale: "en-US", ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.problems = [];
  const note = (text) => {
    if (away && AWAY.test(text)) return;
    if (allow?.test(text)) return;
    page.problems.push(text);
  };
  page.on("console", (message) => message.type() === "error" && note(`${message.text()} ${message.location().url}`));
  page.on("pageerror", (error) => note(`uncaught ${error.stack}`));
  later(t, async () => {
    await context.close();
    if (page.problems.length) throw new Error(`console: ${page.problems.join("; ")}`);
  });
  if (hold) await holdBack(page, hold);
  await page.goto(url);
  return page;
}

async function holdBack(page, limit) {
  page.hold = limit;
  await page.routeWebSocket(/\/ws$/, (client) => {
    const device = client.connectToServer();
    const held = [];
    let sent = 0;
    page.trickle = () => held.length && device.send(held.shift());
    page.release = () => {
      page.hold = Infinity;
      while (held.length) device.send(held.shift());
    };
    client.onMessage((message) => {
      if (typeof message !== "string") sent += message.length;
      if (typeof message === "string" || sent <= page.hold) device.send(message);
      else held.push(message);
    });
  });
}

// The page's words, awaited: a card's heading, a sentence, a button.
export const sees = (page, text) => page.getByText(text).filter({ visible: true }).first().waitFor();
export const button = (page, name) => page.getByRole("button", { name });
export async function choose(page, file) {
  await page.locator("#pick, #new").filter({ visible: true }).waitFor();
  await page.setInputFiles("#file", file);
}
