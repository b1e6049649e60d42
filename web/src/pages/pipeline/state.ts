// How a pipeline is, as a whole: the worst of what its instances do.

import type { PipelineItem, Rollout } from "../../api/types";

/** The status of a pipeline for the one mark; null while no node has a word about it. */
export function statusOf({ instances }: Pick<PipelineItem, "instances">): string | null {
  if (instances.crashed > 0) return "CRASHED";
  if (instances.running > 0) return "RUNNING";
  if (instances.starting > 0) return "STARTING";
  return instances.stopped > 0 ? "STOPPED" : null;
}

/** Nodes that a deploy under way did not reach. */
export const failedNodesOf = (rollout: Pick<Rollout, "failed" | "timedOut"> | null): number =>
  rollout ? rollout.failed + rollout.timedOut : 0;
