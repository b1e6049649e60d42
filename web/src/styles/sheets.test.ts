import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const source = new URL("..", import.meta.url);
const sheets = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".css"));

/** Classes that a sheet gives a look wherever they stand. */
function bareClassesOf(text: string): Set<string> {
  const selectors = [...text.replace(/\/\*.*?\*\//gs, "").matchAll(/([^{}]+)\{/g)].flatMap(([, list = ""]) =>
    list.split(",").map((selector) => selector.trim()),
  );
  return new Set(selectors.filter((selector) => /^\.[\w-]+$/.test(selector)));
}

it("reads selectors out of lists, queries and comments", () => {
  const text = "/* .a {} */ .b,\n.c > p { top: 0 } @media (width < 9px) { .d { top: 0 } .e .f { top: 0 } }";
  expect([...bareClassesOf(text)]).toEqual([".b", ".d"]);
});

// Sheets stay once a page has brought them, so the second to define a class would change the pages of the first.
it("has each bare class in one sheet alone", () => {
  const owners = new Map<string, string[]>();
  for (const path of sheets) {
    for (const name of bareClassesOf(readFileSync(new URL(path, source), "utf8"))) {
      owners.set(name, [...(owners.get(name) ?? []), path]);
    }
  }
  expect(sheets.length).toBeGreaterThan(20);
  expect([...owners].filter(([, paths]) => paths.length > 1)).toEqual([]);
});
