// Places of one environment seen from another.

import { noFilter, noLogFilter, noMatrixFilter, type Place } from "./url";

/** The same page of another environment, which has other nodes and pipelines: theirs and filters are left behind. */
export function inEnvironment(place: Place, environment: string): Place {
  switch (place.page) {
    case "fleet":
      return { page: "fleet", environment, filter: noFilter };
    case "pipelines":
      return { page: "pipelines", environment, text: "" };
    case "matrix":
      return { page: "matrix", environment, filter: noMatrixFilter };
    case "logs":
      return { page: "logs", environment, filter: noLogFilter };
    case "analytics":
    case "settings":
      return { ...place, environment };
    case "overview":
    case "setup":
    case "nowhere":
    case "node":
    case "pipeline":
      return { page: "overview", environment };
  }
}
