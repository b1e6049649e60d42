//! What a tick produced goes where it belongs: frames to the fan-out thread, batches to the store writer.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use crossbeam_channel::Sender;
use systole_systems::effect::{Effect, Frame, TickOutput};
use systole_systems::rows::Batch;
use systole_systems::time::TickNumber;
use tokio::sync::mpsc;

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
    /// Holds one: the core puts one batch in flight at a time.
    pub batches: mpsc::Sender<Arc<Batch>>,
}

impl Dispatch {
    /// Sends everything that a tick produced.
    pub fn send(&self, output: &TickOutput<'_>) {
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
        if let Some(batch) = output.batch {
            let batch = Arc::new(batch.clone());
            self.batches.try_send(batch).expect("one batch is in flight and the writer is there");
        }
    }
}
