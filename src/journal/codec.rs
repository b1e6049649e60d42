//! The compact form of inputs: texts by number, and every value as its difference from the last
//! input of the same kind; heartbeats, from the last one of the same node.
//!
//! | part | form |
//! |---|---|
//! | kind | number of the input's variant |
//! | context | 0, or the text whose last input this one is compared with |
//! | values | eight at a time: a byte that says which differ, then those |
//!
//! A value that differs is written as: an integer, the difference; a byte, itself; a floating point
//! number, the bytes in which its bits differ; a text, its number, 0 or the next number followed by
//! the text itself. Both sides remember alike, so nothing else need be said.

mod decode;
mod dictionary;
mod encode;
mod shape;
pub(crate) mod varint;
mod walk;

pub(crate) use decode::Decoder;
pub(crate) use encode::Encoder;
pub(crate) use walk::WalkError;

/// Values remembered in a segment for later inputs to be compared with: 128 MiB of them.
const REMEMBERED_MAX: usize = 16 << 20;
/// Stands for a text that is not remembered.
const UNNAMED: u64 = u64::MAX;

const CUT: WalkError = WalkError("it ends too early");

/// The values of an input beside those of the last one.
struct Values<'a> {
    last: &'a [u64],
    values: Vec<u64>,
}

impl Values<'_> {
    fn last(&self) -> u64 {
        self.last.get(self.values.len()).copied().unwrap_or(0)
    }

    /// Place of the next value among its eight.
    fn place(&self) -> usize {
        self.values.len() % 8
    }
}
