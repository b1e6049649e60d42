// Keys that work everywhere: `/` searches, `g` and a letter go to a page, Ctrl K opens the palette, `?` tells the keys.

import { useEffect } from "react";
import { currentPlace, go } from "../url/place";
import { noFilter } from "../url/url";
import { PAGES } from "./pages";

const SECOND_KEY_MILLIS = 1_200;

export type Opened = "palette" | "keys" | null;

export function useKeys(open: (what: Opened) => void) {
  useEffect(() => {
    let goingAt = 0;
    const press = (event: KeyboardEvent) => {
      const target = event.target instanceof HTMLElement ? event.target : null;
      if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
        // A browser would open its own search.
        event.preventDefault();
        if (!target?.closest("[role=dialog]")) open("palette");
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || target?.closest("input, textarea, select, [role=menu]"))
        return;
      if (target?.closest("[role=dialog], [contenteditable]")) return;
      const { environment } = currentPlace();
      const isSecond = performance.now() - goingAt < SECOND_KEY_MILLIS;
      goingAt = event.key === "g" ? performance.now() : 0;
      if (event.key === "?") return open("keys");
      if (event.key === "/") {
        event.preventDefault();
        if (!document.getElementById("search")) go({ page: "fleet", environment, filter: noFilter });
        // The field may only be drawn with the next frame.
        requestAnimationFrame(() => document.getElementById("search")?.focus());
        return;
      }
      const page = isSecond ? PAGES.find(({ key }) => key === event.key) : undefined;
      if (page) go(page.of(environment));
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [open]);
}
