// The page's idea of an older version is the device's: its script, with the table of the device's own test.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../", import.meta.url);
const read = (path) => readFileSync(new URL(path, root), "utf8");

test("which version is older", () => {
  const script = read("web/ota.html").match(/function order\(version\)[^]*?\n}\n\nfunction isOlder[^]*?\n}\n/)[0];
  const isOlder = new Function(`${script} return isOlder;`)();
  const rows = [...read("engine/format/version_order_test.cpp").matchAll(/\{"(.*?)", "(.*?)", (true|false), (true|false)\}/g)];
  assert.ok(rows.length > 20);
  for (const [, a, b, first, second] of rows) {
    assert.equal(isOlder(a, b), first === "true", `${a} ${b}`);
    assert.equal(isOlder(b, a), second === "true", `${b} ${a}`);
    assert.equal(isOlder(a, a), false, a);
  }
});
