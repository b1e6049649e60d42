// Every node as a cell, grouped by a label: where trouble is, at a glance.

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import { get } from "../../api/client";
import { STALE_LONGEST_MILLIS, STALE_QUIET_MILLIS } from "../../cache/stale";
import { throttled } from "../../cache/throttle";
import { Empty, Failure, Skeleton } from "../../parts/states";
import { noteNodeNames, useLive, usePollMillis, useWants } from "../../shell/live";
import { nothing } from "../../stream/wants";
import { go } from "../../url/place";
import { type FleetFilter, usualRange } from "../../url/url";
import { type WallAnswer, WallCells } from "../../wall/cells";
import { WallCanvas } from "./wall-canvas";

type Props = {
  environment: string;
  filter: FleetFilter;
  clear: (() => void) | null;
  /** Told of each answer: keys that there are to group by, and how many nodes match. */
  learn: (told: { labelKeys: string[]; count: number }) => void;
};

export default function Wall({ environment, filter, clear, learn }: Props) {
  const { text, status, labels, group } = filter;
  const live = useLive();
  const queries = useQueryClient();
  // Changes of status come to every page without being asked for.
  useWants(nothing);
  const refetchInterval = usePollMillis(false);
  const wall = useQuery({
    queryKey: ["wall", environment, text, status, labels, group],
    queryFn: async ({ signal }) => {
      const fields = { environmentId: environment, q: text, status, label: labels, group };
      const answer = await get<WallAnswer>("/fleet/wall", fields, signal);
      for (const { nodes } of answer.groups) {
        noteNodeNames(nodes.ids.map((id, index) => ({ id, name: nodes.names[index] ?? id })));
      }
      return answer;
    },
    placeholderData: keepPreviousData,
    refetchInterval,
  });
  const cells = useMemo(() => (wall.data ? WallCells.of(wall.data) : null), [wall.data]);
  const [version, setVersion] = useState(0);
  useEffect(() => {
    if (wall.data && cells) learn({ labelKeys: wall.data.labelKeys, count: cells.count });
  }, [wall.data, cells, learn]);
  useEffect(() => {
    if (!cells) return;
    const ask = throttled<string>(STALE_QUIET_MILLIS, STALE_LONGEST_MILLIS.wall, () => {
      void queries.invalidateQueries({ queryKey: ["wall"], refetchType: document.hidden ? "none" : "active" });
    });
    const stop = live.listenEvents((events) => {
      let changes = 0;
      for (const event of events) {
        if (event.type === "status_change" && event.nodeId && !event.pipelineId) {
          const isHere = environment === "" || event.environmentId === environment;
          if (isHere && status && cells.isMovedBy(event.nodeId, event.toStatus, status)) ask.call(event.nodeId);
          if (cells.set(event.nodeId, event.toStatus, event.timestamp)) changes++;
        } else if (event.type === "snapshot") {
          for (const node of event.nodes) if (cells.set(node.nodeId, node.status, node.statusSince)) changes++;
        }
      }
      if (changes > 0) setVersion((before) => before + changes);
    });
    return () => {
      stop();
      ask.cancel();
    };
  }, [live, queries, cells, environment, status]);
  const groupName = useCallback(
    (value: string | null) => (group === "" ? "All nodes" : value === null ? `without ${group}` : value),
    [group],
  );
  const open = useCallback(
    (nodeId: string) => go({ page: "node", environment, nodeId, range: usualRange }),
    [environment],
  );
  if (wall.isPending) return <Skeleton rows={12} />;
  if (!cells) return wall.error && <Failure problem={wall.error} retry={() => void wall.refetch()} />;
  if (cells.count === 0) {
    return (
      <Empty title="No node matches">
        {clear && (
          <button type="button" onClick={clear}>
            Clear the filters
          </button>
        )}
      </Empty>
    );
  }
  return (
    <section className="card wall-card" aria-label="Wall" data-stale={wall.isPlaceholderData}>
      <WallCanvas cells={cells} version={version} groupName={groupName} open={open} />
    </section>
  );
}
