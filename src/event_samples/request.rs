//! One request for event samples: whom it was handed to, and what each component answered.

use std::sync::Arc;

use systole_systems::time::Millis;

use crate::auth::node_tokens::NodeIdentity;
use crate::edge_counters::Reason;
use crate::event_samples::result::Outcome;
use crate::push::SampleRequest;

/// Time in which answers are taken: an agent waits 15 s for the events of a component, takes four at
/// once, and may send the results with its next heartbeat.
pub const OPEN_MILLIS: u64 = 120_000;

/// A node that was silent for so long is taken not to have heard: a push stream may be dead without
/// its agent noticing. Longer than an agent waits for events and its next heartbeat.
pub const SILENT_MILLIS: u64 = 45_000;
const _: () = assert!(2 * SILENT_MILLIS < OPEN_MILLIS);

/// Components of one request; newer agents look at no more.
pub const COMPONENTS_MAX: usize = 16;

/// Nodes that a request may be handed to.
pub const CANDIDATES_MAX: usize = 100;

/// What somebody wants to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedFor {
    pub environment: Arc<str>,
    pub pipeline: Arc<str>,
    /// At least one, each once.
    pub components: Vec<Arc<str>>,
    /// Events of each component.
    pub limit: u32,
    /// Nodes that run the pipeline, those to be asked first in front.
    pub candidates: Vec<Arc<str>>,
}

/// A request and its answers so far.
#[derive(Clone, Debug)]
pub struct Request {
    pub id: Arc<str>,
    asked: AskedFor,
    asked_at: Millis,
    handed_at: Option<Millis>,
    /// Who has been handed the request. The last is the one that is waited for.
    handed_to: Vec<Arc<str>>,
    /// One for each component, in the order they were asked for.
    answers: Vec<Option<Answer>>,
}

/// What a node answered for a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub node: Arc<str>,
    pub at: Millis,
    pub outcome: Outcome,
}

/// How far a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestStatus {
    Pending,
    /// Every component gave events, perhaps none.
    Completed,
    /// Some components gave events, and nothing more is to come.
    Partial,
    /// Every component failed.
    Failed,
    /// Time ran out and there are no events.
    Expired,
}

/// How far one component of a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComponentStatus {
    Pending,
    Completed,
    Failed,
    Expired,
}

impl Request {
    /// A request that nobody was handed yet.
    pub fn new(id: Arc<str>, asked: AskedFor, now: Millis) -> Request {
        assert!((1..=COMPONENTS_MAX).contains(&asked.components.len()), "the API bounds them");
        let answers = vec![None; asked.components.len()];
        Request { id, asked, asked_at: now, handed_at: None, handed_to: Vec::new(), answers }
    }

    /// The request as an agent is told it.
    pub fn as_message(&self) -> SampleRequest {
        SampleRequest {
            request_id: self.id.to_string(),
            pipeline_id: self.asked.pipeline.to_string(),
            component_keys: self.asked.components.iter().map(ToString::to_string).collect(),
            limit: self.asked.limit,
        }
    }

    /// Whether the node is to be handed the request now.
    pub fn may_hand_to(&self, node: &NodeIdentity, now: Millis) -> bool {
        let is_due = self.handed_at.is_none_or(|handed_at| SILENT_MILLIS <= now.since(handed_at).0);
        is_due
            && self.answered_count() == 0
            && *self.asked.environment == *node.environment
            && self.asked.candidates.contains(&node.node)
    }

    /// The node has the request now, and is waited for.
    pub fn hand_to(&mut self, node: &Arc<str>, now: Millis) {
        self.handed_at = Some(now);
        self.handed_to.retain(|known| known != node);
        self.handed_to.push(node.clone());
    }

    /// Where an answer for the component goes, or why it is not taken.
    pub fn place_for(
        &self,
        node: &NodeIdentity,
        component: &str,
        now: Millis,
    ) -> Result<usize, Reason> {
        if *self.asked.environment != *node.environment || !self.handed_to.contains(&node.node) {
            return Err(Reason::SampleForeign);
        }
        if self.expires_at() <= now {
            return Err(Reason::SampleUnrequested);
        }
        let place = self.asked.components.iter().position(|known| **known == *component);
        let place = place.ok_or(Reason::SampleUnrequested)?;
        if self.answers[place].is_some() {
            return Err(Reason::SampleRepeated);
        }
        Ok(place)
    }

    /// Keeps an answer at its place.
    pub fn answer(&mut self, place: usize, mut answer: Answer) {
        if let Outcome::Sampled { events, .. } = &mut answer.outcome {
            events.truncate(self.asked.limit as usize);
        }
        let before = self.answers[place].replace(answer);
        assert!(before.is_none(), "a component is answered once");
    }

    /// How far the request has come.
    pub fn status(&self, now: Millis) -> RequestStatus {
        let sampled = self.answers.iter().flatten().filter(|answer| answer.is_sampled()).count();
        let answered = self.answered_count();
        let is_over = answered == self.answers.len();
        if !is_over && now < self.expires_at() {
            return RequestStatus::Pending;
        }
        if sampled == self.answers.len() {
            return RequestStatus::Completed;
        }
        if sampled > 0 {
            return RequestStatus::Partial;
        }
        if is_over { RequestStatus::Failed } else { RequestStatus::Expired }
    }

    /// Each component with how far it has come and what was answered for it.
    pub fn components(
        &self,
        now: Millis,
    ) -> impl Iterator<Item = (&str, ComponentStatus, Option<&Answer>)> {
        let without_answer = match now < self.expires_at() {
            true => ComponentStatus::Pending,
            false => ComponentStatus::Expired,
        };
        self.asked.components.iter().zip(&self.answers).map(move |(component, answer)| {
            let status = match answer {
                None => without_answer,
                Some(answer) if answer.is_sampled() => ComponentStatus::Completed,
                Some(_) => ComponentStatus::Failed,
            };
            (&**component, status, answer.as_ref())
        })
    }

    /// Until when answers are taken.
    pub fn expires_at(&self) -> Millis {
        Millis(self.asked_at.0 + OPEN_MILLIS)
    }

    /// When it was asked.
    pub fn asked_at(&self) -> Millis {
        self.asked_at
    }

    /// Whose environment it is about.
    pub fn environment(&self) -> &str {
        &self.asked.environment
    }

    /// Which pipeline it is about.
    pub fn pipeline(&self) -> &str {
        &self.asked.pipeline
    }

    /// Nodes it may be handed to.
    pub fn candidates(&self) -> &[Arc<str>] {
        &self.asked.candidates
    }

    /// The node that is waited for, or that answered.
    pub fn node(&self) -> Option<&str> {
        self.handed_to.last().map(|node| &**node)
    }

    /// Memory its answers take.
    pub fn byte_len(&self) -> usize {
        self.answers.iter().flatten().map(|answer| answer.outcome.byte_len()).sum()
    }

    fn answered_count(&self) -> usize {
        self.answers.iter().flatten().count()
    }
}

impl Answer {
    fn is_sampled(&self) -> bool {
        matches!(self.outcome, Outcome::Sampled { .. })
    }
}

impl RequestStatus {
    /// The status as people and scripts read it.
    pub fn as_str(self) -> &'static str {
        match self {
            RequestStatus::Pending => "PENDING",
            RequestStatus::Completed => "COMPLETED",
            RequestStatus::Partial => "PARTIAL",
            RequestStatus::Failed => "FAILED",
            RequestStatus::Expired => "EXPIRED",
        }
    }
}

impl ComponentStatus {
    /// The status as people and scripts read it.
    pub fn as_str(self) -> &'static str {
        match self {
            ComponentStatus::Pending => "PENDING",
            ComponentStatus::Completed => "COMPLETED",
            ComponentStatus::Failed => "FAILED",
            ComponentStatus::Expired => "EXPIRED",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_samples::result::{EVENTS_BOUNDS, SCHEMA_BOUNDS};
    use crate::json_list::JsonList;

    fn node(node: &str) -> NodeIdentity {
        NodeIdentity { node: node.into(), environment: "e1".into() }
    }

    fn request(components: &[&str], candidates: &[&str]) -> Request {
        let asked = AskedFor {
            environment: "e1".into(),
            pipeline: "p1".into(),
            components: components.iter().map(|id| Arc::from(*id)).collect(),
            limit: 2,
            candidates: candidates.iter().map(|id| Arc::from(*id)).collect(),
        };
        Request::new("r1".into(), asked, Millis(1_000))
    }

    fn sampled(events: usize) -> Outcome {
        let mut list = JsonList::new(EVENTS_BOUNDS);
        for number in 0..events {
            list.push(&serde_json::value::to_raw_value(&number).unwrap());
        }
        Outcome::Sampled { events: list, schema: JsonList::new(SCHEMA_BOUNDS) }
    }

    fn failed() -> Outcome {
        Outcome::Failed("pipeline not running".into())
    }

    /// Keeps what a node answers for a component, or says why not.
    fn take(
        request: &mut Request,
        who: &NodeIdentity,
        (component, outcome): (&str, Outcome),
        at: u64,
    ) -> Result<(), Reason> {
        let place = request.place_for(who, component, Millis(at))?;
        request.answer(place, Answer { node: who.node.clone(), at: Millis(at), outcome });
        Ok(())
    }

    /// Answers, and the status each leads to at once and when time has run out.
    #[test]
    fn a_request_is_complete_when_every_component_has_answered() {
        use RequestStatus::{Completed, Expired, Failed, Partial, Pending};
        let check = |results: &[(&str, Outcome)], early: RequestStatus, late: RequestStatus| {
            let mut request = request(&["a", "b"], &["n1"]);
            request.hand_to(&"n1".into(), Millis(1_000));
            for result in results {
                take(&mut request, &node("n1"), result.clone(), 2_000).unwrap();
            }
            assert_eq!(request.status(Millis(120_999)), early, "{results:?}");
            assert_eq!(request.status(Millis(121_000)), late, "{results:?}");
        };
        check(&[], Pending, Expired);
        check(&[("a", sampled(1))], Pending, Partial);
        check(&[("b", failed())], Pending, Expired);
        check(&[("b", sampled(1)), ("a", sampled(0))], Completed, Completed);
        check(&[("a", failed()), ("b", sampled(2))], Partial, Partial);
        check(&[("a", failed()), ("b", failed())], Failed, Failed);
    }

    #[test]
    fn an_answer_is_taken_once_from_whom_it_was_asked_of_for_what_was_asked() {
        let mut request = request(&["a", "b"], &["n1", "n2"]);
        let elsewhere = NodeIdentity { node: "n1".into(), environment: "e2".into() };
        let first = take(&mut request, &node("n1"), ("a", sampled(1)), 1_500);
        assert_eq!(first, Err(Reason::SampleForeign), "nobody was handed it yet");
        request.hand_to(&"n1".into(), Millis(2_000));
        for (who, component, at, expected) in [
            (&elsewhere, "a", 2_500, Err(Reason::SampleForeign)),
            (&node("n2"), "a", 2_500, Err(Reason::SampleForeign)),
            (&node("n1"), "c", 2_500, Err(Reason::SampleUnrequested)),
            (&node("n1"), "a", 2_500, Ok(())),
            (&node("n1"), "a", 2_600, Err(Reason::SampleRepeated)),
            (&node("n1"), "b", 121_000, Err(Reason::SampleUnrequested)),
        ] {
            let taken = take(&mut request, who, (component, sampled(3)), at);
            assert_eq!(taken, expected, "{who:?} {component} {at}");
        }
        let components: Vec<_> = request.components(Millis(121_000)).collect();
        let (a, b) = (&components[0], &components[1]);
        assert_eq!((a.0, a.1), ("a", ComponentStatus::Completed));
        assert_eq!((b.0, b.1, b.2), ("b", ComponentStatus::Expired, None));
        let Outcome::Sampled { events, .. } = &a.2.unwrap().outcome else { panic!("no events") };
        assert_eq!(events.to_json(), "[0,1]", "no more than were asked for");
    }

    #[test]
    fn a_request_is_handed_to_one_node_until_that_one_was_silent_for_long() {
        let mut request = request(&["a"], &["n1", "n2"]);
        let elsewhere = NodeIdentity { node: "n1".into(), environment: "e2".into() };
        assert!(!request.may_hand_to(&elsewhere, Millis(1_000)));
        assert!(!request.may_hand_to(&node("n3"), Millis(1_000)), "it does not run the pipeline");
        assert!(request.may_hand_to(&node("n2"), Millis(1_000)));
        request.hand_to(&"n2".into(), Millis(1_000));
        for who in ["n1", "n2"] {
            assert!(!request.may_hand_to(&node(who), Millis(45_999)));
            assert!(request.may_hand_to(&node(who), Millis(46_000)));
        }
        request.hand_to(&"n1".into(), Millis(46_000));
        take(&mut request, &node("n2"), ("a", sampled(1)), 47_000).unwrap();
        assert!(!request.may_hand_to(&node("n1"), Millis(100_000)), "there is a result");
    }
}
