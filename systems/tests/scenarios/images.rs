//! Taking an image and going on from it is the same as going on.

use systole_systems::engine::Engine;
use systole_systems::image::Image;
use systole_systems::input::{FlushOutcome, Input, NodeEnrolled, StreamPosition};
use systole_systems::packed::PackedBuf;
use systole_systems::report::Label;
use systole_systems::time::TickNumber;

use crate::fleet::{EPOCH, Fleet, Report, running};
use crate::rollouts::deploy;

pub fn restored(fleet: &Fleet) -> Engine {
    let bytes = postcard::to_allocvec(&fleet.engine.image()).expect("it is plain data");
    let image: Image<'_> = postcard::from_bytes(&bytes).expect("it was just written");
    let mut engine = Engine::restore(image).expect("the fingerprint is the same");
    engine.end_replay();
    engine
}

/// A fleet in which something of everything is under way.
fn busy() -> Fleet {
    let mut fleet = Fleet::new();
    fleet.settle = None;
    fleet.subscribe(1, "root", None);
    fleet.subscribe_to(2, "ann", None, &["n1"]);
    for node in ["n1", "n2", "n3"] {
        fleet.enroll(node);
    }
    fleet.step(10);
    for beat in 1..30 {
        fleet.heartbeat("n1", &[running("p1", beat * 10), running("p2", beat)]);
        let crashed = Report { pipeline: "p1", status: "CRASHED", ..Report::default() };
        fleet.heartbeat("n2", &[if beat % 7 == 0 { crashed } else { running("p1", beat) }]);
        if beat == 20 {
            fleet.heartbeat("n1", &[running("p1", 999)]);
        }
        fleet.run(2_500);
    }
    deploy(&mut fleet, "p1", 2, &[]);
    deploy(&mut fleet, "p2", 2, &[("zone", "a")]);
    fleet.step(10);
    fleet.heartbeat("n1", &[Report { revision: 2, ..running("p1", 400) }]);
    let resume = StreamPosition { epoch: EPOCH - 1, tick: TickNumber(3) };
    fleet.readers_keep_up = false;
    fleet.subscribe(3, "root", Some(resume));
    fleet.input(&Input::SubscriberLagged {
        subscriber: systole_systems::ids::SubscriberId(2),
        skipped_events: 4,
    });
    fleet.input(&Input::NodeRemoved { node: "n3" });
    fleet.step(10);
    fleet
}

#[test]
fn an_engine_restored_at_any_moment_goes_on_like_the_one_that_never_stopped() {
    let mut fleet = busy();
    for beat in 30..60 {
        fleet.twin = Some(restored(&fleet));
        fleet.heartbeat("n1", &[running("p1", beat * 10), running("p2", beat)]);
        fleet.step(50);
        match beat {
            33 => {
                fleet.input(&Input::BatchSettled {
                    batch: fleet.last_batch(),
                    outcome: FlushOutcome::Failed,
                });
            }
            36 => {
                fleet.input(&Input::BatchSettled {
                    batch: fleet.last_batch(),
                    outcome: FlushOutcome::Committed,
                });
                fleet.settle = Some(FlushOutcome::Committed);
            }
            40 => fleet.enroll("n4"),
            45 => fleet.input(&Input::PipelineRemoved { pipeline: "p2" }),
            50 => fleet.input(&Input::MemberRemoved { team: "t1", user: "ann" }),
            _ => (),
        }
        fleet.run(3_500);
    }
    assert!(fleet.batches.len() > 10, "{}", fleet.batches.len());
}

#[test]
fn a_damaged_image_is_refused() {
    let fleet = busy();
    let mut image = fleet.engine.image();
    image.fingerprint ^= 1;
    assert!(Engine::restore(image).is_err());
}

#[test]
fn ticks_that_change_nothing_keep_the_fingerprint() {
    let mut fleet = Fleet::new();
    fleet.enroll("n1");
    fleet.heartbeat("n1", &[running("p1", 1)]);
    fleet.run(500);
    let before = fleet.engine.image().fingerprint;
    fleet.run(500);
    assert_eq!(fleet.engine.image().fingerprint, before);
    fleet.heartbeat("n1", &[running("p1", 2)]);
    fleet.step(50);
    assert_ne!(fleet.engine.image().fingerprint, before);
}

#[test]
fn a_redacted_image_holds_stand_ins_and_goes_on_with_the_same_changes_of_status() {
    let mut fleet = busy();
    let label = "hall-nine";
    let labels: PackedBuf = [Label { key: "site", value: label }].into_iter().collect();
    fleet.input(&Input::NodeEnrolled(NodeEnrolled {
        node: "n9",
        environment: "e1",
        name: "web-seventeen",
        host: "web-seventeen.example",
        os: None,
        agent_version: None,
        vector_version: None,
        labels: labels.packed(),
    }));
    fleet.step(50);
    let shown = |engine: &Engine| format!("{:?}", engine.image());
    let mut redacted = Engine::restore_redacted(fleet.engine.image(), &mut |_, text| {
        "x".repeat(text.len()).into()
    });
    for private in [label, "web-seventeen"] {
        assert!(shown(&fleet.engine).contains(private));
        assert!(!shown(&redacted).contains(private));
    }
    let mut changes = 0;
    for beat in 0..40 {
        if beat % 13 == 0 {
            fleet.heartbeat("n9", &[running("p1", beat)]);
            fleet.heartbeat("n1", &[running("p1", beat)]);
        }
        let inputs = fleet.pending.clone();
        fleet.step(2_500);
        redacted.tick(fleet.engine.last_tick(), &inputs);
        let events = fleet.engine.status_events();
        changes += events.len();
        assert_eq!(redacted.status_events(), events);
    }
    assert!(changes > 4, "{changes}");
}
