// A text that changes by itself: its ground fades for a moment, so that the eye sees what moved.

import { useEffect, useRef } from "react";

const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

export function Value({ text, className = "" }: { text: string; className?: string }) {
  const element = useRef<HTMLSpanElement>(null);
  const shown = useRef(text);
  useEffect(() => {
    if (shown.current === text) return;
    shown.current = text;
    if (calm.matches) return;
    element.current?.animate([{ backgroundColor: "var(--flash)" }, { backgroundColor: "transparent" }], 300);
  }, [text]);
  return (
    <span ref={element} className={`value ${className}`}>
      {text}
    </span>
  );
}
