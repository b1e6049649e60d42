import { expect, it } from "vitest";
import { failedNodesOf, statusOf } from "./state";

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

it("counts nodes that a deploy did not reach", () => {
  expect(failedNodesOf(null)).toBe(0);
  expect(failedNodesOf({ failed: 2, timedOut: 1 })).toBe(3);
});
