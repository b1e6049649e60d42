//! Who is alive, and how people learn that somebody is not.

use systole_systems::input::Input;

use crate::fleet::{Fleet, Report, running};

fn crashed(pipeline: &str) -> Report<'_> {
    Report { pipeline, status: "CRASHED", pid: 7, ..Report::default() }
}

fn one_node() -> Fleet {
    let mut fleet = Fleet::new();
    fleet.subscribe(1, "root", None);
    fleet.step(10);
    fleet.enroll("n1");
    fleet.step(10);
    fleet.heartbeat("n1", &[running("p1", 5)]);
    fleet.step(10);
    fleet
}

#[test]
fn a_node_enrolls_unknown_and_its_first_heartbeat_makes_it_healthy() {
    let mut fleet = one_node();
    assert_eq!(
        fleet.take_changes(1),
        ["n1 null -> UNKNOWN: enrolled", "n1 UNKNOWN -> HEALTHY: heartbeat received",]
    );
}

#[test]
fn a_silent_node_is_unreachable_within_a_tick_of_its_deadline_and_comes_back() {
    let mut fleet = one_node();
    fleet.take(1);
    fleet.run(14_950);
    assert_eq!(fleet.take_changes(1), [""; 0]);
    fleet.step(50);
    assert_eq!(fleet.take_changes(1), ["n1 HEALTHY -> UNREACHABLE: heartbeat timeout"]);
    fleet.run(60_000);
    assert_eq!(fleet.take_changes(1), [""; 0]);
    fleet.heartbeat("n1", &[running("p1", 9)]);
    fleet.step(50);
    assert_eq!(fleet.take_changes(1), ["n1 UNREACHABLE -> HEALTHY: heartbeat received"]);
}

#[test]
fn a_stalled_server_is_deaf_and_the_fleet_is_not_dead() {
    let mut fleet = one_node();
    fleet.take(1);
    fleet.step_listening(3_600_000, 50);
    fleet.run(14_900);
    assert_eq!(fleet.take_changes(1), [""; 0]);
    fleet.run(100);
    assert_eq!(fleet.take_changes(1).len(), 1);
}

#[test]
fn what_arrives_in_the_tick_of_the_deadline_counts() {
    let mut fleet = one_node();
    fleet.take(1);
    fleet.run(14_950);
    fleet.heartbeat("n1", &[running("p1", 9)]);
    fleet.step(50);
    assert_eq!(fleet.take_changes(1), [""; 0]);
}

#[test]
fn a_crash_degrades_its_node_until_it_is_over() {
    let mut fleet = one_node();
    fleet.take(1);
    fleet.heartbeat("n1", &[crashed("p1")]);
    fleet.step(50);
    assert_eq!(
        fleet.take_changes(1),
        [
            "n1 RUNNING -> CRASHED: heartbeat status transition",
            "n1 HEALTHY -> DEGRADED: 1 pipeline crashed",
        ]
    );
    fleet.heartbeat("n1", &[running("p1", 1)]);
    fleet.step(50);
    assert_eq!(
        fleet.take_changes(1),
        [
            "n1 CRASHED -> RUNNING: heartbeat status transition",
            "n1 DEGRADED -> HEALTHY: no pipeline is crashed any more",
        ]
    );
}

#[test]
fn a_crashed_pipeline_that_is_taken_away_does_not_degrade_its_node() {
    let mut fleet = one_node();
    fleet.heartbeat("n1", &[crashed("p1"), running("p2", 1)]);
    fleet.step(50);
    fleet.take(1);
    fleet.heartbeat("n1", &[running("p2", 2)]);
    fleet.step(50);
    assert_eq!(fleet.take_changes(1), ["n1 DEGRADED -> HEALTHY: no pipeline is crashed any more"]);
    fleet.heartbeat("n1", &[crashed("p1"), running("p2", 2)]);
    fleet.step(50);
    fleet.take(1);
    fleet.input(&Input::PipelineRemoved { pipeline: "p1" });
    fleet.step(50);
    assert_eq!(fleet.take_changes(1), ["n1 DEGRADED -> HEALTHY: no pipeline is crashed any more"]);
}

#[test]
fn unknown_process_words_are_kept_and_never_degrade() {
    let mut fleet = one_node();
    fleet.take(1);
    fleet.heartbeat("n1", &[Report { pipeline: "p1", status: "DREAMING", ..Report::default() }]);
    fleet.step(50);
    assert_eq!(fleet.take_changes(1), ["n1 RUNNING -> DREAMING: heartbeat status transition"]);
}

#[test]
fn a_revoked_node_is_unreachable_at_once_and_an_evicted_one_is_gone() {
    let mut fleet = one_node();
    fleet.take(1);
    fleet.input(&Input::NodeRevoked { node: "n1" });
    fleet.step(50);
    assert_eq!(fleet.take_changes(1), ["n1 HEALTHY -> UNREACHABLE: node token revoked"]);
    fleet.input(&Input::NodeRemoved { node: "n1" });
    fleet.heartbeat("n1", &[running("p1", 9)]);
    fleet.run(20_000);
    assert_eq!(fleet.take_changes(1), [""; 0]);
}

#[test]
fn two_heartbeats_in_one_tick_count_both_even_when_the_second_drops_a_pipeline() {
    let mut fleet = one_node();
    fleet.step(5_000);
    fleet.heartbeat("n1", &[running("p1", 15), running("p2", 3)]);
    fleet.heartbeat("n1", &[running("p2", 4)]);
    fleet.step(50);
    fleet.run(2_000);
    let minutes = fleet.minutes();
    assert!(minutes.contains(&("p1".into(), "n1".into(), 0, 10)), "{minutes:?}");
    assert!(fleet.batches.iter().any(|batch| !batch.instances_removed.is_empty()));
}
