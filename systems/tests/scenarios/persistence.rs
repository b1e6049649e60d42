//! Rows on their way to a store that is slow, away or forgetful.

use systole_systems::engine::Engine;
use systole_systems::ids::BatchId;
use systole_systems::input::{FlushOutcome, Input};

use crate::fleet::{Fleet, Report, running};

fn beating(fleet: &mut Fleet, beats: std::ops::Range<u64>) {
    for beat in beats {
        fleet.heartbeat("n1", &[running("p1", 100 + beat * 10)]);
        fleet.run(5_000);
    }
}

#[test]
fn while_the_store_is_away_minutes_go_on_and_all_is_written_when_it_is_back() {
    let mut fleet = Fleet::new();
    fleet.settle = Some(FlushOutcome::Failed);
    fleet.enroll("n1");
    fleet.step(10);
    beating(&mut fleet, 0..30);
    let attempts = fleet.batches.len();
    assert!(attempts > 10);
    fleet.batches.clear();
    fleet.settle = Some(FlushOutcome::Committed);
    fleet.run(3_000);
    assert_eq!(
        fleet.minutes(),
        [
            ("p1".into(), "n1".into(), 0, 110),
            ("p1".into(), "n1".into(), 1, 120),
            ("p1".into(), "n1".into(), 2, 60),
        ]
    );
    let events: Vec<_> = fleet.batches.iter().flat_map(|batch| &batch.status_events).collect();
    assert_eq!(events.len(), 2, "enrolled and heard, once each");
    assert_eq!(fleet.batches.iter().flat_map(|batch| &batch.nodes).count(), 1);
}

#[test]
fn changes_of_status_that_are_asked_for_are_those_that_are_written() {
    let mut fleet = Fleet::new();
    fleet.enroll("n1");
    let mut told = Vec::new();
    for beat in 0..80 {
        if beat % 25 == 0 {
            let status = if beat == 25 { "CRASHED" } else { "RUNNING" };
            fleet.heartbeat("n1", &[Report { pipeline: "p1", status, ..Report::default() }]);
        }
        fleet.step(1_000);
        told.extend(fleet.engine.status_events());
    }
    let written: Vec<_> =
        fleet.batches.iter().flat_map(|batch| batch.status_events.iter().cloned()).collect();
    assert!(written.len() > 6 && written.iter().any(|event| event.pipeline.is_some()));
    assert_eq!(told[..written.len()], written);
}

#[test]
fn one_batch_is_in_flight_at_a_time_and_a_tick_never_waits_for_it() {
    let mut fleet = Fleet::new();
    fleet.enroll("n1");
    fleet.settle = None;
    beating(&mut fleet, 0..4);
    assert_eq!(fleet.batches.len(), 1);
    let batch = fleet.last_batch();
    fleet.input(&Input::BatchSettled { batch, outcome: FlushOutcome::Committed });
    fleet.step(50);
    assert_eq!(fleet.batches.len(), 2);
    assert_eq!(fleet.minutes(), [("p1".into(), "n1".into(), 0, 30)]);
}

#[test]
fn a_quiet_fleet_writes_nothing() {
    let mut fleet = Fleet::new();
    fleet.enroll("n1");
    fleet.run(3_000);
    let batches = fleet.batches.len();
    fleet.run(10_000);
    assert_eq!(fleet.batches.len(), batches);
}

#[test]
fn a_restart_in_the_middle_of_a_flight_stages_the_rows_again() {
    let mut fleet = Fleet::new();
    fleet.enroll("n1");
    fleet.settle = None;
    beating(&mut fleet, 0..2);
    fleet.settle = Some(FlushOutcome::Committed);
    let settings = systole_systems::settings::Settings::default();
    fleet.input(&Input::Started { epoch: 8, settings });
    fleet.run(1_000);
    let newest = fleet.batches.last().expect("staged again");
    assert_eq!(newest.nodes.len(), 1);
    assert_eq!(newest.status_events.len(), 2);
}

#[test]
fn a_replayed_engine_goes_on_as_the_one_that_ran_and_loses_nothing_in_flight() {
    let [ran, replayed] = [Engine::default(), Engine::for_replay()].map(|engine| {
        let mut fleet = Fleet::inside(engine);
        fleet.settle = None;
        fleet.enroll("n1");
        fleet.enroll("n2");
        let components = [("in", 100), ("out", 90)];
        for beat in 0..14 {
            let grown = components.map(|(id, count)| (id, count + beat * 10));
            let measured = Report {
                components: &grown,
                latency_seconds: Some(0.5),
                ..running("p1", 100 + beat * 10)
            };
            fleet.heartbeat("n1", std::slice::from_ref(&measured));
            if beat < 3 {
                fleet.heartbeat("n2", &[running("p1", 7 + beat), running("p2", 7)]);
            }
            if beat == 1 {
                // All that was counted so far is in flight from here on, over the minute's end.
                fleet.run(1_000);
                let batch = BatchId(fleet.batches.len().max(1) as u64);
                fleet.input(&Input::BatchSettled { batch, outcome: FlushOutcome::Committed });
            }
            if beat == 5 {
                fleet.heartbeat("n2", &[running("p1", 20)]);
            }
            fleet.run(5_000);
        }
        fleet.engine.end_replay();
        fleet.batches.clear();
        let settings = systole_systems::settings::Settings::default();
        fleet.input(&Input::Started { epoch: 8, settings });
        fleet.run(1_000);
        fleet
    });
    assert_eq!(ran.batches.len(), 1);
    assert_eq!(ran.batches, replayed.batches);
    let batch = &ran.batches[0];
    let minutes =
        |of: &str| batch.instance_minutes.iter().filter(|row| row.instance.node == of).count();
    assert_eq!((minutes("n1"), minutes("n2")), (2, 2));
    assert_eq!(batch.component_minutes.len(), 4);
    assert_eq!(batch.pipeline_minutes.len(), 3);
    assert_eq!(batch.instances_removed.len(), 1);
}

#[test]
fn log_lines_that_wait_are_bounded_in_bytes_and_the_newest_stay() {
    use systole_systems::packed::PackedBuf;
    use systole_systems::report::{LogBatch, LogLevel, LogLine};

    let mut fleet = Fleet::new();
    fleet.enroll("n1");
    fleet.settle = Some(FlushOutcome::Failed);
    fleet.step(10);
    let text = "x".repeat(16 << 10);
    for _ in 0..40 {
        let line = LogLine { level: LogLevel::Info, text: &text };
        let lines: PackedBuf = std::iter::repeat_n(line, 1_000).collect();
        let batches: PackedBuf =
            std::iter::once(LogBatch { pipeline: "p1", lines: lines.packed() }).collect();
        fleet.input(&Input::LogsReceived { node: "n1", batches: batches.packed() });
        fleet.batches.clear();
        fleet.step(50);
    }
    fleet.step(1_000);
    let newest = fleet.batches.last().expect("a batch");
    let bytes: usize = newest.logs.iter().map(|line| line.message.len()).sum();
    assert!(bytes <= 256 << 20, "{bytes}");
    assert!(newest.logs.len() > 10_000);
    assert!(newest.logs.windows(2).all(|pair| pair[0].tick <= pair[1].tick));
}
