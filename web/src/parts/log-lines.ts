// Lines of a log: a list of the past, joined with what the stream tells from now on. Older pages are added on demand.

import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { get } from "../api/client";
import { serverNow } from "../api/clock";
import type { List, LogItem } from "../api/types";
import { millisOf } from "../format/times";
import {
  batchesOf,
  emptyBuffer,
  type LogBatch,
  type LogBuffer,
  leavesGap,
  withBatches,
  withOlder,
} from "../logs/buffer";
import { chooserOf, fieldsOf, type LogQuery, textOf } from "../logs/source";
import { useLive, usePollMillis } from "../shell/live";
import { usePipelines } from "../shell/queries";

const PAGE_LINES = 200;
/** Some megabytes at most; an export has them all. */
const LINES_MAX = 5_000;

export type LogLines = {
  buffer: LogBuffer;
  isPending: boolean;
  /** What is shown is of the filters before. */
  isStale: boolean;
  problem: Error | null;
  retry: () => void;
  /** Loads what is before; null: there is nothing, or it is on its way. */
  older: (() => void) | null;
  isLoadingOlder: boolean;
  /** Why nothing is before what is shown; it is asked for again only when somebody says so. */
  olderProblem: Error | null;
  retryOlder: () => void;
  /** Somebody reads old lines, or is back at the newest. */
  read: (isRead: boolean) => void;
};

type State = {
  of: string;
  buffer: LogBuffer;
  cursor: string | null;
  isLoaded: boolean;
  /** What the filters before had, until the first page of these is here. */
  before: LogBuffer;
};

const begun = (of: string, before: LogBuffer): State => ({
  of,
  buffer: emptyBuffer,
  cursor: null,
  isLoaded: false,
  before,
});

export function useLogLines(query: LogQuery, isAsked = true): LogLines {
  const live = useLive();
  const refetchInterval = usePollMillis(false);
  const { data: pipelines, isPending: isLearning } = usePipelines(query.environment);
  // Without its pipelines, lines of other environments could not be told apart.
  const isReady = isAsked && (query.environment === "" || !isLearning);
  const of = JSON.stringify(query);
  const [state, setState] = useState(() => begun(of, emptyBuffer));
  const [isLoadingOlder, setIsLoadingOlder] = useState(false);
  const [olderFailed, setOlderFailed] = useState<{ of: string; problem: Error } | null>(null);
  const isRead = useRef(false);
  if (state.of !== of) setState(begun(of, state.isLoaded ? state.buffer : state.before));

  const { data, error, isError, isPending, refetch } = useQuery({
    queryKey: ["logs", query],
    queryFn: ({ signal }) => pageOf(query, null, signal),
    refetchInterval,
    enabled: isReady,
    // An older page would leave a gap before what comes.
    gcTime: 0,
    staleTime: 0,
    // The same page told again is still an answer.
    structuralSharing: false,
  });
  useEffect(() => {
    if (data) setState((now) => (now.of === of ? joined(now, data, isRead.current) : now));
  }, [data, of]);

  const environmentPipelines = useMemo(
    () => (query.environment === "" || !pipelines ? null : new Set(pipelines.items.map(({ id }) => id))),
    [query.environment, pipelines],
  );
  useEffect(() => {
    if (!isReady) return;
    const choose = chooserOf(JSON.parse(of) as LogQuery, environmentPipelines);
    return live.listenEvents((events) => {
      const batches = choose(events);
      if (batches.length === 0) return;
      setState((now) => {
        const buffer = withBatches(now.buffer, batches, LINES_MAX, isRead.current);
        return now.of === of && buffer !== now.buffer ? { ...now, buffer } : now;
      });
    });
  }, [live, of, isReady, environmentPipelines]);

  const { cursor } = state;
  const older = useCallback(() => {
    if (cursor === null) return;
    setIsLoadingOlder(true);
    setOlderFailed(null);
    pageOf(JSON.parse(of) as LogQuery, cursor)
      .then(
        ({ batches, nextCursor }) =>
          setState((now) =>
            now.of === of && now.cursor === cursor
              ? { ...now, buffer: withOlder(now.buffer, batches, LINES_MAX), cursor: nextCursor }
              : now,
          ),
        (problem: Error) => setOlderFailed({ of, problem }),
      )
      .finally(() => setIsLoadingOlder(false));
  }, [of, cursor]);

  const isCut = state.buffer.isCut;
  const read = useCallback(
    (isReading: boolean) => {
      isRead.current = isReading;
      if (isReading || !isCut) return;
      setState((now) => begun(now.of, now.buffer));
      void refetch();
    },
    [isCut, refetch],
  );
  const olderProblem = olderFailed?.of === of ? olderFailed.problem : null;
  const isFull = state.buffer.lines.length >= LINES_MAX;
  return {
    buffer: state.isLoaded ? state.buffer : state.before,
    isPending: isAsked && isPending && state.before.lines.length === 0,
    isStale: !state.isLoaded && state.before.lines.length > 0,
    problem: isError && !data ? error : null,
    retry: () => void refetch(),
    older: cursor === null || isLoadingOlder || olderProblem || isFull || !state.isLoaded ? null : older,
    isLoadingOlder,
    olderProblem,
    retryOlder: older,
    read,
  };
}

type Page = { batches: LogBatch[]; nextCursor: string | null };

async function pageOf(query: LogQuery, cursor: string | null, signal?: AbortSignal): Promise<Page> {
  const fields = { ...fieldsOf(query, serverNow()), limit: PAGE_LINES, cursor };
  const { items, nextCursor } = await get<List<LogItem>>("/logs", fields, signal);
  const lines = items.map(({ nodeId, pipelineId, timestamp, level, message }) => {
    const at = millisOf(timestamp) ?? 0;
    return { nodeId, pipelineId, timestamp: at, ...textOf(message, level, at) };
  });
  return { batches: batchesOf(lines), nextCursor };
}

function joined(now: State, { batches, nextCursor }: Page, isRead: boolean): State {
  if (!now.isLoaded) {
    // What the stream told meanwhile is newer than what the list began with.
    const listed = withBatches(emptyBuffer, batches, LINES_MAX);
    const told = withBatches(listed, asBatches(now.buffer), LINES_MAX);
    return { ...now, buffer: told, cursor: nextCursor, isLoaded: true };
  }
  if (!leavesGap(now.buffer, batches, nextCursor !== null)) {
    return { ...now, buffer: withBatches(now.buffer, batches, LINES_MAX, isRead) };
  }
  // The page was hidden or cut off for long. Who reads old lines keeps them; coming back to the newest loads anew.
  if (isRead) return { ...now, buffer: { ...now.buffer, isCut: true } };
  return { ...now, buffer: withBatches(emptyBuffer, batches, LINES_MAX), cursor: nextCursor };
}

const asBatches = ({ lines }: LogBuffer) => batchesOf(lines.toReversed());
