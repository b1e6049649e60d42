// Parts of a page that have addresses of their own.

import { useEffect, useRef } from "react";
import { Link } from "../url/place";
import type { Place } from "../url/url";

type Props = { label: string; tabs: { name: string; to: Place; isCurrent: boolean }[] };

export function Tabs({ label, tabs }: Props) {
  const list = useRef<HTMLElement>(null);
  const current = tabs.find(({ isCurrent }) => isCurrent)?.name;
  // On a phone there is not room for all of them.
  useEffect(() => {
    if (current) list.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [current]);
  return (
    <nav className="tabs" aria-label={label} ref={list}>
      {tabs.map(({ name, to, isCurrent }) => (
        <Link key={name} to={to} aria-current={isCurrent ? "page" : undefined}>
          {name}
        </Link>
      ))}
    </nav>
  );
}
