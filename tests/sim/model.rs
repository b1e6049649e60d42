//! The rules once more, as plain maps and loops: written from docs/TICK.md, not from the engine's code.
//!
//! It is slow, keeps everything, and looks at everything in every tick. What it shares with the
//! engine is the door: the same ticks, the same inputs, the same kinds of rows.

mod baseline;
mod fleet;
mod instances;
mod kept;
mod rights;
mod streams;

use std::collections::{BTreeMap, BTreeSet};

use systole_systems::input::Inputs;
use systole_systems::settings::Settings;
use systole_systems::time::Tick;

pub use fleet::{Node, Pipeline};
pub use instances::Instance;
pub use kept::{Kept, Line, View};
pub use rights::Rights;
pub use streams::{Stream, Streams, Subject, Wish};

/// A rule told wrongly on purpose, to show that it is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Leases end one tick of 50 ms early.
    LeaseTooShort,
    /// Whatever was counted up to a restart of a process and since is lost.
    ResetCountsNothing,
    /// Rights are looked up as they were a tick ago.
    RevocationIsLate,
    /// A scrape that failed is taken for counters of zero.
    FailedScrapeIsZero,
}

/// The reference: what the fleet must be after each tick.
#[derive(Default)]
pub struct Model {
    pub flaw: Option<Flaw>,
    pub tick: Tick,
    pub settings: Settings,
    pub rights: Rights,
    pub pipelines: BTreeMap<String, Pipeline>,
    pub nodes: BTreeMap<String, Node>,
    /// By node and pipeline.
    pub instances: BTreeMap<(String, String), Instance>,
    pub streams: Streams,
    /// The environment of every node there ever was.
    pub homes: BTreeMap<String, String>,
    pub kept: Kept,
    pub happened: Happened,
}

/// What happened in the last tick.
#[derive(Default)]
pub struct Happened {
    pub events: Vec<Event>,
    pub lines: Vec<Lines>,
    pub heard: BTreeSet<String>,
    /// Instances each heard node runs, as its last heartbeat of the tick says.
    reported: BTreeMap<String, BTreeSet<String>>,
}

/// A change of status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    pub environment: String,
    pub node: String,
    /// `None`: of the node itself.
    pub pipeline: Option<String>,
    pub from: Option<String>,
    pub to: String,
    pub reason: String,
}

/// Log lines that came together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lines {
    pub environment: String,
    pub node: String,
    pub pipeline: String,
    pub lines: Vec<Line>,
}

impl Model {
    /// A model of nothing yet.
    pub fn new(flaw: Option<Flaw>) -> Model {
        Model { flaw, ..Model::default() }
    }

    /// Runs one tick: the stages of docs/TICK.md, each with its inputs in order of arrival.
    pub fn run(&mut self, tick: Tick, inputs: &Inputs) {
        self.tick = tick;
        self.happened = Happened::default();
        let rights_before = self.rights.clone();
        self.streams.begin();
        for input in inputs.iter() {
            self.hear_control(&input);
        }
        for input in inputs.iter() {
            self.streams.hear(&input, tick, &self.rights);
        }
        for input in inputs.iter() {
            self.hear_heartbeat(&input);
        }
        for input in inputs.iter() {
            self.hear_lines_of_heartbeat(&input);
        }
        for input in inputs.iter() {
            self.hear_log_request(&input);
        }
        self.let_instances_leave();
        self.end_leases();
        self.derive_statuses();
        self.forget_events_of_the_gone();

        let late = self.flaw == Some(Flaw::RevocationIsLate);
        let rights = if late { &rights_before } else { &self.rights };
        self.streams.apply_rights(rights);
        self.streams.note_scopes(tick, rights);
        self.streams.end_slow(tick, &self.settings);
        self.kept.keep(tick, &self.happened);
    }

    /// What the store must hold once everything up to now is written.
    pub fn view(&self) -> View {
        View {
            nodes: self.nodes.iter().map(|(id, node)| (id.clone(), node.row(id))).collect(),
            instances: self
                .instances
                .iter()
                .map(|(place, instance)| (place.clone(), instance.row(place)))
                .collect(),
            ..self.kept.view()
        }
    }
}
