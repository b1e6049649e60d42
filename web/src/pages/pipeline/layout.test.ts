import { expect, it } from "vitest";
import type { GraphComponent } from "../../api/types";
import { spotsOf } from "./layout";

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
