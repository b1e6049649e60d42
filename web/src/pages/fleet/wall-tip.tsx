// What a cell of the wall stands for: its node, its status, and since when.

import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { get } from "../../api/client";
import type { NodeDetail } from "../../api/types";
import { NONE } from "../../format/numbers";
import { age, millisOf } from "../../format/times";
import { useNow } from "../../parts/now";
import { Status } from "../../parts/status";
import type { WallCells } from "../../wall/cells";
import type { Size } from "../../wall/view";

/** A pointer that only passes asks nothing. */
const STAYS_MILLIS = 150;
const WIDTH = 240;
const HEIGHT = 76;

type Props = {
  cells: WallCells;
  index: number;
  x: number;
  y: number;
  room: Size;
  groupName: (value: string | null) => string;
};

export function WallTip({ cells, index, x, y, room, groupName }: Props) {
  const nodeId = cells.ids[index] ?? "";
  const status = cells.statusOf(index);
  const now = useNow();
  const [stayed, setStayed] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setStayed(nodeId), STAYS_MILLIS);
    return () => clearTimeout(timer);
  }, [nodeId]);
  const { data } = useQuery({
    queryKey: ["node", nodeId],
    queryFn: ({ signal }) => get<NodeDetail>(`/nodes/${nodeId}`, {}, signal),
    enabled: stayed === nodeId && nodeId !== "",
  });
  const since = cells.changedAt.get(index) ?? (data?.status === status ? millisOf(data.statusSince) : null);
  const group = cells.groupOf(index);
  // Beside the pointer, on the side that has room.
  const left = x + 16 + WIDTH > room.width ? Math.max(0, x - 16 - WIDTH) : x + 16;
  const top = y + 16 + HEIGHT > room.height ? Math.max(0, y - 16 - HEIGHT) : y + 16;
  return (
    <div className="wall-tip" style={{ left, top, width: WIDTH }} aria-hidden="true">
      <b>{cells.names[index]}</b>
      <span>
        <Status status={status} /> <span className="muted">for {since === null ? NONE : age(now - since)}</span>
      </span>
      {group && cells.groups.length > 1 && <small>{groupName(group.value)}</small>}
    </div>
  );
}
