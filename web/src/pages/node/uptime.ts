// An uptime for people: what is not all of the time never reads as all of it.

import { NONE } from "../../format/numbers";

export function uptimePercent(percent: number | null): string {
  if (percent === null) return NONE;
  if (percent === 100) return "100 %";
  if (percent > 99.999) return "99.999 %";
  // Rounding up would hide the minute that was lost.
  const digits = percent > 99.9 ? 3 : 2;
  return `${(Math.floor(percent * 10 ** digits) / 10 ** digits).toFixed(digits)} %`;
}
