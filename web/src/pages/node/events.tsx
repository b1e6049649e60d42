// What changed on a node, newest first.

import { useQuery } from "@tanstack/react-query";
import { get } from "../../api/client";
import type { EventItem, List } from "../../api/types";
import { exact, millisOf, shortTime } from "../../format/times";
import type { LogNames } from "../../parts/log-view";
import { useNow } from "../../parts/now";
import { Failure, Skeleton } from "../../parts/states";
import { StatusMark, wordOf } from "../../parts/status";
import { usePollMillis } from "../../shell/live";

export function Events({ nodeId, names }: { nodeId: string; names: LogNames }) {
  const now = useNow();
  const refetchInterval = usePollMillis(false);
  const events = useQuery({
    queryKey: ["events", "node", nodeId],
    queryFn: ({ signal }) => get<List<EventItem>>(`/nodes/${nodeId}/events`, { pipelines: "true", limit: 50 }, signal),
    refetchInterval,
  });
  return (
    <section className="card" aria-labelledby="events">
      <h2 id="events">Events</h2>
      {events.isPending && <Skeleton rows={6} />}
      {events.isError && !events.data && <Failure problem={events.error} retry={() => void events.refetch()} />}
      {events.data && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys.
        <ul className="changes scrolls" aria-labelledby="events" tabIndex={0}>
          {events.data.items.map(({ id, pipelineId, fromStatus, toStatus, reason, timestamp }) => {
            const at = millisOf(timestamp) ?? 0;
            return (
              <li key={id}>
                <StatusMark status={toStatus} />
                <span className="what">
                  {pipelineId && <b>{names.ofPipeline(pipelineId)} </b>}
                  {fromStatus ? `${wordOf(fromStatus)} → ${wordOf(toStatus)}` : wordOf(toStatus)}
                  <small title={reason}>{reason}</small>
                </span>
                <time className="muted" dateTime={timestamp} title={exact(at)}>
                  {shortTime(at, now)}
                </time>
              </li>
            );
          })}
          {events.data.items.length === 0 && <li className="muted">Nothing has changed.</li>}
        </ul>
      )}
    </section>
  );
}
