import { describe, expect, it } from "vitest";
import type { StatusChange } from "../stream/events";
import { CoolDown, type Notice, noticeOf, toastsOf } from "./toasts";

const change = (toStatus: string, more: Partial<StatusChange> = {}): StatusChange => ({
  type: "status_change",
  nodeId: "n1",
  fromStatus: null,
  toStatus,
  reason: "",
  environmentId: "e",
  timestamp: 1,
  ...more,
});
const pipeline = { pipelineId: "p1", pipelineName: "edge" };

describe("what is worth a word", () => {
  it.each<[string, StatusChange, string]>([
    ["a pipeline crashes", change("CRASHED", pipeline), "error: edge crashed"],
    ["it has no name", change("CRASH_LOOP", { pipelineId: "p1" }), "error: p1 crashed"],
    ["one node has the version", change("DEPLOYED", { ...pipeline, reason: "version 3 is running" }), ""],
    [
      "all nodes have it",
      change("DEPLOYED", { ...pipeline, reason: "version 3 is running on all 12 nodes" }),
      "success: edge is deployed",
    ],
    ["a deploy fails", change("DEPLOY_FAILED", pipeline), "error: edge did not deploy everywhere"],
    ["a pipeline starts", change("RUNNING", pipeline), ""],
    ["a node goes silent", change("UNREACHABLE"), "warning: node one is unreachable"],
    ["it comes back", change("HEALTHY", { fromStatus: "UNREACHABLE" }), "quiet: node one is back"],
    ["a node is heard first", change("HEALTHY", { fromStatus: "UNKNOWN" }), ""],
    ["it is degraded, which its pipeline tells", change("DEGRADED"), ""],
  ])("%s", (_, event, expected) => {
    const notice = noticeOf(event, () => "node one");
    expect(
      toastsOf(notice ? [notice] : [])
        .map(({ tone, text }) => `${tone}: ${text}`)
        .join(),
    ).toBe(expected);
  });
});

const silent = (subject: string): Notice => ({ kind: "unreachable", subject, name: subject });

it("says the same once in half a minute, and suppressed ones do not put that off", () => {
  const coolDown = new CoolDown();
  const said = [0, 10_000, 29_999, 30_000, 59_000].map((now) => coolDown.pass([silent("n1")], now).length);
  expect(said).toEqual([1, 0, 0, 1, 0]);
});

it("tells subjects and kinds apart", () => {
  const coolDown = new CoolDown();
  const notices: Notice[] = [silent("n1"), silent("n2"), { kind: "recovered", subject: "n1", name: "n1" }];
  expect(coolDown.pass(notices, 0)).toHaveLength(3);
});

it("makes one of many", () => {
  expect(toastsOf(["a", "b", "c"].map(silent)).map(({ text }) => text)).toEqual([
    "a is unreachable",
    "b is unreachable",
    "c is unreachable",
  ]);
  expect(toastsOf(["a", "b", "c", "d"].map(silent)).map(({ text }) => text)).toEqual(["4 nodes are unreachable"]);
});
