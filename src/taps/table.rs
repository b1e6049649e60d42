//! The taps that run, bounded for each node, each person and in all, and those that ended just now.

use std::collections::BTreeMap;
use std::sync::Arc;

use systole_systems::time::Millis;

use crate::auth::credentials::Principal;
use crate::auth::node_tokens::NodeIdentity;
use crate::json_list::JsonList;
use crate::push::StreamNumber;
use crate::taps::feed::{Feed, FeedBody};
use crate::taps::life::{End, Life};
use crate::taps::report::TapReport;
use crate::taps::{Holder, TapView, frames};

/// Taps of one node: agents run no more, and do not say so.
pub const PER_NODE_MAX: usize = 3;

/// Taps of one person.
pub const PER_USER_MAX: usize = 10;

/// Taps in all. Each holds 256 KiB at most for its reader.
pub const TAPS_MAX: usize = 100;

/// Time in which a reader that comes back is still told why its tap has ended.
pub const REMEMBERED_MILLIS: u64 = 60_000;

/// Taps that ended just now; of more the oldest are forgotten.
pub const REMEMBERED_MAX: usize = 200;

/// Taps by id.
#[derive(Debug, Default)]
pub struct Table {
    taps: BTreeMap<Arc<str>, Tap>,
}

/// What somebody wants to watch.
#[derive(Clone, Debug)]
pub struct NewTap {
    pub environment: Arc<str>,
    pub pipeline: Arc<str>,
    pub component: Arc<str>,
    pub principal: Principal,
}

/// Why a tap cannot start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartRefusal {
    /// None of the nodes has a push stream that takes the message.
    NotConnected,
    NodeFull,
    UserFull,
    Full,
}

/// One tap.
#[derive(Debug)]
pub struct Tap {
    id: Arc<str>,
    environment: Arc<str>,
    pipeline: Arc<str>,
    component: Arc<str>,
    node: Arc<str>,
    /// The push stream that the agent was told on: another one is another life of the agent.
    stream: StreamNumber,
    started_by: Arc<str>,
    /// Who reads; until somebody does, who started it.
    user: Arc<str>,
    credential: Arc<str>,
    life: Life,
    feed: Arc<Feed>,
    ended_at: Option<Millis>,
}

impl Table {
    /// Whether this person may start one more.
    pub fn check_room(&mut self, user: &str, now: Millis) -> Result<(), StartRefusal> {
        self.forget_ended(now);
        if TAPS_MAX <= self.live_count() {
            return Err(StartRefusal::Full);
        }
        if PER_USER_MAX <= self.live().filter(|tap| *tap.started_by == *user).count() {
            return Err(StartRefusal::UserFull);
        }
        Ok(())
    }

    /// Whether the node may run one more.
    pub fn has_room_on(&self, node: &str) -> bool {
        self.live().filter(|tap| *tap.node == *node).count() < PER_NODE_MAX
    }

    /// Adds a tap for which there is room.
    pub fn insert(&mut self, tap: Tap) {
        assert!(self.live_count() < TAPS_MAX && self.has_room_on(&tap.node), "it was checked");
        self.taps.insert(tap.id.clone(), tap);
    }

    /// A tap that runs or has ended just now.
    pub fn get(&self, id: &str) -> Option<&Tap> {
        self.taps.get(id)
    }

    /// The same, to change it.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Tap> {
        self.taps.get_mut(id)
    }

    /// The taps that run, to change them.
    pub fn live_mut(&mut self) -> impl Iterator<Item = &mut Tap> {
        self.taps.values_mut().filter(|tap| tap.is_live())
    }

    /// Number of taps that run.
    pub fn live_count(&self) -> usize {
        self.live().count()
    }

    /// Forgets taps that ended a while ago.
    pub fn forget_ended(&mut self, now: Millis) {
        let is_remembered = |at: Millis| now.since(at).0 < REMEMBERED_MILLIS;
        self.taps.retain(|_, tap| tap.ended_at.is_none_or(is_remembered));
        let mut ended: Vec<(Millis, Arc<str>)> =
            self.taps.values().filter_map(|tap| Some((tap.ended_at?, tap.id.clone()))).collect();
        ended.sort_unstable();
        let surplus = ended.len().saturating_sub(REMEMBERED_MAX);
        for (_, id) in &ended[..surplus] {
            self.taps.remove(id);
        }
    }

    fn live(&self) -> impl Iterator<Item = &Tap> {
        self.taps.values().filter(|tap| tap.is_live())
    }
}

impl Tap {
    /// A tap whose agent has just been told.
    pub fn new(id: Arc<str>, new: &NewTap, node: &str, stream: StreamNumber, now: Millis) -> Tap {
        Tap {
            environment: new.environment.clone(),
            pipeline: new.pipeline.clone(),
            component: new.component.clone(),
            node: node.into(),
            stream,
            started_by: new.principal.user.clone(),
            user: new.principal.user.clone(),
            credential: new.principal.credential.clone(),
            life: Life::new(now),
            feed: Arc::new(Feed::new(id.clone())),
            ended_at: None,
            id,
        }
    }

    /// The tap as people see it.
    pub fn view(&self) -> TapView {
        TapView {
            id: self.id.clone(),
            pipeline: self.pipeline.clone(),
            component: self.component.clone(),
            node: self.node.clone(),
            expires_at: self.life.expires_at(),
        }
    }

    /// Whoever depends on it.
    pub fn holder(&self) -> Holder {
        Holder {
            tap: self.id.clone(),
            pipeline: self.pipeline.clone(),
            user: self.user.clone(),
            credential: self.credential.clone(),
        }
    }

    /// The node it runs on.
    pub fn node(&self) -> &str {
        &self.node
    }

    /// Whether it runs.
    pub fn is_live(&self) -> bool {
        self.ended_at.is_none()
    }

    /// Whether a node's report is of this tap, and the tap runs.
    pub fn is_of(&self, node: &NodeIdentity, report: &TapReport) -> bool {
        self.is_live()
            && *self.node == *node.node
            && *self.environment == *node.environment
            && *self.pipeline == *report.pipeline
            && *self.component == *report.component
    }

    /// Hands events to the reader; how many events went for want of room.
    pub fn take_events(&mut self, events: &JsonList) -> u32 {
        self.life.note_heard();
        if events.left_out() > 0 {
            self.feed.skip(events.left_out());
        }
        if events.is_empty() {
            return 0;
        }
        let frame = frames::events(&self.id, &self.component, &self.node, events);
        self.feed.push(frame, events.len() as u32)
    }

    /// Becomes its reader.
    pub fn read(&mut self, reader: &Principal, now: Millis) -> FeedBody {
        self.user = reader.user.clone();
        self.credential = reader.credential.clone();
        self.life.note_reader(true, now);
        self.feed.read()
    }

    /// Why it is over, when it is. `stream` is what its node is connected by.
    pub fn over(&mut self, stream: Option<StreamNumber>, now: Millis) -> Option<End> {
        self.life.note_reader(self.feed.is_read(), now);
        if stream != Some(self.stream) {
            return Some(End::NodeDisconnected);
        }
        self.life.over(now)
    }

    /// Ends it.
    pub fn end(&mut self, end: End, now: Millis) {
        self.feed.end(&end);
        self.ended_at = Some(now);
    }

    /// Gives the reader a sign of life.
    pub fn keep_alive(&self) {
        self.feed.keep_alive();
    }
}
