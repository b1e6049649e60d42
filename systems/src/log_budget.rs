//! The log tails of all instances within one bound of memory; the oldest line of the fleet goes first.

use std::collections::BTreeMap;

use bevy_ecs::prelude::Resource;

use crate::ids::InstanceKey;
use crate::instance::{LogTail, TailEntry};
use crate::time::TickNumber;

/// Memory of a line beside its text.
const LINE_OVERHEAD_BYTES: u64 = 96;

/// Which lines are kept, by age, and whose they are.
#[derive(Resource, Debug, Default)]
pub struct LogBudget {
    owners: BTreeMap<(TickNumber, u32), InstanceKey>,
    bytes: u64,
}

impl LogBudget {
    /// Takes note of a line that is kept.
    pub fn keep(&mut self, owner: InstanceKey, line: &TailEntry) {
        self.owners.insert((line.tick, line.ordinal), owner);
        self.bytes += line_bytes(line);
    }

    /// Takes note that a line is kept no longer.
    pub fn forget(&mut self, line: &TailEntry) {
        if self.owners.remove(&(line.tick, line.ordinal)).is_some() {
            self.bytes -= line_bytes(line);
        }
    }

    /// Takes note that a whole tail is gone.
    pub fn release(&mut self, tail: &LogTail) {
        for line in &tail.lines {
            self.forget(line);
        }
    }

    /// The owner of the oldest line while more than `bytes_max` are kept.
    pub fn over(&self, bytes_max: u64) -> Option<InstanceKey> {
        (bytes_max < self.bytes).then(|| self.owners.values().next().copied()).flatten()
    }

    /// Memory in use.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

fn line_bytes(line: &TailEntry) -> u64 {
    LINE_OVERHEAD_BYTES + line.text.len() as u64
}
