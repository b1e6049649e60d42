// A volume as series to draw: gaps stay gaps, and the bucket that is still being counted is left out.

import type { Volume } from "../api/types";
import { withGaps } from "../cache/gaps";
import { millisOf } from "../format/times";

export type VolumePoint = { at: number } & Partial<Record<VolumeName, number | null>>;
export type VolumeName =
  | "bytesIn"
  | "bytesOut"
  | "eventsIn"
  | "eventsOut"
  | "errorsTotal"
  | "eventsDiscarded"
  | "byteReductionPercent"
  | "eventReductionPercent";

export function volumePoints({ series, bucketSeconds }: Pick<Volume, "series" | "bucketSeconds">): VolumePoint[] {
  const whole = series
    .filter(({ partial }) => !partial)
    .map(({ timestamp, partial: _, ...totals }) => ({
      ...totals,
      at: millisOf(timestamp) ?? 0,
      byteReductionPercent: reductionOf(totals.bytesIn, totals.bytesOut),
      eventReductionPercent: reductionOf(totals.eventsIn, totals.eventsOut),
    }));
  return withGaps<VolumePoint>(whole, bucketSeconds * 1_000, (at) => ({ at }));
}

/** How much less went out than came in, in percent; 0 when more did, null when nothing came in. */
export const reductionOf = (came: number | null, went: number | null) =>
  came === null || went === null || came <= 0 ? null : Math.max(0, (1 - went / came) * 100);

/** Parts of a whole as fractions, for thin bars; nothing of nothing is nothing. */
export function shareOf(part: number | null, whole: number | null): number {
  return part === null || whole === null || whole <= 0 ? 0 : Math.min(1, part / whole);
}
