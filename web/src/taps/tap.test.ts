import { describe, expect, it } from "vitest";
import { happeningOf, nextTap, noTap, shownOf, TAP_EVENTS_MAX, type TapHappening } from "./tap";

const after = (...happenings: TapHappening[]) => happenings.reduce(nextTap, noTap);
const events = (...values: unknown[]): TapHappening => ({ kind: "events", nodeId: "n1", events: values });
const many = events(...Array.from({ length: TAP_EVENTS_MAX }, (_, index) => index));
const asked: TapHappening = { kind: "asked" };
const started: TapHappening = { kind: "started" };

it.each<[string, TapHappening[], string]>([
  ["asked", [asked], "starting"],
  ["started", [asked, started], "running"],
  ["ended", [asked, started, { kind: "ended", why: "time" }], "ended time"],
  [
    "a stream that breaks after the end",
    [asked, { kind: "ended", why: "time" }, { kind: "ended", why: "gone" }],
    "ended time",
  ],
  ["started again", [asked, { kind: "ended", why: "time" }, asked], "starting"],
])("%s", (_, happenings, expected) => {
  const { phase, why } = after(...happenings);
  expect([phase, why].filter(Boolean).join(" ")).toBe(expected);
});

it("keeps the newest events, each with a key of its own", () => {
  const tap = after(asked, started, many, events("last"));
  expect(tap.events.length).toBe(TAP_EVENTS_MAX);
  expect(tap.events.at(-1)).toEqual({ key: TAP_EVENTS_MAX, nodeId: "n1", text: '"last"' });
  expect(new Set(tap.events.map(({ key }) => key)).size).toBe(TAP_EVENTS_MAX);
});

it("stands still while paused, and tells how many came", () => {
  const paused = after(asked, started, events("a"), { kind: "paused" }, many, { kind: "paused" });
  expect(shownOf(paused)).toEqual({ events: [{ key: 0, nodeId: "n1", text: '"a"' }], missed: TAP_EVENTS_MAX });
  const { events: shown, missed } = shownOf(nextTap(paused, { kind: "resumed" }));
  expect([shown.length, missed]).toEqual([TAP_EVENTS_MAX, 0]);
});

it("counts what is missing", () => {
  expect(after(asked, { kind: "skipped", events: 3 }, { kind: "skipped", events: 4 }).skipped).toBe(7);
});

describe("blocks of a tap's stream", () => {
  it.each<[string, string, TapHappening | null]>([
    ["tap_event", '{"nodeId":"n1","events":[{"a":1}]}', events({ a: 1 })],
    ["tap_skipped", '{"events":7}', { kind: "skipped", events: 7 }],
    ["tap_stopped", '{"reason":"time_up","message":"its time was up"}', { kind: "ended", why: "its time was up" }],
    ["tap_stopped", '{"reason":"time_up"}', { kind: "ended", why: "time_up" }],
    ["tap_event", '{"events":{}}', null],
    ["tap_event", "{", null],
    ["tap_event", "7", null],
    ["metric_update", "{}", null],
  ])("%s %s", (name, data, expected) => {
    expect(happeningOf(name, data)).toEqual(expected);
  });
});
