//! Events of a tap that wait for their reader: bounded, and when it is full the oldest go.

use std::collections::VecDeque;

use bytes::Bytes;

/// Bytes that wait. A reader that is behind by more misses what came first.
pub const BYTES_MAX: usize = 256 << 10;

/// Frames that wait; each is what one report of the agent held.
pub const FRAMES_MAX: usize = 256;

/// What waits for a reader.
#[derive(Debug, Default)]
pub struct Backlog {
    frames: VecDeque<Frame>,
    bytes: usize,
    /// Events that are gone, and of which the reader has not been told.
    skipped: u32,
}

#[derive(Debug)]
struct Frame {
    bytes: Bytes,
    events: u32,
}

/// What the reader gets next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// So many events are missing here.
    Skipped(u32),
    Frame(Bytes),
}

impl Backlog {
    /// Adds a frame of events and makes room for it; how many events went for that.
    pub fn push(&mut self, bytes: Bytes, events: u32) -> u32 {
        self.bytes += bytes.len();
        self.frames.push_back(Frame { bytes, events });
        let mut gone = 0;
        while BYTES_MAX < self.bytes || FRAMES_MAX < self.frames.len() {
            let oldest = self.frames.pop_front().expect("an empty backlog is not full");
            self.bytes -= oldest.bytes.len();
            gone += oldest.events;
        }
        self.skip(gone);
        gone
    }

    /// Notes events that were not even added.
    pub fn skip(&mut self, events: u32) {
        self.skipped = self.skipped.saturating_add(events);
    }

    /// Takes what the reader gets next.
    pub fn pop(&mut self) -> Option<Next> {
        if self.skipped > 0 {
            return Some(Next::Skipped(std::mem::take(&mut self.skipped)));
        }
        let frame = self.frames.pop_front()?;
        self.bytes -= frame.bytes.len();
        Some(Next::Frame(frame.bytes))
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        *self = Backlog::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(backlog: &mut Backlog) -> Vec<Next> {
        std::iter::from_fn(|| backlog.pop()).collect()
    }

    fn frame(size: usize) -> Bytes {
        vec![b'x'; size].into()
    }

    #[test]
    fn frames_come_out_as_they_went_in() {
        let mut backlog = Backlog::default();
        assert_eq!(backlog.push(frame(1), 1) + backlog.push(frame(2), 20), 0);
        assert_eq!(drain(&mut backlog), [Next::Frame(frame(1)), Next::Frame(frame(2))]);
        assert_eq!((drain(&mut backlog), backlog.bytes), (vec![], 0));
    }

    #[test]
    fn the_oldest_go_when_there_are_too_many_or_too_much_and_the_reader_is_told_first() {
        let mut backlog = Backlog::default();
        let gone: u32 = (0..FRAMES_MAX + 3).map(|_| backlog.push(frame(1), 20)).sum();
        assert_eq!(gone, 60);
        let drained = drain(&mut backlog);
        assert_eq!((&drained[0], drained.len()), (&Next::Skipped(60), FRAMES_MAX + 1));

        assert_eq!(backlog.push(frame(BYTES_MAX / 2), 3), 0);
        assert_eq!(backlog.push(frame(BYTES_MAX / 2), 4), 0);
        assert_eq!(backlog.push(frame(1), 5), 3);
        backlog.skip(2);
        let rest = [Next::Skipped(5), Next::Frame(frame(BYTES_MAX / 2)), Next::Frame(frame(1))];
        assert_eq!(drain(&mut backlog), rest);
    }

    #[test]
    fn what_is_cleared_is_gone_without_a_word() {
        let mut backlog = Backlog::default();
        backlog.push(frame(1), 1);
        backlog.skip(1);
        backlog.clear();
        assert_eq!(drain(&mut backlog), []);
    }
}
