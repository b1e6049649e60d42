// Parts of a page that have addresses of their own.

import { Link } from "../url/place";
import type { Place } from "../url/url";

type Props = { label: string; tabs: { name: string; to: Place; isCurrent: boolean }[] };

export function Tabs({ label, tabs }: Props) {
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map(({ name, to, isCurrent }) => (
        <Link key={name} to={to} aria-current={isCurrent ? "page" : undefined}>
          {name}
        </Link>
      ))}
    </nav>
  );
}
