//! Where something stands in a text, as an editor shows it.

use serde::Serialize;

/// A line and a column, both counted from 1; columns are characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    pub line: u32,
    pub column: u32,
}

impl Place {
    /// The beginning of a text.
    pub const START: Self = Self { line: 1, column: 1 };
}

/// The lines of a text, for turning bytes into places.
pub(super) struct Lines<'a> {
    text: &'a str,
    /// The byte at which each line begins.
    starts: Vec<usize>,
    /// How many characters come before every block of bytes, so that a long line is not counted through
    /// for each place on it.
    chars_before: Vec<usize>,
}

const BLOCK_BYTES: usize = 128;

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let after_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        let mut chars = 0;
        let blocks = text.as_bytes().chunks(BLOCK_BYTES);
        let chars_before = blocks.map(|block| {
            let before = chars;
            chars += chars_begun(block);
            before
        });
        Self {
            text,
            chars_before: chars_before.collect(),
            starts: std::iter::once(0).chain(after_breaks).collect(),
        }
    }

    /// The place of a byte; one inside a character counts as that character.
    pub(super) fn place(&self, byte: usize) -> Place {
        let byte = self.text.floor_char_boundary(byte);
        let line = self.starts.partition_point(|start| *start <= byte);
        let start = self.starts[line.saturating_sub(1)];
        let column = self.chars_until(byte) - self.chars_until(start) + 1;
        Place { line: clamped(line), column: clamped(column) }
    }

    fn chars_until(&self, byte: usize) -> usize {
        let Some(before) = self.chars_before.get(byte / BLOCK_BYTES) else {
            // The end of a text of whole blocks.
            return self.text.chars().count();
        };
        let block = byte / BLOCK_BYTES * BLOCK_BYTES;
        before + chars_begun(&self.text.as_bytes()[block..byte])
    }
}

/// How many characters begin among bytes of UTF-8.
fn chars_begun(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0b1100_0000 != 0b1000_0000).count()
}

/// A count as it is shown; texts are far shorter than what does not fit.
pub(super) fn clamped(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_the_place_an_editor_shows() {
        let lines = Lines::of("ab\n\u{e9}x\r\n\nend");
        let cases = [
            (0, (1, 1)),
            (2, (1, 3)),
            (3, (2, 1)),
            (4, (2, 1)), // inside the character of two bytes
            (5, (2, 2)),
            (8, (3, 1)),
            (9, (4, 1)),
            (12, (4, 4)),
            (99, (4, 4)),
        ];
        for (byte, (line, column)) in cases {
            assert_eq!(lines.place(byte), Place { line, column }, "{byte}");
        }
    }

    #[test]
    fn long_lines_are_counted_in_characters() {
        for len in [0, BLOCK_BYTES / 2 - 1, BLOCK_BYTES / 2, BLOCK_BYTES, 3 * BLOCK_BYTES] {
            let text = format!("x\n{}", "é".repeat(len));
            let column = clamped(len + 1);
            assert_eq!(Lines::of(&text).place(text.len()), Place { line: 2, column }, "{len}");
        }
        assert_eq!(Lines::of("").place(0), Place::START);
    }
}
