import { expect, it } from "vitest";
import { bothOf, labelsOf, selectorOf, withLabel } from "./selector";

it.each([
  [["zone=a"], { zone: "a" }],
  [["b=1", "c=2"], { b: "1", c: "2" }],
  [["vf.io/os=linux amd", "x=a=b"], { "vf.io/os": "linux amd", x: "a=b" }],
  [[], {}],
])("%j is %j, and back", (labels, selector) => {
  expect(selectorOf(labels)).toEqual(selector);
  expect(labelsOf(selector)).toEqual(labels);
});

it.each<[string[], string, string[] | null]>([
  [[], "zone=a", ["zone=a"]],
  [["zone=a"], "os=linux", ["os=linux", "zone=a"]],
  [["zone=a"], "zone=b", ["zone=b"]],
  [["zone=a"], "zone=a", ["zone=a"]],
  [[], "  zone = a ", ["zone=a"]],
  [[], "expr=a=b", ["expr=a=b"]],
  [[], "zone", null],
  [[], "zone=", null],
  [[], "=a", null],
  [[], "", null],
])("%j and %j make %j", (labels, typed, expected) => {
  expect(withLabel(labels, typed)).toEqual(expected);
});

it.each([
  [{}, {}, {}],
  [{ zone: "a" }, { os: "linux" }, { zone: "a", os: "linux" }],
  [{ zone: "a" }, { zone: "a" }, { zone: "a" }],
  [{ zone: "a" }, { zone: "b" }, null],
])("%j and %j are both %j", (one, other, expected) => {
  expect(bothOf(one, other)).toEqual(expected);
});
