import { Icon } from "../parts/icons";
import { Link } from "../url/place";
import { noFilter, type Place } from "../url/url";

export function Rail({ place }: { place: Place }) {
  const { environment } = place;
  const isFleet = place.page === "fleet" || place.page === "node";
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
      <Link
        to={{ page: "overview", environment }}
        aria-current={place.page === "overview" ? "page" : undefined}
        title="Overview (g o)"
      >
        <Icon name="overview" />
        <span>Overview</span>
      </Link>
      <Link
        to={{ page: "fleet", environment, filter: noFilter }}
        aria-current={isFleet ? "page" : undefined}
        title="Fleet (g f)"
      >
        <Icon name="fleet" />
        <span>Fleet</span>
      </Link>
    </nav>
  );
}
