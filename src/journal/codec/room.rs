//! Room for one input in its encoded form, made before it is filled: values are written without asking for
//! each whether there is space.

use crate::journal::codec::dictionary::Texts;
use crate::journal::codec::varint;
use crate::journal::codec::walk::WalkError;

/// Texts up to this length are copied as one block of it.
const SHORT_TEXT_BYTES: usize = 16;

/// One input being put together.
#[derive(Debug, Default)]
pub(super) struct Room {
    bytes: Vec<u8>,
    at: usize,
    /// What the values to come take at most, texts excepted.
    slack: usize,
    /// Runs that have begun: their number, and where what is in them begins.
    open: Vec<(usize, usize)>,
    runs: usize,
    /// Bytes that the length of each run took in the last input.
    heads: Vec<u8>,
}

impl Room {
    /// Begins an input of so many values.
    pub(super) fn begin(&mut self, values: usize) {
        self.at = 0;
        self.slack = values * varint::BYTES_MAX + SHORT_TEXT_BYTES;
        self.open.clear();
        self.runs = 0;
        self.make_room(0);
    }

    /// What was put together.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.at]
    }

    #[inline]
    fn make_room(&mut self, length: usize) {
        let needed = self.at + length + self.slack;
        if self.bytes.len() < needed {
            self.bytes.resize(needed, 0);
        }
    }

    #[inline]
    pub(super) fn integer(&mut self, value: u64) {
        self.at += varint::write_at(&mut self.bytes, self.at, value);
    }

    #[inline]
    pub(super) fn byte(&mut self, value: u8) {
        self.bytes[self.at] = value;
        self.at += 1;
    }

    #[inline]
    pub(super) fn real(&mut self, value: u64) {
        self.bytes[self.at..self.at + 8].copy_from_slice(&value.to_le_bytes());
        self.at += 8;
    }

    /// A text, which gets its length before it.
    pub(super) fn text(&mut self, text: &[u8]) {
        self.make_room(text.len());
        self.integer(text.len() as u64);
        self.bytes[self.at..self.at + text.len()].copy_from_slice(text);
        self.at += text.len();
    }

    /// A remembered text.
    #[inline]
    pub(super) fn known_text(&mut self, texts: &Texts, number: u64) -> Result<(), WalkError> {
        let (start, end) = texts.range(number).ok_or(WalkError("an unknown text"))?;
        let (arena, length) = (texts.arena(), end - start);
        self.make_room(length);
        let block = arena[start..].first_chunk::<SHORT_TEXT_BYTES>();
        if let Some(block) = block.filter(|_| length <= SHORT_TEXT_BYTES) {
            self.bytes[self.at..self.at + SHORT_TEXT_BYTES].copy_from_slice(block);
        } else {
            self.bytes[self.at..self.at + length].copy_from_slice(&arena[start..end]);
        }
        self.at += length;
        Ok(())
    }

    /// Leaves room for the length of a run: as much as it took in the last input.
    pub(super) fn run_begins(&mut self) {
        if self.runs == self.heads.len() {
            self.heads.push(1);
        }
        self.at += usize::from(self.heads[self.runs]);
        self.open.push((self.runs, self.at));
        self.runs += 1;
    }

    /// Puts the length of the innermost run before it.
    pub(super) fn run_ends(&mut self) {
        let (run, start) = self.open.pop().expect("a run has begun");
        let length = self.at - start;
        let head = usize::from(self.heads[run]);
        let mut written = [0; varint::BYTES_MAX];
        let count = varint::write_at(&mut written, 0, length as u64);
        if count != head {
            self.bytes.copy_within(start..self.at, start - head + count);
            self.at = self.at - head + count;
            self.heads[run] = count as u8;
        }
        let place = start - head;
        self.bytes[place..place + count].copy_from_slice(&written[..count]);
    }
}
