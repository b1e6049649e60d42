//! The texts of a segment, each written once and told by number from then on.

use rustc_hash::FxHashMap;

use systole_systems::varint as in_inputs;

/// Text remembered in a segment; what comes after is written in full each time.
const BYTES_MAX: usize = 64 << 20;
/// A longer text is not likely to come again.
const TEXT_BYTES_MAX: usize = 256;

/// Texts by number, from 1 on; each with its length before it, as inputs hold texts.
#[derive(Debug, Default)]
pub(crate) struct Texts {
    arena: Vec<u8>,
    /// Where each begins, and where it ends.
    ranges: Vec<(u32, u32)>,
}

impl Texts {
    /// The number the next text gets.
    pub(crate) fn next(&self) -> u64 {
        self.ranges.len() as u64 + 1
    }

    /// Whether a text of this length is remembered. Writer and reader ask alike, in the same order.
    pub(crate) fn takes(&self, length: usize) -> bool {
        length <= TEXT_BYTES_MAX && self.arena.len() + length < BYTES_MAX
    }

    /// Remembers a text.
    pub(crate) fn push(&mut self, text: &[u8]) {
        let start = self.arena.len() as u32;
        in_inputs::write(&mut self.arena, text.len() as u64);
        self.arena.extend_from_slice(text);
        self.ranges.push((start, self.arena.len() as u32));
    }

    /// Forgets the text of this number and all after it.
    pub(crate) fn forget_from(&mut self, number: u64) {
        let index = number as usize - 1;
        if let Some(&(start, _)) = self.ranges.get(index) {
            self.ranges.truncate(index);
            self.arena.truncate(start as usize);
        }
    }

    /// A text with its length before it.
    pub(crate) fn get(&self, number: u64) -> Option<&[u8]> {
        let (start, end) = self.range(number)?;
        Some(&self.arena[start..end])
    }

    /// Where a text lies in the arena, its length before it.
    #[inline]
    pub(crate) fn range(&self, number: u64) -> Option<(usize, usize)> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        let &(start, end) = self.ranges.get(index)?;
        Some((start as usize, end as usize))
    }
}

/// The writing side: numbers by text as well.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    pub(crate) texts: Texts,
    numbers: FxHashMap<Box<[u8]>, u64>,
}

impl Dictionary {
    /// The number of a text; `None`: it is not known.
    pub(crate) fn find(&self, text: &[u8]) -> Option<u64> {
        self.numbers.get(text).copied()
    }

    /// Remembers a text and answers its number.
    pub(crate) fn enter(&mut self, text: &[u8]) -> u64 {
        let number = self.texts.next();
        self.texts.push(text);
        self.numbers.insert(text.into(), number);
        number
    }
}
