// For everybody, in every state: names, contrast, room on a small screen, the keyboard, the screen reader.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Original } from "./original.mjs";
import { STATES, bring, makeFiles } from "./states.mjs";
import { button, folder, later, open, sees, together, useBrowser } from "./harness.mjs";

useBrowser();

// Runs in the page; returns its faults.
function inspectPage() {
  const wrong = [];
  const visible = (element) => element.checkVisibility({ opacityProperty: false, visibilityProperty: true });
  const parse = (color) => color.match(/[\d.]+/g).map(Number);
  const over = ([r, g, b, a = 1], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a)];
  const behind = (element) => {
    if (!element) return [255, 255, 255];
    const color = parse(getComputedStyle(element).backgroundColor);
    return color[3] === 0 ? behind(element.parentElement) : over(color, behind(element.parentElement));
  };
  const light = (color) => {
    const [r, g, b] = color.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [dark, bright] = [light(a), light(b)].sort((x, y) => x - y);
    return (bright + 0.05) / (dark + 0.05);
  };
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !visible(element) || element.closest("script, #say") || element.disabled) continue;
    const style = getComputedStyle(element);
    const background = behind(element);
    let opacity = 1;
    for (let up = element; up; up = up.parentElement) opacity *= getComputedStyle(up).opacity;
    const color = over([...parse(style.color).slice(0, 3), opacity], background);
    const ratio = contrast(color, background);
    if (ratio < 4.5) wrong.push(`contrast ${ratio.toFixed(2)}: ${element.textContent.trim()}`);
    if (parseFloat(style.fontSize) < 14) wrong.push(`small: ${element.textContent}`);
    const box = element.getBoundingClientRect();
    if (box.left < 0 || box.right > innerWidth + 0.5) wrong.push(`off the screen: ${element.textContent.trim()}`);
  }
  for (const control of document.querySelectorAll("button, .button")) {
    if (!visible(control)) continue;
    const box = control.getBoundingClientRect();
    if (!control.textContent.trim()) wrong.push(`no name: ${control.id}`);
    if (box.height < 44) wrong.push(`small target: ${control.textContent}`);
    if (control.scrollWidth > control.clientWidth) wrong.push(`text wider than its button: ${control.textContent}`);
  }
  for (const input of document.querySelectorAll("input")) if (!input.labels[0]?.innerText.trim() && visible(input)) wrong.push("no label");
  for (const bar of document.querySelectorAll("[role=progressbar]")) {
    if (!visible(bar)) continue;
    if (!document.getElementById(bar.getAttribute("aria-labelledby"))?.textContent) wrong.push("a bar without a name");
    if (!bar.hasAttribute("aria-valuenow") || !bar.getAttribute("aria-valuetext")) wrong.push("a bar without a value");
  }
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  if (new Set(ids).size !== ids.length) wrong.push("an id twice");
  if (document.querySelectorAll("h1").length !== 1) wrong.push("not one h1");
  if (document.querySelector("[tabindex]:not([tabindex='-1'])")) wrong.push("a tabindex of its own");
  if (document.documentElement.scrollWidth > innerWidth) wrong.push("scrolls sideways");
  if (/\{|undefined|null|NaN/.test(document.body.innerText)) wrong.push("a word left open: " + document.body.innerText);
  return wrong;
}

// The page's own words: without names, codes and what a device said.
async function wordsOf(page) {
  const words = (await page.locator("main, footer, dialog").allInnerTexts()).join(" ");
  return words.replace(/safeboot|fs:\w+|\b(KB|MB|ID|CORS|https?)\b|Kitchen lamp|Garden pump|ESP32[-\w]*|[-\w]*\.(bin|suit)|\S*\d\S*|[a-z]+_[a-z_]+|The package .*/g, "");
}

// English, and another language that is drawn; all of them in ./check nightly page.
function looks() {
  const all = [["light", "en-US"], ["dark", "ru-RU"], ["light", "de-DE"], ["dark", "zh-CN"], ["light", "es-ES"]];
  if (process.env.UPDRAFT_SWEEP === "nightly") return all;
  const seed = Number(process.env.UPDRAFT_SEED ?? Math.floor(Math.random() * 1_000_000));
  console.log(`sample of languages: UPDRAFT_SEED=${seed}`);
  return [all[0], all[1 + (seed % (all.length - 1))]];
}

together(() => {
  for (const [colorScheme, locale] of looks()) {
    test(`every state, ${colorScheme}, ${locale}`, async (t) => {
      const device = await new Original().start();
      later(t, () => device.stop());
      const files = makeFiles(folder(t));
      const page = await open(t, device.url, { colorScheme, locale, viewport: { width: 320, height: 640 }, away: true, allow: /status of 404/ });
      page.on("dialog", (dialog) => dialog.accept());
      for (const name of Object.keys(STATES)) {
        await bring(page, device, files, name);
        assert.equal(await page.locator("html").getAttribute("lang"), locale.slice(0, 2));
        assert.deepEqual(await page.evaluate(inspectPage), [], name);
        if (/ru|zh/.test(locale)) assert.doesNotMatch(await wordsOf(page), /[A-Za-z]{2,}/, `${name}: a word left in English`);
      }
    });
  }

  for (const [locale, words] of [["de-AT", "Firmware-Datei wählen"], ["zh-TW", "选择固件文件"], ["es-MX", "Elegir archivo de firmware"], ["fr-FR", "Choose a firmware file"]]) {
    test(`a browser that speaks ${locale}`, async (t) => {
      const device = await new Original().start();
      later(t, () => device.stop());
      const page = await open(t, device.url, { locale, allow: /status of 404/ });
      await sees(page, words);
    });
  }

  test("the language follows the browser, can be changed, and stays", async (t) => {
    const device = await new Original().start();
    later(t, () => device.stop());
    device.status = null;
    const page = await open(t, device.url, { locale: "ru-RU", allow: /status of 404/ });
    await sees(page, "Выбрать файл прошивки");
    await page.getByLabel("Язык").selectOption("English");
    await sees(page, "Choose a firmware file");
    await page.reload();
    await sees(page, "Choose a firmware file");
  });

  test("a dropped file is taken", async (t) => {
    const device = await new Original().start();
    later(t, () => device.stop());
    const page = await open(t, device.url, { allow: /status of 404/ });
    await page.locator("#pick").filter({ visible: true }).waitFor();
    await page.evaluate(() => {
      const data = new DataTransfer();
      data.items.add(new File(["<html>"], "dropped.bin"));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    });
    await sees(page, "dropped.bin, 6 B");
  });

  test("without motion if the reader wants none", async (t) => {
    const device = await new Original().start();
    later(t, () => device.stop());
    const page = await open(t, device.url, { reducedMotion: "reduce", allow: /status of 404/ });
    await bring(page, device, makeFiles(folder(t)), "sending");
    assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
  });
});
