// How long ranges are, and what the width of a bucket is called.

import type { LongRange } from "../url/url";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const millis: Record<LongRange, number> = {
  "1h": HOUR,
  "6h": 6 * HOUR,
  "1d": DAY,
  "7d": 7 * DAY,
  "30d": 30 * DAY,
  "90d": 90 * DAY,
};

export const rangeMillis = (range: LongRange) => millis[range];

const words: Record<LongRange, string> = {
  "1h": "hour",
  "6h": "6 hours",
  "1d": "day",
  "7d": "7 days",
  "30d": "30 days",
  "90d": "90 days",
};

/** `hour`, `30 days`: what follows "the last". */
export const rangeWords = (range: LongRange) => words[range];

/** What something is counted per: `minute`, `5 min`, `4 h`, `day`. */
export function bucketWord(seconds: number): string {
  if (seconds === 60) return "minute";
  if (seconds === 3_600) return "hour";
  if (seconds === 86_400) return "day";
  if (seconds % 86_400 === 0) return `${seconds / 86_400} d`;
  if (seconds % 3_600 === 0) return `${seconds / 3_600} h`;
  return `${seconds / 60} min`;
}
