import { expect, it } from "vitest";
import { bucketWord } from "./ranges";

it.each([
  [60, "minute"],
  [300, "5 min"],
  [3_600, "hour"],
  [14_400, "4 h"],
  [86_400, "day"],
  [172_800, "2 d"],
])("%s seconds are counted per %s", (seconds, word) => {
  expect(bucketWord(seconds)).toBe(word);
});
