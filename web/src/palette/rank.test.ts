import { expect, it } from "vitest";
import { ranked, scoreOf } from "./rank";

it.each([
  ["Go to the fleet", "", true],
  ["Go to the fleet", "fleet", true],
  ["Go to the fleet", "FLE", true],
  ["Go to the fleet", "gtf", true],
  ["Dark theme", "dt", true],
  ["Dark theme", "dath", true],
  ["Dark theme", "xt", false],
  ["Dark theme", "td", false],
  ["edge-logs", "el", true],
  ["edge-logs", "gs", true],
  ["edge-logs", "gl", false],
])("%j matches %j: %s", (text, typed, expected) => {
  expect(scoreOf(text, typed) > 0).toBe(expected);
});

it.each([
  ["log", ["catalog", "edge-logs", "logs"], ["logs", "edge-logs", "catalog"]],
  ["", ["b", "a"], ["b", "a"]],
  ["a", ["ab", "a"], ["a", "ab"]],
])("what matches %j is ranked", (typed, texts, expected) => {
  expect(ranked(texts, typed, (text) => text, 9)).toEqual(expected);
});

it("tells as many as are asked for", () => {
  expect(ranked(["a1", "a2", "a3"], "a", (text) => text, 2)).toEqual(["a1", "a2"]);
});
