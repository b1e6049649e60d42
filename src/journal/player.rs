//! Runs recorded ticks through an engine and compares what comes out with what was recorded.

use std::sync::Arc;

use systole_systems::effect::TickOutput;
use systole_systems::engine::Engine;
use systole_systems::fingerprint::{EntityKey, Fingerprint};
use systole_systems::input::Inputs;
use systole_systems::time::{Tick, TickNumber};

use crate::journal::catalog::{Catalog, Place};
use crate::journal::disk::Disk;
use crate::journal::error::JournalError;
use crate::journal::record::Check;
use crate::journal::segment::{End, Next, Segment};
use crate::journal::snapshot;

/// An engine at some place of a journal.
pub struct Player {
    disk: Arc<dyn Disk>,
    catalog: Catalog,
    engine: Engine,
    segment: Option<Segment>,
    /// The segment to open next follows this tick.
    next: TickNumber,
    /// The tick that was read and not run, and its inputs.
    ahead: Option<Tick>,
    inputs: Inputs,
    /// What the last tick came out as when it was recorded; `None`: not told, or not yet.
    recorded: Option<Check>,
    /// The database whose fleet this is.
    identity: String,
    /// How the last segment ended.
    end: Option<End>,
    /// Segments that begin with a state of their own go on from what comes out here instead.
    keeps_state: bool,
    /// Ticks whose outcome was compared.
    pub ticks_verified: u64,
    /// Bytes of the frames that were read, as they were written.
    pub frame_bytes: u64,
    /// The last tick after which the server went on from another state than the journal came to.
    pub began_anew_after: Option<TickNumber>,
}

impl Player {
    /// Begins with the newest state that `serves`.
    pub fn start(
        disk: Arc<dyn Disk>,
        catalog: Catalog,
        serves: impl Fn(&Place) -> bool,
    ) -> Result<Player, JournalError> {
        let places = catalog.places(&*disk)?;
        let Some(place) = places.iter().rfind(|place| serves(place)) else {
            return Err(match places.first() {
                Some(first) => {
                    JournalError::TooShort { from: first.tick, committed: first.committed }
                }
                None => JournalError::NoBeginning,
            });
        };
        let Beginning { identity, engine, segment } = Beginning::at(&*disk, place)?;
        let last = engine.last_tick().number;
        Ok(Player {
            disk,
            catalog,
            next: if segment.is_some() { TickNumber(last.0 + 1) } else { last },
            engine,
            segment,
            ahead: None,
            inputs: Inputs::default(),
            recorded: None,
            identity,
            end: None,
            keeps_state: false,
            ticks_verified: 0,
            frame_bytes: 0,
            began_anew_after: None,
        })
    }

    /// Runs the next tick and hands it over; `None`: the journal ends here.
    pub fn step(&mut self) -> Result<Option<Played<'_>>, JournalError> {
        let Some(tick) = self.look_ahead()? else { return Ok(None) };
        self.ahead = None;
        self.recorded = None;
        let output = self.engine.tick_lent(tick, &mut self.inputs);
        Ok(Some(Played { inputs: &self.inputs, output }))
    }

    /// Reads the next tick and does not run it; `None`: the journal ends here. What the last tick came
    /// out as stands before the next one, so it has been compared.
    pub fn look_ahead(&mut self) -> Result<Option<Tick>, JournalError> {
        if self.ahead.is_some() {
            return Ok(self.ahead);
        }
        self.inputs.clear();
        loop {
            if self.segment.is_none() && !self.open_next()? {
                return Ok(None);
            }
            let segment = self.segment.as_mut().expect("it was just opened");
            let offset = segment.offset();
            let next = segment.next(&mut self.inputs)?;
            self.frame_bytes += segment.offset() - offset;
            match next {
                Next::Tick { tick, last_check } => {
                    if let Some(check) = last_check {
                        self.compare(check)?;
                    }
                    self.ahead = Some(tick);
                    return Ok(self.ahead);
                }
                Next::Check(check) => self.compare(check)?,
                Next::End(end) => {
                    self.end = Some(end);
                    self.next = self.next.max(self.engine.last_tick().number);
                    self.segment = None;
                }
            }
        }
    }

    /// The inputs of the tick that was read ahead.
    pub fn inputs(&self) -> &Inputs {
        &self.inputs
    }

    /// What the last tick came out as when it was recorded. Known once the next one was read.
    pub fn take_recorded(&mut self) -> Option<Check> {
        self.recorded.take()
    }

    /// Opens the segment that goes on from here; false: there is none.
    fn open_next(&mut self) -> Result<bool, JournalError> {
        let here = self.engine.last_tick();
        let Some((_, file)) = self.catalog.segments.range(self.next..).next() else {
            return Ok(false);
        };
        let segment = Segment::open(&*self.disk, file)?;
        let follows = segment.head.follows;
        if segment.head.identity != self.identity {
            let (journal, store) = (segment.head.identity.clone(), self.identity.clone());
            return Err(JournalError::Foreign { journal, store });
        }
        if here != follows {
            let (expected, found) = (here.number, follows.number);
            return Err(JournalError::Gap { file: file.clone(), expected, found });
        }
        // What the ticks before came to is not what the server went on from.
        let is_replaced = self.end.is_some() && !self.keeps_state;
        if let Some(base) = segment.base().filter(|_| is_replaced) {
            self.engine = snapshot::unpack(file, base)?;
            self.began_anew_after = Some(follows.number);
        }
        self.next = TickNumber(follows.number.0 + 1);
        self.segment = Some(segment);
        Ok(true)
    }

    fn compare(&mut self, check: Check) -> Result<(), JournalError> {
        let tick = self.engine.last_tick().number;
        if let Some(what) = difference(&self.engine, &check) {
            return Err(JournalError::Differs { tick, what });
        }
        self.ticks_verified += 1;
        self.recorded = Some(check);
        Ok(())
    }

    /// The engine after the last tick that was run.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Brings the engine up to date for a store that has nothing after `stored`. A state in between was
    /// taken beside a store that had more: it lacks rows that come out here.
    pub fn distrust_commits_after(&mut self, stored: TickNumber) {
        self.engine.distrust_commits_after(stored);
        self.keeps_state = true;
    }

    /// The database whose fleet this is.
    pub fn identity(&self) -> &str {
        &self.identity
    }

    /// The file being read, and where its next frame lies.
    pub fn place(&self) -> Option<(&str, u64)> {
        self.segment.as_ref().map(|segment| (segment.file.as_str(), segment.offset()))
    }

    /// The engine, and how the journal ended.
    pub fn finish(self) -> (Engine, Option<End>) {
        (self.engine, self.end)
    }
}

/// A tick that was run again.
pub struct Played<'a> {
    pub inputs: &'a Inputs,
    pub output: TickOutput<'a>,
}

/// The state a place holds.
struct Beginning {
    /// The database it is of.
    identity: String,
    engine: Engine,
    /// What goes on from it, when it lies in one file with it.
    segment: Option<Segment>,
}

impl Beginning {
    fn at(disk: &dyn Disk, place: &Place) -> Result<Beginning, JournalError> {
        let file = &place.file;
        if place.is_snapshot {
            let (head, engine) = snapshot::read(disk, file)?;
            return Ok(Beginning { identity: head.identity, engine, segment: None });
        }
        let segment = Segment::open(disk, file)?;
        let base = segment.base().expect("a place is a snapshot or a segment that has one");
        let engine = snapshot::unpack(file, base)?;
        let identity = segment.head.identity.clone();
        Ok(Beginning { identity, engine, segment: Some(segment) })
    }
}

/// How the last tick came out differently from what was recorded.
fn difference(engine: &Engine, check: &Check) -> Option<String> {
    let fingerprint: &Fingerprint = engine.fingerprint();
    if fingerprint.value() == check.fingerprint {
        return None;
    }
    let found = fingerprint.changed();
    let differing = found
        .iter()
        .enumerate()
        .filter(|(index, changed)| check.marks.get(*index) != Some(&changed.mark))
        .map(|(_, changed)| changed.entity);
    let sums =
        format!("fingerprint {:016x}, recorded {:016x}", fingerprint.value(), check.fingerprint);
    let first = if found.len() == check.marks.len() {
        differing.clone().min_by_key(particularity)
    } else {
        // From the first one on nobody knows which is compared with which.
        differing.clone().next()
    };
    let which = match first {
        Some(entity) => match engine.entity_name(entity) {
            Some(name) => format!("first to differ: {name}; {} differ in all", differing.count()),
            None => "the first to differ is gone".to_owned(),
        },
        None if found.len() < check.marks.len() => {
            format!("{} entities changed, recorded {}", found.len(), check.marks.len())
        }
        None => "what changed is the same: something left, or was counted, differently".to_owned(),
    };
    Some(format!("{which} ({sums})"))
}

/// Instances before what holds sums over them: a sum differs because one of its parts does.
fn particularity(entity: &EntityKey) -> u8 {
    match entity {
        EntityKey::Instance(_) => 0,
        EntityKey::Node(_) => 1,
        EntityKey::Pipeline(_) => 2,
        EntityKey::Subscriber(_) => 3,
        EntityKey::Environment(_) => 4,
    }
}
