//! The hash of fingerprints: fast, the same on every machine, not meant to withstand an adversary.
//!
//! The inner product of UMAC's NH (RFC 4418, 5.2.2): words are taken two at a time, each pair is one
//! multiplication that waits for no other. The sum is folded once, at the end.

/// Pairs of words in one round; longer input goes round again with another beginning.
const PAIRS: usize = 32;

/// Odd constants without structure: the outputs of SplitMix64 (Steele, Lea, Flood 2014) from zero.
static KEYS: [[u64; 2]; PAIRS] = keys();

const fn keys() -> [[u64; 2]; PAIRS] {
    let mut keys = [[0; 2]; PAIRS];
    let mut index = 0;
    while index < 2 * PAIRS {
        keys[index / 2][index % 2] = mix(index as u64 + 1) | 1;
        index += 1;
    }
    keys
}

/// SplitMix64's output for its `n`th step.
pub(crate) const fn mix(n: u64) -> u64 {
    let mut z = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Hashes what is written to it, in order.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hash {
    sum: u128,
    at: usize,
}

impl Hash {
    /// A hash that begins with `seed`, such as the hash of an id.
    pub(crate) fn seeded(seed: u64) -> Hash {
        Hash { sum: u128::from(seed), at: 0 }
    }

    /// Writes two words.
    #[inline]
    pub(crate) fn pair(&mut self, first: u64, second: u64) {
        self.pairs([[first, second]]);
    }

    /// Writes words two at a time: the same as one pair after the other, and asks once for all of them
    /// whether the round has room.
    #[inline]
    pub(crate) fn pairs<const N: usize>(&mut self, pairs: [[u64; 2]; N]) {
        match KEYS.get(self.at..).and_then(|keys| keys.first_chunk::<N>()) {
            Some(keys) => pairs.iter().zip(keys).for_each(|(pair, keys)| self.add(*pair, *keys)),
            None => self.pairs_over_rounds(&pairs),
        }
    }

    #[cold]
    fn pairs_over_rounds(&mut self, pairs: &[[u64; 2]]) {
        for pair in pairs {
            if self.at == PAIRS {
                self.sum = u128::from(self.finish());
                self.at = 0;
            }
            self.add(*pair, KEYS[self.at]);
        }
    }

    #[inline]
    fn add(&mut self, [first, second]: [u64; 2], keys: [u64; 2]) {
        let first = u128::from(first.wrapping_add(keys[0]));
        let second = u128::from(second.wrapping_add(keys[1]));
        self.sum = self.sum.wrapping_add(first.wrapping_mul(second));
        self.at += 1;
    }

    /// Writes text, its length included.
    #[inline]
    pub(crate) fn text(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut chunks = bytes.chunks_exact(16);
        for chunk in &mut chunks {
            self.pair(word(&chunk[..8]), word(&chunk[8..]));
        }
        let mut last = [0; 16];
        let rest = chunks.remainder();
        last[..rest.len()].copy_from_slice(rest);
        self.pair(word(&last[..8]), word(&last[8..]) ^ ((bytes.len() as u64) << 56));
    }

    /// Writes text that may be absent; empty and absent differ.
    pub(crate) fn optional_text(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.pair(u64::MAX, u64::MAX),
        }
    }

    /// The hash of all that was written.
    #[inline]
    pub(crate) fn finish(&self) -> u64 {
        let folded = (self.sum as u64) ^ ((self.sum >> 64) as u64).rotate_left(32);
        mix(folded)
    }
}

fn word(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(bytes.try_into().expect("a word has eight bytes"))
}

/// The hash of a text alone.
pub(crate) fn hash_text(text: &str) -> u64 {
    let mut hash = Hash::default();
    hash.text(text);
    hash.finish()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn texts_that_differ_little_hash_apart() {
        let texts =
            ["", "a", "b", "aa", "a\0", "\0", "\0\0", "0123456789abcdef", "0123456789abcdefg"];
        let hashes: BTreeSet<u64> = texts.iter().map(|text| hash_text(text)).collect();
        assert_eq!(hashes.len(), texts.len());
    }

    #[test]
    fn order_position_and_length_count() {
        let of = |words: &[u64]| {
            let mut hash = Hash::default();
            words.chunks(2).for_each(|pair| hash.pair(pair[0], pair[1]));
            hash.finish()
        };
        let long: Vec<u64> = (0..400).collect();
        let mut swapped = long.clone();
        swapped.swap(300, 302);
        let hashes = BTreeSet::from([
            of(&[1, 2]),
            of(&[2, 1]),
            of(&[1, 2, 0, 0]),
            of(&[0, 0, 1, 2]),
            of(&long),
            of(&swapped),
        ]);
        assert_eq!(hashes.len(), 6);
    }

    #[test]
    fn the_hash_never_changes() {
        assert_eq!(hash_text("systole"), 1_818_268_826_768_991_842);
    }
}
