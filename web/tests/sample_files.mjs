// The sample files of tests/golden/files.tsv, made from their recipes, as tests/golden/sample_files.hpp makes them.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SOURCE } from "./harness.mjs";

const CHIPS = { esp32: 0, esp32s2: 2, esp32c3: 5, esp32s3: 9, esp32c6: 13 };

// Segments [address, size] of zeros; descriptor: d of an app, b of a bootloader, - none. Checksum and hash are right.
export function rawImage(chip, descriptor, segments) {
  const head = Buffer.alloc(24);
  head.set([0xe9, segments.length, 2, 0x2f]);
  head[8] = 0xee;
  head.writeUInt16LE(CHIPS[chip], 12);
  head.writeUInt16LE(65535, 17);
  head[23] = 1;
  const parts = segments.flatMap(([address, size], i) => {
    const data = Buffer.alloc(size);
    if (i === 0 && descriptor === "d") data.writeUInt32LE(0xabcd5432);
    if (i === 0 && descriptor === "b") data[0] = 0x50;
    const header = Buffer.alloc(8);
    header.writeUInt32LE(address);
    header.writeUInt32LE(size, 4);
    return [header, data];
  });
  const body = Buffer.concat([head, ...parts]);
  const padded = Buffer.concat([body, Buffer.alloc(16 - (body.length % 16))]);
  padded[padded.length - 1] = parts.filter((_, i) => i % 2).reduce((sum, data) => data.reduce((x, b) => x ^ b, sum), 0xef);
  return Buffer.concat([padded, createHash("sha256").update(padded).digest()]);
}

function table(otadata, slot) {
  const row = (type, subtype, offset, size, label) => {
    const entry = Buffer.alloc(32);
    entry.set([0xaa, 0x50, type, subtype]);
    entry.writeUInt32LE(offset, 4);
    entry.writeUInt32LE(size, 8);
    entry.write(label, 12);
    return entry;
  };
  const rows = Buffer.concat([row(1, 0, otadata, 0x2000, "otadata"), row(0, 0x10, slot, 0x100000, "ota_0")]);
  const md5 = Buffer.concat([Buffer.from("ebeb", "hex"), Buffer.alloc(14, 0xff), createHash("md5").update(rows).digest()]);
  return Buffer.concat([rows, md5, Buffer.alloc(32, 0xff)]);
}

function noise(size) {
  let state = 1;
  return Buffer.from(Array.from({ length: size }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24));
}

function make(recipe) {
  let bytes = Buffer.alloc(0);
  let filler = 0;
  const to = (size) => { bytes = size <= bytes.length ? bytes.subarray(0, size) : Buffer.concat([bytes, Buffer.alloc(size - bytes.length, filler)]); };
  const add = (more) => { bytes = Buffer.concat([bytes, more]); };
  const text = (words) => words.replace(/\\(.)/g, (_, c) => (c === "n" ? "\n" : "\r"));
  for (const step of recipe.split(/ (?=[@=!]|[xtuUf]:|noise:|table:|image:)/)) {
    const rest = step.slice(step.indexOf(":") + 1);
    if (/^[@=]/.test(step)) to(parseInt(step.slice(1), 16));
    else if (step[0] === "!") to(Number(step.slice(1)));
    else if (step.startsWith("f:")) filler = parseInt(rest, 16);
    else if (step.startsWith("x:")) add(Buffer.from(rest, "hex"));
    else if (step.startsWith("t:")) add(Buffer.from(text(rest), "latin1"));
    else if (step.startsWith("u:")) add(Buffer.from(text(rest), "utf16le"));
    else if (step.startsWith("U:")) add(Buffer.from(text(rest), "utf16le").swap16());
    else if (step.startsWith("noise:")) add(noise(Number(rest)));
    else if (step.startsWith("table:")) add(table(...rest.split(",").map((n) => parseInt(n, 16))));
    else if (step.startsWith("image:")) {
      const [chip, words] = rest.split(":");
      const [descriptor, ...segments] = words.split(",");
      add(rawImage(chip, descriptor, segments.map((s) => s.split("=")).map(([a, n]) => [parseInt(a, 16), Number(n)])));
    }
  }
  return bytes;
}

// [{name, kind, bytes}]
export function sampleFiles() {
  return readFileSync(join(SOURCE, "tests/golden/files.tsv"), "utf8").split("\n").filter((line) => line && line[0] !== "#")
    .map((line) => line.split("\t")).map(([name, kind, recipe]) => ({ name, kind, bytes: make(recipe) }));
}
