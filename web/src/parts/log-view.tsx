// Lines as they come. Who scrolls up is left in peace, and told how many lines came meanwhile.

import { useLayoutEffect, useRef, useState } from "react";
import { count } from "../format/numbers";
import { clockMillis, exact } from "../format/times";
import type { LogBuffer } from "../logs/buffer";

const AT_END_PIXELS = 50;

export function LogView({ buffer, name }: { buffer: LogBuffer; name: string }) {
  const scroller = useRef<HTMLDivElement>(null);
  const [leftAt, setLeftAt] = useState<number | null>(null);
  const { lines, added } = buffer;
  useLayoutEffect(() => {
    if (leftAt === null) scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  }, [leftAt, added]);
  const scrolled = () => {
    const element = scroller.current;
    if (!element) return;
    const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < AT_END_PIXELS;
    setLeftAt(isAtEnd ? null : (leftAt ?? added));
  };
  const missed = leftAt === null ? 0 : added - leftAt;
  return (
    <div className="log">
      <div
        className="lines"
        role="log"
        aria-label={name}
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys.
        tabIndex={0}
        ref={scroller}
        onScroll={scrolled}
      >
        {lines.map(({ key, timestamp, level, message }) => (
          <div key={key} className={level} title={`${level}, ${exact(timestamp)}`}>
            <time>{clockMillis(timestamp)}</time>
            <span>{message}</span>
          </div>
        ))}
        {lines.length === 0 && <p className="no-lines">No line yet. Lines appear as the agent sends them.</p>}
      </div>
      {leftAt !== null && (
        <button type="button" className="new-lines" onClick={() => setLeftAt(null)}>
          {missed === 0 ? "To the newest" : `${count(missed)} new ${missed === 1 ? "line" : "lines"}`}
        </button>
      )}
    </div>
  );
}
