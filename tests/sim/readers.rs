//! Fake readers: people who open streams, fall behind, vanish, and come back with their last position.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use systole_systems::effect::{Topic, Topics};
use systole_systems::ids::SubscriberId;
use systole_systems::input::{Filter, Input, StreamPosition, Subscribed};
use systole_systems::packed::PackedBuf;
use systole_systems::time::TickNumber;

use crate::directory::{Directory, pick};
use crate::fanout::Fanout;
use crate::faults::{Fault, Faults};
use crate::ingress::Ingress;
use crate::model::{Model, Stream, Wish};
use crate::sse::{self, Event};

/// Every reader.
pub struct Readers {
    readers: Vec<Reader>,
    ids_issued: u64,
    /// What streams that come back were when their readers left them.
    pub returning: BTreeMap<u64, Left>,
}

/// One reader.
pub struct Reader {
    pub user: String,
    credential: String,
    wish: Wish,
    state: State,
    /// The last position it was told.
    position: Option<(u64, u64)>,
    slow_until: u64,
    left: Option<Left>,
    /// Statuses of nodes as it was shown them, and up to which tick that was all.
    shown: BTreeMap<String, (String, u64)>,
}

#[derive(Clone, Copy)]
enum State {
    Away {
        until: u64,
    },
    /// The edge has let it in; the core hears of it in a few ticks.
    Opening {
        id: u64,
        ticks_left: u32,
    },
    Open {
        id: u64,
    },
}

/// A stream when its reader left.
#[derive(Clone)]
pub struct Left {
    pub stream: Stream,
    pub now: u64,
}

/// What readers live by.
pub struct Surroundings<'a> {
    pub directory: &'a Directory,
    pub model: &'a Model,
    pub faults: &'a Faults,
    pub real_millis: u64,
}

impl Readers {
    /// Readers who have not opened anything yet.
    pub fn new(count: usize) -> Readers {
        let reader = || Reader {
            user: String::new(),
            credential: String::new(),
            wish: Wish::default(),
            state: State::Away { until: 0 },
            position: None,
            slow_until: 0,
            left: None,
            shown: BTreeMap::new(),
        };
        let readers = std::iter::repeat_with(reader).take(count).collect();
        Readers { readers, ids_issued: 0, returning: BTreeMap::new() }
    }

    /// Lets every reader read, or not, and do what it does. Answers what was read: user, subscriber, event.
    pub fn step(
        &mut self,
        at: &Surroundings<'_>,
        rng: &mut Rng,
        fanout: &mut Fanout,
        ingress: &mut Ingress,
    ) -> Result<Vec<(String, u64, Event)>, String> {
        let mut read = Vec::new();
        for reader in &mut self.readers {
            match reader.state {
                State::Away { until } if at.real_millis < until => (),
                State::Away { .. } => {
                    self.ids_issued += 1;
                    if let Some(left) = reader.open(self.ids_issued, at, rng, fanout) {
                        self.returning.insert(self.ids_issued, left);
                    }
                }
                State::Opening { id, ticks_left: 0 } => reader.announce(id, at, ingress),
                State::Opening { id, ticks_left } => {
                    reader.state = State::Opening { id, ticks_left: ticks_left - 1 };
                }
                State::Open { id } => {
                    let events = reader.read(id, at, rng, fanout)?;
                    read.extend(events.into_iter().map(|event| (reader.user.clone(), id, event)));
                    reader.act(id, at, rng, fanout, ingress);
                }
            }
        }
        Ok(read)
    }

    /// The server died: every connection is broken.
    pub fn lose_server(&mut self, real_millis: u64, rng: &mut Rng) {
        self.returning.clear();
        for reader in &mut self.readers {
            reader.left = None;
            reader.state = State::Away { until: real_millis + rng.u64(0..3_000) };
        }
    }

    /// From now on everybody reads.
    pub fn calm_down(&mut self) {
        for reader in &mut self.readers {
            reader.slow_until = 0;
            if let State::Away { until } = &mut reader.state {
                *until = 0;
            }
        }
    }

    /// Everybody is connected and shown each node as it is.
    pub fn check(&self, model: &Model, fanout: &Fanout) -> Result<(), String> {
        for reader in &self.readers {
            let State::Open { id } = reader.state else {
                return Err(format!("a reader of {} is not connected", reader.user));
            };
            let stream = model.streams.open.get(&id);
            let stream = stream.ok_or_else(|| format!("the core does not know stream {id}"))?;
            if fanout.is_behind(id) || stream.lagging_since.is_some() {
                return Err(format!("stream {id} is still behind"));
            }
            // What was shown under other rights is not kept up to date.
            let shown = reader.shown.iter().filter(|(_, (_, at))| stream.same_since <= *at);
            for (node, (shown, _)) in shown {
                let Some(known) = model.nodes.get(node) else { continue };
                if model.shows_node(stream, node) && *shown != known.status.as_str() {
                    let status = known.status.as_str();
                    return Err(format!("stream {id} was shown {node} {shown}, it is {status}"));
                }
            }
        }
        Ok(())
    }
}

impl Reader {
    /// Signs in and opens a stream, as it was or as somebody else. Answers what it was when it comes back.
    fn open(
        &mut self,
        id: u64,
        at: &Surroundings<'_>,
        rng: &mut Rng,
        fanout: &mut Fanout,
    ) -> Option<Left> {
        let known = at.directory.users.get(&self.user);
        if known.is_none() || at.faults.strikes(Fault::ReaderMoves, rng) {
            self.user = pick(rng, at.directory.users.keys()).expect("root is always there");
            self.wish = draw_wish(at.directory, rng);
            (self.position, self.left) = (None, None);
        }
        let credentials = &at.directory.users[&self.user].credentials;
        self.credential = credentials.first().cloned().unwrap_or_default();
        if rng.u32(0..5) == 0 {
            (self.position, self.left) = (None, None);
        }
        if self.position.is_none() {
            self.shown.clear();
        }
        self.state = State::Opening { id, ticks_left: rng.u32(0..10).saturating_sub(7) };
        fanout.open(id);
        self.left.take()
    }

    /// The core hears of the stream. Whose session has ended meanwhile gets none.
    fn announce(&mut self, id: u64, at: &Surroundings<'_>, ingress: &mut Ingress) {
        let packed = PackedWish::of(&self.wish);
        ingress.tell(&Input::Subscribed(Subscribed {
            subscriber: SubscriberId(id),
            stream: &format!("s{id}"),
            user: &self.user,
            credential: &self.credential,
            filter: packed.filter(),
            resume: self
                .position
                .map(|(epoch, tick)| StreamPosition { epoch, tick: TickNumber(tick) }),
        }));
        let user = at.directory.users.get(&self.user);
        let is_valid = |credentials: &BTreeSet<String>| {
            credentials.contains(&self.credential) || self.credential.is_empty()
        };
        if !user.is_some_and(|user| is_valid(&user.credentials)) {
            ingress.tell(&Input::CredentialRevoked { credential: &self.credential });
        }
        self.state = State::Open { id };
    }

    fn read(
        &mut self,
        id: u64,
        at: &Surroundings<'_>,
        rng: &mut Rng,
        fanout: &mut Fanout,
    ) -> Result<Vec<Event>, String> {
        if !fanout.is_open(id) {
            self.left = None;
            self.state = State::Away { until: at.real_millis + rng.u64(0..2_000) };
            return Ok(Vec::new());
        }
        if at.real_millis < self.slow_until {
            return Ok(Vec::new());
        }
        let mut events = Vec::new();
        for text in fanout.take(id) {
            let parcel = sse::parse(&text)?;
            if let Some(position) = parcel.position {
                if self.position.is_some_and(|last| position <= last) {
                    return Err(format!(
                        "stream {id} went from {:?} to {position:?}",
                        self.position
                    ));
                }
                self.position = Some(position);
            }
            for event in parcel.events {
                self.show(&event, at.model.tick.number.0);
                events.push(event);
            }
        }
        Ok(events)
    }

    fn show(&mut self, event: &Event, at: u64) {
        let mut show = |node: &str, status: &str| {
            self.shown.insert(node.to_owned(), (status.to_owned(), at));
        };
        match &*event.name {
            "fleet_status" => show(event.text("nodeId"), event.text("status")),
            "status_change" if event.data.get("pipelineId").is_none() => {
                show(event.text("nodeId"), event.text("toStatus"));
            }
            "snapshot" => {
                for node in event.data["nodes"].as_array().into_iter().flatten() {
                    let text = |field: &str| node[field].as_str().unwrap_or_default();
                    show(text("nodeId"), text("status"));
                }
            }
            _ => (),
        }
    }

    /// Stops reading for a while, goes, or asks for something else.
    fn act(
        &mut self,
        id: u64,
        at: &Surroundings<'_>,
        rng: &mut Rng,
        fanout: &mut Fanout,
        ingress: &mut Ingress,
    ) {
        if at.faults.strikes(Fault::ReaderSlow, rng) {
            let longest = if rng.bool() { 20_000 } else { 2_000 };
            self.slow_until = at.real_millis + rng.u64(0..longest);
        }
        if at.faults.strikes(Fault::ReaderMoves, rng) {
            self.wish = draw_wish(at.directory, rng);
            self.shown.clear();
            let packed = PackedWish::of(&self.wish);
            let subscriber = SubscriberId(id);
            ingress.tell(&Input::FilterMoved { subscriber, filter: packed.filter() });
        }
        if at.faults.strikes(Fault::ReaderGone, rng) {
            let stream = at.model.streams.open.get(&id).cloned();
            self.left = stream.map(|stream| Left { stream, now: at.model.tick.now.0 });
            self.state = State::Away { until: at.real_millis + rng.u64(0..20_000) };
            fanout.abandon(id);
            if rng.bool() {
                ingress.tell(&Input::SubscriberLost { subscriber: SubscriberId(id) });
            }
        }
    }
}

fn draw_wish(directory: &Directory, rng: &mut Rng) -> Wish {
    let mut draw_topics = |most_often: Topics| match rng.u32(0..3) {
        0 => Topics::of(Topic::ALL.into_iter().filter(|_| rng.bool())),
        _ => most_often,
    };
    let topics = draw_topics(Topics::ALL).with_wide(draw_topics(Topics::default()));
    let mut some = |ids: Vec<String>| -> Option<BTreeSet<String>> {
        (rng.u32(0..5) == 0).then(|| ids.into_iter().filter(|_| rng.bool()).collect())
    };
    Wish {
        environments: some(["e1", "e2", "e3", "e4"].map(String::from).to_vec()),
        nodes: some(directory.nodes.keys().cloned().collect()),
        pipelines: some(directory.pipelines.keys().cloned().collect()),
        topics,
    }
}

/// A wish as an input carries it.
struct PackedWish {
    environments: Option<PackedBuf>,
    topics: Topics,
    nodes: Option<PackedBuf>,
    pipelines: Option<PackedBuf>,
}

impl PackedWish {
    fn of(wish: &Wish) -> PackedWish {
        let pack = |ids: &Option<BTreeSet<String>>| {
            ids.as_ref().map(|ids| ids.iter().map(String::as_str).collect::<PackedBuf>())
        };
        PackedWish {
            environments: pack(&wish.environments),
            topics: wish.topics,
            nodes: pack(&wish.nodes),
            pipelines: pack(&wish.pipelines),
        }
    }

    fn filter(&self) -> Filter<'_> {
        Filter {
            environments: self.environments.as_ref().map(PackedBuf::packed),
            topics: Some(self.topics),
            nodes: self.nodes.as_ref().map(PackedBuf::packed),
            pipelines: self.pipelines.as_ref().map(PackedBuf::packed),
        }
    }
}
