// What changed lately, newest first, and what went the same way together.

import { useQuery } from "@tanstack/react-query";
import { get } from "../../api/client";
import type { EventItem, List } from "../../api/types";
import { withRecent } from "../../cache/recent";
import { count } from "../../format/numbers";
import { exact, shortTime } from "../../format/times";
import { useNow } from "../../parts/now";
import { Failure, Skeleton } from "../../parts/states";
import { StatusMark, wordOf } from "../../parts/status";
import { usePollMillis, useRecentChanges } from "../../shell/live";
import { useNames } from "../../shell/queries";
import { Link } from "../../url/place";
import { noFilter, STATUSES, usualRange } from "../../url/url";
import { type Change, changesOf } from "./changes";

const CHANGES_SHOWN = 24;

export function RecentChanges({ environment }: { environment: string }) {
  const names = useNames(environment);
  const now = useNow();
  const recent = useRecentChanges();
  // What happened right before the list was asked for is written later, and no event tells when.
  const refetchInterval = usePollMillis(60_000);
  const events = useQuery({
    queryKey: ["changes", environment],
    queryFn: ({ signal }) => get<List<EventItem>>("/events", { environmentId: environment, limit: 500 }, signal),
    refetchInterval,
  });
  const changes = changesOf(withRecent(events.data?.items ?? [], recent, environment), CHANGES_SHOWN);
  return (
    <section className="card" aria-labelledby="changes">
      <h2 id="changes">What changed lately</h2>
      {events.isError && !events.data && <Failure problem={events.error} retry={() => void events.refetch()} />}
      {events.isPending || !names.areKnown ? (
        <Skeleton rows={6} />
      ) : (
        <ul className="changes">
          {changes.map((change) => (
            <li key={change.key}>
              <StatusMark status={change.toStatus} />
              <ChangeText environment={environment} change={change} names={names} />
              <time className="muted" dateTime={new Date(change.at).toISOString()} title={exact(change.at)}>
                {shortTime(change.at, now)}
              </time>
            </li>
          ))}
          {changes.length === 0 && <li className="muted">Nothing has changed.</li>}
        </ul>
      )}
    </section>
  );
}

type TextProps = { environment: string; change: Change; names: ReturnType<typeof useNames> };

function ChangeText({ environment, change, names }: TextProps) {
  const { pipelineId, nodeIds, toStatus, reason } = change;
  const [first] = nodeIds;
  const many = nodeIds.length;
  const status = STATUSES.find((one) => one === toStatus);
  const manyNodes = `${count(many)} nodes`;
  return (
    <span className="what">
      {pipelineId && (
        <Link to={{ page: "pipeline", environment, pipelineId, tab: "graph", nodeId: "" }}>
          {names.ofPipeline(pipelineId)}
        </Link>
      )}
      {pipelineId && first && <span className="muted"> on </span>}
      {first && many === 1 && (
        <Link to={{ page: "node", environment, nodeId: first, range: usualRange }}>{names.ofNode(first)}</Link>
      )}
      {many > 1 &&
        (status && !pipelineId ? (
          <Link to={{ page: "fleet", environment, filter: { ...noFilter, status } }}>{manyNodes}</Link>
        ) : (
          <b>{manyNodes}</b>
        ))}
      <span className="step"> {wordOf(toStatus).toLowerCase()}</span>
      {reason && <small title={reason}>{reason}</small>}
    </span>
  );
}
