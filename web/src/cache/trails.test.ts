import { expect, it } from "vitest";
import { Trails } from "./trails";

const shown = (trails: Trails, id = "n") =>
  trails
    .get(id)
    .map(({ at, value }) => `${at}:${value}`)
    .join(" ");

it.each<[string, [number, number | null][], string]>([
  [
    "in their order",
    [
      [1, 5],
      [2, 6],
    ],
    "1:5 2:6",
  ],
  [
    "once",
    [
      [1, 5],
      [1, 5],
      [0, 4],
    ],
    "1:5",
  ],
  [
    "a gap is one gap",
    [
      [1, 5],
      [2, null],
      [3, null],
      [4, 6],
    ],
    "1:5 2:null 4:6",
  ],
])("values are kept %s", (_, points, expected) => {
  const trails = new Trails();
  for (const [at, value] of points) trails.note("n", { at, value });
  expect(shown(trails)).toBe(expected);
});

it("keeps the last sixty, of the last five hundred things", () => {
  const trails = new Trails();
  for (let at = 1; at <= 100; at++) trails.note("n", { at, value: at });
  expect(trails.get("n")).toHaveLength(60);
  expect(trails.get("n")[0]?.at).toBe(41);
  for (let other = 0; other < 500; other++) trails.note(`other ${other}`, { at: 1, value: 1 });
  expect(shown(trails)).toBe("");
  expect(shown(trails, "other 499")).toBe("1:1");
});
