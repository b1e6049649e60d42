import { expect, it } from "vitest";
import { reductionOf, statusOf } from "./state";

const none = { total: 4, running: 0, starting: 0, stopped: 0, crashed: 0, unknown: 0 };

it.each([
  ["nothing reports", none, null],
  ["only words of their own", { ...none, unknown: 4 }, null],
  ["all stopped", { ...none, stopped: 4 }, "STOPPED"],
  ["one starts", { ...none, stopped: 3, starting: 1 }, "STARTING"],
  ["one runs", { ...none, starting: 3, running: 1 }, "RUNNING"],
  ["one crashed", { ...none, running: 3, crashed: 1 }, "CRASHED"],
])("%s", (_, instances, expected) => {
  expect(statusOf({ instances })).toBe(expected);
});

it.each([
  [{ eventsIn: 100, eventsOut: 25 }, 75],
  [{ eventsIn: 100, eventsOut: 130 }, 0],
  [{ eventsIn: 0, eventsOut: 5 }, null],
  [null, null],
])("the reduction of %j is %s", (rates, expected) => {
  expect(reductionOf(rates)).toBe(expected);
});
