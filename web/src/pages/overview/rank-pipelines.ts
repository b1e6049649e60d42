// Which pipelines come first.

import type { PipelineItem } from "../../api/types";
import { failedNodesOf } from "../pipeline/state";

const byName = (one: PipelineItem, other: PipelineItem) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0);

/** Nodes on which it crashed, or which its deploy did not reach. */
const lostNodesOf = ({ instances, rollout }: PipelineItem) => instances.crashed + failedNodesOf(rollout);

/** Those that crashed or did not deploy somewhere, or count errors now, the worst first. */
export const failingOf = (pipelines: PipelineItem[]) =>
  pipelines
    .filter((one) => lostNodesOf(one) > 0 || (one.rates?.errors ?? 0) > 0)
    .sort(
      (one, other) =>
        lostNodesOf(other) - lostNodesOf(one) ||
        (other.rates?.errors ?? 0) - (one.rates?.errors ?? 0) ||
        byName(one, other),
    );

/** Those that some node is to run, most events in first. */
export const busiestOf = (pipelines: PipelineItem[]) =>
  pipelines
    .filter(({ instances }) => instances.total > 0)
    .sort((one, other) => (other.rates?.eventsIn ?? -1) - (one.rates?.eventsIn ?? -1) || byName(one, other));
