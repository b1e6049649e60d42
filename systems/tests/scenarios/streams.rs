//! Streams: who gets what, after what, and for how long.

use systole_systems::effect::{Topic, Topics};
use systole_systems::ids::SubscriberId;
use systole_systems::input::{Filter, Input, StreamPosition};
use systole_systems::packed::PackedBuf;
use systole_systems::settings::Settings;
use systole_systems::status::Role;
use systole_systems::time::TickNumber;

use crate::fleet::{EPOCH, Fleet, Report, running};

fn names(events: &[(String, String)]) -> Vec<&str> {
    events.iter().map(|event| &*event.0).collect()
}

fn two_environments() -> Fleet {
    let mut fleet = Fleet::new();
    fleet.input(&Input::EnvironmentSet { environment: "e2", name: "test", team: "t2" });
    fleet.enroll("n1");
    fleet.enroll_in("n2", "e2");
    fleet.step(10);
    fleet
}

fn beat(fleet: &mut Fleet) {
    for node in ["n1", "n2"] {
        fleet.heartbeat(node, &[]);
    }
    fleet.step(50);
}

#[test]
fn a_stream_is_greeted_and_every_tick_with_events_ends_in_a_position() {
    let mut fleet = two_environments();
    fleet.subscribe(1, "root", None);
    fleet.step(10);
    assert_eq!(
        fleet.take(1),
        "event: hello\ndata: {\"type\":\"hello\",\"streamId\":\"s\",\"position\":\"7.3\"}\n\nid: 7.3\n\n"
    );
    beat(&mut fleet);
    let text = fleet.take(1);
    assert!(text.ends_with("\n\nid: 7.4\n\n"), "{text}");
    assert_eq!(text.matches("id: ").count(), 1);
}

#[test]
fn a_member_sees_the_environments_of_the_team_and_nothing_else() {
    let mut fleet = two_environments();
    fleet.subscribe(1, "ann", None);
    fleet.subscribe(2, "zoe", None);
    fleet.step(10);
    beat(&mut fleet);
    assert!(fleet.take(1).contains("\"n1\""));
    fleet.run(1_000);
    assert!(!fleet.take(1).contains("\"n2\""));
    assert_eq!(names(&fleet.take_events(2)), ["hello"]);
}

#[test]
fn losing_the_membership_the_session_or_the_account_ends_the_stream_in_the_same_tick() {
    let losses: [Input<'_>; 3] = [
        Input::MemberRemoved { team: "t1", user: "ann" },
        Input::CredentialRevoked { credential: "ann" },
        Input::UserRemoved { user: "ann" },
    ];
    for loss in losses {
        let mut fleet = two_environments();
        fleet.subscribe(1, "ann", None);
        fleet.subscribe(2, "root", None);
        fleet.step(10);
        fleet.take(1);
        fleet.input(&loss);
        beat(&mut fleet);
        assert_eq!(fleet.closed, [1], "{loss:?}");
        assert_eq!(fleet.take(1), "", "{loss:?}");
        assert_ne!(fleet.take(2), "");
    }
}

#[test]
fn a_wider_scope_takes_effect_without_reconnecting() {
    let mut fleet = two_environments();
    fleet.subscribe(1, "ann", None);
    fleet.step(10);
    fleet.input(&Input::MemberSet { team: "t2", user: "ann", role: Role::Viewer });
    fleet.step(10);
    beat(&mut fleet);
    assert!(fleet.take(1).contains("\"n2\""));
    assert_eq!(fleet.closed, [0; 0]);
}

#[test]
fn a_filter_narrows_the_stream_and_can_be_moved() {
    let mut fleet = two_environments();
    fleet.subscribe_to(1, "root", None, &["n2"]);
    fleet.step(10);
    beat(&mut fleet);
    let text = fleet.take(1);
    assert!(text.contains("\"n2\"") && !text.contains("\"n1\""), "{text}");
    fleet.input(&Input::FilterMoved { subscriber: SubscriberId(1), filter: Default::default() });
    fleet.step(10);
    beat(&mut fleet);
    fleet.run(1_000);
    assert!(fleet.take(1).contains("\"n1\""));
}

#[test]
fn a_wide_topic_comes_from_everything_and_once() {
    let mut fleet = two_environments();
    let nodes: PackedBuf = ["n2"].iter().collect();
    let topics = Topics::of([Topic::MetricUpdate, Topic::LogEntry]);
    let filter = Filter {
        nodes: Some(nodes.packed()),
        topics: Some(topics.with_wide(Topics::of([Topic::StatusChange]))),
        ..Filter::default()
    };
    fleet.subscribe_with(1, "root", None, filter);
    fleet.step(10);
    fleet.take(1);
    beat(&mut fleet);
    let told = fleet.take_events(1);
    let changed = |node: &str| {
        let about = format!("\"nodeId\":\"{node}\"");
        let is_it =
            |(name, data): &&(String, String)| name == "status_change" && data.contains(&about);
        told.iter().filter(is_it).filter(|(_, data)| !data.contains("pipelineId")).count()
    };
    assert_eq!((changed("n1"), changed("n2")), (1, 1), "{told:?}");
    assert!(told.iter().all(|(name, _)| name == "status_change"), "no lane is opened: {told:?}");
}

#[test]
fn a_quiet_stream_is_kept_alive_with_its_position() {
    let mut fleet = Fleet::new();
    fleet.subscribe(1, "root", None);
    fleet.step(10);
    fleet.take(1);
    fleet.run(14_950);
    assert_eq!(fleet.take(1), "");
    fleet.step(50);
    let text = fleet.take(1);
    assert!(text.starts_with(": keepalive\n\nid: 7."), "{text}");
}

#[test]
fn a_stream_that_comes_back_soon_resumes_and_one_that_comes_late_gets_a_snapshot() {
    let mut fleet = two_environments();
    fleet.subscribe(1, "root", None);
    fleet.step(10);
    let tick = 3;
    fleet.input(&Input::SubscriberLost { subscriber: SubscriberId(1) });
    beat(&mut fleet);
    let position = |epoch, tick| Some(StreamPosition { epoch, tick: TickNumber(tick) });
    fleet.subscribe(2, "root", position(EPOCH, tick));
    fleet.subscribe(3, "root", position(EPOCH + 1, tick));
    fleet.subscribe(4, "root", position(EPOCH, 1));
    fleet.step(10);
    fleet.run(200);
    assert_eq!(fleet.resumes, [(2, tick)]);
    for (id, reason) in [(3, "epoch"), (4, "expired")] {
        let events = fleet.take_events(id);
        assert_eq!(names(&events)[..2], ["hello", "snapshot"], "{id}");
        assert!(events[1].1.contains(&format!("\"reason\":\"{reason}\"")), "{events:?}");
        assert!(events[1].1.contains("\"last\":true") && events[1].1.contains("\"n2\""));
    }
    // Nobody listened for longer than the coverage lingers: what happened then was not kept.
    for id in [2, 3, 4] {
        fleet.input(&Input::SubscriberLost { subscriber: SubscriberId(id) });
    }
    fleet.run(62_000);
    fleet.subscribe(5, "root", position(EPOCH, 20));
    fleet.step(10);
    fleet.run(200);
    assert_eq!(fleet.resumes.len(), 1);
    assert_eq!(names(&fleet.take_events(5))[..2], ["hello", "snapshot"]);
}

#[test]
fn a_stream_whose_missed_events_are_pushed_out_by_the_tick_it_returns_in_gets_a_snapshot() {
    for (resume_bytes_max, resumes) in [(1_000, &[][..]), (10_000, &[(2, 3)])] {
        let mut fleet = two_environments();
        let settings = Settings { resume_bytes_max, ..Settings::default() };
        fleet.input(&Input::SettingsChanged { settings });
        fleet.subscribe(1, "root", None);
        fleet.step(10);
        fleet.input(&Input::SubscriberLost { subscriber: SubscriberId(1) });
        beat(&mut fleet);
        fleet.subscribe(2, "root", Some(StreamPosition { epoch: EPOCH, tick: TickNumber(3) }));
        beat(&mut fleet);
        fleet.step(50);
        assert_eq!(fleet.resumes, resumes, "{resume_bytes_max} bytes");
        assert_eq!(fleet.take(2).contains("event: snapshot"), resumes.is_empty());
    }
}

#[test]
fn a_reader_that_falls_behind_is_told_and_shown_the_present_state() {
    let mut fleet = two_environments();
    fleet.subscribe(1, "root", None);
    fleet.step(10);
    fleet.take(1);
    let lagged = Input::SubscriberLagged { subscriber: SubscriberId(1), skipped_events: 3 };
    fleet.input(&lagged);
    beat(&mut fleet);
    fleet.run(1_000);
    assert_eq!(fleet.take(1), "");
    fleet.input(&Input::SubscriberDrained { subscriber: SubscriberId(1) });
    fleet.run(200);
    let events = fleet.take_events(1);
    assert_eq!(names(&events)[..2], ["lagged", "snapshot"]);
    assert!(!events[0].1.contains("\"skipped\":3}"), "the missed heartbeats count too: {events:?}");
    fleet.input(&lagged);
    fleet.run(30_100);
    assert_eq!(fleet.closed, [1]);
}

#[test]
fn a_large_snapshot_comes_in_bounded_parts_and_shows_everything_once() {
    let mut fleet = Fleet::new();
    let components: Vec<(String, u64)> = (0..200).map(|n| (format!("component-{n}"), 5)).collect();
    let components: Vec<(&str, u64)> = components.iter().map(|(id, n)| (&**id, *n)).collect();
    let report = Report { components: &components, ..running("p1", 5) };
    for node in 0..20 {
        fleet.enroll(&format!("n{node:02}"));
    }
    fleet.step(10);
    for _ in 0..2 {
        for node in 0..20 {
            fleet.heartbeat(&format!("n{node:02}"), std::slice::from_ref(&report));
        }
        fleet.run(5_000);
    }
    let position = Some(StreamPosition { epoch: 1, tick: TickNumber(1) });
    fleet.subscribe(1, "root", position);
    fleet.run(5_000);
    let text = fleet.take(1);
    let parts: Vec<&str> =
        text.split("\n\n").filter(|b| b.starts_with("event: snapshot")).collect();
    assert!(parts.len() > 10);
    assert!(parts.iter().all(|part| part.len() <= 64 << 10));
    assert!(parts.iter().enumerate().all(|(n, part)| part.contains(&format!("\"part\":{n},"))));
    assert_eq!(parts.iter().filter(|part| part.contains("\"last\":true")).count(), 1);
    let whole = parts.concat();
    assert_eq!(whole.matches("\"name\":").count(), 20);
    assert_eq!(whole.matches("\"pipelineName\":").count(), 20);
    assert_eq!(whole.matches("\"kind\":").count(), 4_000);
    let first_position = text.find("id: 7.").expect("a position");
    assert!(text.rfind("event: snapshot").unwrap() < first_position, "positions wait for the end");
}

#[test]
fn a_busy_fleet_is_stretched_on_open_streams_and_complete_on_narrow_ones() {
    let mut fleet = Fleet::new();
    let nodes: Vec<String> = (0..1_000).map(|n| format!("n{n}")).collect();
    for node in &nodes {
        fleet.enroll(node);
    }
    fleet.subscribe(1, "root", None);
    fleet.subscribe_to(2, "root", None, &["n1", "n2"]);
    fleet.step(10);
    for _ in 0..3 {
        for node in &nodes {
            fleet.heartbeat(node, &[]);
        }
        fleet.step(50);
    }
    fleet.take(1);
    fleet.take(2);
    for _ in 0..20 {
        for node in &nodes {
            fleet.heartbeat(node, &[]);
        }
        fleet.step(50);
    }
    let open = fleet.take_events(1).len();
    assert!((1_700..=2_000).contains(&open), "{open} events in a second");
    assert_eq!(fleet.take_events(2).len(), 40);
    fleet.run(2_000);
    let rest = fleet.take_events(1);
    let shown: std::collections::BTreeSet<_> = rest.iter().map(|event| &event.1).collect();
    assert_eq!(rest.len(), shown.len(), "each waiting node is shown once");
}

#[test]
fn a_stream_that_opens_and_loses_its_right_in_one_tick_is_never_fed() {
    for loss in [
        Input::CredentialRevoked { credential: "ann" },
        Input::UserRemoved { user: "ann" },
        Input::MemberRemoved { team: "t1", user: "ann" },
    ] {
        let mut fleet = two_environments();
        fleet.subscribe(1, "ann", None);
        fleet.input(&loss);
        beat(&mut fleet);
        beat(&mut fleet);
        assert!(!fleet.take(1).contains("fleet_status"), "{loss:?}");
    }
}

#[test]
fn the_next_part_of_a_snapshot_waits_for_the_reader() {
    let mut fleet = Fleet::new();
    for node in 0..2_000 {
        fleet.enroll(&format!("n{node:04}"));
    }
    fleet.step(10);
    fleet.readers_keep_up = false;
    let position = Some(StreamPosition { epoch: 1, tick: TickNumber(1) });
    fleet.subscribe(1, "root", position);
    fleet.run(1_000);
    assert_eq!(fleet.take(1).matches("event: snapshot").count(), 1);
    fleet.input(&Input::SubscriberDrained { subscriber: SubscriberId(1) });
    fleet.run(1_000);
    assert_eq!(fleet.take(1).matches("event: snapshot").count(), 1);
    fleet.readers_keep_up = true;
    fleet.input(&Input::SubscriberDrained { subscriber: SubscriberId(1) });
    fleet.run(1_000);
    let rest = fleet.take(1);
    assert!(rest.contains("\"last\":true") && rest.contains("\"n1999\""));
}
