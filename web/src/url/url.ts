// Where somebody is, and what is filtered there, as an address: a reload or a shared link shows the same.

export const STATUSES = ["UNREACHABLE", "DEGRADED", "UNKNOWN", "HEALTHY"] as const;
export type NodeStatus = (typeof STATUSES)[number];

export const SORTS = ["status", "name", "statusSince"] as const;
export type Sort = (typeof SORTS)[number];

export const RANGES = ["1h", "6h", "1d", "7d"] as const;
export type Range = (typeof RANGES)[number];

export const LONG_RANGES = ["1h", "6h", "1d", "7d", "30d", "90d"] as const;
export type LongRange = (typeof LONG_RANGES)[number];

export const usualRange: Range = "1h";

export const LEVELS = ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"] as const;
export type Level = (typeof LEVELS)[number];

export const PIPELINE_TABS = ["graph", "configuration", "versions", "deployment", "logs"] as const;
export type PipelineTab = (typeof PIPELINE_TABS)[number];

export const SETTINGS_TABS = ["environments", "members", "enrollment", "tokens", "retention", "audit"] as const;
export type SettingsTab = (typeof SETTINGS_TABS)[number];

export const FLEET_VIEWS = ["table", "wall"] as const;
export type FleetView = (typeof FLEET_VIEWS)[number];

/** `labels` are `key=value` each; a node has all of them. `group` is the key of the label that the wall is grouped by. */
export type FleetFilter = {
  text: string;
  status: NodeStatus | null;
  labels: string[];
  sort: Sort;
  view: FleetView;
  group: string;
};

export const noFilter: FleetFilter = { text: "", status: null, labels: [], sort: "status", view: "table", group: "" };

export type LogFilter = { text: string; level: Level | null; nodeId: string; pipelineId: string; range: LongRange };

export const noLogFilter: LogFilter = { text: "", level: null, nodeId: "", pipelineId: "", range: "1d" };

export type MatrixFilter = { text: string; isDrifted: boolean };

export const noMatrixFilter: MatrixFilter = { text: "", isDrifted: false };

/** `actor` is the id of a person. */
export type AuditFilter = { action: string; actor: string; range: LongRange };

export const noAuditFilter: AuditFilter = { action: "", actor: "", range: "30d" };

/**
 * `environment` is empty for all that somebody may see. `nodeId` of a pipeline is empty for all its nodes, `componentId`
 * is the one whose details are open. `versions` are the one that is read, `4`, or the two that are compared, `3..4` or
 * `3..draft`.
 */
export type Place = { environment: string } & (
  | { page: "overview" | "setup" | "nowhere" }
  | { page: "fleet"; filter: FleetFilter }
  | { page: "node"; nodeId: string; range: Range }
  | { page: "pipelines"; text: string }
  | { page: "pipeline"; pipelineId: string; tab: PipelineTab; nodeId: string; componentId?: string; versions?: string }
  | { page: "matrix"; filter: MatrixFilter }
  | { page: "analytics"; range: LongRange }
  | { page: "logs"; filter: LogFilter }
  | { page: "settings"; tab: SettingsTab; audit: AuditFilter }
);

export type PlaceOf<Page extends Place["page"]> = Extract<Place, { page: Page }>;

const oneOf = <T extends string>(values: readonly T[], text: string | null | undefined): T | null =>
  values.find((value) => value === text) ?? null;

/** A label filter as the server takes it: `key=value`. */
export const isLabel = (text: string) => /^[^=\s]+=\S.*$/.test(text);

const isVersions = (text: string) => /^(?:[1-9]\d{0,9}|draft)(?:\.\.(?:[1-9]\d{0,9}|draft))?$/.test(text);

const idOf = (text: string | null | undefined) => (text && /^[\w-]{1,64}$/.test(text) ? text : "");

/** What is not known in an address is left, never an error: links outlive pages. */
export function placeOf(path: string, query: string): Place {
  const fields = new URLSearchParams(query);
  const environment = fields.get("environment") ?? "";
  const [, head = "", id, tab, ...more] = path.replace(/\/+$/, "").split("/");
  const nowhere: Place = { page: "nowhere", environment };
  if (more.length > 0) return nowhere;
  const text = fields.get("q") ?? "";
  if (head === "nodes" && tab === undefined && idOf(id)) {
    return { page: "node", environment, nodeId: idOf(id), range: oneOf(RANGES, fields.get("range")) ?? usualRange };
  }
  if (head === "pipelines" && idOf(id)) {
    const known = oneOf(PIPELINE_TABS, tab ?? "graph");
    if (!known) return nowhere;
    const nodeId = idOf(fields.get("node"));
    const componentId = fields.get("component")?.slice(0, 128) ?? "";
    const versions = known === "versions" ? (fields.get("versions") ?? "") : "";
    const place: Place = { page: "pipeline", environment, pipelineId: idOf(id), tab: known, nodeId };
    return { ...place, ...(componentId && { componentId }), ...(isVersions(versions) && { versions }) };
  }
  if (head === "settings" && tab === undefined) {
    const known = oneOf(SETTINGS_TABS, id ?? "environments");
    // The filters are of one tab.
    const audit = known === "audit" ? auditFilterOf(fields) : noAuditFilter;
    return known ? { page: "settings", environment, tab: known, audit } : nowhere;
  }
  if (id !== undefined) return nowhere;
  switch (head) {
    case "":
      return { page: "overview", environment };
    case "setup":
      return { page: "setup", environment };
    case "fleet":
      return { page: "fleet", environment, filter: fleetFilterOf(fields) };
    case "pipelines":
      return { page: "pipelines", environment, text };
    case "deployments":
      return { page: "matrix", environment, filter: { text, isDrifted: fields.get("drift") === "true" } };
    case "analytics":
      return { page: "analytics", environment, range: oneOf(LONG_RANGES, fields.get("range")) ?? "1d" };
    case "logs":
      return { page: "logs", environment, filter: logFilterOf(fields) };
    default:
      return nowhere;
  }
}

function fleetFilterOf(fields: URLSearchParams): FleetFilter {
  return {
    text: fields.get("q") ?? "",
    status: oneOf(STATUSES, fields.get("status")),
    labels: fields.getAll("label").filter(isLabel),
    sort: oneOf(SORTS, fields.get("sort")) ?? noFilter.sort,
    view: oneOf(FLEET_VIEWS, fields.get("view")) ?? noFilter.view,
    group: fields.get("group") ?? "",
  };
}

function logFilterOf(fields: URLSearchParams): LogFilter {
  return {
    text: fields.get("q") ?? "",
    level: oneOf(LEVELS, fields.get("level")),
    nodeId: idOf(fields.get("node")),
    pipelineId: idOf(fields.get("pipeline")),
    range: oneOf(LONG_RANGES, fields.get("range")) ?? noLogFilter.range,
  };
}

function auditFilterOf(fields: URLSearchParams): AuditFilter {
  const action = fields.get("action") ?? "";
  return {
    action: /^[a-z_.]+$/.test(action) ? action : "",
    actor: idOf(fields.get("actor")),
    range: oneOf(LONG_RANGES, fields.get("range")) ?? noAuditFilter.range,
  };
}

/** The shortest address of a place: what is as usual is left out. */
export function addressOf(place: Place): string {
  const fields: [string, string][] = [["environment", place.environment]];
  const path = pathOf(place, fields);
  const query = new URLSearchParams(fields.filter(([, value]) => value !== "")).toString();
  return query ? `${path}?${query}` : path;
}

function pathOf(place: Place, fields: [string, string][]): string {
  const unless = (usual: string, value: string) => (value === usual ? "" : value);
  switch (place.page) {
    case "overview":
    case "nowhere":
      return "/";
    case "setup":
      return "/setup";
    case "fleet": {
      const { text, status, labels, sort, view, group } = place.filter;
      fields.push(["q", text], ["status", status ?? ""], ...labels.map((label): [string, string] => ["label", label]));
      fields.push(["sort", unless(noFilter.sort, sort)], ["view", unless(noFilter.view, view)], ["group", group]);
      return "/fleet";
    }
    case "node":
      fields.push(["range", unless(usualRange, place.range)]);
      return `/nodes/${place.nodeId}`;
    case "pipelines":
      fields.push(["q", place.text]);
      return "/pipelines";
    case "pipeline":
      fields.push(["node", place.nodeId], ["component", place.componentId ?? ""]);
      fields.push(["versions", place.tab === "versions" ? (place.versions ?? "") : ""]);
      return `/pipelines/${place.pipelineId}${place.tab === "graph" ? "" : `/${place.tab}`}`;
    case "matrix":
      fields.push(["q", place.filter.text], ["drift", place.filter.isDrifted ? "true" : ""]);
      return "/deployments";
    case "analytics":
      fields.push(["range", unless("1d", place.range)]);
      return "/analytics";
    case "logs": {
      const { text, level, nodeId, pipelineId, range } = place.filter;
      fields.push(["q", text], ["level", level ?? ""], ["node", nodeId], ["pipeline", pipelineId]);
      fields.push(["range", unless(noLogFilter.range, range)]);
      return "/logs";
    }
    case "settings":
      fields.push(["action", place.audit.action], ["actor", place.audit.actor]);
      fields.push(["range", unless(noAuditFilter.range, place.audit.range)]);
      return place.tab === "environments" ? "/settings" : `/settings/${place.tab}`;
  }
}
