import { expect, it } from "vitest";
import { isChanged, isContested, withStored } from "./draft";

it.each<[string, { text: string; base: string }, string, string, string]>([
  ["nothing happened", { text: "a", base: "a" }, "a", "a a", ""],
  ["only here", { text: "b", base: "a" }, "a", "b a", "changed"],
  ["only elsewhere", { text: "a", base: "a" }, "c", "c c", ""],
  ["here and elsewhere", { text: "b", base: "a" }, "c", "b a", "changed contested"],
  ["the same in both places", { text: "b", base: "a" }, "b", "b b", ""],
])("%s", (_, draft, stored, expected, state) => {
  const next = withStored(draft, stored);
  expect(`${next.text} ${next.base}`).toBe(expected);
  const words = [isChanged(next) && "changed", isContested(next, stored) && "contested"];
  expect(words.filter(Boolean).join(" ")).toBe(state);
});
