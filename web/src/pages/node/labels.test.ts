import { expect, it } from "vitest";
import { labelsOf, textOfLabels } from "./labels";

it.each([
  ["", {}],
  ["zone=a\n\n rack = 7 ", { zone: "a", rack: "7" }],
  ["zone=", { zone: "" }],
  ["url=http://x/?a=b", { url: "http://x/?a=b" }],
])("%j is read", (text, labels) => {
  expect(labelsOf(text)).toEqual({ labels, problem: null });
});

it.each([
  ["zone", "Line 1: write it as key=value."],
  ["a=b\n=c", "Line 2: write it as key=value."],
  ["a=1\na=2", "Line 2: a is there twice."],
  [`${"k".repeat(64)}=1`, "Line 1: a key has at most 63 bytes."],
  [`k=${"v".repeat(254)}`, "Line 1: a value has at most 253 bytes."],
  [Array.from({ length: 65 }, (_, index) => `k${index}=1`).join("\n"), "A node has at most 64 labels."],
])("%j is not", (text, problem) => {
  expect(labelsOf(text).problem).toBe(problem);
});

it("is written as it is read", () => {
  const labels = { zone: "a", "vf.io/os": "linux" };
  expect(labelsOf(textOfLabels(labels)).labels).toEqual(labels);
});
