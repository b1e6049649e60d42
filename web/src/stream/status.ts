// What the pill in the header says: how true the page is. It never says live without bytes of the stream to prove it.

export type StreamState = "connecting" | "live" | "catching-up" | "reconnecting" | "polling" | "offline";

/** `heardAt` is of the stream alone: an answered call says nothing of what else is shown. */
export type StreamStatus = { state: StreamState; heardAt: number | null; failures: number };

export type Happening =
  | { kind: "opened" }
  | { kind: "heard" }
  | { kind: "behind" }
  | { kind: "caught-up" }
  | { kind: "lost"; serverAnswers: boolean }
  | { kind: "answered" }
  | { kind: "unanswered" };

/** After so many failed attempts lists are polled, and the pill says so. */
const FAILURES_BEFORE_POLLING = 3;

/** The server sends a comment every 15 seconds; a stream that is silent for three of them is dead. */
export const SILENCE_MILLIS_MAX = 45_000;

export const initialStatus: StreamStatus = { state: "connecting", heardAt: null, failures: 0 };

export function nextStatus(status: StreamStatus, happening: Happening, now: number): StreamStatus {
  switch (happening.kind) {
    case "opened":
      return { state: "live", heardAt: now, failures: 0 };
    case "heard":
      return { ...status, heardAt: now };
    case "behind":
      return { ...status, state: "catching-up", heardAt: now };
    case "caught-up":
      return { ...status, state: "live", heardAt: now };
    case "lost": {
      const failures = status.failures + 1;
      return { ...status, failures, state: stateWithout(failures, happening.serverAnswers) };
    }
    case "answered":
      return isStreaming(status) ? status : { ...status, state: stateWithout(status.failures, true) };
    case "unanswered":
      return isStreaming(status) ? status : { ...status, state: stateWithout(status.failures, false) };
  }
}

export const isStreaming = ({ state }: StreamStatus) => state === "live" || state === "catching-up";

/** The stream was there and is not. */
export const isLost = ({ state }: StreamStatus) =>
  state === "reconnecting" || state === "polling" || state === "offline";

/**
 * As of when the page is true: the stream would have told what came before it was last heard, and each list is as old
 * as its answer. Null: nothing is shown yet.
 */
export function trueAt({ heardAt }: StreamStatus, listedAt: number[]): number | null {
  const oldest = listedAt.length === 0 ? null : Math.min(...listedAt);
  return heardAt === null || oldest === null ? (heardAt ?? oldest) : Math.max(heardAt, oldest);
}

function stateWithout(failures: number, serverAnswers: boolean): StreamState {
  if (failures < FAILURES_BEFORE_POLLING) return failures === 0 ? "connecting" : "reconnecting";
  return serverAnswers ? "polling" : "offline";
}

/** Lists are not asked for more often than this without a stream, however many browsers have lost theirs. */
const POLL_MILLIS_MIN = 30_000;

/** How often a list is asked for: at its own pace beside a stream, false for never; seldom without one. */
export function pollMillis(status: StreamStatus, beside: number | false): number | false {
  return isStreaming(status) ? beside : Math.max(beside || 0, POLL_MILLIS_MIN);
}
