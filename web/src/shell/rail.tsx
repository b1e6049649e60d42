import { Brand } from "../parts/brand";
import { Icon } from "../parts/icons";
import { Link } from "../url/place";
import type { Place } from "../url/url";
import { PAGES } from "./pages";

export function Rail({ place }: { place: Place }) {
  return (
    <nav className="rail" aria-label="Pages">
      <Brand />
      <span className="unseen">Systole</span>
      {PAGES.map(({ name, key, icon, holds, of }) => (
        <Link
          key={key}
          to={of(place.environment)}
          aria-current={holds.includes(place.page) ? "page" : undefined}
          title={`${name} (g ${key})`}
        >
          <Icon name={icon} />
          <span>{name}</span>
        </Link>
      ))}
    </nav>
  );
}
