//! Minutes and rates: nothing lost, nothing counted twice.

use systole_systems::answer::AnswerBody;
use systole_systems::input::Input;
use systole_systems::query::Query;

use crate::fleet::{Fleet, Report, running};

fn two_nodes() -> Fleet {
    let mut fleet = Fleet::new();
    fleet.enroll("n1");
    fleet.enroll("n2");
    fleet.step(10);
    fleet
}

#[test]
fn twelve_heartbeats_of_a_minute_add_up_per_node_and_over_nodes() {
    let mut fleet = two_nodes();
    for beat in 0..24 {
        fleet.heartbeat("n1", &[running("p1", 100 + beat * 10)]);
        fleet.heartbeat("n2", &[running("p1", 5_000 + beat * 7)]);
        fleet.run(5_000);
    }
    assert_eq!(
        fleet.minutes(),
        [
            ("p1".into(), "n1".into(), 0, 110),
            ("p1".into(), "n1".into(), 1, 120),
            ("p1".into(), "n2".into(), 0, 77),
            ("p1".into(), "n2".into(), 1, 84),
        ]
    );
    let over_nodes = fleet.batches.iter().flat_map(|batch| &batch.pipeline_minutes);
    let newest: std::collections::BTreeMap<_, _> =
        over_nodes.map(|row| (row.minute, row.totals.counts.events_in)).collect();
    assert_eq!(newest.into_values().collect::<Vec<_>>(), [187, 204]);
}

#[test]
fn a_pipeline_absent_from_a_heartbeat_keeps_its_minute_and_goes_on_when_it_returns() {
    let mut fleet = two_nodes();
    fleet.heartbeat("n1", &[running("p1", 10), running("p2", 10)]);
    fleet.run(5_000);
    fleet.heartbeat("n1", &[running("p1", 20), running("p2", 15)]);
    fleet.run(5_000);
    fleet.heartbeat("n1", &[running("p2", 25)]);
    fleet.run(5_000);
    let starting = Report { pipeline: "p1", status: "STARTING", pid: 8, ..Report::default() };
    fleet.heartbeat("n1", &[starting, running("p2", 30)]);
    fleet.run(5_000);
    fleet.heartbeat("n1", &[Report { pid: 8, ..running("p1", 4) }, running("p2", 31)]);
    fleet.run(5_000);
    assert_eq!(
        fleet.minutes(),
        [("p1".into(), "n1".into(), 0, 14), ("p2".into(), "n1".into(), 0, 21),]
    );
}

#[test]
fn of_two_reports_of_one_pipeline_in_a_heartbeat_the_last_counts() {
    let mut fleet = two_nodes();
    fleet.heartbeat("n1", &[running("p1", 10)]);
    fleet.run(5_000);
    fleet.heartbeat("n1", &[running("p1", 999), running("p2", 1), running("p1", 15)]);
    fleet.run(5_000);
    assert_eq!(fleet.minutes(), [("p1".into(), "n1".into(), 0, 5)]);
}

#[test]
fn pipelines_of_another_environment_are_dropped_and_the_rest_counts() {
    let mut fleet = two_nodes();
    fleet.heartbeat("n1", &[running("other", 10), running("p1", 10)]);
    fleet.run(5_000);
    fleet.heartbeat("n1", &[running("other", 20), running("p1", 30)]);
    fleet.run(5_000);
    assert_eq!(fleet.minutes(), [("p1".into(), "n1".into(), 0, 20)]);
}

#[test]
fn rates_reach_the_stream_per_component_and_only_for_what_was_refreshed() {
    let mut fleet = two_nodes();
    fleet.subscribe(1, "root", None);
    let beat = |received: &'static [(&'static str, u64)], events| Report {
        components: received,
        ..running("p1", events)
    };
    fleet.heartbeat("n1", &[beat(&[("in", 100), ("out", 90)], 100)]);
    fleet.step(10);
    assert!(fleet.take_events(1).iter().all(|event| event.0 != "metric_update"));
    fleet.run(4_950);
    fleet.heartbeat("n1", &[beat(&[("in", 600)], 600)]);
    fleet.step(50);
    let events = fleet.take_events(1);
    let updates: Vec<_> = events.iter().filter(|event| event.0 == "metric_update").collect();
    assert_eq!(updates.len(), 1);
    let expected = concat!(
        r#"{"type":"metric_update","nodeId":"n1","pipelineId":"p1","componentId":"in","sample":"#,
        r#"{"timestamp":1800000005020,"receivedEventsRate":100,"sentEventsRate":100,"#,
        r#""receivedBytesRate":0,"sentBytesRate":0,"errorCount":0,"errorsRate":0,"#,
        r#""discardedRate":0,"latencyMeanMs":null}}"#
    );
    assert_eq!(updates[0].1, expected);
}

#[test]
fn latency_is_weighted_by_the_events_of_the_interval() {
    let mut fleet = two_nodes();
    let beat = |events, latency| Report {
        components: match events {
            0 => &[("in", 0)],
            100 => &[("in", 100)],
            _ => &[("in", 400)],
        },
        latency_seconds: Some(latency),
        ..running("p1", events)
    };
    for (events, latency) in [(0, 9.0), (100, 0.010), (400, 0.002)] {
        fleet.heartbeat("n1", &[beat(events, latency)]);
        fleet.run(5_000);
    }
    let rows = fleet.batches.iter().flat_map(|batch| &batch.component_minutes);
    let row = rows.last().expect("a row of latency");
    // 200 events at 10 ms, 600 at 2 ms: received and sent both count.
    assert_eq!(row.latency_weight, 800);
    assert!((row.latency_weighted_sum - (200.0 * 10.0 + 600.0 * 2.0)).abs() < 1e-6);
}

#[test]
fn absurd_latencies_are_not_believed_and_poison_no_sum() {
    let mut fleet = two_nodes();
    for (events, latency) in [(0, 0.001), (100, f64::MAX), (100, f64::MAX), (200, 0.004)] {
        let components: &[(&str, u64)] = &[("in", events)];
        let latency_seconds = Some(latency);
        fleet.heartbeat("n1", &[Report { components, latency_seconds, ..running("p1", events) }]);
        fleet.run(5_000);
    }
    let rows = fleet.batches.iter().flat_map(|batch| &batch.component_minutes);
    let row = rows.last().expect("a row of latency");
    assert_eq!((row.latency_weight, row.latency_weighted_sum), (200, 800.0));
}

#[test]
fn two_heartbeats_in_one_tick_keep_the_rates_of_the_first() {
    let mut fleet = two_nodes();
    fleet.subscribe(1, "root", None);
    let beat = |fleet: &mut Fleet, events| {
        let components: &[(&str, u64)] = &[("in", events)];
        fleet.heartbeat("n1", &[Report { components, ..running("p1", events) }]);
    };
    beat(&mut fleet, 100);
    fleet.step(5_000);
    fleet.take(1);
    beat(&mut fleet, 600);
    beat(&mut fleet, 600);
    fleet.step(5_000);
    let events = fleet.take_events(1);
    let update = events.iter().find(|event| event.0 == "metric_update").expect("an update");
    assert!(update.1.contains("\"receivedEventsRate\":100,"), "{update:?}");
}

/// Latency rows flushed so far, newest of each component: component, weight.
fn latencies(fleet: &Fleet) -> Vec<(String, u64)> {
    let rows = fleet.batches.iter().flat_map(|batch| &batch.component_minutes);
    let newest: std::collections::BTreeMap<_, _> =
        rows.map(|row| (row.component.clone(), row.latency_weight)).collect();
    newest.into_iter().collect()
}

/// Components with their received events, told by a process.
fn counting<'a>(pid: u32, components: &'a [(&'a str, u64)]) -> Report<'a> {
    Report { pid, components, latency_seconds: Some(0.001), ..running("p1", 1) }
}

#[test]
fn a_second_heartbeat_in_the_tick_of_a_restart_finds_its_components() {
    let mut fleet = two_nodes();
    fleet.heartbeat("n1", &[counting(7, &[("in", 10), ("mend", 10), ("out", 10)])]);
    fleet.step(5_000);
    fleet.heartbeat("n1", &[counting(8, &[("out", 20)])]);
    fleet.heartbeat("n1", &[counting(8, &[("in", 5), ("out", 25)])]);
    fleet.step(5_000);
    fleet.heartbeat("n1", &[counting(8, &[("in", 6), ("out", 26)])]);
    fleet.run(5_000);
    // Received and sent both count; `in` of the new process is first seen by the second heartbeat.
    assert_eq!(latencies(&fleet), [("in".into(), 2), ("out".into(), 52)]);
}

#[test]
fn a_component_that_goes_and_returns_within_a_minute_goes_on_counting() {
    let mut fleet = two_nodes();
    for components in [[("in", 10), ("out", 10)], [("in", 30), ("out", 40)]] {
        fleet.heartbeat("n1", &[counting(7, &components)]);
        fleet.run(5_000);
    }
    fleet.heartbeat("n1", &[counting(8, &[("in", 1)])]);
    fleet.run(5_000);
    fleet.heartbeat("n1", &[]);
    fleet.run(5_000);
    for components in [[("in", 3), ("out", 2)], [("in", 4), ("out", 4)]] {
        fleet.heartbeat("n1", &[counting(8, &components)]);
        fleet.run(5_000);
    }
    assert_eq!(latencies(&fleet), [("in".into(), 2 * (20 + 1 + 1)), ("out".into(), 2 * (30 + 2))]);
}

#[test]
fn a_process_that_counts_as_it_begins_has_no_rates_yet() {
    let mut fleet = two_nodes();
    fleet.subscribe(1, "root", None);
    let beat = |status: &'static str, pid, components| Report {
        status,
        pid,
        components,
        ..running("p1", 100)
    };
    fleet.heartbeat("n1", &[beat("RUNNING", 7, &[("in", 100)])]);
    fleet.run(5_000);
    fleet.heartbeat("n1", &[beat("RUNNING", 7, &[("in", 600)])]);
    fleet.run(5_000);
    let updates = |fleet: &mut Fleet| {
        let events = fleet.take_events(1);
        let updates = events.into_iter().filter(|event| event.0 == "metric_update");
        updates.map(|event| event.1).collect::<Vec<_>>()
    };
    assert_eq!(updates(&mut fleet).len(), 1);
    fleet.heartbeat("n1", &[beat("STARTING", 8, &[("in", 30)])]);
    fleet.run(5_000);
    assert_eq!(updates(&mut fleet), [""; 0], "rates of the process before it are not its own");
    fleet.heartbeat("n1", &[beat("RUNNING", 8, &[("in", 80)])]);
    fleet.run(5_000);
    let fresh = updates(&mut fleet);
    assert!(fresh.len() == 1 && fresh[0].contains("\"receivedEventsRate\":10,"), "{fresh:?}");
}

/// Events per second over the whole fleet.
fn events_in(fleet: &Fleet) -> f64 {
    let query = Query::FleetSummary { viewer: "root".into(), environment: None };
    let AnswerBody::FleetSummary(summary) = fleet.engine.read(&query).body else {
        panic!("a summary")
    };
    summary.rates.events_in
}

#[test]
fn sums_hold_when_rates_change_in_the_tick_an_instance_leaves_or_its_node_comes_and_goes() {
    let mut fleet = two_nodes();
    let beat = |fleet: &mut Fleet, node, events| fleet.heartbeat(node, &[running("p1", events)]);
    for events in [0, 500] {
        beat(&mut fleet, "n1", events);
        beat(&mut fleet, "n2", events);
        fleet.run(5_000);
    }
    assert_eq!(events_in(&fleet), 200.0);
    // Its rates change, and it leaves.
    beat(&mut fleet, "n1", 2_000);
    fleet.heartbeat("n1", &[]);
    beat(&mut fleet, "n2", 1_000);
    fleet.run(5_000);
    assert_eq!(events_in(&fleet), 100.0);
    // Its node comes back with other rates.
    fleet.run(30_000);
    assert_eq!(events_in(&fleet), 0.0);
    beat(&mut fleet, "n2", 1_350);
    fleet.step(50);
    assert_eq!(events_in(&fleet), 10.0);
    // Its token is taken away, and it goes on reporting.
    fleet.input(&Input::NodeRevoked { node: "n2" });
    beat(&mut fleet, "n2", 9_000);
    fleet.step(5_000);
    assert_eq!(events_in(&fleet), 0.0);
    // The sums are counted anew every 64 ticks.
    fleet.run(5_000);
}
