//! Flushes: absolute rows under natural keys.

use systole::store::{RowKey, StoreError, StoredEvent, StoredLog, StoredMinute};
use systole_systems::input::MinuteTotals;
use systole_systems::report::{Counts, HostMetrics, LogLevel};
use systole_systems::rows::{Batch, NodeMinuteRow, NodeRow};
use systole_systems::status::NodeStatus;
use systole_systems::time::{Minute, TickNumber};

use super::fixtures::*;
use super::{TestStore, on_both_stores};

on_both_stores!(
    every_value_comes_back,
    absent_values_come_back_absent,
    numbers_beyond_the_database_stay_at_its_largest,
    batch_written_twice_is_written_once,
    newer_row_replaces_older_row,
    batch_older_than_the_store_is_refused_whole,
    rows_of_gone_nodes_and_pipelines_are_left_out,
    instance_of_another_environment_is_left_out,
    removed_instance_is_gone_and_its_history_stays,
    thousand_rows_of_every_kind_arrive,
    text_with_nul_is_stored,
    enrolled_node_has_what_enrollment_knew,
    node_deleted_during_a_flush_leaves_nothing,
);

async fn every_value_comes_back(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    store.flush(&full_batch(5)).await.unwrap();

    assert_eq!(store.last_tick().await.unwrap(), TickNumber(5));
    let nodes = store.load_nodes("", 1).await.unwrap();
    let enrolled = node("n1", "e1");
    assert_eq!(nodes[0].state, node_row("n1"));
    assert_eq!(nodes[0].environment, enrolled.environment);
    assert_eq!(nodes[0].name, enrolled.name);
    assert_eq!(nodes[0].host, enrolled.host);
    assert_eq!(nodes[0].token_digest, Some(enrolled.token_digest));
    assert_eq!(nodes[0].operator_labels, []);
    assert_eq!(nodes[0].enrolled_at, NOW);
    let instances = store.load_instances(("", ""), 10).await.unwrap();
    assert_eq!(instances, [instance_row("n1", "p1")]);
    let of_node = StoredMinute {
        pipeline: "p1".into(),
        node: Some("n1".into()),
        component: None,
        minute: MINUTE,
        totals: totals(1),
    };
    let over_nodes = StoredMinute { node: None, totals: totals(2), ..of_node.clone() };
    let of_component = StoredMinute {
        component: Some("parse".into()),
        totals: MinuteTotals {
            latency_weighted_sum: 30.0,
            latency_weight: 3,
            ..MinuteTotals::default()
        },
        ..of_node.clone()
    };
    let loaded = store.load_minute(MINUTE).await.unwrap();
    assert_eq!(loaded, [of_node, of_component, over_nodes]);
    assert_eq!(store.load_minute(Minute(MINUTE.0 - 1)).await.unwrap(), []);
    let minutes = store.pipeline_minutes("p1", Some("n1"), MINUTE).await.unwrap();
    assert_eq!(minutes, [(MINUTE, totals(1))]);
    let minutes = store.pipeline_minutes("p1", None, MINUTE).await.unwrap();
    assert_eq!(minutes, [(MINUTE, totals(2))]);
    let latencies = store.component_minutes("p1", MINUTE).await.unwrap();
    assert_eq!(latencies, [component_row("n1", 30.0, 3)]);
    assert_eq!(store.node_minutes("n1", MINUTE).await.unwrap(), [(MINUTE, host())]);
    let event = StoredEvent {
        key: RowKey { tick: TickNumber(5), ordinal: 0 },
        node: "n1".into(),
        pipeline: Some("p1".into()),
        from_status: None,
        to_status: "UNKNOWN".into(),
        reason: "enrolled".into(),
        at: NOW,
    };
    assert_eq!(store.status_events(&history_of("e1")).await.unwrap(), [event]);
    let log = StoredLog {
        key: RowKey { tick: TickNumber(5), ordinal: 1 },
        node: "n1".into(),
        pipeline: "p1".into(),
        at: NOW,
        level: LogLevel::Info,
        message: "started".into(),
    };
    assert_eq!(store.logs(&history_of("e1")).await.unwrap(), [log]);
}

async fn absent_values_come_back_absent(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    // Present first, so that absence has to overwrite.
    store.flush(&full_batch(1)).await.unwrap();
    let batch = Batch {
        tick: TickNumber(2),
        nodes: vec![silent_node_row("n1")],
        instances: vec![bare_instance_row("n1", "p1")],
        ..Batch::default()
    };
    store.flush(&batch).await.unwrap();
    assert_eq!(store.load_nodes("", 1).await.unwrap()[0].state, silent_node_row("n1"));
    let instances = store.load_instances(("", ""), 10).await.unwrap();
    assert_eq!(instances, [bare_instance_row("n1", "p1")]);
}

async fn numbers_beyond_the_database_stay_at_its_largest(test: TestStore) {
    const LARGEST: u64 = i64::MAX as u64;
    let store = test.store;
    seed(&*store).await;
    let mut batch = full_batch(1);
    batch.instances[0].totals = Some(Counts { events_in: u64::MAX, ..counts(1) });
    batch.instances[0].uptime_seconds = Some(LARGEST);
    batch.node_minutes[0].host = HostMetrics { net_tx_bytes: LARGEST + 1, ..host() };
    batch.component_minutes =
        vec![component_row("n1", 1e19, u64::MAX), component_row("n2", 1e19, u64::MAX)];
    store.flush(&batch).await.unwrap();

    let instances = store.load_instances(("", ""), 10).await.unwrap();
    assert_eq!(instances[0].totals, Some(Counts { events_in: LARGEST, ..counts(1) }));
    assert_eq!(instances[0].uptime_seconds, Some(LARGEST));
    let minutes = store.node_minutes("n1", MINUTE).await.unwrap();
    assert_eq!(minutes[0].1, HostMetrics { net_tx_bytes: LARGEST, ..host() });
    let latencies = store.component_minutes("p1", MINUTE).await.unwrap();
    let expected = [component_row("n1", 1e19, LARGEST), component_row("n2", 1e19, LARGEST)];
    assert_eq!(latencies, expected);
}

async fn batch_written_twice_is_written_once(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    store.flush(&full_batch(3)).await.unwrap();
    let once = everything(&*store).await.unwrap();
    store.flush(&full_batch(3)).await.unwrap();
    assert_eq!(everything(&*store).await.unwrap(), once);
}

async fn newer_row_replaces_older_row(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    store.flush(&full_batch(1)).await.unwrap();
    let mut newer = full_batch(2);
    newer.nodes[0].status = NodeStatus::Healthy;
    newer.instances[0].status = "CRASHED".into();
    newer.instance_minutes[0].totals = totals(100);
    newer.pipeline_minutes[0].totals = totals(200);
    newer.component_minutes[0].latency_weight = 6;
    newer.node_minutes[0].host.load_avg_1 = 0.5;
    store.flush(&newer).await.unwrap();

    assert_eq!(store.load_nodes("", 1).await.unwrap()[0].state.status, NodeStatus::Healthy);
    assert_eq!(store.load_instances(("", ""), 10).await.unwrap()[0].status, "CRASHED");
    let minutes = store.pipeline_minutes("p1", Some("n1"), MINUTE).await.unwrap();
    assert_eq!(minutes, [(MINUTE, totals(100))]);
    let minutes = store.pipeline_minutes("p1", None, MINUTE).await.unwrap();
    assert_eq!(minutes, [(MINUTE, totals(200))]);
    assert_eq!(store.component_minutes("p1", MINUTE).await.unwrap()[0].latency_weight, 6);
    assert_eq!(store.node_minutes("n1", MINUTE).await.unwrap()[0].1.load_avg_1, 0.5);
    assert_eq!(store.logs(&history_of("e1")).await.unwrap().len(), 2);
}

async fn batch_older_than_the_store_is_refused_whole(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    store.flush(&full_batch(9)).await.unwrap();
    let before = everything(&*store).await.unwrap();
    let mut older = full_batch(8);
    older.nodes[0].status = NodeStatus::Unreachable;
    let refused = store.flush(&older).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    assert_eq!(everything(&*store).await.unwrap(), before);
    store.flush(&full_batch(10)).await.unwrap();
}

async fn rows_of_gone_nodes_and_pipelines_are_left_out(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    store.flush(&full_batch(1)).await.unwrap();
    store.delete_node("n1").await.unwrap();
    let mut batch = full_batch(2);
    batch.nodes.push(node_row("n2"));
    batch.instances.push(instance_row("n2", "gone"));
    batch.instances.push(instance_row("n2", "p1"));
    batch.component_minutes.push(component_row("n2", 4.0, 2));
    batch.status_events.push(event_row(2, 2, "n2", Some("gone")));
    batch.status_events.push(event_row(2, 3, "n2", None));
    batch.logs.push(log_row(2, 4, "n2", "gone", "lost"));
    store.flush(&batch).await.unwrap();

    let nodes = store.load_nodes("", 10).await.unwrap();
    let ids: Vec<&str> = nodes.iter().map(|node| node.state.node.as_str()).collect();
    assert_eq!(ids, ["n2", "n3"]);
    assert_eq!(nodes[0].state, node_row("n2"));
    let instances = store.load_instances(("", ""), 10).await.unwrap();
    assert_eq!(instances, [instance_row("n2", "p1")]);
    assert_eq!(store.pipeline_minutes("p1", Some("n1"), Minute(0)).await.unwrap(), []);
    let latencies = store.component_minutes("p1", MINUTE).await.unwrap();
    assert_eq!(latencies, [component_row("n2", 4.0, 2)]);
    assert_eq!(store.node_minutes("n1", Minute(0)).await.unwrap(), []);
    let events = store.status_events(&history_of("e1")).await.unwrap();
    let ordinals: Vec<u32> = events.iter().map(|event| event.key.ordinal).collect();
    assert_eq!(ordinals, [3]);
    assert_eq!(store.logs(&history_of("e1")).await.unwrap(), []);
    assert_eq!(store.last_tick().await.unwrap(), TickNumber(2));
}

async fn instance_of_another_environment_is_left_out(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    let batch = Batch {
        tick: TickNumber(1),
        instances: vec![instance_row("n1", "p3")],
        logs: vec![log_row(1, 0, "n1", "p3", "stray")],
        ..Batch::default()
    };
    store.flush(&batch).await.unwrap();
    assert_eq!(store.load_instances(("", ""), 10).await.unwrap(), []);
    assert_eq!(store.logs(&history_of("e1")).await.unwrap(), []);
    assert_eq!(store.logs(&history_of("e2")).await.unwrap(), []);
}

async fn removed_instance_is_gone_and_its_history_stays(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    let mut first = full_batch(1);
    first.instances.push(instance_row("n2", "p1"));
    store.flush(&first).await.unwrap();
    let removal = Batch {
        tick: TickNumber(2),
        instances_removed: vec![instance("n1", "p1"), instance("n1", "never-there")],
        ..Batch::default()
    };
    store.flush(&removal).await.unwrap();
    let instances = store.load_instances(("", ""), 10).await.unwrap();
    assert_eq!(instances, [instance_row("n2", "p1")]);
    assert_eq!(store.logs(&history_of("e1")).await.unwrap().len(), 1);
    let minutes = store.pipeline_minutes("p1", Some("n1"), MINUTE).await.unwrap();
    assert_eq!(minutes, [(MINUTE, totals(1))]);
}

async fn thousand_rows_of_every_kind_arrive(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    store.flush(&wide_batch(1, 1_000)).await.unwrap();
    assert_eq!(store.pipeline_minutes("p1", None, Minute(0)).await.unwrap().len(), 1_000);
    assert_eq!(store.pipeline_minutes("p1", Some("n1"), Minute(0)).await.unwrap().len(), 1_000);
    assert_eq!(store.component_minutes("p1", Minute(0)).await.unwrap().len(), 1_000);
    assert_eq!(store.node_minutes("n1", Minute(0)).await.unwrap().len(), 1_000);
    assert_eq!(store.logs(&history_of("e1")).await.unwrap().len(), 1_000);
    assert_eq!(store.status_events(&history_of("e1")).await.unwrap().len(), 1_000);
}

/// A batch with `rows` rows in each table of history, all of one day.
pub(crate) fn wide_batch(tick: u64, rows: u32) -> Batch {
    let mut batch = full_batch(tick);
    let first = MINUTE.0 / 1_440 * 1_440;
    let minutes = (first..first + rows).map(Minute);
    batch.node_minutes = minutes
        .clone()
        .map(|minute| NodeMinuteRow { node: "n1".into(), minute, host: host() })
        .collect();
    let instance_minute = batch.instance_minutes.remove(0);
    let pipeline_minute = batch.pipeline_minutes.remove(0);
    let component_minute = batch.component_minutes.remove(0);
    for minute in minutes {
        let mut row = instance_minute.clone();
        row.minute = minute;
        batch.instance_minutes.push(row);
        let mut row = pipeline_minute.clone();
        row.minute = minute;
        batch.pipeline_minutes.push(row);
        let mut row = component_minute.clone();
        row.minute = minute;
        batch.component_minutes.push(row);
    }
    batch.status_events = (0..rows).map(|at| event_row(tick, at, "n1", None)).collect();
    batch.logs = (0..rows).map(|at| log_row(tick, rows + at, "n1", "p1", "line")).collect();
    batch
}

async fn text_with_nul_is_stored(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    let mut batch = full_batch(1);
    batch.logs[0].message = "before\0after".into();
    batch.nodes[0].labels = vec![("key".into(), "a\0b".into())];
    store.flush(&batch).await.unwrap();
    let logs = store.logs(&history_of("e1")).await.unwrap();
    let message = &logs[0].message;
    assert!(message.starts_with("before") && message.ends_with("after"), "{message:?}");
    assert_eq!(store.load_nodes("", 1).await.unwrap()[0].state.labels, batch.nodes[0].labels);
}

async fn enrolled_node_has_what_enrollment_knew(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    let enrolled = node("n1", "e1");
    let expected = NodeRow {
        node: "n1".into(),
        status: NodeStatus::Unknown,
        status_since: NOW,
        heard_at: None,
        agent_version: None,
        vector_version: enrolled.vector_version,
        os: enrolled.os,
        deployment_mode: None,
        running_as: None,
        update_error: None,
        labels: enrolled.labels,
    };
    assert_eq!(store.load_nodes("", 1).await.unwrap()[0].state, expected);
}

async fn node_deleted_during_a_flush_leaves_nothing(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    for tick in 1..=20 {
        let batch = wide_batch(tick, 200);
        let (flushed, deleted) = tokio::join!(store.flush(&batch), store.delete_node("n1"));
        flushed.unwrap();
        deleted.unwrap();
        store.enroll_node(&node("n1", "e1")).await.unwrap();
        assert_eq!(store.load_instances(("", ""), 10).await.unwrap(), []);
        assert_eq!(store.logs(&history_of("e1")).await.unwrap(), []);
        assert_eq!(store.status_events(&history_of("e1")).await.unwrap(), []);
        assert_eq!(store.node_minutes("n1", Minute(0)).await.unwrap(), []);
        assert_eq!(store.component_minutes("p1", Minute(0)).await.unwrap(), []);
        assert_eq!(store.pipeline_minutes("p1", Some("n1"), Minute(0)).await.unwrap(), []);
    }
}
