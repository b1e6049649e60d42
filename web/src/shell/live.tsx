// Joins the stream to the page: live values, lists that got old, toasts, and the status that the header shows.

import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from "react";
import { get, watchCalls } from "../api/client";
import { noteServerTime } from "../api/clock";
import { type LiveNode, LiveValues } from "../cache/live";
import { RecentChanges } from "../cache/recent";
import { pipelineOf, STALE_LONGEST_MILLIS, STALE_QUIET_MILLIS, type StaleKey, staleKeys } from "../cache/stale";
import { throttled } from "../cache/throttle";
import type { StreamEvent } from "../stream/events";
import { Hub } from "../stream/hub";
import { initialStatus, isLost, isStreaming, pollMillis, type StreamStatus } from "../stream/status";
import { nothing, type Wants } from "../stream/wants";
import { Toasts } from "./toast";

export { nodeNameOf, noteNodeNames } from "../cache/node-names";

const KINDS_MILLIS_MIN = 30_000;

export class Live {
  readonly values = new LiveValues((pipelineId, nodeId) => this.learnKinds(pipelineId, nodeId));
  readonly recent = new RecentChanges();
  status: StreamStatus = initialStatus;
  private readonly statusListeners = new Set<() => void>();
  private readonly eventListeners = new Set<(events: StreamEvent[]) => void>();
  private readonly kindsAskedAt = new Map<string, number>();
  private readonly stale: Record<StaleKey, ReturnType<typeof throttled<string | null>>>;
  private readonly toasts: Toasts;
  private hub: Hub | null = null;
  private wanted: Wants = nothing;

  constructor(
    private readonly queries: QueryClient,
    private readonly signedOut: () => void,
  ) {
    this.toasts = new Toasts(queries);
    const keys = Object.keys(STALE_LONGEST_MILLIS) as StaleKey[];
    const refetch = (key: StaleKey) => (pipelines: Set<string | null>) => {
      const queryKeys = pipelines.has(null) ? [[key]] : [...pipelines].map((id) => [key, id]);
      // What is old while nobody looks is asked for when the page is shown again.
      const refetchType = document.hidden ? "none" : "active";
      for (const queryKey of queryKeys) {
        void this.queries.invalidateQueries({ queryKey, refetchType }, { cancelRefetch: false });
      }
    };
    this.stale = Object.fromEntries(
      keys.map((key) => [key, throttled<string | null>(STALE_QUIET_MILLIS, STALE_LONGEST_MILLIS[key], refetch(key))]),
    ) as typeof this.stale;
  }

  open() {
    const hub = new Hub({
      events: (events) => this.take(events),
      status: (status) => {
        const before = this.status;
        this.status = status;
        // What may be seen may be less than before: a stream is ended when rights are taken away.
        if (isLost(before) && isStreaming(status)) {
          void this.queries.invalidateQueries({ refetchType: document.hidden ? "none" : "active" });
        }
        for (const listener of this.statusListeners) listener();
      },
      signedOut: this.signedOut,
    });
    this.hub = hub;
    // Pages below say what they show before this is opened.
    hub.want(this.wanted);
    watchCalls({
      answered: () => hub.called({ kind: "answered" }),
      unanswered: () => hub.called({ kind: "unanswered" }),
      signedOut: this.signedOut,
    });
  }

  close() {
    this.hub?.close();
    this.hub = null;
    for (const { cancel } of Object.values(this.stale)) cancel();
  }

  want(wants: Wants) {
    this.wanted = wants;
    this.hub?.want(wants);
  }

  readonly listenStatus = (listener: () => void) => {
    this.statusListeners.add(listener);
    return () => this.statusListeners.delete(listener);
  };

  listenEvents(listener: (events: StreamEvent[]) => void) {
    this.eventListeners.add(listener);
    return () => {
      this.eventListeners.delete(listener);
    };
  }

  private take(events: StreamEvent[]) {
    for (const event of events) {
      if ("timestamp" in event) noteServerTime(event.timestamp);
      for (const key of staleKeys(event)) this.stale[key].call(pipelineOf(key, event));
    }
    this.values.apply(events);
    this.recent.take(events);
    for (const listener of this.eventListeners) listener(events);
    this.toasts.take(events);
  }

  private learnKinds(pipelineId: string, nodeId: string) {
    const now = Date.now();
    if (now - (this.kindsAskedAt.get(pipelineId) ?? 0) < KINDS_MILLIS_MIN) return;
    this.kindsAskedAt.set(pipelineId, now);
    type Answer = { components: { componentId: string; kind: string }[] };
    get<Answer>(`/pipelines/${pipelineId}/samples`, { nodeId, minutes: 1 }).then(
      ({ components }) => this.values.noteKinds(pipelineId, components),
      // It is asked again with the samples after half a minute; lists tell rates meanwhile.
      () => undefined,
    );
  }
}

const LiveContext = createContext<Live | null>(null);

export function LiveProvider({ signedOut, children }: { signedOut: () => void; children: ReactNode }) {
  const queries = useQueryClient();
  const [live] = useState(() => new Live(queries, signedOut));
  useEffect(() => {
    live.open();
    return () => live.close();
  }, [live]);
  return <LiveContext value={live}>{children}</LiveContext>;
}

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error("live values are used inside a LiveProvider");
  return live;
}

export function useStreamStatus(): StreamStatus {
  const live = useLive();
  return useSyncExternalStore(live.listenStatus, () => live.status);
}

/**
 * How often a list is asked for. `beside` is for what no event tells, as rates of everything; false: events tell when
 * it is old, so it is asked for now and then only while no stream is open.
 */
export const usePollMillis = (beside: number | false) => pollMillis(useStreamStatus(), beside);

export function useLiveNode(nodeId: string): LiveNode | undefined {
  const { values } = useLive();
  return useSyncExternalStore(
    (listener) => values.listen(nodeId, listener),
    () => values.get(nodeId),
  );
}

/** Changes of status since this page was opened, newest first. */
export function useRecentChanges() {
  const { recent } = useLive();
  return useSyncExternalStore(recent.listen, recent.get);
}

/** Says that this is looked at, until something else is. */
export function useWants(wants: Wants) {
  const live = useLive();
  const key = JSON.stringify(wants);
  useEffect(() => live.want(JSON.parse(key)), [live, key]);
}
