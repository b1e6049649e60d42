//! The rate history of all components within one bound of memory; the oldest chunk of the fleet goes first.

use std::collections::BTreeSet;

use bevy_ecs::prelude::Resource;

use crate::answer::Sample;
use crate::limits::SAMPLES_PER_COMPONENT_MAX;
use crate::time::Millis;

/// Samples in one chunk: five minutes at five seconds.
const SAMPLES_PER_CHUNK: usize = 60;
/// Chunks of one component.
const CHUNKS_PER_COMPONENT_MAX: usize = SAMPLES_PER_COMPONENT_MAX / SAMPLES_PER_CHUNK;
const _: () = assert!(CHUNKS_PER_COMPONENT_MAX * SAMPLES_PER_CHUNK == SAMPLES_PER_COMPONENT_MAX);
/// Memory of a chunk: its samples, and 64 bytes for its place in the tables.
const CHUNK_BYTES: u64 = (SAMPLES_PER_CHUNK * size_of::<Sample>() + 64) as u64;

/// A chunk by its age, and where it lies. Never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChunkId {
    /// Chunks in order of beginning.
    begun: u64,
    slot: u32,
}

/// Chunks of samples. A component holds the ids of its chunks, oldest first.
#[derive(Resource, Debug, Default)]
pub struct History {
    /// Chunks that are there, and room for more.
    slots: Vec<Chunk>,
    free: Vec<u32>,
    by_age: BTreeSet<ChunkId>,
    next: u64,
    bytes_max: u64,
    /// Nobody will ask before it is resumed: samples are dropped.
    suspended: bool,
    evicted_samples: u64,
}

#[derive(Debug)]
struct Chunk {
    begun: u64,
    /// Empty: the slot is free.
    samples: Vec<Sample>,
}

impl History {
    /// Sets the bound and evicts down to it.
    pub fn set_bytes_max(&mut self, bytes_max: u64) {
        self.bytes_max = bytes_max;
        self.evict_down_to(bytes_max);
    }

    /// Keeps no samples until further notice, whatever the bound.
    pub fn suspend(&mut self) {
        self.suspended = true;
    }

    /// Keeps samples again.
    pub fn resume(&mut self) {
        self.suspended = false;
    }

    /// Whether samples are kept; `push` is for those alone.
    pub fn is_kept(&self) -> bool {
        !self.suspended && CHUNK_BYTES <= self.bytes_max
    }

    /// Adds a sample to a component's history.
    pub fn push(&mut self, held: &mut Vec<ChunkId>, sample: Sample) {
        assert!(self.is_kept(), "there is no room for history, or nobody who asks");
        if let Some(chunk) = held.last().and_then(|&id| self.chunk_mut(id))
            && chunk.len() < SAMPLES_PER_CHUNK
        {
            chunk.push(sample);
            return;
        }
        self.evict_down_to(self.bytes_max - CHUNK_BYTES);
        // Only now: room may have been made among this component's own chunks.
        held.retain(|&id| self.chunk(id).is_some());
        if held.len() == CHUNKS_PER_COMPONENT_MAX {
            self.take(held.remove(0));
        }
        held.push(self.begin(sample));
    }

    /// The samples of a component from `since` on, oldest first.
    pub fn samples(&self, held: &[ChunkId], since: Millis) -> Vec<Sample> {
        held.iter()
            .filter_map(|&id| self.chunk(id))
            .flatten()
            .filter(|sample| since <= sample.at)
            .copied()
            .collect()
    }

    /// Gives back the chunks of a component that is gone.
    pub fn release(&mut self, held: Vec<ChunkId>) {
        for id in held {
            self.take(id);
        }
    }

    /// Memory in use.
    pub fn bytes(&self) -> u64 {
        self.by_age.len() as u64 * CHUNK_BYTES
    }

    /// Samples given up for newer ones.
    pub fn evicted_samples(&self) -> u64 {
        self.evicted_samples
    }

    fn evict_down_to(&mut self, bytes: u64) {
        while bytes < self.bytes() {
            let oldest = *self.by_age.first().expect("memory in use is chunks");
            self.evicted_samples += self.take(oldest).len() as u64;
        }
    }

    fn begin(&mut self, sample: Sample) -> ChunkId {
        let begun = self.next;
        self.next += 1;
        let mut samples = Vec::with_capacity(SAMPLES_PER_CHUNK);
        samples.push(sample);
        let chunk = Chunk { begun, samples };
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = chunk;
                slot
            }
            None => {
                self.slots.push(chunk);
                self.slots.len() as u32 - 1
            }
        };
        let id = ChunkId { begun, slot };
        self.by_age.insert(id);
        id
    }

    fn chunk(&self, id: ChunkId) -> Option<&Vec<Sample>> {
        let chunk = self.slots.get(id.slot as usize)?;
        (chunk.begun == id.begun && !chunk.samples.is_empty()).then_some(&chunk.samples)
    }

    fn chunk_mut(&mut self, id: ChunkId) -> Option<&mut Vec<Sample>> {
        let chunk = self.slots.get_mut(id.slot as usize)?;
        (chunk.begun == id.begun && !chunk.samples.is_empty()).then_some(&mut chunk.samples)
    }

    /// Takes a chunk out, if it is still there.
    fn take(&mut self, id: ChunkId) -> Vec<Sample> {
        if !self.by_age.remove(&id) {
            return Vec::new();
        }
        self.free.push(id.slot);
        std::mem::take(&mut self.slots[id.slot as usize].samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(at: u64) -> Sample {
        Sample { at: Millis(at), ..Sample::default() }
    }

    fn times(history: &History, held: &[ChunkId]) -> Vec<u64> {
        history.samples(held, Millis(0)).iter().map(|sample| sample.at.0).collect()
    }

    #[test]
    fn a_component_keeps_its_newest_samples() {
        let mut history = History::default();
        history.set_bytes_max(1 << 20);
        let mut held = Vec::new();
        for at in 0..2_000 {
            history.push(&mut held, sample(at));
        }
        let times = times(&history, &held);
        assert!(times.len() <= SAMPLES_PER_COMPONENT_MAX);
        assert!(times.len() > SAMPLES_PER_COMPONENT_MAX - SAMPLES_PER_CHUNK);
        assert_eq!(times.last(), Some(&1_999));
        assert!(times.windows(2).all(|pair| pair[0] + 1 == pair[1]));
    }

    #[test]
    fn the_oldest_chunk_of_the_fleet_goes_first() {
        let mut history = History::default();
        history.set_bytes_max(2 * CHUNK_BYTES);
        let (mut quiet, mut busy) = (Vec::new(), Vec::new());
        history.push(&mut quiet, sample(0));
        for at in 1..=121 {
            history.push(&mut busy, sample(at));
        }
        assert_eq!(times(&history, &quiet), [0; 0]);
        assert_eq!(times(&history, &busy).first(), Some(&61));
        assert_eq!(history.evicted_samples(), 61);
        assert!(history.bytes() <= 2 * CHUNK_BYTES);
        history.push(&mut quiet, sample(200));
        assert_eq!(times(&history, &quiet), [200]);
    }

    #[test]
    fn without_memory_or_without_readers_nothing_is_kept() {
        let mut history = History::default();
        assert!(!history.is_kept());
        history.set_bytes_max(CHUNK_BYTES - 1);
        assert!(!history.is_kept());
        history.set_bytes_max(CHUNK_BYTES);
        assert!(history.is_kept());
        history.suspend();
        assert!(!history.is_kept());
        history.resume();
        assert!(history.is_kept());
    }
}
