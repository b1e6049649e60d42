import { expect, it } from "vitest";
import type { StreamEvent } from "../stream/events";
import { arrivalsOf, listedSteps, streamedSteps } from "./arrivals";

/** `seconds node from to`; a dash is none. */
const steps = (...rows: string[]) =>
  rows.map((row) => {
    const [seconds, nodeId = "", from, toStatus = ""] = row.split(" ");
    return { nodeId, fromStatus: from === "-" ? null : (from ?? null), toStatus, at: Number(seconds) };
  });

const shown = (since: number, ...rows: string[]) =>
  arrivalsOf(steps(...rows), since).map(({ nodeId, isHeard }) => `${nodeId}${isHeard ? " heard" : ""}`);

it.each<[string, number, string[], string[]]>([
  ["nobody came", 5, ["9 a UNKNOWN HEALTHY"], []],
  ["one enrolled", 5, ["9 a - UNKNOWN"], ["a"]],
  ["and is heard", 5, ["10 a UNKNOWN HEALTHY", "9 a - UNKNOWN"], ["a heard"]],
  ["with a crash at once", 5, ["9 a - UNKNOWN", "10 a UNKNOWN DEGRADED"], ["a heard"]],
  ["told twice", 5, ["9 a - UNKNOWN", "9 a - UNKNOWN"], ["a"]],
  ["before that does not count", 5, ["4 a - UNKNOWN", "6 a UNKNOWN HEALTHY"], []],
  ["the newest first", 5, ["6 a - UNKNOWN", "7 b - UNKNOWN", "7 c - UNKNOWN"], ["b", "c", "a"]],
])("%s", (_, since, rows, expected) => {
  expect(shown(since, ...rows)).toEqual(expected);
});

it("leaves steps of pipelines, and of other environments", () => {
  const listed = {
    nodeId: "a",
    pipelineId: null,
    fromStatus: null,
    toStatus: "UNKNOWN",
    timestamp: "1970-01-01T00:00:01Z",
  };
  expect(listedSteps([listed, { ...listed, pipelineId: "p" }, { ...listed, nodeId: null }])).toEqual(
    steps("1000 a - UNKNOWN"),
  );
  const change: StreamEvent = {
    type: "status_change",
    nodeId: "a",
    fromStatus: null,
    toStatus: "UNKNOWN",
    reason: "enrolled",
    environmentId: "e",
    timestamp: 1_000,
  };
  const events: StreamEvent[] = [change, { ...change, environmentId: "f" }, { ...change, pipelineId: "p" }];
  expect(streamedSteps(events, (id) => id === "e")).toEqual(steps("1000 a - UNKNOWN"));
});
