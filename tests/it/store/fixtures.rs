//! A small fleet and rows about it, all values told apart.

use systole::store::{
    DeployedVersion, EnrolledNode, Environment, HistoryQuery, NewVersion, Pipeline, Store,
    StoreResult, Team, User,
};
use systole_systems::input::MinuteTotals;
use systole_systems::report::{Counts, HostMetrics, LogLevel};
use systole_systems::rows::{
    Batch, ComponentMinuteRow, InstanceMinuteRow, InstanceRef, InstanceRow, LogRow, NodeMinuteRow,
    NodeRow, PipelineMinuteRow, StatusEventRow,
};
use systole_systems::status::NodeStatus;
use systole_systems::time::{Millis, Minute, TickNumber};

/// An instant of 2026; its minute is `MINUTE`.
pub(crate) const NOW: Millis = Millis(MINUTE.0 as u64 * 60_000 + 1_234);
pub(crate) const MINUTE: Minute = Minute(29_500_000);

/// Team t1 with environments e1 (nodes n1, n2; pipelines p1, p2) and e2 (node n3; pipeline p3).
pub(crate) async fn seed(store: &dyn Store) {
    store
        .create_team(&Team { id: "t1".into(), name: "Core".into(), created_at: NOW })
        .await
        .unwrap();
    for id in ["e1", "e2"] {
        store.create_environment(&environment(id)).await.unwrap();
    }
    for (id, environment) in [("n1", "e1"), ("n2", "e1"), ("n3", "e2")] {
        store.enroll_node(&node(id, environment)).await.unwrap();
    }
    for (id, environment) in [("p1", "e1"), ("p2", "e1"), ("p3", "e2")] {
        let pipeline = pipeline(id, environment);
        store.create_pipeline(&Pipeline { deployed: None, ..pipeline.clone() }).await.unwrap();
        assert_eq!(store.deploy_version(&version(id, &pipeline.config, NOW)).await.unwrap(), 1);
    }
}

pub(crate) fn user(id: &str, email: &str) -> User {
    User { id: id.into(), email: email.into(), super_admin: false, created_at: NOW }
}

pub(crate) fn environment(id: &str) -> Environment {
    Environment { id: id.into(), name: format!("env {id}"), team: "t1".into(), created_at: NOW }
}

pub(crate) fn node(id: &str, environment: &str) -> EnrolledNode {
    let mut token_digest = [7; 32];
    token_digest[..id.len()].copy_from_slice(id.as_bytes());
    EnrolledNode {
        id: id.into(),
        environment: environment.into(),
        name: format!("node {id}"),
        host: format!("{id}.example"),
        os: Some("linux".into()),
        agent_version: None,
        vector_version: Some("0.50.0".into()),
        labels: vec![("zone".into(), "a".into())],
        token_digest,
        enrolled_at: NOW,
    }
}

pub(crate) fn pipeline(id: &str, environment: &str) -> Pipeline {
    Pipeline {
        id: id.into(),
        environment: environment.into(),
        name: format!("pipeline {id}"),
        revision: 1,
        config: "sources: {}".into(),
        updated_at: NOW,
        deployed: Some(DeployedVersion {
            version: 1,
            config: "sources: {}".into(),
            selector: Vec::new(),
            deployed_at: NOW,
        }),
    }
}

/// A version of a pipeline.
pub(crate) fn version(pipeline: &str, config: &str, at: Millis) -> NewVersion {
    NewVersion {
        pipeline: pipeline.into(),
        config: config.into(),
        changelog: "because".into(),
        author: None,
        selector: Vec::new(),
        at,
    }
}

/// A batch with a row of every kind about n1 and p1.
pub(crate) fn full_batch(tick: u64) -> Batch {
    Batch {
        tick: TickNumber(tick),
        nodes: vec![node_row("n1")],
        node_minutes: vec![NodeMinuteRow { node: "n1".into(), minute: MINUTE, host: host() }],
        instances: vec![instance_row("n1", "p1")],
        instance_minutes: vec![InstanceMinuteRow {
            instance: instance("n1", "p1"),
            minute: MINUTE,
            totals: totals(1),
        }],
        pipeline_minutes: vec![PipelineMinuteRow {
            pipeline: "p1".into(),
            minute: MINUTE,
            totals: totals(2),
        }],
        component_minutes: vec![component_row("n1", 30.0, 3)],
        status_events: vec![event_row(tick, 0, "n1", Some("p1"))],
        logs: vec![log_row(tick, 1, "n1", "p1", "started")],
        ..Batch::default()
    }
}

pub(crate) fn instance(node: &str, pipeline: &str) -> InstanceRef {
    InstanceRef { node: node.into(), pipeline: pipeline.into() }
}

pub(crate) fn node_row(node: &str) -> NodeRow {
    NodeRow {
        node: node.into(),
        status: NodeStatus::Degraded,
        status_since: Millis(11),
        heard_at: Some(Millis(12)),
        agent_version: Some("1.2.3".into()),
        vector_version: Some("0.51.0".into()),
        os: Some("linux arm64".into()),
        deployment_mode: Some("DOCKER".into()),
        running_as: Some("root".into()),
        update_error: Some("checksum \"differs\"".into()),
        labels: vec![("rack".into(), "7".into()), ("zone".into(), "ü".into())],
    }
}

/// The row of a node that has told nothing.
pub(crate) fn silent_node_row(node: &str) -> NodeRow {
    NodeRow {
        heard_at: None,
        agent_version: None,
        vector_version: None,
        os: None,
        deployment_mode: None,
        running_as: None,
        update_error: None,
        labels: Vec::new(),
        ..node_row(node)
    }
}

pub(crate) fn instance_row(node: &str, pipeline: &str) -> InstanceRow {
    InstanceRow {
        instance: instance(node, pipeline),
        status: "RUNNING".into(),
        status_since: Millis(21),
        revision: 22,
        pid: Some(u32::MAX),
        uptime_seconds: Some(24),
        config_checksum: Some("abc".into()),
        totals: Some(counts(40)),
        totals_pid: Some(25),
        totals_seen_at: Some(Millis(26)),
        updated_at: Millis(27),
    }
}

/// The row of an instance about which nothing optional is known.
pub(crate) fn bare_instance_row(node: &str, pipeline: &str) -> InstanceRow {
    InstanceRow {
        pid: None,
        uptime_seconds: None,
        config_checksum: None,
        totals: None,
        totals_pid: None,
        totals_seen_at: None,
        ..instance_row(node, pipeline)
    }
}

pub(crate) fn counts(first: u64) -> Counts {
    Counts {
        events_in: first,
        events_out: first + 1,
        errors: first + 2,
        discarded: first + 3,
        bytes_in: first + 4,
        bytes_out: first + 5,
    }
}

pub(crate) fn totals(first: u64) -> MinuteTotals {
    MinuteTotals {
        counts: counts(first),
        utilization_sum: 1.25,
        utilization_count: 3,
        latency_weighted_sum: 8.5,
        latency_weight: 9,
    }
}

pub(crate) fn host() -> HostMetrics {
    HostMetrics {
        memory_total_bytes: 1,
        memory_used_bytes: 2,
        memory_free_bytes: 3,
        cpu_seconds_total: 4.5,
        cpu_seconds_idle: 5.5,
        load_avg_1: 6.5,
        load_avg_5: 7.5,
        load_avg_15: 8.5,
        fs_total_bytes: 9,
        fs_used_bytes: 10,
        fs_free_bytes: 11,
        disk_read_bytes: 12,
        disk_written_bytes: 13,
        net_rx_bytes: 14,
        net_tx_bytes: 15,
    }
}

pub(crate) fn component_row(node: &str, sum: f64, weight: u64) -> ComponentMinuteRow {
    ComponentMinuteRow {
        instance: instance(node, "p1"),
        component: "parse".into(),
        minute: MINUTE,
        latency_weighted_sum: sum,
        latency_weight: weight,
    }
}

pub(crate) fn event_row(
    tick: u64,
    ordinal: u32,
    node: &str,
    pipeline: Option<&str>,
) -> StatusEventRow {
    StatusEventRow {
        tick: TickNumber(tick),
        ordinal,
        node: node.into(),
        pipeline: pipeline.map(str::to_owned),
        environment: if node == "n3" { "e2".into() } else { "e1".into() },
        from_status: None,
        to_status: "UNKNOWN".into(),
        reason: "enrolled".into(),
        at: NOW,
    }
}

pub(crate) fn log_row(
    tick: u64,
    ordinal: u32,
    node: &str,
    pipeline: &str,
    message: &str,
) -> LogRow {
    LogRow {
        tick: TickNumber(tick),
        ordinal,
        instance: instance(node, pipeline),
        at: NOW,
        level: LogLevel::Info,
        message: message.into(),
    }
}

/// All history of an environment.
pub(crate) fn history_of(environment: &str) -> HistoryQuery {
    HistoryQuery { environments: vec![environment.into()], limit: 1_000, ..HistoryQuery::default() }
}

/// Everything the store says about n1 and p1, for comparing.
pub(crate) async fn everything(store: &dyn Store) -> StoreResult<String> {
    Ok(format!(
        "{:#?}",
        (
            store.last_tick().await?,
            store.load_nodes("", 100).await?,
            store.load_instances(("", ""), 100).await?,
            store.load_minute(MINUTE).await?,
            store.status_events(&history_of("e1")).await?,
            store.logs(&history_of("e1")).await?,
            store.pipeline_minutes("p1", None, Minute(0)).await?,
            store.component_minutes("p1", Minute(0)).await?,
            store.node_minutes("n1", Minute(0)).await?,
        )
    ))
}
