// Measured values, as long as they are new enough to be shown as what is now.

import { isFresh } from "../cache/live";
import { useAtNow } from "./now";

/** What was heard, until it is old. */
export function useFresh<Heard extends { timestamp: number }>(heard: Heard | null | undefined): Heard | null {
  const isKept = useAtNow((now) => !!heard && isFresh(heard, now));
  return heard && isKept ? heard : null;
}
