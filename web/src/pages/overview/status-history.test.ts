import { describe, expect, it } from "vitest";
import type { EventItem } from "../../api/types";
import { columnsOf, stepsOf } from "./status-history";

const instant = (seconds: string | undefined) => new Date(Number(seconds) * 1_000).toISOString();

/** `seconds node from to pipeline`, newest first; a dash is none. */
const events = (rows: string[]): EventItem[] =>
  rows.map((row) => {
    const [seconds, nodeId = "", from = "-", toStatus = "", pipelineId] = row.split(" ");
    const fromStatus = from === "-" ? null : from;
    return {
      id: row,
      nodeId,
      pipelineId: pipelineId ?? null,
      fromStatus,
      toStatus,
      reason: "",
      timestamp: instant(seconds),
    };
  });

/** `node status since`. */
const nodes = (rows: string[]) =>
  rows.map((row) => {
    const [id = "", status = "", since] = row.split(" ");
    return { id, status, statusSince: instant(since) };
  });

describe("steps", () => {
  it.each<[string, string[], string[], string[]]>([
    ["of nodes alone", ["9 a HEALTHY DEGRADED", "8 a RUNNING CRASHED p"], [], ["9 a HEALTHY DEGRADED"]],
    ["not from before", ["3 a HEALTHY DEGRADED"], [], []],
    ["a node that came", ["9 a - UNKNOWN"], ["a UNKNOWN 9"], ["9 a null UNKNOWN"]],
    [
      "not written yet, of a node that is known",
      ["7 a - UNKNOWN"],
      ["a HEALTHY 9"],
      ["9 a UNKNOWN HEALTHY", "7 a null UNKNOWN"],
    ],
    ["not written yet, of one that is not", [], ["a UNREACHABLE 9"], ["9 a undefined UNREACHABLE"]],
    ["long since", [], ["a UNREACHABLE 2"], []],
    [
      "written after the nodes were asked for",
      ["9 a DEGRADED HEALTHY", "7 a HEALTHY DEGRADED"],
      ["a DEGRADED 7"],
      ["9 a DEGRADED HEALTHY", "7 a HEALTHY DEGRADED"],
    ],
  ])("%s", (_, listed, changed, expected) => {
    const steps = stepsOf(events(listed), nodes(changed), 5_000);
    expect(steps.map(({ nodeId, from, to, at }) => `${at / 1_000} ${nodeId} ${from} ${to}`)).toEqual(expected);
  });
});

/** Healthy, degraded, unreachable, unknown, and open, of four columns of ten seconds. */
const shown = (now: [number, number, number, number], ...rows: string[]) => {
  const [healthy, degraded, unreachable, unknown] = now;
  const steps = stepsOf(events(rows), [], 0);
  return columnsOf({ healthy, degraded, unreachable, unknown }, steps, { from: 0, to: 40_000, columns: 4 })
    .map(({ counts: told }) =>
      told ? [told.healthy, told.degraded, told.unreachable, told.unknown, told.open].join("") : "?",
    )
    .join(" ");
};

describe("columns", () => {
  it.each<[string, [number, number, number, number], string[], string]>([
    ["nothing changed", [3, 0, 1, 0], [], "30100 30100 30100 30100"],
    ["one went down and stayed", [2, 0, 1, 0], ["25 a HEALTHY UNREACHABLE"], "30000 30000 20100 20100"],
    [
      "down and up within one",
      [3, 0, 0, 0],
      ["26 a UNREACHABLE HEALTHY", "25 a HEALTHY UNREACHABLE"],
      "30000 30000 20100 30000",
    ],
    ["down over several", [3, 0, 0, 0], ["35 a DEGRADED HEALTHY", "15 a HEALTHY DEGRADED"], "30000 21000 21000 21000"],
    ["one came", [1, 0, 0, 0], ["16 a UNKNOWN HEALTHY", "15 a - UNKNOWN"], "00000 10000 10000 10000"],
    ["a change that does not fit", [3, 0, 0, 0], ["25 a HEALTHY UNREACHABLE"], "? ? 30000 30000"],
  ])("%s", (_, now, rows, expected) => {
    expect(shown(now, ...rows)).toBe(expected);
  });

  it("leaves open what a node was before it is known", () => {
    const steps = stepsOf([], nodes(["a UNREACHABLE 25"]), 0);
    const now = { healthy: 2, degraded: 0, unreachable: 1, unknown: 0 };
    const columns = columnsOf(now, steps, { from: 0, to: 40_000, columns: 4 });
    expect(columns.map(({ counts }) => [counts?.unreachable, counts?.open])).toEqual([
      [0, 1],
      [0, 1],
      [1, 0],
      [1, 0],
    ]);
  });
});
