import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { throttled } from "./throttle";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it.each([
  ["one call runs once, after the pause", 1, 10, 5_000, 1],
  ["a burst runs once", 40, 10, 5_000, 1],
  ["a stream without a pause runs every two seconds", 100, 100, 10_000, 4],
])("%s", (_, count, everyMillis, watchMillis, expected) => {
  const action = vi.fn();
  const { call } = throttled<string>(500, 2_000, action);
  for (let index = 0; index < count; index++) setTimeout(() => call("a"), index * everyMillis);
  vi.advanceTimersByTime(watchMillis);
  expect(action).toHaveBeenCalledTimes(expected);
});

it("gathers each subject once", () => {
  const seen: string[][] = [];
  const { call } = throttled<string>(500, 2_000, (subjects) => seen.push([...subjects]));
  for (const subject of ["a", "b", "a"]) call(subject);
  vi.advanceTimersByTime(600);
  call("c");
  vi.advanceTimersByTime(600);
  expect(seen).toEqual([["a", "b"], ["c"]]);
});

it("runs nothing that was cancelled", () => {
  const action = vi.fn();
  const { call, cancel } = throttled<string>(500, 2_000, action);
  call("a");
  cancel();
  vi.advanceTimersByTime(5_000);
  expect(action).not.toHaveBeenCalled();
});
