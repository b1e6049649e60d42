//! Sets of dense keys as bits: marked where something changes, drained in key order at the end of the tick.

use std::marker::PhantomData;

use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use crate::ids::Key;

/// A set of keys. Marking twice is marking once; iteration is in key order.
#[derive(Clone, Debug)]
pub struct KeySet<K> {
    words: Vec<u64>,
    len: usize,
    keys: PhantomData<fn(K) -> K>,
}

impl<K> Default for KeySet<K> {
    fn default() -> Self {
        KeySet { words: Vec::new(), len: 0, keys: PhantomData }
    }
}

impl<K: Key> KeySet<K> {
    /// Adds a key; true when it was not in the set.
    #[inline]
    pub fn insert(&mut self, key: K) -> bool {
        let (index, bit) = place(key);
        let Some(word) = self.words.get_mut(index) else {
            self.grow(index, bit);
            return true;
        };
        let added = *word & bit == 0;
        *word |= bit;
        self.len += usize::from(added);
        added
    }

    #[cold]
    fn grow(&mut self, index: usize, bit: u64) {
        self.words.resize(index, 0);
        self.words.push(bit);
        self.len += 1;
    }

    /// Takes a key out; true when it was in the set.
    pub fn remove(&mut self, key: K) -> bool {
        let (word, bit) = place(key);
        let Some(word) = self.words.get_mut(word) else { return false };
        let removed = *word & bit != 0;
        *word &= !bit;
        self.len -= usize::from(removed);
        removed
    }

    /// True when the key is in the set.
    pub fn contains(&self, key: K) -> bool {
        let (word, bit) = place(key);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.len
    }

    /// True when no key is in the set.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The keys in order.
    pub fn iter(&self) -> impl Iterator<Item = K> {
        let words = if self.is_empty() { &[] } else { self.words.as_slice() };
        words.iter().enumerate().flat_map(|(index, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                if rest == 0 {
                    return None;
                }
                let bit = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                Some(K::from_index(index * 64 + bit))
            })
        })
    }

    /// Adds every key of `other`.
    pub fn add_all(&mut self, other: &KeySet<K>) {
        if other.is_empty() {
            return;
        }
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            self.len += (more & !*word).count_ones() as usize;
            *word |= more;
        }
    }

    /// Empties the set, keeps the memory.
    pub fn clear(&mut self) {
        if !self.is_empty() {
            self.words.fill(0);
            self.len = 0;
        }
    }
}

/// As the list of its keys.
impl<K: Key + Serialize> Serialize for KeySet<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let keys: Vec<K> = self.iter().collect();
        serializer.collect_seq(keys)
    }
}

impl<'de, K: Key + Deserialize<'de>> Deserialize<'de> for KeySet<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys<K>(PhantomData<K>);
        impl<'de, K: Key + Deserialize<'de>> Visitor<'de> for Keys<K> {
            type Value = KeySet<K>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of keys")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<KeySet<K>, A::Error> {
                let mut keys = KeySet::default();
                while let Some(key) = list.next_element()? {
                    keys.insert(key);
                }
                Ok(keys)
            }
        }
        deserializer.deserialize_seq(Keys(PhantomData))
    }
}

fn place<K: Key>(key: K) -> (usize, u64) {
    (key.index() / 64, 1 << (key.index() % 64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::NodeKey;

    #[test]
    fn a_union_counts_each_key_once() {
        let set = |keys: &[u32]| {
            let mut set = KeySet::default();
            keys.iter().for_each(|&key| {
                set.insert(NodeKey(key));
            });
            set
        };
        let mut all = set(&[1, 64]);
        all.add_all(&set(&[1, 2, 700]));
        assert!(all.iter().map(|key| key.0).eq([1, 2, 64, 700]));
        assert_eq!(all.len(), 4);
    }
}
