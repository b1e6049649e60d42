import { expect, it } from "vitest";
import { parseLine, stripped } from "./line";

it.each([
  ["", "INFO", ""],
  ["  ", "INFO", ""],
  ["plain words", "INFO", "plain words"],
  ["ERROR: disk is full", "ERROR", "disk is full"],
  ["[warn] slow", "WARN", "slow"],
  ["warning slow", "WARN", "slow"],
  ["err\tslow", "ERROR", "slow"],
  ["Trace it", "TRACE", "it"],
  ["errors were seen", "INFO", "errors were seen"],
  ["INFO", "INFO", "INFO"],
  ["2026-01-01T00:00:15.000000Z  WARN vector::sinks: flushed", "WARN", "vector::sinks: flushed"],
  ["2026-01-01 00:00:15 +00 flushed", "INFO", "2026-01-01 00:00:15 +00 flushed"],
  ['{"level":"warning","msg":"slow"}', "WARN", "slow"],
  ['{"level":"ERR","message":"slow"}', "ERROR", "slow"],
  ['{"level":"loud","message":"slow"}', "INFO", "slow"],
  ['{"message":7}', "INFO", '{"message":7}'],
  ["{broken", "INFO", "{broken"],
  ["\u001b[31mERROR\u001b[0m: red", "ERROR", "red"],
  ["<b>ERROR</b>: <script>", "INFO", "<b>ERROR</b>: <script>"],
])("%j", (raw, level, message) => {
  expect(parseLine(raw, 7)).toEqual({ level, message, timestamp: 7 });
});

it.each([
  ['{"timestamp":1763892005417}', 1763892005417],
  ['{"ts":1763892005}', 1763892005000],
  ['{"ts":"2026-01-01T00:00:00Z"}', Date.UTC(2026, 0, 1)],
  ['{"timestamp":"then","ts":1763892005417}', 1763892005417],
  ['{"timestamp":"then"}', 7],
])("the time of %s", (raw, timestamp) => {
  expect(parseLine(raw, 7).timestamp).toBe(timestamp);
});

it.each([
  ["\u001b[1;32mgreen\u001b[0m", "green"],
  ["\u001b]0;title\u0007text", "text"],
  ["\u001b]8;;http://x\u001b\\link", "link"],
  ["bell\u0007 and tab\t", "bell and tab\t"],
])("strips %j", (raw, text) => {
  expect(stripped(raw)).toBe(text);
});
