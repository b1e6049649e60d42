// Which pipelines come first.

import type { PipelineItem } from "../../api/types";

const byName = (one: PipelineItem, other: PipelineItem) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0);

/** Those that crashed somewhere or count errors now, the worst first. */
export const failingOf = (pipelines: PipelineItem[]) =>
  pipelines
    .filter(({ instances, rates }) => instances.crashed > 0 || (rates?.errors ?? 0) > 0)
    .sort(
      (one, other) =>
        other.instances.crashed - one.instances.crashed ||
        (other.rates?.errors ?? 0) - (one.rates?.errors ?? 0) ||
        byName(one, other),
    );

/** Those that some node is to run, most events in first. */
export const busiestOf = (pipelines: PipelineItem[]) =>
  pipelines
    .filter(({ instances }) => instances.total > 0)
    .sort((one, other) => (other.rates?.eventsIn ?? -1) - (one.rates?.eventsIn ?? -1) || byName(one, other));
