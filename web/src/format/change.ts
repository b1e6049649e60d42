// How much a number grew or fell.

import { count, NONE } from "./numbers";

export type Change = { text: string; direction: "up" | "down" | "same" | "none" };

/** A change of a percentage, which is not a percentage of it. */
export function pointsOf(now: number | null, before: number | null): Change {
  if (now === null || before === null) return { text: NONE, direction: "none" };
  const points = Math.round((now - before) * 10) / 10;
  if (points === 0) return { text: "no change", direction: "same" };
  return points > 0
    ? { text: `+${points} points`, direction: "up" }
    : { text: `−${-points} points`, direction: "down" };
}

/** Against nothing there is no change in percent, and against a number that is not known there is none at all. */
export function changeOf(now: number | null, before: number | null): Change {
  if (now === null || before === null) return { text: NONE, direction: "none" };
  if (before === 0)
    return now === 0 ? { text: "no change", direction: "same" } : { text: "none before", direction: "none" };
  const ratio = now / before;
  const percent = Math.round((ratio - 1) * 100);
  if (percent === 0) return { text: "no change", direction: "same" };
  if (ratio >= 10) return { text: `× ${count(Math.round(ratio))}`, direction: "up" };
  return percent > 0 ? { text: `+${percent} %`, direction: "up" } : { text: `−${-percent} %`, direction: "down" };
}
