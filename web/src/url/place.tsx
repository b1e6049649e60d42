// The present address as a place, and links that change it without loading the page anew.

import { type AnchorHTMLAttributes, type MouseEvent, useSyncExternalStore } from "react";
import { addressOf, type Place, placeOf } from "./url";

const listeners = new Set<() => void>();
const tell = () => {
  for (const listener of listeners) listener();
};

/** Asked before a page is left; whoever may leave is to call what it is given. */
type Guard = (leave: () => void) => void;

let guard: Guard | null = null;

/** Lets nobody go to another page without asking, until what this answers is called. */
export function guardPlace(asked: Guard): () => void {
  guard = asked;
  return () => {
    if (guard === asked) guard = null;
  };
}

const leaveBy = (place: Place, how: "push" | "replace") =>
  guard?.(() => {
    guard = null;
    go(place, how);
  });

window.addEventListener("popstate", () => {
  const left = cached?.address;
  const asked = location.pathname + location.search;
  // The browser has gone already, so it is brought back until the answer is there.
  if (guard && left !== undefined && left.split("?")[0] !== location.pathname) {
    const to = placeOf(location.pathname, location.search);
    history.pushState(null, "", left);
    leaveBy(to, "push");
  } else if (asked !== left) tell();
});

const listen = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

let cached: { address: string; place: Place } | null = null;

export function currentPlace(): Place {
  const address = location.pathname + location.search;
  if (cached?.address !== address) cached = { address, place: placeOf(location.pathname, location.search) };
  return cached.place;
}

export const usePlace = () => useSyncExternalStore(listen, currentPlace);

/** Goes somewhere; what is typed or picked replaces the address, so that going back leaves the page. */
export function go(place: Place, how: "push" | "replace" = "push") {
  const address = addressOf(place);
  if (address === location.pathname + location.search) return;
  if (guard && address.split("?")[0] !== location.pathname) return leaveBy(place, how);
  if (how === "push") history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  tell();
  if (how === "push") window.scrollTo(0, 0);
}

export function Link({ to, ...rest }: { to: Place } & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href">) {
  const follow = (event: MouseEvent) => {
    // A new tab or window is the browser's to open.
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  return <a {...rest} href={addressOf(to)} onClick={follow} />;
}
