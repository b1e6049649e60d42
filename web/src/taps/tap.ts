// A live tap as it is looked at: its newest events, how many are missing, and why it ended. While it is paused what is
// shown stands still, and events go on to come.

import { parseExact, writtenExact } from "../json/exact";

export type TapEvent = { key: number; nodeId: string; text: string };

export type Tap = {
  phase: "idle" | "starting" | "running" | "ended";
  events: readonly TapEvent[];
  /** What is shown instead while it is paused. */
  held: readonly TapEvent[] | null;
  added: number;
  /** How many had come when it was paused. */
  heldAt: number;
  skipped: number;
  why: string | null;
};

export type TapHappening =
  | { kind: "asked" }
  | { kind: "started" }
  | { kind: "events"; nodeId: string; events: unknown[] }
  | { kind: "skipped"; events: number }
  | { kind: "ended"; why: string }
  | { kind: "paused" }
  | { kind: "resumed" };

export const TAP_EVENTS_MAX = 200;

export const noTap: Tap = { phase: "idle", events: [], held: null, added: 0, heldAt: 0, skipped: 0, why: null };

export function nextTap(tap: Tap, happening: TapHappening): Tap {
  switch (happening.kind) {
    case "asked":
      return { ...noTap, phase: "starting" };
    case "started":
      return { ...tap, phase: "running" };
    case "events": {
      const fresh = happening.events.map((event, index) => ({
        key: tap.added + index,
        nodeId: happening.nodeId,
        text: writtenExact(event),
      }));
      const events = [...tap.events, ...fresh].slice(-TAP_EVENTS_MAX);
      return { ...tap, events, added: tap.added + fresh.length };
    }
    case "skipped":
      return { ...tap, skipped: tap.skipped + happening.events };
    case "ended":
      // The first word is the true one: a stream that breaks after it has nothing to add.
      return tap.phase === "ended" ? tap : { ...tap, phase: "ended", why: happening.why };
    case "paused":
      return tap.held ? tap : { ...tap, held: tap.events, heldAt: tap.added };
    case "resumed":
      return { ...tap, held: null };
  }
}

/** What to draw, and how many events came since it was paused. */
export function shownOf({ events, held, added, heldAt }: Tap): { events: readonly TapEvent[]; missed: number } {
  return held ? { events: held, missed: added - heldAt } : { events, missed: 0 };
}

/** A block of a tap's stream; null for what is not known here. */
export function happeningOf(name: string, data: string): TapHappening | null {
  let value: unknown;
  try {
    value = parseExact(data);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const { events, nodeId, message, reason } = value as Record<string, unknown>;
  if (name === "tap_event" && Array.isArray(events)) {
    return { kind: "events", nodeId: typeof nodeId === "string" ? nodeId : "", events };
  }
  if (name === "tap_skipped" && typeof events === "number") return { kind: "skipped", events };
  if (name === "tap_stopped") return { kind: "ended", why: wordsOf(message) ?? wordsOf(reason) ?? "it was stopped" };
  return null;
}

const wordsOf = (value: unknown) => (typeof value === "string" && value !== "" ? value : null);
