//! All requests for event samples, bounded in number and bytes, for all and for each environment.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use systole_systems::time::Millis;

use crate::auth::node_tokens::NodeIdentity;
use crate::edge_counters::Reason;
use crate::event_samples::request::{
    Answer, AskedFor, COMPONENTS_MAX, OPEN_MILLIS, Request, RequestStatus,
};
use crate::event_samples::result::{Outcome, RESULT_BYTES_MAX, SampleResult};
use crate::push::SampleRequest;

/// Open requests of one environment, and of all.
pub const OPEN_PER_ENVIRONMENT_MAX: usize = 20;
pub const OPEN_MAX: usize = 200;

/// Requests of one environment, and of all, that are kept for reading; the oldest go first.
pub const KEPT_PER_ENVIRONMENT_MAX: usize = 100;
pub const KEPT_MAX: usize = 1_000;
const _: () = assert!(OPEN_PER_ENVIRONMENT_MAX < KEPT_PER_ENVIRONMENT_MAX && OPEN_MAX < KEPT_MAX);

/// Bytes of all answers of one environment, and of all: the oldest go first, and of a request that
/// is open nothing goes, but no more is taken.
pub const BYTES_PER_ENVIRONMENT_MAX: usize = 8 << 20;
pub const BYTES_MAX: usize = 64 << 20;
const _: () = assert!(COMPONENTS_MAX * RESULT_BYTES_MAX <= BYTES_PER_ENVIRONMENT_MAX);

/// Time that answers are kept: events can hold what is about persons.
pub const KEPT_MILLIS: u64 = 60 * 60_000;
const _: () = assert!(OPEN_MILLIS < KEPT_MILLIS);

/// Requests by number, in the order they were asked.
#[derive(Debug, Default)]
pub struct Table {
    requests: BTreeMap<u64, Request>,
    numbers: FxHashMap<Arc<str>, u64>,
    last_number: u64,
    /// Those that wait for an answer.
    open: Vec<u64>,
}

/// Why nothing more can be asked for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskRefusal {
    EnvironmentFull,
    Full,
}

impl Table {
    /// Adds a request and answers its number.
    pub fn ask(&mut self, id: Arc<str>, asked: AskedFor, now: Millis) -> Result<u64, AskRefusal> {
        self.forget_old(now);
        let environment = asked.environment.clone();
        let open = |number: &&u64| *self.requests[number].environment() == *environment;
        if OPEN_PER_ENVIRONMENT_MAX <= self.open.iter().filter(open).count() {
            return Err(AskRefusal::EnvironmentFull);
        }
        if OPEN_MAX <= self.open.len() {
            return Err(AskRefusal::Full);
        }
        self.last_number += 1;
        let number = self.last_number;
        self.numbers.insert(id.clone(), number);
        self.requests.insert(number, Request::new(id, asked, now));
        self.open.push(number);
        if KEPT_PER_ENVIRONMENT_MAX < self.of_environment(&environment).count() {
            self.forget_oldest(Some(&environment));
        }
        if KEPT_MAX < self.requests.len() {
            self.forget_oldest(None);
        }
        Ok(number)
    }

    /// The requests the node is to be told now; it has them from here on.
    pub fn hand_out(&mut self, node: &NodeIdentity, now: Millis) -> Vec<SampleRequest> {
        self.close_ended(now);
        let mut handed = Vec::new();
        for number in &self.open {
            let request = self.requests.get_mut(number).expect("open requests are kept");
            if request.may_hand_to(node, now) {
                request.hand_to(&node.node, now);
                handed.push(request.as_message());
            }
        }
        handed
    }

    /// Takes a result, or says why not.
    pub fn take(
        &mut self,
        node: &NodeIdentity,
        result: SampleResult,
        now: Millis,
    ) -> Result<(), Reason> {
        let number = *self.numbers.get(&*result.request).ok_or(Reason::SampleUnrequested)?;
        let request = &self.requests[&number];
        // First of all, so that nobody else can make answers be forgotten.
        let place = request.place_for(node, &result.component, now)?;
        let environment = request.environment().to_owned();
        let has_room = self.make_room(&environment, result.outcome.byte_len());
        let outcome = match has_room {
            true => result.outcome,
            false => Outcome::Failed(NO_ROOM.into()),
        };
        let request = self.request_mut(number).expect("an open request is not forgotten");
        request.answer(place, Answer { node: node.node.clone(), at: now, outcome });
        self.close_ended(now);
        if has_room { Ok(()) } else { Err(Reason::SampleOverLimit) }
    }

    /// The request of a pipeline with this id.
    pub fn find(&self, pipeline: &str, id: &str) -> Option<&Request> {
        let request = &self.requests[self.numbers.get(id)?];
        (request.pipeline() == pipeline).then_some(request)
    }

    /// Requests of a pipeline, the newest first.
    pub fn of_pipeline(&self, pipeline: &str) -> impl Iterator<Item = &Request> {
        self.requests.values().rev().filter(move |request| request.pipeline() == pipeline)
    }

    /// A request by its number.
    pub fn request_mut(&mut self, number: u64) -> Option<&mut Request> {
        self.requests.get_mut(&number)
    }

    /// Forgets what has been kept for its time.
    pub fn forget_old(&mut self, now: Millis) {
        self.close_ended(now);
        while let Some((&number, oldest)) = self.requests.first_key_value() {
            if now.since(oldest.asked_at()).0 < KEPT_MILLIS {
                return;
            }
            self.forget(number);
        }
    }

    /// Requests that wait for an answer.
    pub fn open_count(&self) -> usize {
        self.open.len()
    }

    /// Bytes of all answers.
    pub fn byte_len(&self) -> usize {
        self.requests.values().map(Request::byte_len).sum()
    }

    fn close_ended(&mut self, now: Millis) {
        let requests = &self.requests;
        self.open.retain(|number| requests[number].status(now) == RequestStatus::Pending);
    }

    /// Forgets the oldest answers until so many bytes more may be kept; false: all that is left is
    /// open.
    fn make_room(&mut self, environment: &str, bytes: usize) -> bool {
        let used = |table: &Table| table.of_environment(environment).map(Request::byte_len).sum();
        let mut of_environment: usize = used(self);
        while BYTES_PER_ENVIRONMENT_MAX < of_environment + bytes {
            if !self.forget_oldest(Some(environment)) {
                return false;
            }
            of_environment = used(self);
        }
        while BYTES_MAX < self.byte_len() + bytes {
            if !self.forget_oldest(None) {
                return false;
            }
        }
        true
    }

    /// Forgets the oldest request that is not open; false when there is none.
    fn forget_oldest(&mut self, environment: Option<&str>) -> bool {
        let concerned =
            |request: &Request| environment.is_none_or(|id| request.environment() == id);
        let mut closed = self.requests.iter().filter(|(number, _)| !self.open.contains(number));
        let Some(number) = closed.find(|(_, request)| concerned(request)).map(|(n, _)| *n) else {
            return false;
        };
        self.forget(number);
        true
    }

    fn forget(&mut self, number: u64) {
        let request = self.requests.remove(&number).expect("only kept requests are forgotten");
        self.numbers.remove(&request.id);
        self.open.retain(|open| *open != number);
    }

    fn of_environment(&self, environment: &str) -> impl Iterator<Item = &Request> {
        self.requests.values().filter(move |request| request.environment() == environment)
    }
}

/// What a component is told to have failed of when its events could not be kept.
const NO_ROOM: &str = "the server keeps as many events of this environment as it may; \
                       ask for fewer, or again in two minutes";

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use super::*;
    use crate::event_samples::result::{EVENTS_BOUNDS, SCHEMA_BOUNDS};
    use crate::json_list::JsonList;

    fn asked(environment: &str) -> AskedFor {
        AskedFor {
            environment: environment.into(),
            pipeline: format!("p of {environment}").into(),
            components: (0..COMPONENTS_MAX).map(|n| Arc::from(format!("c{n}"))).collect(),
            limit: 50,
            candidates: vec!["n1".into()],
        }
    }

    fn node(environment: &str) -> NodeIdentity {
        NodeIdentity { node: "n1".into(), environment: environment.into() }
    }

    /// A result of 200 KiB.
    fn large(request: &str, component: usize) -> SampleResult {
        static EVENTS: OnceLock<JsonList> = OnceLock::new();
        let events = EVENTS.get_or_init(|| {
            let mut events = JsonList::new(EVENTS_BOUNDS);
            events.push(&serde_json::value::to_raw_value(&"x".repeat(200 << 10)).unwrap());
            events
        });
        let (events, schema) = (events.clone(), JsonList::new(SCHEMA_BOUNDS));
        let outcome = Outcome::Sampled { events, schema };
        SampleResult { request: request.into(), component: format!("c{component}"), outcome }
    }

    fn ask(table: &mut Table, id: &str, environment: &str, now: u64) -> Result<(), AskRefusal> {
        table.ask(id.into(), asked(environment), Millis(now)).map(|_| ())
    }

    /// Answers with 200 KiB for each component; what was refused, by component.
    fn answer(table: &mut Table, id: &str, environment: &str, now: u64) -> Vec<Result<(), Reason>> {
        table.hand_out(&node(environment), Millis(now));
        let components = 0..COMPONENTS_MAX;
        let take = |c| table.take(&node(environment), large(id, c), Millis(now));
        components.map(take).collect()
    }

    #[test]
    fn open_requests_are_bounded_for_each_environment_and_for_all() {
        let mut table = Table::default();
        for environment in 0..OPEN_MAX / OPEN_PER_ENVIRONMENT_MAX {
            let environment = format!("e{environment}");
            for number in 0..OPEN_PER_ENVIRONMENT_MAX {
                ask(&mut table, &format!("{environment}-{number}"), &environment, 0).unwrap();
            }
            assert_eq!(ask(&mut table, "more", &environment, 0), Err(AskRefusal::EnvironmentFull));
        }
        assert_eq!(ask(&mut table, "more", "another", 0), Err(AskRefusal::Full));
        assert_eq!(table.open_count(), OPEN_MAX);
        assert_eq!(ask(&mut table, "later", "e0", OPEN_MILLIS), Ok(()));
        assert_eq!(table.open_count(), 1);
    }

    #[test]
    fn the_oldest_answers_of_an_environment_go_and_those_of_others_stay() {
        let mut table = Table::default();
        ask(&mut table, "other", "e2", 0).unwrap();
        assert!(answer(&mut table, "other", "e2", 0).iter().all(Result::is_ok));
        // 3.2 MiB each: two fit.
        for (number, id) in ["first", "second", "third"].into_iter().enumerate() {
            ask(&mut table, id, "e1", number as u64).unwrap();
            assert!(answer(&mut table, id, "e1", number as u64).iter().all(Result::is_ok));
        }
        let kept = ["other", "first", "second", "third"].map(|id| table.numbers.contains_key(id));
        assert_eq!(kept, [true, false, true, true]);
        assert!(table.byte_len() <= 2 * BYTES_PER_ENVIRONMENT_MAX);
    }

    #[test]
    fn answers_of_open_requests_alone_cannot_exceed_the_memory() {
        let mut table = Table::default();
        for id in ["a", "b", "c"] {
            let mut asked = asked("e1");
            asked.components.truncate(COMPONENTS_MAX - 1);
            asked.components.push("never answered".into());
            table.ask(id.into(), asked, Millis(0)).unwrap();
        }
        table.hand_out(&node("e1"), Millis(0));
        let mut refused = 0;
        for id in ["a", "b", "c"] {
            for component in 0..COMPONENTS_MAX - 1 {
                let taken = table.take(&node("e1"), large(id, component), Millis(0));
                refused += usize::from(taken == Err(Reason::SampleOverLimit));
            }
        }
        // 45 times 201 KiB against 8 MiB.
        assert_eq!(refused, 5);
        assert!(table.byte_len() <= BYTES_PER_ENVIRONMENT_MAX + 5 * NO_ROOM.len() + (5 << 10));
        let last = &table.requests[&3];
        let failed = last.components(Millis(0)).filter(|(_, _, answer)| {
            answer.is_some_and(|answer| matches!(answer.outcome, Outcome::Failed(_)))
        });
        assert_eq!(failed.count(), refused, "they have failed, and say why");
    }

    #[test]
    fn strangers_make_nobody_be_forgotten() {
        let mut table = Table::default();
        for (number, id) in ["first", "second"].into_iter().enumerate() {
            ask(&mut table, id, "e1", number as u64).unwrap();
            assert!(answer(&mut table, id, "e1", number as u64).iter().all(Result::is_ok));
        }
        ask(&mut table, "third", "e1", 2).unwrap();
        table.hand_out(&node("e1"), Millis(2));
        for component in 0..COMPONENTS_MAX {
            let taken = table.take(&node("e2"), large("third", component), Millis(2));
            assert_eq!(taken, Err(Reason::SampleForeign));
            let taken = table.take(&node("e1"), large("first", component), Millis(2));
            assert_eq!(taken, Err(Reason::SampleRepeated));
        }
        assert_eq!(table.numbers.len(), 3);
        assert_eq!(
            table.take(&node("e1"), large("unheard of", 0), Millis(2)),
            Err(Reason::SampleUnrequested)
        );
    }

    #[test]
    fn requests_are_kept_for_their_time_and_number() {
        let mut table = Table::default();
        for number in 0..=KEPT_PER_ENVIRONMENT_MAX as u64 {
            let id = format!("r{number}");
            ask(&mut table, &id, "e1", number * OPEN_MILLIS / 10).unwrap();
        }
        assert_eq!(table.requests.len(), KEPT_PER_ENVIRONMENT_MAX);
        assert!(table.find("p of e1", "r0").is_none() && table.find("p of e1", "r1").is_some());
        assert!(table.find("p of e2", "r1").is_none(), "another pipeline's");
        let newest = table.of_pipeline("p of e1").next().unwrap();
        assert_eq!(&*newest.id, format!("r{KEPT_PER_ENVIRONMENT_MAX}"));
        let last_asked = KEPT_PER_ENVIRONMENT_MAX as u64 * OPEN_MILLIS / 10;
        table.forget_old(Millis(last_asked + KEPT_MILLIS - 1));
        assert_eq!(table.requests.len(), 1);
        table.forget_old(Millis(last_asked + KEPT_MILLIS));
        assert_eq!((table.requests.len(), table.numbers.len(), table.open_count()), (0, 0, 0));
    }
}
