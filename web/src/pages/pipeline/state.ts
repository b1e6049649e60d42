// How a pipeline is, as a whole: the worst of what its instances do.

import type { PipelineItem } from "../../api/types";

/** The status of a pipeline for the one mark; null while no node has a word about it. */
export function statusOf({ instances }: Pick<PipelineItem, "instances">): string | null {
  if (instances.crashed > 0) return "CRASHED";
  if (instances.running > 0) return "RUNNING";
  if (instances.starting > 0) return "STARTING";
  return instances.stopped > 0 ? "STOPPED" : null;
}

/** How much less goes out than comes in, in percent; null when nothing comes in. */
export function reductionOf(rates: { eventsIn: number; eventsOut: number } | null): number | null {
  return rates && rates.eventsIn > 0 ? Math.max(0, (1 - rates.eventsOut / rates.eventsIn) * 100) : null;
}
