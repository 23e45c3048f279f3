// The page's words stand in one table: every word in every language, with all that is to be filled in.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const script = readFileSync(new URL("../ota.html", import.meta.url), "utf8");
const [, languages, words] = /const LANGUAGES = (\{.*?\});\nconst WORDS = (\{[^]*?\n\});/.exec(script);
const LANGUAGES = Object.keys(new Function(`return ${languages}`)()).slice(1);
const WORDS = Object.entries(new Function(`return ${words}`)());
const holes = (text) => (text.match(/\{\w+\}/g) ?? []).sort();

test("every word in every language, with all its holes", () => {
  assert.deepEqual(LANGUAGES, ["ru", "de", "zh", "es"]);
  assert.ok(WORDS.length > 100);
  for (const [english, others] of WORDS) {
    assert.equal(others.length, LANGUAGES.length, english);
    for (const [i, text] of others.entries()) {
      assert.ok(text.trim(), `${english}: ${LANGUAGES[i]}`);
      assert.deepEqual(holes(text), holes(english), `${english}: ${LANGUAGES[i]}`);
      assert.equal(/[.!?。？！]$/.test(text), /[.?!]$/.test(english), `${text} ends as ${english}`);
    }
  }
});

test("a product may leave languages out", () => {
  const embed = (...args) => execFileSync("python3", ["tools/embed-page", "web/ota.html", ...args], { cwd: new URL("../..", import.meta.url), encoding: "utf8" });
  const tables = (page) => /const LANGUAGES=(\{.*?\});const WORDS=(\{.*?\});/.exec(page).slice(1).map((text) => new Function(`return ${text}`)());
  const whole = embed();
  assert.deepEqual(tables(embed("--languages", "es en zh de ru")), tables(whole));
  for (const some of [["de"], ["ru", "es"], []]) {
    const page = embed("--languages", some.join(" "));
    const [languages, words] = tables(page);
    assert.deepEqual(Object.keys(languages), ["en", ...some]);
    const kept = some.map((name) => LANGUAGES.indexOf(name));
    assert.deepEqual(Object.entries(words), WORDS.map(([english, others]) => [english, kept.map((i) => others[i])]));
    assert.ok(page.length < whole.length);
    new Function(/<script>([^]*)<\/script>/.exec(page)[1]);
  }
  assert.throws(() => embed("--languages", "en fr"), /does not speak fr/);
});

test("each in its own letters", () => {
  const foreign = { ru: /[äößñ¿\u4e00-\u9fff]/, de: /[\u0400-\u04ff\u4e00-\u9fffñ¿]/, zh: /[\u0400-\u04ffäößñ]/, es: /[\u0400-\u04ff\u4e00-\u9fffäöß]/ };
  for (const [english, others] of WORDS) others.forEach((text, i) => assert.doesNotMatch(text, foreign[LANGUAGES[i]], english));
});

test("no word of the table is left over, and none that the page says is missing", () => {
  const [before, after] = script.split(words);
  const rest = before + after;
  const said = (word) => rest.includes(`"${word}"`) || rest.includes(`data-t>${word}<`);
  for (const [english] of WORDS) assert.ok(said(english), `nobody says: ${english}`);
  const table = new Set(WORDS.map(([english]) => english));
  for (const [, word] of rest.matchAll(/data-t>([^<]+)</g)) assert.ok(table.has(word), `no other language has: ${word}`);
  for (const [, word] of rest.matchAll(/"([A-Z][^"\n]{12,}[.?])"/g)) assert.ok(table.has(word), `no other language has: ${word}`);
});
