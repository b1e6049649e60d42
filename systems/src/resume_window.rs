//! Which past ticks a stream can still resume from. The shell keeps their frames; how many is decided here.

use std::collections::VecDeque;

use bevy_ecs::prelude::Resource;
use serde::{Deserialize, Serialize};

use crate::effect::Frame;
use crate::time::TickNumber;

/// Memory of a kept tick beside its bytes, and of a frame in it.
const TICK_OVERHEAD_BYTES: u64 = 128;

/// Kept ticks and what they cost, oldest first.
#[derive(Resource, Clone, Debug, Default, Serialize, Deserialize)]
pub struct ResumeWindow {
    kept: VecDeque<(TickNumber, u64)>,
    bytes: u64,
    from: TickNumber,
}

impl ResumeWindow {
    /// Keeps a tick that has frames; gives up the oldest ones over the bound.
    pub fn note(&mut self, tick: TickNumber, frames: &[Frame], bytes_max: u64) {
        let Some(last) = frames.last() else { return };
        let table = size_of_val(frames) as u64;
        let bytes = TICK_OVERHEAD_BYTES + u64::from(last.range.end) + table;
        self.kept.push_back((tick, bytes));
        self.bytes += bytes;
        while self.bytes > bytes_max {
            let (dropped, bytes) = self.kept.pop_front().expect("bytes in use are ticks");
            self.bytes -= bytes;
            self.from = TickNumber(dropped.0 + 1);
        }
    }

    /// The oldest tick whose frames are all kept.
    pub fn from(&self) -> TickNumber {
        self.from
    }

    /// Memory in use.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether everything after this tick is kept.
    pub fn reaches(&self, after: TickNumber) -> bool {
        self.from.0 <= after.0 + 1
    }
}
