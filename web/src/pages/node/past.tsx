// How a node was: its status over time as a strip, how much of that it was well, and each time it was not.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { get } from "../../api/client";
import type { Timeline, Uptime } from "../../api/types";
import { NONE } from "../../format/numbers";
import { age, exact, millisOf, shortTime } from "../../format/times";
import { useNow } from "../../parts/now";
import { StatusMark, toneOf, wordOf } from "../../parts/status";
import type { Range } from "../../url/url";
import { uptimePercent } from "./uptime";

const INCIDENTS_SHOWN = 5;

export function Past({ nodeId, range }: { nodeId: string; range: Range }) {
  return (
    <section className="past" aria-label={`Status over ${range}`}>
      <Strip nodeId={nodeId} range={range} />
      <UptimeFacts nodeId={nodeId} range={range} />
    </section>
  );
}

function Strip({ nodeId, range }: { nodeId: string; range: Range }) {
  const timeline = useQuery({
    queryKey: ["node-timeline", nodeId, range],
    queryFn: ({ signal }) => get<Timeline>(`/nodes/${nodeId}/timeline`, { range }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
  const now = useNow();
  if (!timeline.data)
    return timeline.isPending ? (
      <div className="strip" />
    ) : (
      <p className="muted">Its past status could not be loaded.</p>
    );
  const from = millisOf(timeline.data.from) ?? 0;
  const to = millisOf(timeline.data.to) ?? 0;
  const parts = timeline.data.segments.map((segment) => ({
    ...segment,
    begins: Math.max(from, millisOf(segment.from) ?? from),
    ends: Math.min(to, millisOf(segment.to) ?? to),
  }));
  // Time before the node was enrolled is no status.
  const before = (parts[0]?.begins ?? to) - from;
  return (
    <div>
      <ol className="strip" aria-label={`Status over ${range}`}>
        {before > 0 && <li className="before" style={{ flexGrow: before }} title="Not enrolled" />}
        {parts.map(({ status, reason, begins, ends }) => {
          const text = [`${wordOf(status)} ${exact(begins)} to ${exact(ends)}`, reason].filter(Boolean).join(": ");
          return (
            <li key={begins} className={toneOf(status)} style={{ flexGrow: Math.max(1, ends - begins) }} title={text}>
              <span className="unseen">{text}</span>
            </li>
          );
        })}
      </ol>
      <div className="ends muted">
        <span>{shortTime(from, now)}</span>
        <span>{shortTime(to, now)}</span>
      </div>
    </div>
  );
}

function UptimeFacts({ nodeId, range }: { nodeId: string; range: Range }) {
  const now = useNow();
  const { data } = useQuery({
    queryKey: ["node-uptime", nodeId, range],
    queryFn: ({ signal }) => get<Uptime>(`/nodes/${nodeId}/uptime`, { range }, signal),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
  const incidents = data?.incidents.toReversed() ?? [];
  return (
    <div className="uptime">
      <dl>
        <dt className="muted">Up over {range}</dt>
        <dd>{data ? uptimePercent(data.uptimePercent) : NONE}</dd>
      </dl>
      <ul className="incidents">
        {incidents.slice(0, INCIDENTS_SHOWN).map(({ status, reason, from, to }) => {
          const begins = millisOf(from) ?? 0;
          const ends = millisOf(to);
          return (
            <li
              key={from}
              title={[`${exact(begins)} to ${ends === null ? "now" : exact(ends)}`, reason].filter(Boolean).join(": ")}
            >
              <StatusMark status={status} />
              <span>
                {wordOf(status)} <b>{age((ends ?? now) - begins)}</b>
                {ends === null ? ", goes on" : ""}
              </span>
              <span className="muted">{shortTime(begins, now)}</span>
            </li>
          );
        })}
        {incidents.length > INCIDENTS_SHOWN && (
          <li className="muted">and {incidents.length - INCIDENTS_SHOWN} more incidents</li>
        )}
        {data && incidents.length === 0 && <li className="muted">No incident in this time</li>}
      </ul>
    </div>
  );
}
