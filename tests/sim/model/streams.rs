//! Streams of people: who has one, what it is narrowed to, whether it may still get anything.

use std::collections::{BTreeMap, BTreeSet};

use systole_systems::effect::{CloseCause, Topic, Topics};
use systole_systems::input::{Filter, Input, StreamPosition};
use systole_systems::settings::Settings;
use systole_systems::time::{Millis, Tick};

use crate::model::{Model, Rights};

/// Every open stream, and those that ended in the last tick.
#[derive(Default)]
pub struct Streams {
    pub epoch: u64,
    pub open: BTreeMap<u64, Stream>,
    pub closed: BTreeMap<u64, CloseCause>,
}

/// An open stream.
#[derive(Clone, Debug)]
pub struct Stream {
    pub user: String,
    pub name: String,
    credential: String,
    pub wish: Wish,
    /// Environments its user may see; `None`: not looked up yet.
    pub scope: Option<BTreeSet<String>>,
    /// Tick since which the scope and the wish are the same.
    pub same_since: u64,
    /// The tick it was opened in is this one.
    pub is_new: bool,
    pub resume: Option<StreamPosition>,
    /// It is behind since; it gets nothing.
    pub lagging_since: Option<Millis>,
    /// Its reader has caught up in this tick.
    pub is_back: bool,
    /// It was told to lag in this tick, whatever else happened.
    pub fell_behind: bool,
}

/// What a stream is narrowed to. `None`: not narrowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    pub environments: Option<BTreeSet<String>>,
    pub topics: Topics,
    pub nodes: Option<BTreeSet<String>>,
    pub pipelines: Option<BTreeSet<String>>,
}

impl Wish {
    /// The wish a filter states.
    pub fn of(filter: &Filter<'_>) -> Wish {
        Wish {
            environments: filter.environments.map(|ids| ids.iter().map(str::to_owned).collect()),
            topics: filter.topics.unwrap_or(Topics::ALL),
            nodes: filter.nodes.map(|ids| ids.iter().map(str::to_owned).collect()),
            pipelines: filter.pipelines.map(|ids| ids.iter().map(str::to_owned).collect()),
        }
    }

    /// Whether it names nodes or pipelines.
    pub fn is_narrow(&self) -> bool {
        self.nodes.is_some() || self.pipelines.is_some()
    }

    /// Whether events of the topic are not narrowed by what it names.
    pub fn is_wide(&self, topic: Topic) -> bool {
        !self.is_narrow() || self.topics.is_wide(topic)
    }

    /// Whether it asks for a topic.
    pub fn has(&self, topic: Topic) -> bool {
        self.topics.wants(topic)
    }
}

impl Streams {
    pub(super) fn begin(&mut self) {
        self.closed.clear();
        for stream in self.open.values_mut() {
            (stream.is_new, stream.is_back, stream.fell_behind) = (false, false, false);
        }
    }

    /// What ends streams before anything else of a tick is heard.
    pub(super) fn hear_control(&mut self, input: &Input<'_>) {
        if let Input::Started { epoch, .. } = *input {
            self.open.clear();
            self.epoch = epoch;
        }
        if let Input::UserRemoved { user } = *input {
            self.close(|stream| stream.user == user);
        }
    }

    /// Takes what is said about streams; `rights` are those at the end of the tick's control inputs.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the other inputs are not about streams")]
    pub(super) fn hear(&mut self, input: &Input<'_>, tick: Tick, rights: &Rights) {
        match *input {
            Input::Subscribed(subscribed) => {
                let id = subscribed.subscriber.0;
                if !rights.users.contains_key(subscribed.user) {
                    self.closed.insert(id, CloseCause::Revoked);
                    return;
                }
                let stream = Stream {
                    user: subscribed.user.to_owned(),
                    name: subscribed.stream.to_owned(),
                    credential: subscribed.credential.to_owned(),
                    wish: Wish::of(&subscribed.filter),
                    scope: None,
                    same_since: tick.number.0,
                    is_new: true,
                    resume: subscribed.resume,
                    lagging_since: None,
                    is_back: false,
                    fell_behind: false,
                };
                self.open.insert(id, stream);
            }
            Input::CredentialRevoked { credential } => {
                self.close(|stream| stream.credential == credential);
            }
            Input::FilterMoved { subscriber, filter } => {
                if let Some(stream) = self.open.get_mut(&subscriber.0) {
                    stream.wish = Wish::of(&filter);
                    stream.same_since = tick.number.0;
                }
            }
            Input::SubscriberLagged { subscriber, .. } => {
                if let Some(stream) = self.open.get_mut(&subscriber.0)
                    && !stream.is_back
                {
                    stream.lagging_since.get_or_insert(tick.now);
                    stream.fell_behind = true;
                }
            }
            Input::SubscriberDrained { subscriber } => {
                if let Some(stream) = self.open.get_mut(&subscriber.0) {
                    stream.is_back |= stream.lagging_since.take().is_some();
                }
            }
            Input::SubscriberLost { subscriber } => {
                self.open.remove(&subscriber.0);
            }
            _ => (),
        }
    }

    fn close(&mut self, ends: impl Fn(&Stream) -> bool) {
        let picked: Vec<u64> =
            self.open.iter().filter(|(_, stream)| ends(stream)).map(|(&id, _)| id).collect();
        for id in picked {
            self.open.remove(&id);
            self.closed.insert(id, CloseCause::Revoked);
        }
    }

    /// A stream whose scope has become narrower ends; one whose scope is wider goes on with more.
    pub(super) fn apply_rights(&mut self, rights: &Rights) {
        let narrower = |stream: &Stream| {
            let scope = rights.scope(&stream.user);
            stream.scope.as_ref().is_some_and(|before| !before.is_subset(&scope))
        };
        self.close(narrower);
    }

    /// Notes the scope each stream has from now on.
    pub(super) fn note_scopes(&mut self, tick: Tick, rights: &Rights) {
        for stream in self.open.values_mut() {
            let scope = Some(rights.scope(&stream.user));
            if stream.scope != scope {
                stream.scope = scope;
                stream.same_since = tick.number.0;
            }
        }
    }

    /// Streams that stay behind for too long end.
    pub(super) fn end_slow(&mut self, tick: Tick, settings: &Settings) {
        let lag_max = settings.lag_max.0;
        let slow: Vec<u64> = self
            .open
            .iter()
            .filter(|(_, stream)| {
                stream.lagging_since.is_some_and(|since| lag_max <= tick.now.0 - since.0)
            })
            .map(|(&id, _)| id)
            .collect();
        for id in slow {
            self.open.remove(&id);
            self.closed.insert(id, CloseCause::TooSlow);
        }
    }
}

/// What an event is about.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    pub topic: Topic,
    pub environment: &'a str,
    pub node: &'a str,
    pub pipeline: Option<&'a str>,
}

impl Model {
    /// Whether an event may go to a stream: its user may see it, and the stream asks for it.
    pub fn admits(&self, stream: &Stream, subject: &Subject<'_>) -> bool {
        let is_wide = stream.wish.topics.is_wide(subject.topic);
        self.may_get(stream, subject) && (is_wide || self.names(stream, subject))
    }

    /// Whether its user may see it, and the stream asks for events of its topic and environment.
    fn may_get(&self, stream: &Stream, subject: &Subject<'_>) -> bool {
        let environments = &stream.wish.environments;
        let scope = stream.scope.as_ref();
        scope.is_some_and(|scope| scope.contains(subject.environment))
            && stream.wish.has(subject.topic)
            && environments.as_ref().is_none_or(|asked| asked.contains(subject.environment))
    }

    /// Whether the lists of the stream hold what the event is about.
    fn names(&self, stream: &Stream, subject: &Subject<'_>) -> bool {
        let is_asked = |list: &Option<BTreeSet<String>>, id: Option<&str>| match (list, id) {
            (None, _) => true,
            (Some(list), Some(id)) => list.contains(id),
            (Some(_), None) => false,
        };
        // Lists name what is there: what has gone is asked for by nobody.
        let named_node = Some(subject.node).filter(|id| self.nodes.contains_key(*id));
        let named_pipeline = subject.pipeline.filter(|id| self.pipelines.contains_key(*id));
        is_asked(&stream.wish.nodes, named_node) && is_asked(&stream.wish.pipelines, named_pipeline)
    }

    /// Whether a snapshot holds what is of this topic and about this: what the stream asks for by name.
    pub fn shows(&self, stream: &Stream, subject: &Subject<'_>) -> bool {
        self.may_get(stream, subject) && self.names(stream, subject)
    }

    /// Whether a snapshot shows a node's status.
    pub fn shows_node(&self, stream: &Stream, node: &str) -> bool {
        let Some(known) = self.nodes.get(node) else { return false };
        let environment = &*known.environment;
        [Topic::FleetStatus, Topic::StatusChange]
            .into_iter()
            .any(|topic| self.shows(stream, &Subject { topic, environment, node, pipeline: None }))
    }
}
