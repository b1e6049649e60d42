import { expect, it } from "vitest";
import { tickTexts } from "./ticks";

const at = (day: number, hours: number, minutes = 0) => new Date(2026, 10, day, hours, minutes).getTime() / 1_000;

it.each([
  ["within a day", 600, [at(25, 9, 50), at(25, 10)], ["09:50", "10:00"]],
  ["over midnight", 21_600, [at(25, 18), at(26, 0), at(26, 6)], ["18:00", "26 Nov", "06:00"]],
  ["over days", 86_400, [at(25, 0), at(26, 0)], ["25 Nov", "26 Nov"]],
  ["over weeks, where a day may begin at another hour", 604_800, [at(2, 1), at(9, 1)], ["2 Nov", "9 Nov"]],
])("%s", (_, step, ticks, texts) => {
  expect(tickTexts(ticks, step)).toEqual(texts);
});
