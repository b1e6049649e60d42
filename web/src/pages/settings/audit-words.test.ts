import { expect, it } from "vitest";
import { ACTIONS, deedOf, factsOf, gistOf } from "./audit-words";

it("knows a word for every action, and leaves others as they are", () => {
  expect(ACTIONS.length).toBe(28);
  expect([deedOf("pipeline.deploy"), deedOf("moon.land")]).toEqual(["deployed a pipeline", "moon.land"]);
});

it.each<[Record<string, unknown>, string]>([
  [{}, ""],
  [{ name: "nginx" }, "nginx"],
  [{ userId: "u", email: "a@b", role: "EDITOR" }, "a@b, EDITOR"],
  [{ version: 3, changelog: "more memory", nodeSelector: { zone: "a" } }, "version 3, more memory"],
  [{ version: 3, changelog: "" }, "version 3"],
  [{ oldMaintenance: false, maintenance: true }, "into maintenance"],
  [{ maintenance: false }, "out of maintenance"],
  [{ hint: "0d58" }, "…0d58"],
  [{ name: { a: 1 }, host: null }, ""],
  [{ leftOutBytes: 9000 }, ""],
])("the gist of %j is %j", (detail, expected) => {
  expect(gistOf(detail)).toBe(expected);
});

it("tells every field of a detail as text", () => {
  expect(factsOf({ a: "x", b: null, c: { d: [1] }, e: false })).toEqual([
    ["a", "x"],
    ["b", "—"],
    ["c", '{"d":[1]}'],
    ["e", "false"],
  ]);
});
