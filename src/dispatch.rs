//! What a tick produced for streams goes to the fan-out thread; what nodes are to run, to the answers.

use std::ops::Range;

use bytes::Bytes;
use crossbeam_channel::Sender;
use systole_systems::effect::{Effect, Frame, TickOutput};
use systole_systems::time::TickNumber;

use crate::config_answers::ConfigAnswers;

/// The frames and effects of one tick, on their way to the fan-out thread.
#[derive(Debug)]
pub struct FanoutTick {
    pub number: TickNumber,
    pub effects: Vec<Effect>,
    pub bytes: Bytes,
    pub frames: Vec<Frame>,
    pub ranges: Vec<Range<u32>>,
    pub resumable_from: TickNumber,
}

/// The ways out of the driver.
#[derive(Debug)]
pub struct Dispatch {
    /// Full: the driver waits; the fan-out thread itself never waits for anybody.
    pub fanout: Sender<FanoutTick>,
    /// Follows at once: who is told that something was deployed finds it here.
    pub configs: ConfigAnswers,
}

impl Dispatch {
    /// Sends what a tick produced.
    pub fn send(&self, output: &TickOutput<'_>) {
        for effect in output.effects {
            match effect {
                Effect::DesiredChanged { node, set, .. } => self.configs.set_node(node, set),
                Effect::Disconnect { node } => self.configs.remove_node(node),
                Effect::Deliver { .. } | Effect::Resume { .. } | Effect::Close { .. } => (),
            }
        }
        if !output.effects.is_empty() || !output.frames.is_empty() {
            let tick = FanoutTick {
                number: output.tick.number,
                effects: output.effects.to_vec(),
                bytes: Bytes::copy_from_slice(output.frame_bytes),
                frames: output.frames.to_vec(),
                ranges: output.ranges.to_vec(),
                resumable_from: output.resumable_from,
            };
            self.fanout.send(tick).expect("the fan-out thread outlives the driver");
        }
    }
}
