// Joins the stream to the page: live values, lists that got old, toasts, and the status that the header shows.

import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from "react";
import { toast } from "sonner";
import { get, watchCalls } from "../api/client";
import { noteServerTime } from "../api/clock";
import { type LiveNode, LiveValues } from "../cache/live";
import { STALE_LONGEST_MILLIS, STALE_QUIET_MILLIS, type StaleKey, staleKeys } from "../cache/stale";
import { throttled } from "../cache/throttle";
import type { StreamEvent } from "../stream/events";
import { Hub } from "../stream/hub";
import { initialStatus, pollMillis, type StreamStatus } from "../stream/status";
import { CoolDown, noticeOf, type Toast, toastsOf } from "../toasts/toasts";

const KINDS_MILLIS_MIN = 30_000;
const NODE_NAMES_MAX = 50_000;

const nodeNames = new Map<string, string>();

/** Remembers names that lists told, for events, which carry ids alone. */
export function noteNodeNames(items: { id: string; name: string }[]) {
  for (const { id, name } of items) if (nodeNames.has(id) || nodeNames.size < NODE_NAMES_MAX) nodeNames.set(id, name);
}

export const nodeNameOf = (id: string) => nodeNames.get(id);

export class Live {
  readonly values = new LiveValues((pipelineId, nodeId) => this.learnKinds(pipelineId, nodeId));
  status: StreamStatus = initialStatus;
  private readonly statusListeners = new Set<() => void>();
  private readonly eventListeners = new Set<(events: StreamEvent[]) => void>();
  private readonly coolDown = new CoolDown();
  private readonly kindsAskedAt = new Map<string, number>();
  private readonly stale: Record<StaleKey, ReturnType<typeof throttled<StaleKey>>>;
  private hub: Hub | null = null;
  private wanted: string[] = [];

  constructor(
    private readonly queries: QueryClient,
    private readonly signedOut: () => void,
  ) {
    const keys = Object.keys(STALE_LONGEST_MILLIS) as StaleKey[];
    const refetch = (stale: Set<StaleKey>) => {
      for (const key of stale) void this.queries.invalidateQueries({ queryKey: [key] }, { cancelRefetch: false });
    };
    this.stale = Object.fromEntries(
      keys.map((key) => [key, throttled<StaleKey>(STALE_QUIET_MILLIS, STALE_LONGEST_MILLIS[key], refetch)]),
    ) as typeof this.stale;
  }

  open() {
    const hub = new Hub({
      events: (events) => this.take(events),
      status: (status) => {
        this.status = status;
        for (const listener of this.statusListeners) listener();
      },
      signedOut: this.signedOut,
    });
    this.hub = hub;
    // Pages below say what they show before this is opened.
    hub.want({ nodeIds: this.wanted });
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

  want(nodeIds: string[]) {
    this.wanted = nodeIds;
    this.hub?.want({ nodeIds });
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
      for (const key of staleKeys(event)) this.stale[key].call(key);
    }
    this.values.apply(events);
    for (const listener of this.eventListeners) listener(events);
    const notices = events
      .map((event) => noticeOf(event, (id) => nodeNameOf(id) ?? id))
      .filter((notice) => notice !== null);
    for (const one of toastsOf(this.coolDown.pass(notices, Date.now()))) show(one);
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

function show({ tone, text }: Toast) {
  if (tone === "error") toast.error(text, { duration: 8_000 });
  else if (tone === "warning") toast.warning(text, { duration: 8_000 });
  else if (tone === "success") toast.success(text);
  else toast(text);
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

/** How often a list is asked for: now and then beside the stream, often without one. */
export const usePollMillis = (beside: number) => pollMillis(useStreamStatus(), beside);

export function useLiveNode(nodeId: string): LiveNode | undefined {
  const { values } = useLive();
  return useSyncExternalStore(
    (listener) => values.listen(nodeId, listener),
    () => values.get(nodeId),
  );
}

/** Says that these nodes are looked at, until others are. */
export function useWants(nodeIds: string[]) {
  const live = useLive();
  const key = nodeIds.join(",");
  useEffect(() => live.want(key === "" ? [] : key.split(",")), [live, key]);
}
