//! Taps with their agents and readers. Time is an argument.

use std::task::{Context, Poll, Waker};

use super::*;
use crate::http::stream_body::StreamBody;
use crate::json_list::JsonList;
use crate::taps::report::EVENTS_BOUNDS;
use crate::taps::table::{PER_NODE_MAX, PER_USER_MAX, REMEMBERED_MILLIS, TAPS_MAX};

struct Stage {
    taps: Taps,
    push: PushStreams,
    counters: EdgeCounters,
}

fn stage() -> Stage {
    let (push, counters) = (PushStreams::default(), EdgeCounters::default());
    Stage { taps: Taps::new(push.clone(), counters.clone()), push, counters }
}

fn node(node: &str) -> NodeIdentity {
    NodeIdentity { node: node.into(), environment: "e1".into() }
}

fn person(user: &str) -> Principal {
    let (user, credential) = (user.into(), format!("session of {user}").into());
    Principal { user, credential, super_admin: false, expires_at: None }
}

fn report(tap: &TapView, events: usize) -> TapReport {
    let mut list = JsonList::new(EVENTS_BOUNDS);
    for number in 0..events {
        list.push(&serde_json::value::to_raw_value(&number).unwrap());
    }
    TapReport {
        request: tap.id.to_string(),
        pipeline: tap.pipeline.to_string(),
        component: tap.component.to_string(),
        events: list,
        stopped: None,
    }
}

impl Stage {
    fn start_as(&self, user: &str, nodes: &[&str], now: u64) -> Result<TapView, StartRefusal> {
        let tap = NewTap {
            environment: "e1".into(),
            pipeline: "p1".into(),
            component: "out".into(),
            principal: person(user),
        };
        let nodes: Vec<String> = nodes.iter().map(ToString::to_string).collect();
        self.taps.start(tap, &nodes, Millis(now))
    }

    fn start(&self, now: u64) -> TapView {
        self.start_as("ada", &["n1"], now).unwrap()
    }

    fn read(&self, tap: &TapView, now: u64) -> FeedBody {
        self.taps.read(&tap.id, &person("ada"), Millis(now)).unwrap()
    }

    fn counted(&self, reason: Reason) -> u64 {
        self.counters.iter().find(|(counted, _)| *counted == reason).unwrap().1
    }
}

/// What a reader gets now, and whether its stream has ended.
fn drain(body: &mut FeedBody) -> (String, bool) {
    let mut text = String::new();
    loop {
        match body.poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Some(bytes)) => text.push_str(std::str::from_utf8(&bytes).unwrap()),
            Poll::Ready(None) => return (text, true),
            Poll::Pending => return (text, false),
        }
    }
}

/// The messages an agent gets now, by their names.
fn told(stream: &mut StreamBody) -> Vec<String> {
    let mut names = Vec::new();
    while let Poll::Ready(Some(bytes)) = stream.poll_next(&mut Context::from_waker(Waker::noop())) {
        let text = std::str::from_utf8(&bytes).unwrap();
        names.extend(
            text.lines().filter_map(|line| line.strip_prefix("event: ")).map(str::to_owned),
        );
    }
    names
}

#[test]
fn events_go_from_the_agent_to_the_reader_until_the_agent_stops() {
    let stage = stage();
    let mut stream = stage.push.open(&node("n1"));
    let tap = stage.start(0);
    assert_eq!(told(&mut stream), ["tap_start"]);
    let mut reader = stage.read(&tap, 100);
    stage.taps.take_report(&node("n1"), report(&tap, 2), Millis(200));
    let (text, has_ended) = drain(&mut reader);
    assert!(text.contains(r#""nodeId":"n1","events":[0,1]}"#) && !has_ended, "{text}");
    let stopped = TapReport { stopped: Some("cancelled".into()), ..report(&tap, 1) };
    stage.taps.take_report(&node("n1"), stopped, Millis(300));
    let (text, has_ended) = drain(&mut reader);
    assert!(text.contains(r#""events":[0]}"#) && text.contains("tap: cancelled"), "{text}");
    assert!(has_ended && stage.taps.is_empty());
    assert_eq!(told(&mut stream), [""; 0], "the agent knows");
    assert_eq!(stage.counted(Reason::TapUnrequested), 0);
}

#[test]
fn a_report_of_anything_but_a_live_tap_is_counted_and_told_to_stop() {
    let stage = stage();
    let mut streams = [stage.push.open(&node("n1")), stage.push.open(&node("n2"))];
    let tap = stage.start(0);
    streams.iter_mut().for_each(|stream| drop(told(stream)));
    let mut reader = stage.read(&tap, 0);
    drain(&mut reader);
    let elsewhere = NodeIdentity { node: "n1".into(), environment: "e2".into() };
    let right = report(&tap, 1);
    for (who, wrong) in [
        (&node("n2"), right.clone()),
        (&elsewhere, right.clone()),
        (&node("n1"), TapReport { pipeline: "p2".into(), ..right.clone() }),
        (&node("n1"), TapReport { component: "in".into(), ..right.clone() }),
        (&node("n1"), TapReport { request: "forgotten".into(), ..right.clone() }),
    ] {
        stage.taps.take_report(who, wrong, Millis(100));
    }
    assert_eq!(told(&mut streams[0]), ["tap_stop"; 4]);
    assert_eq!(told(&mut streams[1]), ["tap_stop"]);
    let stopped = TapReport { request: "forgotten".into(), stopped: Some(String::new()), ..right };
    stage.taps.take_report(&node("n1"), stopped, Millis(100));
    assert_eq!(told(&mut streams[0]), [""; 0], "it has stopped by itself");
    assert_eq!(stage.counted(Reason::TapUnrequested), 6);
    assert_eq!(drain(&mut reader), (String::new(), false), "no stranger reaches the reader");
    stage.taps.end_over(Millis(15_000));
    let (text, _) = drain(&mut reader);
    assert!(text.contains("agent_silent"), "strangers are not the agent's word: {text}");
}

#[test]
fn every_end_is_told_to_the_agent_and_to_the_reader() {
    let check = |end: &dyn Fn(&Stage, &TapView), reason: &str| {
        let stage = stage();
        let mut stream = stage.push.open(&node("n1"));
        let tap = stage.start(0);
        let mut reader = stage.read(&tap, 0);
        stage.taps.take_report(&node("n1"), report(&tap, 0), Millis(1_000));
        end(&stage, &tap);
        let (text, has_ended) = drain(&mut reader);
        assert!(text.contains(&format!(r#""reason":"{reason}""#)) && has_ended, "{text}");
        assert_eq!(told(&mut stream), ["tap_start", "tap_stop"], "{reason}");
        assert!(stage.taps.is_empty());
        let (again, _) = drain(&mut stage.read(&tap, 0));
        assert!(again.contains(reason), "also whoever comes back: {again}");
        stage.taps.end_over(Millis(300_000 + REMEMBERED_MILLIS));
        assert_eq!(stage.taps.find(&tap.id), None, "for a while");
    };
    check(&|stage, _| stage.taps.end_over(Millis(300_000)), "time_up");
    check(&|stage, _| stage.taps.end_pipeline("p1", Millis(2_000)), "pipeline_gone");
    check(&|stage, _| stage.taps.end_all(Millis(2_000)), "server_stopping");
    check(&|stage, tap| assert!(stage.taps.end(&tap.id, End::Stopped, Millis(2_000))), "stopped");
    let lost = |stage: &Stage, tap: &TapView| {
        assert!(stage.taps.end(&tap.id, End::AccessLost, Millis(2_000)));
        assert!(!stage.taps.end(&tap.id, End::Stopped, Millis(2_000)));
    };
    check(&lost, "access_lost");
}

#[test]
fn a_tap_ends_with_the_connection_its_agent_was_told_on() {
    let stage = stage();
    let first = stage.push.open(&node("n1"));
    let tap = stage.start(0);
    let mut reader = stage.read(&tap, 0);
    stage.taps.end_over(Millis(1_000));
    assert_eq!(stage.taps.len(), 1);
    let mut second = stage.push.open(&node("n1"));
    drop(first);
    stage.taps.end_over(Millis(2_000));
    assert!(drain(&mut reader).0.contains("node_disconnected"));
    assert_eq!(told(&mut second), ["tap_stop"], "if the agent goes on with it after all");
}

#[test]
fn a_reader_that_leaves_may_come_back_for_a_while() {
    let stage = stage();
    let _stream = stage.push.open(&node("n1"));
    let tap = stage.start(0);
    let reader = stage.read(&tap, 0);
    stage.taps.take_report(&node("n1"), report(&tap, 0), Millis(0));
    drop(reader);
    for second in 1..10 {
        stage.taps.end_over(Millis(second * 1_000));
    }
    stage.taps.take_report(&node("n1"), report(&tap, 1), Millis(9_500));
    let mut back = stage.read(&tap, 9_500);
    assert!(drain(&mut back).0.contains(r#""events":[0]"#), "what came meanwhile");
    drop(back);
    for second in 10..21 {
        assert_eq!(stage.taps.len(), 1, "{second}");
        stage.taps.end_over(Millis(second * 1_000));
    }
    assert!(drain(&mut stage.read(&tap, 21_000)).0.contains("reader_gone"));
}

#[test]
fn a_slow_reader_misses_the_oldest_and_is_told_how_many() {
    let stage = stage();
    let _stream = stage.push.open(&node("n1"));
    let tap = stage.start(0);
    let mut reader = stage.read(&tap, 0);
    for _ in 0..backlog::FRAMES_MAX + 2 {
        stage.taps.take_report(&node("n1"), report(&tap, 10), Millis(0));
    }
    let (text, _) = drain(&mut reader);
    let skipped = text.find(r#""type":"tap_skipped","requestId":""#).unwrap();
    assert!(skipped < text.find("tap_event\n").unwrap() && text.contains(r#""events":20}"#));
    assert_eq!(text.matches("event: tap_event\n").count(), backlog::FRAMES_MAX);
    assert_eq!(stage.counted(Reason::TapEventSkipped), 20);
}

#[test]
fn taps_are_bounded_for_each_node_each_person_and_in_all() {
    let stage = stage();
    let names: Vec<String> = (0..40).map(|n| format!("n{n}")).collect();
    let _streams: Vec<_> = names.iter().map(|name| stage.push.open(&node(name))).collect();
    let nodes: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(stage.start_as("ada", &["n99"], 0), Err(StartRefusal::NotConnected));
    for number in 0..PER_USER_MAX {
        let tap = stage.start_as("ada", &nodes, 0).unwrap();
        assert_eq!(*tap.node, names[number / PER_NODE_MAX], "one node after the other");
    }
    assert_eq!(stage.start_as("ada", &nodes, 0), Err(StartRefusal::UserFull));
    assert_eq!(stage.start_as("bob", &["n0"], 0), Err(StartRefusal::NodeFull));
    for number in PER_USER_MAX..TAPS_MAX {
        stage.start_as(&format!("u{}", number / PER_USER_MAX), &nodes, 0).unwrap();
    }
    assert_eq!(stage.start_as("bob", &nodes, 0), Err(StartRefusal::Full));
    assert_eq!(stage.taps.len(), TAPS_MAX);
    stage.taps.end_over(Millis(15_000));
    assert!(stage.taps.is_empty());
    assert!(stage.start_as("ada", &["n0"], 15_000).is_ok(), "ended ones take no place");
}

#[test]
fn whoever_reads_answers_for_the_tap() {
    let stage = stage();
    let _stream = stage.push.open(&node("n1"));
    let tap = stage.start(0);
    assert_eq!(&*stage.taps.holders()[0].credential, "session of ada");
    let _reader = stage.taps.read(&tap.id, &person("bob"), Millis(0)).unwrap();
    let holder = stage.taps.holders().remove(0);
    assert_eq!((&*holder.user, &*holder.credential), ("bob", "session of bob"));
    assert_eq!((&*holder.tap, &*holder.pipeline), (&*tap.id, "p1"));
}
