//! Event samples: a few events of some components of a pipeline, asked of a node that runs it.
//!
//! They are moments: they live in this process's memory, for an hour at most, and never reach the
//! core, the journal or the store.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use systole_systems::time::Millis;

use crate::auth::node_tokens::NodeIdentity;
use crate::auth::secrets::new_id;
use crate::clock::steady_now;
use crate::edge_counters::{EdgeCounters, Reason};
use crate::event_samples::request::{AskedFor, Request};
use crate::event_samples::result::SampleResult;
use crate::event_samples::table::{AskRefusal, Table};
use crate::push::{PushMessage, PushStreams, SampleRequest};

pub mod request;
pub mod result;
pub mod table;
#[cfg(test)]
mod tests;

/// All requests of this process, open and answered. Cheap to clone; clones share them.
#[derive(Clone, Debug)]
pub struct EventSamples {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    push: PushStreams,
    counters: EdgeCounters,
    /// Requests that wait for an answer. A poll looks at nothing else while it is 0.
    open: AtomicUsize,
    table: Mutex<Table>,
}

impl EventSamples {
    /// Nothing is asked for yet.
    pub fn new(push: PushStreams, counters: EdgeCounters) -> EventSamples {
        let shared = Shared { push, counters, open: AtomicUsize::new(0), table: Mutex::default() };
        EventSamples { shared: Arc::new(shared) }
    }

    /// Asks for events. The first candidate that is connected gets the request at once; if none is,
    /// it waits for the poll of one of them.
    pub fn ask(&self, asked: AskedFor, now: Millis) -> Result<Request, AskRefusal> {
        let id: Arc<str> = new_id().into();
        let mut table = self.table();
        let number = table.ask(id, asked, now)?;
        let request = table.request_mut(number).expect("it was just made");
        let candidates = request.candidates().to_vec();
        let message = PushMessage::SampleRequest(request.as_message());
        if let Some(node) = candidates.iter().find(|n| self.shared.push.notify_node(n, &message)) {
            request.hand_to(node, now);
        }
        let made = request.clone();
        self.note_open(&table);
        Ok(made)
    }

    /// What the node is to be asked for in the answer to its poll. Each request goes to one node,
    /// and again only after that one was silent for long.
    pub fn pending(&self, node: &NodeIdentity) -> Vec<SampleRequest> {
        self.pending_at(node, steady_now())
    }

    /// The same at a given time.
    pub fn pending_at(&self, node: &NodeIdentity, now: Millis) -> Vec<SampleRequest> {
        if self.shared.open.load(Ordering::Acquire) == 0 {
            return Vec::new();
        }
        let mut table = self.table();
        let requests = table.hand_out(node, now);
        self.note_open(&table);
        requests
    }

    /// Takes what a node answers. What nobody asked it for is counted and left.
    pub fn take_results(&self, node: &NodeIdentity, results: Vec<SampleResult>, now: Millis) {
        if self.shared.open.load(Ordering::Acquire) == 0 {
            for _ in results {
                self.shared.counters.count(Reason::SampleUnrequested);
            }
            return;
        }
        let mut table = self.table();
        for result in results {
            if let Err(reason) = table.take(node, result, now) {
                self.shared.counters.count(reason);
            }
        }
        self.note_open(&table);
    }

    /// The request of a pipeline with this id.
    pub fn find(&self, pipeline: &str, id: &str) -> Option<Request> {
        self.table().find(pipeline, id).cloned()
    }

    /// The newest requests of a pipeline first, as far as they are kept.
    pub fn of_pipeline(&self, pipeline: &str, now: Millis) -> Vec<Request> {
        let mut table = self.table();
        table.forget_old(now);
        table.of_pipeline(pipeline).cloned().collect()
    }

    /// Forgets what is too old to be kept.
    pub fn forget_old(&self, now: Millis) {
        let mut table = self.table();
        table.forget_old(now);
        self.note_open(&table);
    }

    /// Requests that wait for an answer, and bytes of all answers.
    pub fn sizes(&self) -> (usize, usize) {
        let table = self.table();
        (table.open_count(), table.byte_len())
    }

    fn note_open(&self, table: &Table) {
        self.shared.open.store(table.open_count(), Ordering::Release);
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.shared.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
