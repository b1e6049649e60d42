// A part of a whole as a thin bar with its number. What is nearly full is told by more than its length.

import { NONE } from "../format/numbers";

const NEARLY_FULL = 0.9;

export function Gauge({ share, text, hint = "" }: { share: number | null; text: string; hint?: string }) {
  if (share === null) return <span className="gauge muted">{NONE}</span>;
  return (
    <span className={share >= NEARLY_FULL ? "gauge full" : "gauge"} title={`${text} ${hint}`.trim()}>
      <i aria-hidden="true">
        <b style={{ width: `${Math.min(100, Math.max(0, share * 100))}%` }} />
      </i>
      <span>{text}</span>
    </span>
  );
}
