// How a number stands to the one before it. Whether more is better depends on what it counts; only worse has a colour.

import { changeOf } from "../format/change";

type Props = { now: number | null; before: number | null; than: string; isMoreBad?: boolean };

export function Delta({ now, before, than, isMoreBad = false }: Props) {
  const change = changeOf(now, before);
  return (
    <p className={change.direction === "up" && isMoreBad ? "delta worse" : "delta"}>
      {change.direction !== "none" && <b>{change.text}</b>}{" "}
      <span>{change.direction === "none" ? change.text : than}</span>
    </p>
  );
}
