// Events as their senders wrote them, each a line that opens to all of it. They are text and stay text.

import { useLayoutEffect, useRef } from "react";

type Props = {
  name: string;
  events: readonly { key: number; text: string }[];
  /** The newest, at the end, comes into view by itself unless somebody scrolled away. */
  follows?: boolean;
};

const AT_END_PIXELS = 40;

const onOneLine = (text: string) => text.replace(/\n\s*/g, " ");

export function EventList({ name, events, follows = false }: Props) {
  const scroller = useRef<HTMLUListElement>(null);
  const isAtEnd = useRef(true);
  const last = events.at(-1)?.key;
  useLayoutEffect(() => {
    if (follows && isAtEnd.current && last !== undefined) {
      scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
    }
  }, [follows, last]);
  const scrolled = () => {
    const element = scroller.current;
    if (element) isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < AT_END_PIXELS;
  };
  return (
    <ul
      className="event-list"
      aria-label={name}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys.
      tabIndex={0}
      ref={scroller}
      onScroll={scrolled}
    >
      {events.map(({ key, text }) => (
        <li key={key}>
          <details>
            <summary>{onOneLine(text)}</summary>
            <pre>{text}</pre>
          </details>
        </li>
      ))}
    </ul>
  );
}
