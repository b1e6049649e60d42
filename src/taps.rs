//! Live taps: somebody watches the events that pass a component on one node, for minutes.
//!
//! They are moments: nothing of them leaves this process's memory but to their reader, and nothing
//! reaches the core, the journal or the store.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use systole_systems::time::Millis;

use crate::auth::credentials::Principal;
use crate::auth::node_tokens::NodeIdentity;
use crate::auth::secrets::new_id;
use crate::edge_counters::{EdgeCounters, Reason};
use crate::push::{PushMessage, PushStreams};
use crate::taps::feed::FeedBody;
use crate::taps::life::End;
use crate::taps::report::TapReport;
use crate::taps::table::{NewTap, StartRefusal, Table, Tap};

pub mod backlog;
pub mod feed;
pub mod frames;
pub mod life;
pub mod report;
pub mod table;
#[cfg(test)]
mod tests;
pub mod watch;

/// All taps of this process. Cheap to clone; clones share them.
#[derive(Clone, Debug)]
pub struct Taps {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    push: PushStreams,
    counters: EdgeCounters,
    table: Mutex<Table>,
}

/// A tap that runs, as far as somebody outside is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TapView {
    pub id: Arc<str>,
    pub pipeline: Arc<str>,
    pub component: Arc<str>,
    pub node: Arc<str>,
    pub expires_at: Millis,
}

/// Somebody whose right to a tap is to be looked at again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub tap: Arc<str>,
    pub pipeline: Arc<str>,
    pub user: Arc<str>,
    pub credential: Arc<str>,
}

impl Taps {
    /// No taps yet.
    pub fn new(push: PushStreams, counters: EdgeCounters) -> Taps {
        Taps { shared: Arc::new(Shared { push, counters, table: Mutex::default() }) }
    }

    /// Starts a tap on the first of the nodes that is connected and has a place free.
    pub fn start(
        &self,
        tap: NewTap,
        nodes: &[String],
        now: Millis,
    ) -> Result<TapView, StartRefusal> {
        let id: Arc<str> = new_id().into();
        let mut table = self.table();
        table.check_room(&tap.principal.user, now)?;
        let mut refusal = StartRefusal::NotConnected;
        for node in nodes {
            let Some(stream) = self.shared.push.stream_of(node) else { continue };
            if !table.has_room_on(node) {
                refusal = StartRefusal::NodeFull;
                continue;
            }
            let start = PushMessage::TapStart {
                request_id: id.to_string(),
                pipeline_id: tap.pipeline.to_string(),
                component_id: tap.component.to_string(),
            };
            if self.shared.push.notify_node(node, &start) {
                let started = Tap::new(id.clone(), &tap, node, stream, now);
                let view = started.view();
                table.insert(started);
                return Ok(view);
            }
        }
        Err(refusal)
    }

    /// A tap that runs, or that has ended a moment ago.
    pub fn find(&self, id: &str) -> Option<TapView> {
        self.table().get(id).map(Tap::view)
    }

    /// Makes somebody its reader, in the place of whoever was.
    pub fn read(&self, id: &str, reader: &Principal, now: Millis) -> Option<FeedBody> {
        self.table().get_mut(id).map(|tap| tap.read(reader, now))
    }

    /// Takes what an agent reports. What belongs to no tap of the node is counted, and the agent is
    /// told to stop it.
    pub fn take_report(&self, node: &NodeIdentity, report: TapReport, now: Millis) {
        let mut table = self.table();
        let live = table.get_mut(&report.request).filter(|tap| tap.is_of(node, &report));
        let Some(tap) = live else {
            self.shared.counters.count(Reason::TapUnrequested);
            if report.stopped.is_none() {
                self.tell_to_stop(&node.node, report.request);
            }
            return;
        };
        let gone = tap.take_events(&report.events);
        self.shared.counters.add(Reason::TapEventSkipped, gone);
        if let Some(why) = report.stopped {
            tap.end(End::AgentStopped(why), now);
        }
    }

    /// Ends a tap; false when it does not run.
    pub fn end(&self, id: &str, end: End, now: Millis) -> bool {
        let mut table = self.table();
        let Some(tap) = table.get_mut(id).filter(|tap| tap.is_live()) else { return false };
        self.end_tap(tap, end, now);
        true
    }

    /// Ends the taps of a pipeline that is gone.
    pub fn end_pipeline(&self, pipeline: &str, now: Millis) {
        let mut table = self.table();
        for tap in table.live_mut().filter(|tap| *tap.view().pipeline == *pipeline) {
            self.end_tap(tap, End::PipelineGone, now);
        }
    }

    /// Ends all taps: the server stops.
    pub fn end_all(&self, now: Millis) {
        let mut table = self.table();
        table.live_mut().for_each(|tap| self.end_tap(tap, End::ServerStopping, now));
    }

    /// Ends what is over at this time, and forgets what has been over for a while.
    pub fn end_over(&self, now: Millis) {
        let mut table = self.table();
        table.forget_ended(now);
        for tap in table.live_mut() {
            let stream = self.shared.push.stream_of(tap.node());
            if let Some(end) = tap.over(stream, now) {
                self.end_tap(tap, end, now);
            }
        }
    }

    /// Gives every reader a sign of life.
    pub fn keep_alive(&self) {
        self.table().live_mut().for_each(|tap| tap.keep_alive());
    }

    /// Who holds the taps that run.
    pub fn holders(&self) -> Vec<Holder> {
        self.table().live_mut().map(|tap| tap.holder()).collect()
    }

    /// Number of taps that run.
    pub fn len(&self) -> usize {
        self.table().live_count()
    }

    /// True when no tap runs.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn end_tap(&self, tap: &mut Tap, end: End, now: Millis) {
        if end.is_news_to_agent() {
            self.tell_to_stop(tap.node(), tap.view().id.to_string());
        }
        tap.end(end, now);
    }

    fn tell_to_stop(&self, node: &str, request_id: String) {
        // A hint, as all of push: an agent that misses it stops by itself after five minutes, or is
        // told again when it reports.
        self.shared.push.notify_node(node, &PushMessage::TapStop { request_id });
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.shared.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
