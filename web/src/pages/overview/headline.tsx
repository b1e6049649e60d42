// How the fleet is, and the nodes that are worst, to go to.

import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { get } from "../../api/client";
import type { List, NodeItem, Summary } from "../../api/types";
import { count } from "../../format/numbers";
import { age, millisOf } from "../../format/times";
import { useNow } from "../../parts/now";
import { StatusMark, wordOf } from "../../parts/status";
import { usePollMillis, useStreamStatus } from "../../shell/live";
import { Link } from "../../url/place";
import { noFilter, usualRange } from "../../url/url";
import { sentenceOf } from "./sentence";

const TROUBLED_SHOWN = 3;

export function Headline({ environment, nodes }: { environment: string; nodes: Summary["nodes"] }) {
  const troubled = nodes.degraded + nodes.unreachable;
  const isOffline = useStreamStatus().state === "offline";
  const refetchInterval = usePollMillis(false);
  const worst = useQuery({
    queryKey: ["nodes", environment, "troubled"],
    queryFn: ({ signal }) =>
      get<List<NodeItem>>("/nodes", { environmentId: environment, sort: "status", limit: TROUBLED_SHOWN }, signal),
    enabled: troubled > 0,
    refetchInterval,
  });
  const now = useNow();
  useEffect(() => {
    document.title = troubled > 0 ? `(${troubled}) Systole` : "Systole";
  }, [troubled]);
  const shown = worst.data?.items.filter(({ status }) => status === "UNREACHABLE" || status === "DEGRADED") ?? [];
  return (
    <div className="sentence">
      <h1>{isOffline ? "The server does not answer: this is how it was" : sentenceOf(nodes)}</h1>
      {troubled > 0 && !isOffline && (
        <ul>
          {shown.map((node) => {
            const since = millisOf(node.statusSince);
            return (
              <li key={node.id}>
                <StatusMark status={node.status} />
                <Link to={{ page: "node", environment, nodeId: node.id, range: usualRange }}>{node.name}</Link>
                <span className="muted">
                  {wordOf(node.status).toLowerCase()} for {age(since === null ? null : now - since)}
                </span>
              </li>
            );
          })}
          {troubled > shown.length && shown.length > 0 && (
            <li>
              <Link to={{ page: "fleet", environment, filter: noFilter }}>
                and {count(troubled - shown.length)} more
              </Link>
            </li>
          )}
        </ul>
      )}
    </div>
  );
}
