//! What this tick asks of the shell, as it is being written. Emptied when the next tick begins.

use std::ops::Range;

use bevy_ecs::prelude::Resource;

use crate::effect::{Effect, Frame};
use crate::time::TickNumber;

/// Effects in order, and the bytes they point into.
#[derive(Resource, Debug, Default)]
pub struct Outbox {
    pub effects: Vec<Effect>,
    pub frame_bytes: Vec<u8>,
    pub frames: Vec<Frame>,
    pub ranges: Vec<Range<u32>>,
    pub resumable_from: TickNumber,
}

impl Outbox {
    pub(crate) fn clear(&mut self) {
        self.effects.clear();
        self.frame_bytes.clear();
        self.frames.clear();
        self.ranges.clear();
    }

    /// Lets `write` append to the frame bytes and answers where it wrote.
    pub fn append(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Range<u32> {
        let start = self.frame_bytes.len() as u32;
        write(&mut self.frame_bytes);
        start..self.frame_bytes.len() as u32
    }
}
