// The one field to search with. What is typed is told when the typing pauses.

import { useEffect, useRef, useState } from "react";
import { Icon } from "./icons";

const TYPING_MILLIS = 250;

type Props = { label: string; text: string; search: (text: string) => void };

export function SearchField({ label, text, search }: Props) {
  const [typing, setTyping] = useState(text);
  const told = useRef(text);
  const tell = useRef(search);
  tell.current = search;
  // The text moved by other means, as by going back.
  useEffect(() => {
    if (text === told.current) return;
    told.current = text;
    setTyping(text);
  }, [text]);
  useEffect(() => {
    if (typing === told.current) return;
    const timer = setTimeout(() => {
      told.current = typing;
      tell.current(typing);
    }, TYPING_MILLIS);
    return () => clearTimeout(timer);
  }, [typing]);
  return (
    <label className="field">
      <Icon name="search" />
      <input
        id="search"
        type="search"
        placeholder={label}
        aria-label={label}
        value={typing}
        onChange={(event) => setTyping(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
      />
      <kbd>/</kbd>
    </label>
  );
}
