// The pages that the rail shows, in its order; `key` goes there after a `g`.

import type { Icon } from "../parts/icons";
import { noAuditFilter, noFilter, noLogFilter, noMatrixFilter, type Place } from "../url/url";

type Page = {
  name: string;
  key: string;
  icon: Parameters<typeof Icon>[0]["name"];
  /** Pages that belong to it. */
  holds: Place["page"][];
  of: (environment: string) => Place;
};

export const PAGES: Page[] = [
  {
    name: "Overview",
    key: "o",
    icon: "overview",
    holds: ["overview"],
    of: (environment) => ({ page: "overview", environment }),
  },
  {
    name: "Fleet",
    key: "f",
    icon: "fleet",
    holds: ["fleet", "node"],
    of: (environment) => ({ page: "fleet", environment, filter: noFilter }),
  },
  {
    name: "Pipelines",
    key: "p",
    icon: "pipelines",
    holds: ["pipelines", "pipeline"],
    of: (environment) => ({ page: "pipelines", environment, text: "" }),
  },
  {
    name: "Deployments",
    key: "d",
    icon: "deployments",
    holds: ["matrix"],
    of: (environment) => ({ page: "matrix", environment, filter: noMatrixFilter }),
  },
  {
    name: "Analytics",
    key: "a",
    icon: "analytics",
    holds: ["analytics"],
    of: (environment) => ({ page: "analytics", environment, range: "1d" }),
  },
  {
    name: "Logs",
    key: "l",
    icon: "logs",
    holds: ["logs"],
    of: (environment) => ({ page: "logs", environment, filter: noLogFilter }),
  },
  {
    name: "Settings",
    key: "s",
    icon: "settings",
    holds: ["settings"],
    of: (environment) => ({ page: "settings", environment, tab: "environments", audit: noAuditFilter }),
  },
];
