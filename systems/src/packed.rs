//! A sequence of values in their wire form, decoded one at a time and never collected.
//!
//! A heartbeat with a hundred pipelines is one slice of the tick's bytes: reading it allocates nothing.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

/// A borrowed run of encoded `T`s.
pub struct Packed<'a, T> {
    bytes: &'a [u8],
    values: PhantomData<fn() -> T>,
}

impl<'a, T: Deserialize<'a>> Packed<'a, T> {
    /// Decodes the values in order.
    pub fn iter(&self) -> impl Iterator<Item = T> + use<'a, T> {
        let mut rest = self.bytes;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let (value, tail) = postcard::take_from_bytes(rest).expect("packed by PackedBuf");
            rest = tail;
            Some(value)
        })
    }
}

impl<'a, T> Packed<'a, T> {
    /// The values `bytes` was packed from.
    pub(crate) fn of(bytes: &'a [u8]) -> Packed<'a, T> {
        Packed { bytes, values: PhantomData }
    }

    /// True when there is no value.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }
}

impl<T> Clone for Packed<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Packed<'_, T> {}

impl<T> Default for Packed<'_, T> {
    fn default() -> Self {
        Packed { bytes: &[], values: PhantomData }
    }
}

impl<T> PartialEq for Packed<'_, T> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<'a, T: Deserialize<'a> + fmt::Debug> fmt::Debug for Packed<'a, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// As the bytes it is; in formats for people, as a list.
impl<'a, T: Serialize + Deserialize<'a>> Serialize for Packed<'a, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return serializer.collect_seq(self.iter());
        }
        serializer.serialize_bytes(self.bytes)
    }
}

/// From a list only the walk over it is of use: there is nothing to borrow, so the result is empty.
impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Packed<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List<T>(PhantomData<fn() -> T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
                while list.next_element::<T>()?.is_some() {}
                Ok(())
            }
        }
        if deserializer.is_human_readable() {
            deserializer.deserialize_seq(List::<T>(PhantomData))?;
            return Ok(Packed::default());
        }
        struct Bytes;
        impl<'de> Visitor<'de> for Bytes {
            type Value = &'de [u8];

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("borrowed bytes")
            }

            fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<&'de [u8], E> {
                Ok(bytes)
            }
        }
        let bytes = deserializer.deserialize_bytes(Bytes)?;
        Ok(Packed { bytes, values: PhantomData })
    }
}

/// Builds a [`Packed`] sequence. Reusable: `clear` keeps the memory.
#[derive(Clone, Debug, Default)]
pub struct PackedBuf {
    bytes: Vec<u8>,
}

impl PackedBuf {
    /// Appends one value.
    pub fn push<T: Serialize>(&mut self, value: &T) {
        let bytes = std::mem::take(&mut self.bytes);
        self.bytes = postcard::to_extend(value, bytes).expect("memory is the only limit");
    }

    /// Forgets the values, keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
    }

    /// The values as a sequence; the caller names the type that was pushed.
    pub fn packed<T>(&self) -> Packed<'_, T> {
        Packed { bytes: &self.bytes, values: PhantomData }
    }
}

impl<T: Serialize> FromIterator<T> for PackedBuf {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> PackedBuf {
        let mut buf = PackedBuf::default();
        for value in values {
            buf.push(&value);
        }
        buf
    }
}
