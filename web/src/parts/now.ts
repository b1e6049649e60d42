// The server's time, once a second, for ages. One timer for the whole page.

import { useSyncExternalStore } from "react";
import { serverNow } from "../api/clock";

const listeners = new Set<() => void>();
let now = serverNow();
setInterval(() => {
  now = serverNow();
  for (const listener of listeners) listener();
}, 1_000);

function listen(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// Before the first second is over there may be a time already.
const current = () => now || Math.floor(serverNow() / 1_000) * 1_000;

export const useNow = () => useSyncExternalStore(listen, current);

/** What `tell` makes of the time. Whoever uses it is drawn again when that becomes another, not each second. */
export const useAtNow = <Told extends string | number | boolean>(tell: (now: number) => Told): Told =>
  useSyncExternalStore(listen, () => tell(current()));
