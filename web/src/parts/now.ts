// The server's time, once a second, for ages. One timer for the whole page.

import { useSyncExternalStore } from "react";
import { serverNow } from "../api/clock";

const listeners = new Set<() => void>();
let now = serverNow();
setInterval(() => {
  now = serverNow();
  for (const listener of listeners) listener();
}, 1_000);

export const useNow = () =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    // Before the first second is over there may be a time already.
    () => now || Math.floor(serverNow() / 1_000) * 1_000,
  );
