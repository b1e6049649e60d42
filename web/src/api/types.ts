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
  maintenance: boolean;
  labels: Record<string, string>;
  instances: number;
  instancesRunning: number;
  rates: Rates | null;
  cpuPercent: number | null;
  memoryUsedBytes: number | null;
  memoryTotalBytes: number | null;
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
  /** Those of its labels that people set; they win over the agent's. */
  operatorLabels: Record<string, string>;
  pendingAction: { type: string; targetVersion?: string } | null;
  runningAs: string | null;
  updateError: string | null;
  pipelines: Instance[];
};

export type InstanceCounts = {
  total: number;
  running: number;
  starting: number;
  stopped: number;
  crashed: number;
  unknown: number;
};

/** A deploy that has not reached every node, in nodes. */
export type Rollout = { beganAt: string; waiting: number; running: number; failed: number; timedOut: number };

export type PipelineItem = {
  id: string;
  name: string;
  environmentId: string;
  /** Of the newest version; 0: nothing was deployed yet. */
  version: number;
  /** Null: no node is to run it. */
  deployedVersion: number | null;
  rollout: Rollout | null;
  instances: InstanceCounts;
  rates: Rates | null;
};

/** What `GET /pipelines/{id}` answers: the text that people edit, and how it runs. */
export type PipelineDetail = PipelineItem & {
  config: string;
  updatedAt: string;
  deployedAt: string | null;
  nodeSelector: Record<string, string> | null;
  hasUndeployedChanges: boolean;
  position: string;
};

export type ComponentKind = "source" | "transform" | "sink";

/** Lines and columns count from 1; columns are characters. */
export type GraphComponent = {
  id: string;
  kind: ComponentKind;
  /** Null where the text has none, which is a problem. */
  type: string | null;
  line: number;
  column: number;
};

/** `to` reads from `from`; `output` is null for the output that has no name. */
export type GraphEdge = { from: string; output: string | null; to: string };

export type GraphProblem = {
  severity: "error" | "warning";
  line: number;
  column: number;
  component: string | null;
  message: string;
};

/** What `GET /pipelines/{id}/graph` and `POST /configurations/check` answer. */
export type Graph = {
  format: "yaml" | "toml";
  components: GraphComponent[];
  edges: GraphEdge[];
  problems: GraphProblem[];
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

export type Incident = { status: string; reason: string | null; from: string; to: string | null; seconds: number };
export type Uptime = { uptimePercent: number | null; incidents: Incident[] };

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

/** A pipeline on a node. */
export type InstanceItem = Instance & { nodeId: string; nodeName: string };

/** What `GET /pipelines/{id}/samples` answers. */
export type SampleAnswer = {
  components: {
    nodeId: string;
    componentId: string;
    kind: ComponentKind;
    samples: {
      timestamp: string;
      receivedEventsRate: number;
      sentEventsRate: number;
      receivedBytesRate: number;
      sentBytesRate: number;
      errorsRate: number;
      discardedRate: number;
      latencyMeanMs: number | null;
    }[];
  }[];
};

/** Events of a component, as a node gave them. */
export type EventSample = {
  componentId: string;
  status: "PENDING" | "COMPLETED" | "FAILED" | "EXPIRED";
  nodeId: string | null;
  sampledAt: string | null;
  /** Null: there are none; empty: none passed. */
  events: unknown[] | null;
  truncated: boolean;
  error: string | null;
};

export type EventSampleRequest = {
  id: string;
  status: "PENDING" | "COMPLETED" | "PARTIAL" | "FAILED" | "EXPIRED";
  nodeId: string | null;
  requestedAt: string;
  expiresAt: string;
  components: EventSample[];
};

export type Tap = { id: string; componentId: string; nodeId: string; expiresAt: string };

/** What `GET /pipelines/{id}/metrics` answers: what passed within each minute or bucket. */
export type PipelineMetrics = {
  from: string;
  to: string;
  bucketSeconds: number;
  rows: {
    timestamp: string;
    partial?: boolean;
    eventsIn: number;
    eventsOut: number;
    errorsTotal: number;
    eventsDiscarded: number;
    bytesIn: number;
    bytesOut: number;
    utilization: number | null;
    latencyMeanMs: number | null;
  }[];
};
