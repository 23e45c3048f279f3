// Pictures of every state: OUT/<state>-<phone|desk>-<light|dark>-<language>.png, and contact sheets of each kind.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { CHROMIUM } from "./harness.mjs";
import { Original } from "./original.mjs";
import { indexedPng } from "./png.mjs";
import { STATES, bring, makeFiles } from "./states.mjs";

const [out, ...only] = process.argv.slice(2);
const unknown = only.filter((name) => !STATES[name]);
if (!out || unknown.length) {
  console.error(`unknown: ${unknown.join(", ")}; there are: ${Object.keys(STATES).join(", ")}`);
  process.exit(2);
}
const names = only.length ? only : Object.keys(STATES);
mkdirSync(out, { recursive: true });
const dir = mkdtempSync(join(tmpdir(), "updraft-pictures-"));
const files = makeFiles(dir);
// In the typeface of most phones, if it is installed (fonts-roboto-unhinted).
writeFileSync(join(dir, "fonts.conf"), `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<include>/etc/fonts/fonts.conf</include><match target="pattern">
<edit name="family" mode="prepend" binding="strong"><string>Roboto</string></edit></match></fontconfig>`);
const browser = await chromium.launch({ ...CHROMIUM, env: { ...process.env, FONTCONFIG_FILE: join(dir, "fonts.conf") } });

const SIZES = { phone: { width: 360, height: 640 }, desk: { width: 1024, height: 720 } };

async function pictures(size, colorScheme, language) {
  const device = await new Original().start();
  const context = await browser.newContext({
    viewport: SIZES[size], deviceScaleFactor: 2, colorScheme, locale: { en: "en-US", ru: "ru-RU", de: "de-DE", zh: "zh-CN", es: "es-ES" }[language],
    hasTouch: size === "phone", isMobile: size === "phone",
  });
  const page = await context.newPage();
  page.on("dialog", (dialog) => dialog.accept());
  const made = [];
  for (const name of names) {
    await bring(page, device, files, name);
    await page.evaluate(() => Promise.all(document.getAnimations().filter((a) => a.transitionProperty).map((a) => a.finished)));
    const path = `${out}/${name}-${size}-${colorScheme}-${language}.png`;
    await whole(page, path, SIZES[size]);
    made.push([name, path]);
  }
  await context.close();
  await device.stop();
  await sheet(`${out}/all-${size}-${colorScheme}-${language}.png`, made, size === "phone" ? 260 : 400);
}

// A picture with fullPage ends the emulation of touch, and the page would show what is for a mouse.
async function whole(page, path, size) {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ ...size, height: Math.max(size.height, height) });
  await page.screenshot({ path });
  await page.setViewportSize(size);
}

async function sheet(path, pictures, width) {
  const page = await browser.newPage({ viewport: { width: 1640, height: 600 } });
  await page.setContent("<body style='margin:8px;display:flex;flex-wrap:wrap;gap:8px;align-items:flex-start;background:#777;font:12px sans-serif'>");
  for (const [name, file] of pictures) {
    await page.evaluate(([name, data, width]) => {
      const figure = document.createElement("figure");
      figure.style.margin = 0;
      const picture = Object.assign(new Image(width), { src: data });
      figure.append(name, document.createElement("br"), picture);
      document.body.append(figure);
      return picture.decode();
    }, [name, `data:image/png;base64,${readFileSync(file, "base64")}`, width]);
  }
  await page.screenshot({ path, fullPage: true });
  await page.close();
}

// A picture in the documents: moments of an update side by side.
async function strip(path, moments) {
  const page = await browser.newPage({ viewport: { width: 1100, height: 400 } });
  await page.setContent("<body style='margin:0;display:inline-flex;gap:12px;padding:12px;background:#b9c4c0'>");
  for (const file of moments) {
    await page.evaluate((data) => {
      const frame = document.createElement("div");
      frame.style.cssText = "width:252px;height:430px;overflow:hidden;border-radius:14px";
      frame.append(Object.assign(new Image(252), { src: data }));
      document.body.append(frame);
      return frame.firstChild.decode();
    }, `data:image/png;base64,${readFileSync(file, "base64")}`);
  }
  const picture = await page.locator("body").screenshot();
  const [width, height, pixels] = await page.evaluate(async (data) => {
    const image = Object.assign(new Image(), { src: data });
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    return [image.width, image.height, [...context.getImageData(0, 0, image.width, image.height).data]];
  }, `data:image/png;base64,${picture.toString("base64")}`);
  writeFileSync(path, indexedPng(pixels, width, height));
  await page.close();
}

await Promise.all([
  pictures("phone", "light", "en"), pictures("phone", "dark", "ru"),
  pictures("desk", "light", "ru"), pictures("desk", "dark", "en"),
]);
await Promise.all([pictures("phone", "light", "de"), pictures("phone", "dark", "zh"), pictures("desk", "light", "es")]);
const moment = (name, kind) => `${out}/${name}-phone-${kind}.png`;
const MOMENTS = ["chosen", "sending", "trial-countdown", "done"];
if (MOMENTS.every((name) => names.includes(name))) await strip(`${out}/page.png`, MOMENTS.map((name) => moment(name, "light-en")));
if (names.includes("chosen-twin")) {
  await strip(`${out}/page-languages.png`, ["light-de", "dark-zh", "dark-ru"].map((kind) => moment("chosen-twin", kind)));
}
await browser.close();
rmSync(dir, { recursive: true });
console.log(`${names.length} states, 7 pictures each, and the sheets all-*.png: ${out}`);
