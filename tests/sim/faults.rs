//! What goes wrong, and how often. Each seed has its own mixture: some faults never, some all the time.

use fastrand::Rng;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The wall clock jumps by up to an hour.
    WallJumps,
    /// No tick for seconds, or for an hour.
    Stall,
    /// The edge refused something since the last tick.
    Refusal,
    /// Some arrivals have to wait for a later tick.
    Backlog,
    /// What the fan-out thread says comes after the next tick has begun.
    FeedbackLate,
    /// The process dies.
    Crash,
    /// What was appended becomes durable only later.
    SlowSync,
    /// The process dies in the middle of a write of the journal, soon.
    DiesWriting,
    /// The disk is full for a while.
    DiskFull,
    /// A sync fails.
    SyncFails,
    /// The journal is tidied.
    Keeping,
    /// After a crash the store is an older one.
    StoreRestored,
    /// The store begins to behave in another way.
    StoreChanges,
    /// People change something.
    PeopleAct,
    /// An operator changes settings.
    SettingsChange,
    /// A body is cut or damaged on its way.
    BodyDamaged,
    /// A body arrives twice.
    BodyTwice,
    /// A body is overtaken by later ones.
    BodyLate,
    /// An agent is silent for a while.
    AgentSilent,
    /// A process starts anew, crashes, stops or says something odd.
    ProcessTurns,
    /// Counters fall, a scrape fails, a pid changes without a word.
    CountersLie,
    /// An agent runs another set of pipelines.
    SetChanges,
    /// A reader takes nothing for a while.
    ReaderSlow,
    /// A reader's connection breaks.
    ReaderGone,
    /// A reader asks for something else.
    ReaderMoves,
}

/// The mixture of one seed.
pub struct Faults {
    /// How often in a thousand chances, by fault.
    per_thousand: [u32; COUNT],
    is_on: bool,
}

const COUNT: usize = Fault::ReaderMoves as usize + 1;

/// Usual and heavy rates.
const RATES: [(Fault, u32, u32); COUNT] = [
    (Fault::WallJumps, 3, 30),
    (Fault::Stall, 4, 30),
    (Fault::Refusal, 10, 100),
    (Fault::Backlog, 50, 500),
    (Fault::FeedbackLate, 200, 700),
    (Fault::Crash, 4, 10),
    (Fault::SlowSync, 300, 900),
    (Fault::DiesWriting, 4, 12),
    (Fault::DiskFull, 4, 30),
    (Fault::SyncFails, 6, 60),
    (Fault::Keeping, 30, 200),
    (Fault::StoreRestored, 100, 500),
    (Fault::StoreChanges, 10, 50),
    (Fault::PeopleAct, 60, 400),
    (Fault::SettingsChange, 3, 20),
    (Fault::BodyDamaged, 20, 200),
    (Fault::BodyTwice, 20, 200),
    (Fault::BodyLate, 20, 200),
    (Fault::AgentSilent, 20, 100),
    (Fault::ProcessTurns, 40, 250),
    (Fault::CountersLie, 40, 250),
    (Fault::SetChanges, 30, 200),
    (Fault::ReaderSlow, 10, 60),
    (Fault::ReaderGone, 10, 60),
    (Fault::ReaderMoves, 10, 60),
];

impl Faults {
    /// Draws a mixture.
    pub fn draw(rng: &mut Rng) -> Faults {
        let mut per_thousand = [0; COUNT];
        for (fault, usual, heavy) in RATES {
            per_thousand[fault as usize] = match rng.u32(0..10) {
                0..3 => 0,
                3..8 => usual,
                _ => heavy,
            };
        }
        Faults { per_thousand, is_on: true }
    }

    /// From now on nothing goes wrong any more.
    pub fn end(&mut self) {
        self.is_on = false;
    }

    /// Whether the fault happens at this chance.
    pub fn strikes(&self, fault: Fault, rng: &mut Rng) -> bool {
        self.is_on && rng.u32(0..1_000) < self.per_thousand[fault as usize]
    }
}
