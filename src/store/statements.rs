//! The statements of the control plane and of loading; both databases understand every one of them.
//!
//! A write answers a row for each row it touched, so that a caller sees when there was none.

// Boot.

pub(crate) const PING: &str = "select 1";
pub(crate) const LAST_TICK: &str = "select tick from position";
/// Of several who come first, one writes, and all read what that one wrote.
pub(crate) const CREATE_IDENTITY: &str =
    "insert into store_identity (id) values ($1) on conflict do nothing";
pub(crate) const IDENTITY: &str = "select id from store_identity";
pub(crate) const LOAD_CREDENTIALS: &str =
    "select id, app_user, name, digest, created_at, expires_at from credential order by id";
pub(crate) const LOAD_MEMBERS: &str =
    "select team, app_user, role from member order by team, app_user";
pub(crate) const LOAD_ENVIRONMENTS: &str =
    "select id, name, team, created_at from environment order by id";
pub(crate) const LOAD_ENROLLMENT_TOKENS: &str =
    "select id, environment, digest, hint, created_at from enrollment_token order by id";
pub(crate) const LOAD_PIPELINES: &str = "\
select p.id, p.environment, p.name, p.revision, p.config, p.updated_at, p.deployed, r.config,
    p.selector, p.deployed_at
from pipeline p left join pipeline_revision r on r.pipeline = p.id and r.revision = p.deployed
order by p.id";
pub(crate) const PIPELINE: &str = "\
select p.id, p.environment, p.name, p.revision, p.config, p.updated_at, p.deployed, r.config,
    p.selector, p.deployed_at
from pipeline p left join pipeline_revision r on r.pipeline = p.id and r.revision = p.deployed
where p.id = $1";
pub(crate) const EDIT_PIPELINE: &str =
    "update pipeline set name = $2, config = $3, updated_at = $4 where id = $1 returning id";
pub(crate) const LOAD_NODES: &str = "\
select n.environment, n.name, n.host, n.token_digest, n.operator_labels, n.enrolled_at,
    n.maintenance_since, s.node, s.status, s.status_since, s.heard_at, s.agent_version, s.vector_version, s.os,
    s.deployment_mode, s.running_as, s.update_error, s.labels
from node n join node_state s on s.node = n.id
where n.id > $1 order by n.id limit $2";
pub(crate) const LOAD_INSTANCES: &str = "\
select node, pipeline, status, status_since, revision, pid, uptime_seconds, config_checksum,
    events_in, events_out, errors, discarded, bytes_in, bytes_out, totals_pid, totals_seen_at,
    updated_at
from instance_state where (node, pipeline) > ($1, $2) order by node, pipeline limit $3";
/// Only what still runs goes on counting; finding it from its state keeps this off the history's size.
pub(crate) const LOAD_INSTANCE_MINUTES: &str = "\
select m.pipeline, m.node, null, m.minute, m.events_in, m.events_out, m.errors, m.discarded,
    m.bytes_in, m.bytes_out, m.utilization_sum, m.utilization_count, m.latency_weighted_sum, m.latency_weight
from instance_state i
join instance_minute m on m.pipeline = i.pipeline and m.node = i.node and m.minute = $1
order by m.pipeline, m.node";
pub(crate) const LOAD_COMPONENT_MINUTES: &str = "\
select m.pipeline, m.node, m.component, m.minute, cast(0 as bigint), cast(0 as bigint), cast(0 as bigint),
    cast(0 as bigint), cast(0 as bigint), cast(0 as bigint), cast(0 as double precision),
    cast(0 as bigint), m.latency_weighted_sum, m.latency_weight
from instance_state i
join component_minute m on m.pipeline = i.pipeline and m.node = i.node and m.minute = $1
order by m.pipeline, m.node, m.component";
pub(crate) const LOAD_PIPELINE_MINUTES: &str = "\
select m.pipeline, null, null, m.minute, m.events_in, m.events_out, m.errors, m.discarded,
    m.bytes_in, m.bytes_out, m.utilization_sum, m.utilization_count, m.latency_weighted_sum, m.latency_weight
from pipeline p join pipeline_minute m on m.pipeline = p.id and m.minute = $1
order by m.pipeline";

// People.

pub(crate) const CREATE_USER: &str = "\
insert into app_user (id, email, super_admin, created_at, password_hash)
values ($1, $2, $3, $4, $5)";
pub(crate) const USER_BY_EMAIL: &str = "\
select id, email, super_admin, created_at, password_hash from app_user
where lower(email) = lower($1)";
pub(crate) const LIST_USERS: &str =
    "select id, email, super_admin, created_at from app_user order by id";
pub(crate) const DELETE_USER: &str = "delete from app_user where id = $1 returning id";
pub(crate) const CREATE_CREDENTIAL: &str = "\
insert into credential (id, app_user, name, digest, created_at, expires_at, is_session)
values ($1, $2, $3, $4, $5, $6, $7)";
pub(crate) const DELETE_CREDENTIAL: &str = "delete from credential where id = $1 returning id";
pub(crate) const PURGE_SESSIONS: &str =
    "delete from credential where is_session and expires_at < $1 returning id";
pub(crate) const LIST_API_TOKENS: &str = "\
select id, app_user, name, digest, created_at, expires_at from credential
where app_user = $1 and not is_session order by id";

// Teams and environments.

pub(crate) const CREATE_TEAM: &str = "insert into team (id, name, created_at) values ($1, $2, $3)";
pub(crate) const LIST_TEAMS: &str = "select id, name, created_at from team order by id";
pub(crate) const SET_MEMBER: &str = "\
insert into member (team, app_user, role) values ($1, $2, $3)
on conflict (team, app_user) do update set role = excluded.role";
pub(crate) const REMOVE_MEMBER: &str =
    "delete from member where team = $1 and app_user = $2 returning team";
pub(crate) const LIST_MEMBERS: &str =
    "select team, app_user, role from member where team = $1 order by app_user";
pub(crate) const LIST_MEMBERSHIPS: &str =
    "select team, app_user, role from member where app_user = $1 order by team";
pub(crate) const CREATE_ENVIRONMENT: &str =
    "insert into environment (id, name, team, created_at) values ($1, $2, $3, $4)";
pub(crate) const CREATE_ENROLLMENT_TOKEN: &str = "\
insert into enrollment_token (id, environment, digest, hint, created_at)
values ($1, $2, $3, $4, $5)";
pub(crate) const LIST_ENROLLMENT_TOKENS: &str = "\
select id, environment, digest, hint, created_at from enrollment_token
where environment = $1 order by id";
pub(crate) const DELETE_ENROLLMENT_TOKEN: &str =
    "delete from enrollment_token where environment = $1 and id = $2 returning id";

// Nodes and pipelines.

pub(crate) const ENROLL_NODE: &str = "\
insert into node (id, environment, name, host, token_digest, operator_labels, enrolled_at)
values ($1, $2, $3, $4, $5, '[]', $6)";
/// What enrollment knows of the state; the first flush of the node replaces it.
pub(crate) const ENROLL_NODE_STATE: &str = "\
insert into node_state (node, status, status_since, os, agent_version, vector_version, labels)
values ($1, $2, $3, $4, $5, $6, $7)";
pub(crate) const REVOKE_NODE: &str =
    "update node set token_digest = null where id = $1 returning id";
/// Deleting takes turns with flushing by the one row both write: no flush in progress can leave
/// history of what is being deleted.
pub(crate) const WAIT_FOR_FLUSH: &str = "update position set tick = tick";
pub(crate) const DELETE_NODE_HISTORY: [&str; 9] = [
    "delete from node_minute where node = $1",
    "delete from node_hour where node = $1",
    "delete from node_day where node = $1",
    // An instance's pipeline is of its node's environment, which lets the key find its minutes.
    "delete from instance_minute where node = $1 and pipeline in (select p.id from pipeline p
        join node n on n.environment = p.environment where n.id = $1)",
    "delete from instance_hour where node = $1 and pipeline in (select p.id from pipeline p
        join node n on n.environment = p.environment where n.id = $1)",
    "delete from instance_day where node = $1 and pipeline in (select p.id from pipeline p
        join node n on n.environment = p.environment where n.id = $1)",
    "delete from component_minute where node = $1 and pipeline in (select p.id from pipeline p
        join node n on n.environment = p.environment where n.id = $1)",
    "delete from status_event where node = $1",
    "delete from log_line where node = $1",
];
pub(crate) const DELETE_NODE: &str = "delete from node where id = $1 returning id";
pub(crate) const CREATE_PIPELINE: &str = "\
insert into pipeline (id, environment, name, revision, config, updated_at)
values ($1, $2, $3, 0, $4, $5)";
/// Whoever counts first holds the row until the version is stored: numbers are never given twice.
pub(crate) const NEXT_VERSION: &str = "\
update pipeline set revision = revision + 1, deployed = revision + 1, config = $2, selector = $3,
    deployed_at = $4, updated_at = $4
where id = $1";
pub(crate) const CREATE_VERSION: &str = "\
insert into pipeline_revision (pipeline, revision, config, created_at, changelog, author, selector)
select id, revision, config, deployed_at, $2, $3, selector from pipeline where id = $1
returning revision";
pub(crate) const UNDEPLOY_PIPELINE: &str =
    "update pipeline set deployed = null, deployed_at = null where id = $1 returning id";
pub(crate) const LIST_VERSIONS: &str = "\
select r.revision, r.changelog, r.author, u.email, r.selector, r.created_at
from pipeline_revision r left join app_user u on u.id = r.author
where r.pipeline = $1 and r.revision < $2 order by r.revision desc limit $3";
pub(crate) const VERSION: &str = "\
select r.revision, r.changelog, r.author, u.email, r.selector, r.created_at, r.config
from pipeline_revision r left join app_user u on u.id = r.author
where r.pipeline = $1 and r.revision = $2";
pub(crate) const EDIT_NODE: &str = "\
update node set name = $2, operator_labels = $3, maintenance_since = $4 where id = $1 returning id";
pub(crate) const NODE_EDIT: &str = "\
select id, environment, name, operator_labels, maintenance_since from node where id = $1";
pub(crate) const SET_PENDING_ACTION: &str =
    "update node set pending_action = $2 where id = $1 returning id";
pub(crate) const LIST_PENDING_ACTIONS: &str =
    "select id, pending_action from node where pending_action is not null order by id";
pub(crate) const DELETE_PIPELINE_HISTORY: [&str; 11] = [
    "delete from instance_minute where pipeline = $1",
    "delete from instance_hour where pipeline = $1",
    "delete from instance_day where pipeline = $1",
    "delete from pipeline_minute where pipeline = $1",
    "delete from pipeline_hour where pipeline = $1",
    "delete from pipeline_day where pipeline = $1",
    "delete from component_minute where pipeline = $1",
    "delete from component_hour where pipeline = $1",
    "delete from component_day where pipeline = $1",
    "delete from status_event where pipeline = $1",
    "delete from log_line where pipeline = $1",
];
pub(crate) const DELETE_PIPELINE: &str = "delete from pipeline where id = $1 returning id";

// Minutes.

pub(crate) const PIPELINE_MINUTES: &str = "\
select minute, events_in, events_out, errors, discarded, bytes_in, bytes_out, utilization_sum,
    utilization_count, latency_weighted_sum, latency_weight
from pipeline_minute where pipeline = $1 and minute >= $2 order by minute";
pub(crate) const INSTANCE_MINUTES: &str = "\
select minute, events_in, events_out, errors, discarded, bytes_in, bytes_out, utilization_sum,
    utilization_count, latency_weighted_sum, latency_weight
from instance_minute where pipeline = $1 and minute >= $2 and node = $3 order by minute";
pub(crate) const COMPONENT_MINUTES: &str = "\
select node, pipeline, component, minute, latency_weighted_sum, latency_weight
from component_minute where pipeline = $1 and minute >= $2 order by minute, node, component";
pub(crate) const ENVIRONMENT_PIPELINE_MINUTES: &str = "\
select m.pipeline, null, null, m.minute, m.events_in, m.events_out, m.errors, m.discarded,
    m.bytes_in, m.bytes_out, m.utilization_sum, m.utilization_count, m.latency_weighted_sum,
    m.latency_weight
from pipeline p join pipeline_minute m on m.pipeline = p.id and m.minute >= $2
where p.environment = $1";
pub(crate) const ENVIRONMENT_INSTANCE_MINUTES: &str = "\
select m.pipeline, m.node, null, m.minute, m.events_in, m.events_out, m.errors, m.discarded,
    m.bytes_in, m.bytes_out, m.utilization_sum, m.utilization_count, m.latency_weighted_sum,
    m.latency_weight
from pipeline p join instance_minute m on m.pipeline = p.id and m.minute >= $2
where p.environment = $1";
pub(crate) const PIPELINE_NAMES: &str =
    "select id, name from pipeline where environment = $1 order by id";
pub(crate) const NODE_NAMES: &str = "select id, name from node where environment = $1 order by id";
pub(crate) const NODE_ENROLLED_AT: &str = "select enrolled_at from node where id = $1";
pub(crate) const NODE_EVENTS: &str = "\
select tick, ordinal, node, pipeline, from_status, to_status, reason, at from status_event
where node = $1 and pipeline is null and at >= $2 and at < $3 order by tick, ordinal";
pub(crate) const NODE_EVENT_BEFORE: &str = "\
select tick, ordinal, node, pipeline, from_status, to_status, reason, at from status_event
where node = $1 and pipeline is null and at < $2 order by tick desc, ordinal desc limit 1";
pub(crate) const NODE_MINUTES: &str = "\
select minute, memory_total_bytes, memory_used_bytes, memory_free_bytes, cpu_seconds_total,
    cpu_seconds_idle, load_avg_1, load_avg_5, load_avg_15, fs_total_bytes, fs_used_bytes,
    fs_free_bytes, disk_read_bytes, disk_written_bytes, net_rx_bytes, net_tx_bytes
from node_minute where node = $1 and minute >= $2 order by minute";
