//! Requests on their way to nodes, by push stream and by poll. Time is an argument.

use std::task::{Context, Poll, Waker};

use super::*;
use crate::event_samples::request::RequestStatus;
use crate::event_samples::result::{EVENTS_BOUNDS, Outcome, SCHEMA_BOUNDS};
use crate::http::stream_body::StreamBody;
use crate::json_list::JsonList;

struct Stage {
    samples: EventSamples,
    push: PushStreams,
    counters: EdgeCounters,
}

fn stage() -> Stage {
    let (push, counters) = (PushStreams::default(), EdgeCounters::default());
    Stage { samples: EventSamples::new(push.clone(), counters.clone()), push, counters }
}

fn node(node: &str) -> NodeIdentity {
    NodeIdentity { node: node.into(), environment: "e1".into() }
}

impl Stage {
    fn ask(&self, candidates: &[&str], now: u64) -> Request {
        let asked = AskedFor {
            environment: "e1".into(),
            pipeline: "p1".into(),
            components: vec!["in".into(), "out".into()],
            limit: 5,
            candidates: candidates.iter().map(|id| Arc::from(*id)).collect(),
        };
        self.samples.ask(asked, Millis(now)).unwrap()
    }

    fn polled(&self, who: &str, now: u64) -> usize {
        self.samples.pending_at(&node(who), Millis(now)).len()
    }

    fn answer(&self, who: &str, request: &Request, component: &str, now: u64) {
        let (events, schema) = (JsonList::new(EVENTS_BOUNDS), JsonList::new(SCHEMA_BOUNDS));
        let result = SampleResult {
            request: request.id.to_string(),
            component: component.into(),
            outcome: Outcome::Sampled { events, schema },
        };
        self.samples.take_results(&node(who), vec![result], Millis(now));
    }

    fn counted(&self) -> Vec<(Reason, u64)> {
        self.counters.iter().filter(|(_, count)| 0 < *count).collect()
    }
}

fn drain(body: &mut StreamBody) -> String {
    let mut text = String::new();
    while let Poll::Ready(Some(bytes)) = body.poll_next(&mut Context::from_waker(Waker::noop())) {
        text.push_str(std::str::from_utf8(&bytes).unwrap());
    }
    text
}

#[test]
fn a_connected_node_is_told_at_once_and_not_again_by_its_poll() {
    let stage = stage();
    let mut stream = stage.push.open(&node("n2"));
    let request = stage.ask(&["n1", "n2"], 0);
    assert_eq!(request.node(), Some("n2"));
    let told = drain(&mut stream);
    assert!(told.contains("event: sample_request\n"), "{told}");
    assert!(told.contains(r#""componentKeys":["in","out"],"limit":5}"#), "{told}");
    assert_eq!((stage.polled("n2", 1_000), stage.polled("n1", 1_000)), (0, 0));
    stage.answer("n2", &request, "in", 2_000);
    stage.answer("n2", &request, "out", 2_000);
    assert_eq!(
        stage.samples.find("p1", &request.id).unwrap().status(Millis(2_000)),
        RequestStatus::Completed
    );
    assert_eq!((stage.samples.sizes().0, stage.counted()), (0, vec![]));
}

#[test]
fn without_a_connected_node_the_first_poll_has_it_and_no_other() {
    let stage = stage();
    let request = stage.ask(&["n1", "n2"], 0);
    assert_eq!(request.node(), None);
    stage.answer("n1", &request, "in", 500);
    assert_eq!(stage.counted(), [(Reason::SampleForeign, 1)]);
    assert_eq!(stage.polled("n3", 1_000), 0);
    let told = stage.samples.pending_at(&node("n2"), Millis(1_000));
    let json = serde_json::to_value(&told).unwrap();
    let expected = serde_json::json!([{
        "requestId": *request.id, "pipelineId": "p1", "componentKeys": ["in", "out"], "limit": 5,
    }]);
    assert_eq!(json, expected);
    for second in 2..45 {
        assert_eq!(
            (stage.polled("n1", second * 1_000), stage.polled("n2", second * 1_000)),
            (0, 0)
        );
    }
    // The push stream may be dead, the answer may not have come: it is told once more.
    assert_eq!((stage.polled("n1", 46_000), stage.polled("n2", 46_000)), (1, 0));
    stage.answer("n2", &request, "in", 47_000);
    stage.answer("n1", &request, "out", 47_000);
    assert_eq!(stage.samples.sizes().0, 0);
    assert_eq!(stage.polled("n1", 100_000), 0);
}

#[test]
fn an_old_request_is_told_nobody_and_answers_to_it_are_counted() {
    let stage = stage();
    let request = stage.ask(&["n1"], 0);
    assert_eq!(stage.polled("n1", 120_000), 0);
    assert_eq!(stage.samples.sizes().0, 0);
    stage.answer("n1", &request, "in", 120_000);
    assert_eq!(stage.counted(), [(Reason::SampleUnrequested, 1)]);
    let kept = stage.samples.of_pipeline("p1", Millis(120_000));
    assert_eq!(kept[0].status(Millis(120_000)), RequestStatus::Expired);
    assert!(stage.samples.of_pipeline("p1", Millis(table::KEPT_MILLIS)).is_empty());
}
