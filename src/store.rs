//! The store: identities that people and agents create, and the history that flushes write.
//!
//! One trait, two implementations over sqlx. Control-plane calls commit before they return; live
//! state arrives as [`Batch`]es. SQL text lives in the statement files below this module alone.

mod answers;
pub mod audit;
mod dialect;
mod entities;
mod failure;
mod flush_rows;
mod flush_tables;
mod history;
mod instants;
mod migrations;
pub mod open;
mod postgres;
pub mod resolution;
pub mod retention;
mod rollup;
mod row;
mod series;
mod sql_store;
mod sqlite;
mod statements;
mod value;

use std::fmt;

use async_trait::async_trait;
use systole_systems::input::MinuteTotals;
use systole_systems::report::{HostMetrics, LogLevel};
use systole_systems::rows::{Batch, ComponentMinuteRow, InstanceRow, NodeRow};
use systole_systems::status::Role;
use systole_systems::time::{Millis, Minute, TickNumber};
use systole_systems::words::Word;

pub use answers::{
    Breakdown, Forgotten, HistoryKind, HostSums, Hour, LatencySum, NodePast, RolledUp, SpanTotals,
    VolumeOf,
};
pub use audit::{AuditEntry, AuditQuery, StoredAuditEntry};
pub use open::open;
use resolution::Span;
pub use rollup::HOST_GAP_MINUTES;

/// SHA-256 of a secret: what is stored of it, and how it is looked up.
pub type Digest = [u8; 32];

/// Why a call on the store failed.
#[derive(Debug)]
pub enum StoreError {
    /// The store cannot be reached or is overloaded; the same call may succeed later.
    Unavailable(String),
    /// A unique name or id is taken; names the field.
    Conflict(&'static str),
    /// What the call refers to does not exist.
    NotFound,
    /// The store refuses the call itself: a defect, or a schema this version does not know.
    Refused(String),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Unavailable(why) => write!(f, "the store is not available: {why}"),
            StoreError::Conflict(field) => write!(f, "this {field} is taken"),
            StoreError::NotFound => f.write_str("not found"),
            StoreError::Refused(why) => write!(f, "the store refused: {why}"),
        }
    }
}

impl std::error::Error for StoreError {}

/// Result of a store call.
pub type StoreResult<T> = Result<T, StoreError>;

/// Everything the server asks of its database.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// `postgres` or `sqlite`, for people.
    fn kind(&self) -> &'static str;
    /// Answers when the store can take work.
    async fn ping(&self) -> StoreResult<()>;
    /// Ends all connections.
    async fn close(&self);

    // Boot.

    /// Which database this is: made up by whoever asks first, the same ever after.
    async fn identity(&self) -> StoreResult<String>;
    /// Number of the last tick whose batch committed.
    async fn last_tick(&self) -> StoreResult<TickNumber>;
    /// People, teams, environments, pipelines, tokens: what control tables and caches start from.
    async fn load_directory(&self) -> StoreResult<Directory>;
    /// Nodes with their state, by id, at most `limit` after `after`.
    async fn load_nodes(&self, after: &str, limit: u32) -> StoreResult<Vec<StoredNode>>;
    /// Instances by (node, pipeline), at most `limit` after `after`.
    async fn load_instances(
        &self,
        after: (&str, &str),
        limit: u32,
    ) -> StoreResult<Vec<InstanceRow>>;
    /// Rows of `minute`, so that counting goes on: those of instances before those of their
    /// components.
    async fn load_minute(&self, minute: Minute) -> StoreResult<Vec<StoredMinute>>;

    // People.

    async fn create_user(&self, user: &User, password_hash: &str) -> StoreResult<()>;
    /// The user and the password hash of an email address, any case.
    async fn user_by_email(&self, email: &str) -> StoreResult<Option<(User, String)>>;
    async fn list_users(&self) -> StoreResult<Vec<User>>;
    /// Deletes the user with all memberships, sessions and tokens.
    async fn delete_user(&self, user: &str) -> StoreResult<()>;
    async fn create_session(&self, session: &Credential) -> StoreResult<()>;
    /// Ends a session or deletes an API token, by id.
    async fn delete_credential(&self, id: &str) -> StoreResult<()>;
    /// Deletes sessions that expired before `now`.
    async fn purge_sessions(&self, now: Millis) -> StoreResult<u64>;
    async fn create_api_token(&self, token: &Credential) -> StoreResult<()>;
    async fn list_api_tokens(&self, user: &str) -> StoreResult<Vec<Credential>>;

    // Teams and environments.

    async fn create_team(&self, team: &Team) -> StoreResult<()>;
    async fn list_teams(&self) -> StoreResult<Vec<Team>>;
    /// Adds a member or changes the role.
    async fn set_member(&self, member: &Member) -> StoreResult<()>;
    async fn remove_member(&self, team: &str, user: &str) -> StoreResult<()>;
    async fn list_members(&self, team: &str) -> StoreResult<Vec<Member>>;
    /// The teams of a user, with the role in each.
    async fn list_memberships(&self, user: &str) -> StoreResult<Vec<Member>>;
    async fn create_environment(&self, environment: &Environment) -> StoreResult<()>;
    async fn create_enrollment_token(&self, token: &EnrollmentToken) -> StoreResult<()>;
    async fn list_enrollment_tokens(&self, environment: &str) -> StoreResult<Vec<EnrollmentToken>>;
    async fn delete_enrollment_token(&self, environment: &str, token: &str) -> StoreResult<()>;

    // Nodes and pipelines.

    async fn enroll_node(&self, node: &EnrolledNode) -> StoreResult<()>;
    /// Makes the node's token invalid.
    async fn revoke_node(&self, node: &str) -> StoreResult<()>;
    /// Deletes the node and all history of it.
    async fn delete_node(&self, node: &str) -> StoreResult<()>;
    /// Sets name, operator labels and maintenance of a node.
    async fn edit_node(&self, node: &NodeEdit) -> StoreResult<()>;
    /// What people say of a node; `None`: there is no such node.
    async fn node_edit(&self, node: &str) -> StoreResult<Option<NodeEdit>>;
    /// What the agent is still to do, as JSON; `None`: nothing.
    async fn set_pending_action(&self, node: &str, action: Option<&str>) -> StoreResult<()>;
    /// Nodes whose agents have something to do.
    async fn list_pending_actions(&self) -> StoreResult<Vec<(String, String)>>;
    /// Creates a pipeline without a version.
    async fn create_pipeline(&self, pipeline: &Pipeline) -> StoreResult<()>;
    async fn pipeline(&self, pipeline: &str) -> StoreResult<Option<Pipeline>>;
    /// Sets the name and the text that people edit.
    async fn edit_pipeline(
        &self,
        pipeline: &str,
        name: &str,
        config: &str,
        at: Millis,
    ) -> StoreResult<()>;
    /// Stores a version under the next number, makes it the deployed one and its text the one that
    /// people edit. Answers the number.
    async fn deploy_version(&self, version: &NewVersion) -> StoreResult<u32>;
    /// Makes no version the deployed one.
    async fn undeploy_pipeline(&self, pipeline: &str) -> StoreResult<()>;
    /// Versions of a pipeline, newest first, without their texts: at most `limit` before `before`.
    async fn list_versions(
        &self,
        pipeline: &str,
        before: u32,
        limit: u32,
    ) -> StoreResult<Vec<VersionInfo>>;
    async fn version(&self, pipeline: &str, version: u32) -> StoreResult<Option<Version>>;
    /// Deletes the pipeline and all history of it.
    async fn delete_pipeline(&self, pipeline: &str) -> StoreResult<()>;

    // Audit.

    /// Adds an entry; entries are never changed.
    async fn append_audit(&self, entry: &AuditEntry) -> StoreResult<()>;
    /// Entries, newest first.
    async fn audit(&self, query: &AuditQuery) -> StoreResult<Vec<StoredAuditEntry>>;

    // History.

    /// Writes a batch in one transaction of a fixed number of statements. Writing it twice writes
    /// the same rows. Rows of nodes and pipelines that are gone are left out.
    async fn flush(&self, batch: &Batch) -> StoreResult<()>;
    /// Status events, newest first.
    async fn status_events(&self, query: &HistoryQuery) -> StoreResult<Vec<StoredEvent>>;
    /// Log lines, newest first.
    async fn logs(&self, query: &HistoryQuery) -> StoreResult<Vec<StoredLog>>;
    /// Minutes of a pipeline from `since`, oldest first; over all nodes unless `node` is given.
    async fn pipeline_minutes(
        &self,
        pipeline: &str,
        node: Option<&str>,
        since: Minute,
    ) -> StoreResult<Vec<(Minute, MinuteTotals)>>;
    /// Minutes of all pipelines of an environment from `since`, or of their instances.
    async fn environment_minutes(
        &self,
        environment: &str,
        by: Breakdown,
        since: Minute,
    ) -> StoreResult<Vec<StoredMinute>>;
    /// Latency of each component of a pipeline by node and minute from `since`.
    async fn component_minutes(
        &self,
        pipeline: &str,
        since: Minute,
    ) -> StoreResult<Vec<ComponentMinuteRow>>;
    /// Host metrics of a node by minute from `since`, oldest first.
    async fn node_minutes(
        &self,
        node: &str,
        since: Minute,
    ) -> StoreResult<Vec<(Minute, HostMetrics)>>;

    /// Hours before this one are rolled up: it is the first that is to be read from minutes.
    async fn next_hour(&self) -> StoreResult<Hour>;
    /// What passed, in buckets of `width` minutes, oldest first; empty ones are left out.
    async fn volume_series(
        &self,
        of: &VolumeOf,
        span: Span,
        width: u32,
    ) -> StoreResult<Vec<(Minute, SpanTotals)>>;
    /// What passed in an environment, by pipeline or by node.
    async fn volume_totals(
        &self,
        environment: &str,
        by: Breakdown,
        span: Span,
    ) -> StoreResult<Vec<(String, SpanTotals)>>;
    /// Ids and names of the pipelines or nodes of an environment.
    async fn names(&self, environment: &str, by: Breakdown) -> StoreResult<Vec<(String, String)>>;
    /// Latency by component and bucket, over nodes.
    async fn latency_series(
        &self,
        pipeline: &str,
        span: Span,
        width: u32,
    ) -> StoreResult<Vec<(String, Minute, LatencySum)>>;
    /// A host by the hour or the day.
    async fn host_series(
        &self,
        node: &str,
        span: Span,
        width: u32,
    ) -> StoreResult<Vec<(Minute, HostSums)>>;
    /// What became of a node itself within a stretch of time.
    async fn node_past(&self, node: &str, from: Millis, until: Millis) -> StoreResult<NodePast>;

    // Maintenance.

    /// Rolls the next hour up, if it is one before `until`, and the day it belongs to.
    async fn roll_up_hour(&self, until: Hour) -> StoreResult<RolledUp>;
    /// Deletes history of days before `before_day`, counted since the Unix epoch. Postgres drops
    /// partitions, which may hold later days too and are then kept.
    async fn forget(&self, kind: HistoryKind, before_day: u32) -> StoreResult<Forgotten>;
}

/// What control tables and caches start from.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    pub users: Vec<User>,
    pub members: Vec<Member>,
    pub teams: Vec<Team>,
    pub environments: Vec<Environment>,
    pub pipelines: Vec<Pipeline>,
    pub enrollment_tokens: Vec<EnrollmentToken>,
    /// Sessions and API tokens alike.
    pub credentials: Vec<Credential>,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: String,
    /// Kept as given; unique in any case.
    pub email: String,
    pub super_admin: bool,
    pub created_at: Millis,
}

/// A session or an API token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    pub id: String,
    pub user: String,
    /// A token's name; empty for a session.
    pub name: String,
    pub digest: Digest,
    pub created_at: Millis,
    /// `None`: does not expire; tokens never do.
    pub expires_at: Option<Millis>,
}

/// A team: its members' rights over its environments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    pub id: String,
    pub name: String,
    pub created_at: Millis,
}

/// A person's role in a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub team: String,
    pub user: String,
    pub role: Role,
}

/// The tenant boundary of nodes and pipelines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environment {
    pub id: String,
    pub name: String,
    pub team: String,
    pub created_at: Millis,
}

/// A right to enroll nodes into an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrollmentToken {
    pub id: String,
    pub environment: String,
    pub digest: Digest,
    /// The end of the token's text, for people to tell tokens apart.
    pub hint: String,
    pub created_at: Millis,
}

/// A node as enrollment makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolledNode {
    pub id: String,
    pub environment: String,
    pub name: String,
    pub host: String,
    pub os: Option<String>,
    pub agent_version: Option<String>,
    pub vector_version: Option<String>,
    pub labels: Vec<(String, String)>,
    pub token_digest: Digest,
    pub enrolled_at: Millis,
}

/// A node with its state, as boot needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredNode {
    pub environment: String,
    pub name: String,
    pub host: String,
    /// `None`: revoked.
    pub token_digest: Option<Digest>,
    pub operator_labels: Vec<(String, String)>,
    pub enrolled_at: Millis,
    /// Since when it is in maintenance; `None`: it is not.
    pub maintenance_since: Option<Millis>,
    /// The last state flushed; what enrollment knew when none was.
    pub state: NodeRow,
}

/// A row of a minute.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredMinute {
    pub pipeline: String,
    /// `None`: the aggregate over nodes.
    pub node: Option<String>,
    /// `Some`: the latency of this component, nothing else.
    pub component: Option<String>,
    pub minute: Minute,
    pub totals: MinuteTotals,
}

/// A pipeline as people edit it, and what nodes run of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pipeline {
    pub id: String,
    pub environment: String,
    pub name: String,
    /// Number of the newest version; 0: there is none.
    pub revision: u32,
    /// As people left it.
    pub config: String,
    pub updated_at: Millis,
    /// `None`: no node is to run it.
    pub deployed: Option<DeployedVersion>,
}

/// The version that nodes are to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployedVersion {
    pub version: u32,
    pub config: String,
    /// Labels a node must have; none: every node of the environment is picked.
    pub selector: Vec<(String, String)>,
    pub deployed_at: Millis,
}

/// A version to be stored and deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewVersion {
    pub pipeline: String,
    pub config: String,
    pub changelog: String,
    /// The user who deploys it.
    pub author: Option<String>,
    pub selector: Vec<(String, String)>,
    pub at: Millis,
}

/// A version without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionInfo {
    pub version: u32,
    pub changelog: String,
    pub author: Option<String>,
    /// The address of a user who is still there.
    pub author_email: Option<String>,
    pub selector: Vec<(String, String)>,
    pub created_at: Millis,
}

/// A version. It never changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub info: VersionInfo,
    /// As it was written by people.
    pub config: String,
}

/// What people say of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeEdit {
    pub node: String,
    pub environment: String,
    pub name: String,
    pub operator_labels: Vec<(String, String)>,
    /// Since when it is in maintenance; `None`: it is not.
    pub maintenance_since: Option<Millis>,
}

/// Which rows of history, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryQuery {
    /// Rows of these environments only.
    pub environments: Vec<String>,
    pub node: Option<String>,
    pub pipeline: Option<String>,
    /// Status events of nodes themselves only, none of their instances.
    pub nodes_only: bool,
    /// Log levels; empty: all.
    pub levels: Vec<LogLevel>,
    /// Words the message holds, every one of them.
    pub words: Vec<Word>,
    pub since: Option<Millis>,
    /// Rows before this instant only.
    pub until: Option<Millis>,
    /// Rows older than this key only.
    pub before: Option<RowKey>,
    pub limit: u32,
}

/// Natural key of events and log lines; its order is the order of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RowKey {
    pub tick: TickNumber,
    pub ordinal: u32,
}

/// A status event of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    pub key: RowKey,
    pub node: String,
    pub pipeline: Option<String>,
    pub from_status: Option<String>,
    pub to_status: String,
    pub reason: String,
    pub at: Millis,
}

/// A log line of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredLog {
    pub key: RowKey,
    pub node: String,
    pub pipeline: String,
    pub at: Millis,
    pub level: LogLevel,
    pub message: String,
}
