// How a number stands to the one before it. Whether more is better depends on what it counts; only worse has a colour.

import type { Change } from "../format/change";

type Props = { change: Change; than: string; isMoreBad?: boolean };

export function Delta({ change: { text, direction }, than, isMoreBad = false }: Props) {
  return (
    <p className={direction === "up" && isMoreBad ? "delta worse" : "delta"}>
      {direction === "none" ? (
        "nothing before"
      ) : (
        <>
          <b>{text}</b> <span>{than}</span>
        </>
      )}
    </p>
  );
}
