// Prints what a browser loads before the first page shows, and fails when the script of it grows past its bound.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const SCRIPT_GZIP_BYTES_MAX = 200_000;
const dist = new URL("../dist/", import.meta.url).pathname;

const html = readFileSync(join(dist, "index.html"), "utf8");
const first = new Set([...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((match) => match[1]));
let initial = 0;
for (const name of readdirSync(join(dist, "assets"))) {
  if (!/\.(js|css)$/.test(name)) continue;
  const bytes = gzipSync(readFileSync(join(dist, "assets", name)), { level: 9 }).length;
  const isFirst = first.has(`assets/${name}`);
  if (isFirst && name.endsWith(".js")) initial += bytes;
  console.log(`${(bytes / 1000).toFixed(1).padStart(7)} kB gzip  ${isFirst ? "first" : "later"}  ${name}`);
}
console.log(`initial script: ${(initial / 1000).toFixed(1)} kB gzip of at most ${SCRIPT_GZIP_BYTES_MAX / 1000}`);
if (initial === 0 || initial > SCRIPT_GZIP_BYTES_MAX) process.exit(1);
