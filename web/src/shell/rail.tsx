import { Icon } from "../parts/icons";
import { Link } from "../url/place";
import type { Place } from "../url/url";
import { PAGES } from "./pages";

export function Rail({ place }: { place: Place }) {
  return (
    <nav className="rail" aria-label="Pages">
      <svg className="brand" viewBox="0 0 24 24" role="img" aria-label="Systole">
        <path
          d="M2 13h5l2.5-7 4.5 13 2.5-6H22"
          fill="none"
          stroke="currentColor"
          strokeWidth="2"
          strokeLinejoin="round"
        />
      </svg>
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
