// A text to be taken elsewhere as it is. Without the right to write to the clipboard it is selected, to be copied by hand.

import { useEffect, useRef, useState } from "react";
import { Icon } from "./icons";

const SAID_MILLIS = 2_000;

export function Copyable({ text, name }: { text: string; name: string }) {
  const code = useRef<HTMLElement>(null);
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (said === "") return;
    const timer = setTimeout(() => setSaid(""), SAID_MILLIS);
    return () => clearTimeout(timer);
  }, [said]);
  const select = () => {
    if (code.current) getSelection()?.selectAllChildren(code.current);
    setSaid("Selected");
  };
  const copy = () => {
    // Pages that came without TLS have no clipboard.
    if (!("clipboard" in navigator)) return select();
    navigator.clipboard.writeText(text).then(() => setSaid("Copied"), select);
  };
  return (
    <div className="copyable">
      <code ref={code}>{text}</code>
      <button type="button" onClick={copy} aria-label={`Copy ${name}`}>
        <Icon name={said === "Copied" ? "check" : "copy"} />
        <span aria-hidden="true">{said || "Copy"}</span>
      </button>
      <span className="unseen" role="status">
        {said}
      </span>
    </div>
  );
}
