import { expect, it } from "vitest";
import { age, ago, clockMillis, millisOf, shortTime } from "./times";

const second = 1_000;
const hour = 3_600 * second;

it.each([
  [null, "—"],
  [-5, "0 s"],
  [999, "0 s"],
  [59 * second, "59 s"],
  [60 * second, "1 min"],
  [59 * 60 * second, "59 min"],
  [hour, "1 h"],
  [47 * hour, "47 h"],
  [48 * hour, "2 d"],
])("an age of %s", (millis, text) => {
  expect(age(millis)).toBe(text);
});

it("says never of what did not happen", () => {
  expect([ago(null), ago(5 * second)]).toEqual(["never", "5 s ago"]);
});

it("shows the day of another day, in the reader's zone", () => {
  const at = (day: number, hours: number) => new Date(2026, 10, day, hours, 4, 5, 67).getTime();
  expect(clockMillis(at(26, 3))).toBe("03:04:05.067");
  expect(shortTime(at(26, 3), at(26, 9))).toBe("03:04:05");
  expect(shortTime(at(25, 23), at(26, 1))).toBe("25 Nov 23:04");
});

it.each([
  ["2026-01-01T00:00:00.000Z", Date.UTC(2026, 0, 1)],
  [null, null],
  ["", null],
  ["soon", null],
])("the time in %j", (text, millis) => {
  expect(millisOf(text)).toBe(millis);
});
