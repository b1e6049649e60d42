// Answers of the API, as docs/PROTOCOL.md has them. Null means unknown.

export type Role = "VIEWER" | "EDITOR" | "ADMIN";
export type Environment = { id: string; name: string; teamId: string; role: Role };
export type TeamRole = { id: string; name: string; role: Role };
export type Session = {
  user: { id: string; email: string; superAdmin: boolean };
  teams: TeamRole[];
  environments: Environment[];
};

export type Rates = {
  eventsIn: number;
  eventsOut: number;
  bytesIn: number;
  bytesOut: number;
  errors: number;
  discarded: number;
};

export type Summary = {
  nodes: { total: number; healthy: number; degraded: number; unreachable: number; unknown: number };
  pipelines: { total: number; running: number; starting: number; stopped: number; crashed: number; unknown: number };
  rates: Rates | null;
  position: string;
};

export type List<T> = { items: T[]; nextCursor: string | null; total: number | null; position?: string };

export type NodeItem = {
  id: string;
  name: string;
  host: string | null;
  environmentId: string;
  status: string;
  statusSince: string | null;
  lastHeartbeatAt: string | null;
  agentVersion: string | null;
  vectorVersion: string | null;
  os: string | null;
  deploymentMode: string | null;
  revoked: boolean;
  labels: Record<string, string>;
  instances: number;
  instancesRunning: number;
  rates: Rates | null;
};

export type Instance = {
  pipelineId: string;
  pipelineName: string | null;
  status: string | null;
  statusSince: string | null;
  version: number | null;
  uptimeSeconds: number | null;
  rates: Rates | null;
  latencyMeanMs: number | null;
};

export type NodeDetail = NodeItem & {
  runningAs: string | null;
  updateError: string | null;
  pipelines: Instance[];
};

export type PipelineItem = {
  id: string;
  name: string;
  instances: { total: number; running: number; crashed: number };
  rates: Rates | null;
};

export type EventItem = {
  id: string;
  nodeId: string | null;
  pipelineId: string | null;
  fromStatus: string | null;
  toStatus: string;
  reason: string;
  timestamp: string;
};

export type LogItem = { timestamp: string; level: string; message: string; nodeId: string; pipelineId: string };

export type Segment = { status: string; reason: string | null; from: string; to: string };
export type Timeline = { from: string; to: string; segments: Segment[] };

export type HostRow = { timestamp: string; partial?: boolean } & Partial<
  Record<
    | "cpuPercent"
    | "memoryUsedBytes"
    | "memoryTotalBytes"
    | "diskReadBytesPerSecond"
    | "diskWrittenBytesPerSecond"
    | "netRxBytesPerSecond"
    | "netTxBytesPerSecond",
    number | null
  >
>;

/** How the server was started. Days of null: for ever. */
export type ServerSettings = {
  version: string;
  heartbeatIntervalMs: number;
  retention: Record<"minutesDays" | "hoursDays" | "daysDays" | "eventsDays" | "logsDays" | "auditDays", number | null>;
};

export type NoticeItem = { severity: "error" | "warning"; message: string; since: string };

export type Totals = Record<
  "eventsIn" | "eventsOut" | "errorsTotal" | "eventsDiscarded" | "bytesIn" | "bytesOut",
  number | null
>;

/** Totals of a length of time, and how much less went out than came in; null when nothing came in. */
export type Period = Totals & { eventReductionPercent: number | null; byteReductionPercent: number | null };

export type Volume = {
  from: string;
  to: string;
  bucketSeconds: number;
  current: Period;
  previous: Period;
  series: ({ timestamp: string; partial?: boolean } & Totals)[];
  byPipeline: ({ pipelineId: string; pipelineName: string } & Period)[];
  byNode: ({ nodeId: string; nodeName: string } & Period)[];
};
