import { expect, it } from "vitest";
import { type LoadedPage, misplaced, pagesInView, rowsOf } from "./list-pages";

/** "a b@3" is a page of a and b that came at 3; a page that is not the last goes on with the first row of the next. */
function pagesOf(text: string): (LoadedPage<string> | undefined)[] {
  const parts = text.split(" | ");
  return parts.map((part, index) => {
    if (part === "-") return undefined;
    const [items = "", at] = part.split("@");
    const ids = items.split(" ");
    const next = parts[index + 1]?.charAt(0) ?? null;
    const cursor = index === 0 ? "" : (ids[0] ?? "");
    return { page: { items: ids, cursor, nextCursor: next, total: 10 * Number(at) }, at: Number(at) };
  });
}

it.each([
  ["a b@1", "a b", 10],
  ["a b@1 | c d@2", "a b c d", 20],
  ["a b@1 | -", "a b", 10],
  // The newer page has the row, wherever it stands.
  ["a c@3 | b c@1", "a c b", 30],
  ["a b@1 | b c@2", "a b c", 20],
])("%s are the rows %s of %i", (text, rows, total) => {
  const told = rowsOf(pagesOf(text), (id) => id);
  expect([told.rows.join(" "), told.total]).toEqual([rows, total]);
});

it("keeps nothing behind the end of a list that got shorter", () => {
  const [first, second] = pagesOf("a b@2 | c d@1");
  if (!first) throw new Error("there is one");
  const ended = { ...first, page: { ...first.page, nextCursor: null } };
  expect(rowsOf([ended, second], (id) => id).rows).toEqual(["a", "b"]);
});

it.each([
  [[], 0, [0]],
  [["a"], 0, [0]],
  [["b", "c"], 0, [1, 2]],
  [["c"], 1, [0, 2]],
  [["gone"], 0, [0]],
])("of %j in view, and %i always, pages %j are asked for", (seen, always, expected) => {
  const pages = new Map([
    ["a", 0],
    ["b", 1],
    ["c", 2],
  ]);
  expect([...pagesInView(seen, pages, always)]).toEqual(expected);
});

it.each([
  [[0, 1], [1]],
  [[0], []],
  [[1], []],
])("of pages %j in view, %j begin elsewhere than the one before ends", (inView, expected) => {
  const [first, second] = pagesOf("a b@1 | c d@1");
  if (!first || !second) throw new Error("there are two");
  const moved = { ...first, page: { ...first.page, nextCursor: "x" } };
  expect(misplaced([moved, second], new Set(inView))).toEqual(expected);
  expect(misplaced([first, second], new Set(inView))).toEqual([]);
});
