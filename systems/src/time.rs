//! Time as the core sees it: stamped by the driver, carried by each tick, never read from a clock.

use bevy_ecs::prelude::Resource;
use serde::{Deserialize, Serialize};

/// Milliseconds: since the Unix epoch for instants, plain for spans. Which one, the name says.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Millis(pub u64);

impl Millis {
    /// The span from `earlier` to `self`; zero when `earlier` is later.
    pub fn since(self, earlier: Millis) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }

    /// The minute this instant falls in.
    pub fn minute(self) -> Minute {
        Minute((self.0 / MINUTE_MILLIS) as u32)
    }
}

/// Milliseconds in a minute.
pub const MINUTE_MILLIS: u64 = 60_000;

/// Minutes since the Unix epoch; the key of every per-minute row.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Minute(pub u32);

impl Minute {
    /// The first instant of the minute.
    pub fn start(self) -> Millis {
        Millis(u64::from(self.0) * MINUTE_MILLIS)
    }
}

/// Number of a tick; never reused, not even by a later process.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct TickNumber(pub u64);

/// One step of the engine.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    pub number: TickNumber,
    /// Wall time of the step, monotonic.
    pub now: Millis,
    /// Time during which heartbeats could have been heard; the clock of leases.
    pub listened: Millis,
}

impl Tick {
    /// True when `self` may come right after `previous`.
    pub fn follows(&self, previous: &Tick) -> bool {
        self.number > previous.number
            && self.now >= previous.now
            && self.listened >= previous.listened
    }
}
