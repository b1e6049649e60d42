import { expect, it } from "vitest";
import { askedMillis, retryMillis } from "./retry";

it.each([
  ["the first is a second", 1, 1, null, 1_000],
  ["the jitter takes at most half", 1, 0, null, 500],
  ["doubles", 4, 1, null, 8_000],
  ["ends at half a minute", 6, 1, null, 30_000],
  ["stays there", 400, 1, null, 30_000],
  ["waits as long as it is asked to", 1, 1, 30_000, 30_000],
  ["a short wish does not hurry it", 5, 1, 1_000, 16_000],
])("%s", (_, failures, random, asked, expected) => {
  expect(retryMillis(failures, random, asked)).toBe(expected);
});

it.each([
  ["30", 30_000],
  [null, null],
  ["soon", null],
  ["Wed, 21 Oct 2026 07:28:00 GMT", null],
])("Retry-After %s", (header, expected) => {
  expect(askedMillis(header)).toBe(expected);
});
