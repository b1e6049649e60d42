// How true the page is: live, catching up, polling, offline, and how old what it shows is.

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { isStaleKey } from "../cache/stale";
import { age } from "../format/times";
import { type StreamState, trueAt } from "../stream/status";
import { useStreamStatus } from "./live";

const words: Record<StreamState, string> = {
  connecting: "Connecting",
  live: "Live",
  "catching-up": "Catching up",
  reconnecting: "Reconnecting",
  polling: "Polling",
  offline: "Offline",
};

const meanings: Record<StreamState, string> = {
  connecting: "The event stream is being opened.",
  live: "Changes show as they happen.",
  "catching-up": "The stream fell behind or came back; what was missed is coming in.",
  reconnecting: "The event stream broke and is being opened again.",
  polling: "There is no event stream. Lists are loaded every few seconds.",
  offline: "The server does not answer. What is shown is as old as it says.",
};

/** Keepalives come every 15 seconds, so an age below that says nothing. */
const AGE_MILLIS_MIN = 20_000;

export function Pill() {
  const status = useStreamStatus();
  const { state } = status;
  const queries = useQueryClient();
  // This age is by the browser's own clock on both sides, and has to go on when nothing else does.
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  const lists = queries.getQueryCache().findAll({ type: "active" });
  const listedAt = lists.flatMap(({ queryKey, state: { dataUpdatedAt } }) =>
    isStaleKey(queryKey[0]) && dataUpdatedAt > 0 ? [dataUpdatedAt] : [],
  );
  const shownAt = state === "live" ? status.heardAt : trueAt(status, listedAt);
  const silence = shownAt === null ? null : Math.max(0, now - shownAt);
  const isOld = silence !== null && (state !== "live" ? state !== "connecting" : silence > AGE_MILLIS_MIN);
  return (
    <span className="pill" data-state={state} title={meanings[state]}>
      <i aria-hidden="true" />
      <span role="status">{words[state]}</span>
      {isOld && <span className="muted">{age(silence)} old</span>}
    </span>
  );
}
