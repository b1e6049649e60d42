//! Rows on their way to a store that is slow, away or forgetful.

use systole_systems::input::{FlushOutcome, Input};

use crate::fleet::{Fleet, running};

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
