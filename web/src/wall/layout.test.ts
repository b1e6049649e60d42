import { describe, expect, it } from "vitest";
import { cellAt, cornerOf, layoutOf, PITCH, type Step, stepped } from "./layout";

function groupsOf(...counts: number[]) {
  let first = 0;
  return counts.map((count) => {
    const group = { first, count };
    first += count;
    return group;
  });
}

describe("a layout", () => {
  it.each([
    ["a small fleet at full size", [60], 1200, 700, 1],
    ["some groups at full size", [20, 20, 20], 1200, 700, 1],
    ["on a phone", [60], 360, 500, 1],
    ["none", [], 1200, 700, 1],
  ])("shows %s", (_, counts, width, height, fit) => {
    expect(layoutOf(groupsOf(...counts), width, height).fit).toBe(fit);
  });

  it.each([
    ["one group", [100_000]],
    ["ten groups", Array.from({ length: 10 }, () => 10_000)],
    ["uneven groups", [90_000, 9_000, 900, 90, 9, 1]],
    ["a thousand groups", Array.from({ length: 1_000 }, () => 100)],
  ])("makes good use of the room for %s", (_, counts) => {
    const { fit, width, height } = layoutOf(groupsOf(...counts), 1_400, 800);
    expect(width * fit).toBeLessThanOrEqual(1_400.001);
    expect(height * fit).toBeLessThanOrEqual(800.001);
    // At best a cell has 3.3 pixels.
    expect(PITCH * fit).toBeGreaterThan(1.9);
  });
});

it("finds each cell where it is, and none between", () => {
  const layout = layoutOf(groupsOf(30, 7, 500), 900, 500);
  for (let index = 0; index < 537; index++) {
    const corner = cornerOf(layout, index);
    expect(corner && cellAt(layout, corner.x + 3, corner.y + 3)).toBe(index);
  }
  expect(cellAt(layout, -1, 0)).toBe(null);
  expect(cellAt(layout, 3, 3)).toBe(null);
});

describe("keys", () => {
  // Two blocks: rows of 8, 8 and 4, and one of 3.
  const layout = { ...layoutOf([], 100, 100), blocks: [block(0, 20, 8), block(20, 3, 8)] };
  it.each<[number, Step, number]>([
    [0, "left", 0],
    [0, "right", 1],
    [0, "down", 8],
    [9, "up", 1],
    [1, "up", 1],
    [14, "down", 19],
    [17, "down", 21],
    [19, "right", 20],
    [20, "left", 19],
    [21, "up", 17],
    [22, "right", 22],
    [22, "down", 22],
    [5, "first", 0],
    [5, "last", 19],
    [5, "next", 20],
    [22, "next", 22],
    [22, "before", 0],
    [5, "before", 0],
  ])("from %s %s to %s", (from, step, to) => {
    expect(stepped(layout, from, step)).toBe(to);
  });
});

function block(first: number, count: number, columns: number) {
  return { x: 0, y: 0, columns, rows: Math.ceil(count / columns), first, count };
}
