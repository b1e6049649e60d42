import { expect, it } from "vitest";
import type { GraphComponent } from "../../api/types";
import { spotsOf, viewWith } from "./layout";

const component = (id: string): GraphComponent => ({ id, kind: "transform", type: "remap", line: 1, column: 1 });
const size = { width: 200, height: 80 };
const edge = (from: string, to: string) => ({ from, output: null, to });

it("stands what reads to the right of what it reads from", () => {
  const spots = spotsOf(
    { components: ["out", "a", "b", "in"].map(component), edges: [edge("in", "a"), edge("a", "b"), edge("b", "out")] },
    size,
  );
  const byX = spots.toSorted((one, other) => one.x - other.x).map(({ id }) => id);
  expect(byX).toEqual(["in", "a", "b", "out"]);
});

it("lets no card cover another", () => {
  const ids = Array.from({ length: 30 }, (_, index) => `c${index}`);
  const spots = spotsOf({ components: ids.map(component), edges: ids.slice(1).map((id) => edge("c0", id)) }, size);
  const covers = spots.some((one, index) =>
    spots
      .slice(index + 1)
      .some((other) => Math.abs(one.x - other.x) < size.width && Math.abs(one.y - other.y) < size.height),
  );
  expect(covers).toBe(false);
});

it("stands what is alike in the order of the text", () => {
  const ids = ["a", "b", "c", "d"];
  const spots = spotsOf({ components: [...ids, "out"].map(component), edges: ids.map((id) => edge(id, "out")) }, size);
  const byY = spots.filter(({ id }) => id !== "out").toSorted((one, other) => one.y - other.y);
  expect(byY.map(({ id }) => id)).toEqual(ids);
});

it("takes texts as people leave them: an id twice, edges to nothing, circles", () => {
  const spots = spotsOf(
    { components: ["a", "a", "b"].map(component), edges: [edge("a", "b"), edge("b", "a"), edge("gone", "b")] },
    size,
  );
  expect(spots.map(({ id }) => id)).toEqual(["a", "b"]);
});

it("has no spots for nothing", () => {
  expect(spotsOf({ components: [], edges: [] }, size)).toEqual([]);
});

it.each<[string, { x: number; y: number; zoom: number }, [number, number] | null]>([
  ["in view", { x: 20, y: 20, zoom: 1 }, null],
  ["past the left and the top", { x: -300, y: -100, zoom: 1 }, [16, 16]],
  ["past the right", { x: 500, y: 20, zoom: 1 }, [384, 20]],
  ["past the bottom, smaller", { x: 20, y: 390, zoom: 0.5 }, [20, 344]],
  ["larger than the room", { x: 20, y: 300, zoom: 6 }, [16, 16]],
])("a card %s", (_, view, expected) => {
  const moved = viewWith(view, { id: "a", x: 0, y: 0, ...size }, { width: 600, height: 400 });
  expect(moved && [moved.x, moved.y]).toEqual(expected);
});
