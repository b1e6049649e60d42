// Events each second, as they change; errors stand out.

import { isFresh } from "../cache/live";
import { quantity } from "../format/numbers";
import { useAtNow } from "./now";
import { Value } from "./value";

export const Rate = ({ of }: { of: number | null | undefined }) => <Value text={quantity(of ?? null)} />;

export const ErrorRate = ({ of }: { of: number | null | undefined }) => (
  <Value text={quantity(of ?? null)} className={(of ?? 0) > 0 ? "short" : ""} />
);

/** What was heard, until it is old. */
export function useFresh<Heard extends { timestamp: number }>(heard: Heard | null | undefined): Heard | null {
  const isKept = useAtNow((now) => !!heard && isFresh(heard, now));
  return heard && isKept ? heard : null;
}
