// How many nodes were how, over a time, told backwards: from the counts of now each change is taken back. What cannot
// be told is left open, never made up.

import type { EventItem, NodeItem, Summary } from "../../api/types";
import { millisOf } from "../../format/times";

export type Counts = Omit<Summary["nodes"], "total">;

/** `from` is null for a node that came, and undefined when nobody knows what it was before. */
export type Step = { nodeId: string; from: string | null | undefined; to: string; at: number };

/** The worst moment of a part of the time; `open` are nodes of which nothing is known. Null: nothing is. */
export type Column = { at: number; counts: (Counts & { open: number }) | null };

/**
 * Steps of nodes, newest first. The list of events lacks what was not written yet; `changed`, the nodes with the status
 * they have and since when, tells what that led to.
 */
export function stepsOf(
  events: EventItem[],
  changed: Pick<NodeItem, "id" | "status" | "statusSince">[],
  since: number,
): Step[] {
  const steps: Step[] = events.flatMap(({ nodeId, pipelineId, fromStatus, toStatus, timestamp }) => {
    const at = millisOf(timestamp);
    if (nodeId === null || pipelineId !== null || at === null || at < since) return [];
    return [{ nodeId, from: fromStatus, to: toStatus, at }];
  });
  const newest = new Map<string, Step>();
  for (const step of steps) {
    const known = newest.get(step.nodeId);
    if (!known || step.at > known.at) newest.set(step.nodeId, step);
  }
  for (const { id, status, statusSince } of changed) {
    const at = millisOf(statusSince);
    const known = newest.get(id);
    if (at === null || at < since || (known && known.at >= at)) continue;
    steps.push({ nodeId: id, from: known?.to, to: status, at });
  }
  return steps.sort((one, other) => other.at - one.at);
}

type Time = { from: number; to: number; columns: number };

export function columnsOf(now: Counts, steps: Step[], { from, to, columns }: Time): Column[] {
  const counts = { ...now, open: 0 };
  const width = (to - from) / columns;
  const told: Column[] = [];
  let next = 0;
  let isKnown = true;
  for (let index = columns - 1; index >= 0; index--) {
    const at = from + index * width;
    if (!isKnown) {
      told.unshift({ at, counts: null });
      continue;
    }
    let worst = { ...counts };
    for (let step = steps[next]; step && step.at >= at; step = steps[++next]) {
      counts[nameOf(step.to)]--;
      if (step.from === undefined) counts.open++;
      else if (step.from !== null) counts[nameOf(step.from)]++;
      // Steps that do not fit the counts of now are not all there are.
      isKnown = isKnown && Object.values(counts).every((count) => count >= 0);
      if (isKnown && isWorse(counts, worst)) worst = { ...counts };
    }
    told.unshift({ at, counts: worst });
  }
  return told;
}

const nameOf = (status: string): keyof Counts =>
  status === "HEALTHY" || status === "DEGRADED" || status === "UNREACHABLE"
    ? (status.toLowerCase() as keyof Counts)
    : "unknown";

const isWorse = (one: Counts, other: Counts) =>
  one.unreachable > other.unreachable || (one.unreachable === other.unreachable && one.degraded > other.degraded);
