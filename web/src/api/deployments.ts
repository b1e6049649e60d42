// Answers about versions, what differs between them, and where nodes stand. Null means unknown, or none.

export type VersionItem = {
  version: number;
  changelog: string;
  authorId: string | null;
  /** Null: unknown, or the account is gone. */
  authorEmail: string | null;
  nodeSelector: Record<string, string>;
  createdAt: string;
};

export type VersionDetail = VersionItem & { config: string };

export type DiffLine = {
  kind: "context" | "added" | "removed";
  oldLine: number | null;
  newLine: number | null;
  text: string;
};

export type Hunk = { lines: DiffLine[] };

export type ComponentName = { kind: string; id: string };

/** `components` is null when one of the texts cannot be read. */
export type Difference = {
  hunks: Hunk[];
  components: { added: ComponentName[]; removed: ComponentName[]; changed: ComponentName[] } | null;
};

/** A pipeline on a node. */
export type DeploymentCell = {
  pipelineId: string;
  /** Null: the node is not to run it. */
  desiredVersion: number | null;
  /** Null: the node does not report it. */
  version: number | null;
  /** Null: there is no data. */
  status: string | null;
  statusSince: string | null;
  updatedAt: string | null;
  versionDrift: boolean;
  /** Null: the agent does not tell. */
  configDrift: boolean | null;
  /** Where the node stands in a deploy under way. */
  progress: string | null;
};

export type DeploymentNode = { nodeId: string; nodeName: string; nodeStatus: string; maintenance: boolean };

export type DeploymentItem = DeploymentNode & DeploymentCell;

export type MatrixNode = DeploymentNode & { pipelines: DeploymentCell[] };
