import { expect, it } from "vitest";
import type { DiffLine, Hunk } from "../api/deployments";
import { changedLines, diffRows } from "./diff-rows";

/** Lines as `diff -u` writes them, from a line of the old text on. */
function hunk(from: number, ...lines: string[]): Hunk {
  let [oldLine, newLine] = [from, from];
  return {
    lines: lines.map((line): DiffLine => {
      const text = line.slice(1);
      if (line.startsWith("+")) return { kind: "added", oldLine: null, newLine: newLine++, text };
      if (line.startsWith("-")) return { kind: "removed", oldLine: oldLine++, newLine: null, text };
      return { kind: "context", oldLine: oldLine++, newLine: newLine++, text };
    }),
  };
}

const signs = { context: " ", added: "+", removed: "-" };

/** What changed of a line stands in brackets. */
const shown = (hunks: Hunk[]) =>
  diffRows(hunks).map((row) =>
    row.kind === "gap"
      ? `@${row.hidden}`
      : signs[row.kind] + row.spans.map(({ text, isChanged }) => (isChanged ? `[${text}]` : text)).join(""),
  );

it.each<[string, Hunk[], string[]]>([
  ["nothing", [], []],
  ["lines before the first", [hunk(9, " a", "-b")], ["@8", " a", "-b"]],
  ["none before the first line", [hunk(1, "-a")], ["-a"]],
  ["lines in between", [hunk(1, " a", "-b"), hunk(10, "+c", " d")], [" a", "-b", "@7", "+c", " d"]],
  ["all is new", [hunk(1, "+a", "+b")], ["+a", "+b"]],
  ["the part that changed", [hunk(1, "-type: file", "+type: pile")], ["-type: [f]ile", "+type: [p]ile"]],
  ["something came in", [hunk(1, "-in: [a]", "+in: [a, b]")], ["-in: [a]", "+in: [a[, b]]"]],
  ["indent alone is nothing in common", [hunk(1, "-      ab", "+      xy")], ["-      ab", "+      xy"]],
  ["more came than went", [hunk(1, "-key: a", "+key: b", "+key: c")], ["-key: a", "+key: b", "+key: c"]],
  [
    "two for two",
    [hunk(1, "-key: a", "-kez: b", "+key: c", "+kez: d")],
    ["-key: [a]", "-kez: [b]", "+key: [c]", "+kez: [d]"],
  ],
  ["characters of two units stay whole", [hunk(1, "-say 😀 now", "+say 😁 now")], ["-say [😀] now", "+say [😁] now"]],
  ["empty lines", [hunk(1, "-", "+")], ["-", "+"]],
])("%s", (_, hunks, expected) => {
  expect(shown(hunks)).toEqual(expected);
});

it("counts what came and what went", () => {
  expect(changedLines([hunk(1, " a", "-b", "+c", "+d"), hunk(9, "-e")])).toEqual({ added: 2, removed: 2 });
});

it("has keys of its own for every row", () => {
  const keys = diffRows([hunk(4, " a", "-b", "+b"), hunk(20, "-c", "+d")]).map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
});
