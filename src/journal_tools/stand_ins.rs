//! Stand-ins for private texts: as long as the text, the same for the same text, and not to be guessed.

use rustc_hash::FxHashMap;
use sha2::{Digest as _, Sha256};
use systole_systems::image::redact::PrivateText;

use crate::auth::secrets::random;

/// Texts remembered, so that what each heartbeat says again costs a look-up.
const REMEMBERED_MAX: usize = 1 << 20;
/// Longer texts are not likely to come again.
const REMEMBERED_BYTES_MAX: usize = 256;

const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// What stands in for what, in one run.
pub struct StandIns {
    salt: [u8; 32],
    known: FxHashMap<Box<str>, Box<str>>,
    counts: [u64; PrivateText::ALL.len()],
}

impl Default for StandIns {
    /// With a salt that nobody knows, this run included once it is over.
    fn default() -> StandIns {
        StandIns { salt: random(), known: FxHashMap::default(), counts: Default::default() }
    }
}

impl StandIns {
    /// What stands in for a text.
    pub fn of(&mut self, kind: PrivateText, text: &str) -> Box<str> {
        self.counts[kind as usize] += 1;
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        let stand_in = self.make(text);
        if text.len() <= REMEMBERED_BYTES_MAX && self.known.len() < REMEMBERED_MAX {
            self.known.insert(text.into(), stand_in.clone());
        }
        stand_in
    }

    /// How many texts of each kind were replaced.
    pub fn counts(&self) -> impl Iterator<Item = (PrivateText, u64)> {
        PrivateText::ALL.into_iter().map(|kind| (kind, self.counts[kind as usize]))
    }

    fn make(&self, text: &str) -> Box<str> {
        let key = Sha256::new().chain_update(self.salt).chain_update(text.as_bytes()).finalize();
        let mut stand_in = String::with_capacity(text.len());
        let mut block = 0u64;
        while stand_in.len() < text.len() {
            let bytes = Sha256::new()
                .chain_update(self.salt)
                .chain_update(key)
                .chain_update(block.to_le_bytes())
                .finalize();
            let left = text.len() - stand_in.len();
            let letters = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)]));
            stand_in.extend(letters.take(left));
            block += 1;
        }
        stand_in.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stand_in_is_as_long_and_the_same_for_the_same_text_in_one_run() {
        let mut stand_ins = StandIns::default();
        let mut other_run = StandIns::default();
        let long = "line ".repeat(100);
        for text in ["", "host-17.example.internal", "zürich", &long] {
            let stand_in = stand_ins.of(PrivateText::HostName, text);
            assert_eq!(stand_in.len(), text.len());
            assert_eq!(stand_ins.of(PrivateText::LogLine, text), stand_in);
            if !text.is_empty() {
                assert_ne!(*stand_in, *text);
                assert_ne!(other_run.of(PrivateText::HostName, text), stand_in);
            }
        }
        let counts: Vec<_> = stand_ins.counts().filter(|(_, count)| *count > 0).collect();
        assert_eq!(counts, [(PrivateText::HostName, 4), (PrivateText::LogLine, 4)]);
    }
}
