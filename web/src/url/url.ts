// Where somebody is, and what is filtered there, as an address: a reload or a shared link shows the same.

export type Place =
  | { page: "overview"; environment: string }
  | { page: "fleet"; environment: string; filter: FleetFilter }
  | { page: "node"; environment: string; nodeId: string; range: Range }
  | { page: "setup"; environment: string }
  | { page: "nowhere"; environment: string };

export const STATUSES = ["UNREACHABLE", "DEGRADED", "UNKNOWN", "HEALTHY"] as const;
export type NodeStatus = (typeof STATUSES)[number];

export const SORTS = ["status", "name", "statusSince"] as const;
export type Sort = (typeof SORTS)[number];

export const RANGES = ["1h", "6h", "1d", "7d"] as const;
export type Range = (typeof RANGES)[number];

export const usualRange: Range = "1h";

export type FleetFilter = { text: string; status: NodeStatus | null; label: string; sort: Sort };

export const noFilter: FleetFilter = { text: "", status: null, label: "", sort: "status" };

const oneOf = <T extends string>(values: readonly T[], text: string | null): T | null =>
  values.find((value) => value === text) ?? null;

/** A label filter as the server takes it: `key=value`. */
export const isLabel = (text: string) => /^[^=\s]+=\S.*$/.test(text);

/** What is not known in an address is left, never an error: links outlive pages. */
export function placeOf(path: string, query: string): Place {
  const fields = new URLSearchParams(query);
  const environment = fields.get("environment") ?? "";
  const [, head, id, ...more] = path.replace(/\/+$/, "").split("/");
  if (more.length > 0) return { page: "nowhere", environment };
  if (!head) return { page: "overview", environment };
  if (head === "nodes" && id && /^[\w-]{1,64}$/.test(id)) {
    return { page: "node", environment, nodeId: id, range: oneOf(RANGES, fields.get("range")) ?? usualRange };
  }
  if (id !== undefined) return { page: "nowhere", environment };
  if (head === "setup") return { page: "setup", environment };
  if (head !== "fleet") return { page: "nowhere", environment };
  const label = fields.get("label") ?? "";
  const filter: FleetFilter = {
    text: fields.get("q") ?? "",
    status: oneOf(STATUSES, fields.get("status")),
    label: isLabel(label) ? label : "",
    sort: oneOf(SORTS, fields.get("sort")) ?? noFilter.sort,
  };
  return { page: "fleet", environment, filter };
}

/** The shortest address of a place: what is as usual is left out. */
export function addressOf(place: Place): string {
  const fields = new URLSearchParams();
  if (place.environment) fields.set("environment", place.environment);
  let path = "/";
  if (place.page === "setup") path = "/setup";
  if (place.page === "node") {
    path = `/nodes/${place.nodeId}`;
    if (place.range !== usualRange) fields.set("range", place.range);
  }
  if (place.page === "fleet") {
    path = "/fleet";
    const { text, status, label, sort } = place.filter;
    if (text) fields.set("q", text);
    if (status) fields.set("status", status);
    if (label) fields.set("label", label);
    if (sort !== noFilter.sort) fields.set("sort", sort);
  }
  const query = fields.toString();
  return query ? `${path}?${query}` : path;
}
