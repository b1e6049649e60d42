//! Reads the store's own types from rows; the order of columns is the order of fields.

use systole_systems::input::MinuteTotals;
use systole_systems::rows::{ComponentMinuteRow, InstanceRef, InstanceRow, NodeRow};
use systole_systems::time::Millis;

use crate::store::row::{Readable, Row};
use crate::store::{
    Credential, DeployedVersion, EnrollmentToken, Environment, HostSums, LatencySum, Member,
    NodeEdit, Pipeline, RowKey, SpanTotals, StoreResult, StoredEvent, StoredLog, StoredMinute,
    StoredNode, Team, User, Version, VersionInfo,
};

macro_rules! readable {
    ($($name:ident { $($field:ident),+ $(,)? })+) => {
        $(
            impl Readable for $name {
                fn read(row: &mut Row<'_>) -> StoreResult<Self> {
                    Ok($name { $($field: row.read()?),+ })
                }
            }
        )+
    };
}

readable! {
    User { id, email, super_admin, created_at }
    Credential { id, user, name, digest, created_at, expires_at }
    Team { id, name, created_at }
    Member { team, user, role }
    Environment { id, name, team, created_at }
    EnrollmentToken { id, environment, digest, hint, created_at }
    Pipeline { id, environment, name, revision, config, updated_at, deployed }
    VersionInfo { version, changelog, author, author_email, selector, created_at }
    Version { info, config }
    NodeEdit { node, environment, name, operator_labels, maintenance_since }
    StoredNode {
        environment, name, host, token_digest, operator_labels, enrolled_at, maintenance_since,
        state,
    }
    NodeRow {
        node, status, status_since, heard_at, agent_version, vector_version, os, deployment_mode,
        running_as, update_error, labels,
    }
    InstanceRef { node, pipeline }
    InstanceRow {
        instance, status, status_since, revision, pid, uptime_seconds, config_checksum, totals,
        totals_pid, totals_seen_at, updated_at,
    }
    MinuteTotals {
        counts, utilization_sum, utilization_count, latency_weighted_sum, latency_weight,
    }
    StoredMinute { pipeline, node, component, minute, totals }
    ComponentMinuteRow { instance, component, minute, latency_weighted_sum, latency_weight }
    SpanTotals {
        counts, utilization_sum, utilization_count, latency_weighted_sum, latency_weight,
    }
    LatencySum { weighted_sum, weight }
    HostSums {
        samples, memory_total_bytes, memory_used_bytes, fs_total_bytes, fs_used_bytes, load_avg_1,
        load_avg_5, load_avg_15, cpu_seconds, cpu_idle_seconds, disk_seconds, disk_read_bytes,
        disk_written_bytes, net_seconds, net_rx_bytes, net_tx_bytes,
    }
    RowKey { tick, ordinal }
    StoredEvent { key, node, pipeline, from_status, to_status, reason, at }
    StoredLog { key, node, pipeline, at, level, message }
}

/// A version that is not there has no text, and none of the rest is read.
impl Readable for Option<DeployedVersion> {
    fn read(row: &mut Row<'_>) -> StoreResult<Self> {
        let (version, config) = (row.read::<Option<u32>>()?, row.read::<Option<String>>()?);
        let (selector, deployed_at) = (row.read()?, row.read::<Option<Millis>>()?);
        let whole = version.zip(config).zip(deployed_at);
        Ok(whole.map(|((version, config), deployed_at)| DeployedVersion {
            version,
            config,
            selector,
            deployed_at,
        }))
    }
}
