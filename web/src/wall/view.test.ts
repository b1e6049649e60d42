import { expect, it } from "vitest";
import { kept, panned, revealed, whole, zoomed } from "./view";

const bounds = { wall: { width: 2_000, height: 1_000 }, seen: { width: 500, height: 250 }, fit: 0.25 };

it("begins with everything", () => {
  expect(whole(bounds)).toEqual({ x: 0, y: 0, scale: 0.25 });
});

it.each([
  ["before the beginning", { x: -5, y: -5, scale: 1 }, { x: 0, y: 0, scale: 1 }],
  ["behind the end", { x: 5_000, y: 5_000, scale: 1 }, { x: 1_500, y: 750, scale: 1 }],
  ["too small", { x: 10, y: 10, scale: 0.1 }, { x: 0, y: 0, scale: 0.25 }],
  ["too large", { x: 10, y: 10, scale: 9 }, { x: 10, y: 10, scale: 1.6 }],
])("keeps a view that is %s in bounds", (_, view, expected) => {
  expect(kept(view, bounds)).toEqual(expected);
});

it("zooms around a point that stays where it is", () => {
  const before = { x: 400, y: 200, scale: 0.5 };
  const after = zoomed(before, 2, { x: 100, y: 50 }, bounds);
  expect(after.scale).toBe(1);
  expect(after.x + 100 / after.scale).toBe(before.x + 100 / before.scale);
  expect(after.y + 50 / after.scale).toBe(before.y + 50 / before.scale);
});

it("moves by pixels of the screen", () => {
  expect(panned({ x: 100, y: 100, scale: 0.5 }, 10, -10, bounds)).toEqual({ x: 120, y: 80, scale: 0.5 });
});

it.each([
  ["in view already", { x: 200, y: 100 }, { x: 0, y: 0 }],
  ["to the right", { x: 600, y: 100 }, { x: 150, y: 0 }],
  ["above", { x: 200, y: 0 }, { x: 0, y: 0 }],
  ["below", { x: 200, y: 400 }, { x: 0, y: 200 }],
])("shows a cell that is %s", (_, cell, { x, y }) => {
  expect(revealed({ x: 0, y: 0, scale: 1 }, cell, 10, bounds)).toEqual({
    x: x > 0 ? cell.x + 30 - 500 : 0,
    y: y > 0 ? cell.y + 30 - 250 : 0,
    scale: 1,
  });
});
