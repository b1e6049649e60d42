//! Numbers that lie in eight bytes each, lowest first: those of heartbeats, which move with every one.
//!
//! A heartbeat holds hundreds of them. In place they are read without a question about their length, and
//! a heartbeat that differs from the last one in its numbers alone is as long and has each where it was.
//!
//! For `#[serde(with)]`; in formats for people a number is a number.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};
use serde::ser::{SerializeTuple as _, Serializer};
use serde::{Deserialize, Serialize};

use crate::report::{ComponentCounts, Counts, HostMetrics};

/// What walks over a type by its serde description knows by this name that numbers in it are fixed.
pub const FIXED: &str = "Fixed";
/// Bytes of a number.
pub const WIDTH: usize = size_of::<u64>();

/// What consists of numbers, told in the order of its fields.
pub trait Numbers<const N: usize>: Copy {
    fn words(&self) -> [u64; N];
    /// Of words that `words` told.
    fn of(words: [u64; N]) -> Self;
}

impl Numbers<1> for u64 {
    fn words(&self) -> [u64; 1] {
        [*self]
    }

    #[inline]
    fn of([word]: [u64; 1]) -> u64 {
        word
    }
}

impl Numbers<1> for u32 {
    fn words(&self) -> [u64; 1] {
        [u64::from(*self)]
    }

    #[inline]
    fn of([word]: [u64; 1]) -> u32 {
        word as u32
    }
}

impl Numbers<6> for Counts {
    fn words(&self) -> [u64; 6] {
        let Counts { events_in, events_out, errors, discarded, bytes_in, bytes_out } = *self;
        [events_in, events_out, errors, discarded, bytes_in, bytes_out]
    }

    #[inline]
    fn of([events_in, events_out, errors, discarded, bytes_in, bytes_out]: [u64; 6]) -> Counts {
        Counts { events_in, events_out, errors, discarded, bytes_in, bytes_out }
    }
}

impl Numbers<6> for ComponentCounts {
    fn words(&self) -> [u64; 6] {
        let ComponentCounts {
            received_events,
            sent_events,
            received_bytes,
            sent_bytes,
            errors,
            discarded,
        } = *self;
        [received_events, sent_events, received_bytes, sent_bytes, errors, discarded]
    }

    #[inline]
    fn of(words: [u64; 6]) -> ComponentCounts {
        let [received_events, sent_events, received_bytes, sent_bytes, errors, discarded] = words;
        ComponentCounts {
            received_events,
            sent_events,
            received_bytes,
            sent_bytes,
            errors,
            discarded,
        }
    }
}

impl Numbers<15> for HostMetrics {
    fn words(&self) -> [u64; 15] {
        [
            self.memory_total_bytes,
            self.memory_used_bytes,
            self.memory_free_bytes,
            self.cpu_seconds_total.to_bits(),
            self.cpu_seconds_idle.to_bits(),
            self.load_avg_1.to_bits(),
            self.load_avg_5.to_bits(),
            self.load_avg_15.to_bits(),
            self.fs_total_bytes,
            self.fs_used_bytes,
            self.fs_free_bytes,
            self.disk_read_bytes,
            self.disk_written_bytes,
            self.net_rx_bytes,
            self.net_tx_bytes,
        ]
    }

    fn of(words: [u64; 15]) -> HostMetrics {
        HostMetrics {
            memory_total_bytes: words[0],
            memory_used_bytes: words[1],
            memory_free_bytes: words[2],
            cpu_seconds_total: f64::from_bits(words[3]),
            cpu_seconds_idle: f64::from_bits(words[4]),
            load_avg_1: f64::from_bits(words[5]),
            load_avg_5: f64::from_bits(words[6]),
            load_avg_15: f64::from_bits(words[7]),
            fs_total_bytes: words[8],
            fs_used_bytes: words[9],
            fs_free_bytes: words[10],
            disk_read_bytes: words[11],
            disk_written_bytes: words[12],
            net_rx_bytes: words[13],
            net_tx_bytes: words[14],
        }
    }
}

pub(crate) fn serialize<S: Serializer, T: Numbers<N> + Serialize, const N: usize>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        return value.serialize(serializer);
    }
    let mut tuple = serializer.serialize_tuple(N)?;
    for word in value.words() {
        tuple.serialize_element(&word.to_le_bytes())?;
    }
    tuple.end()
}

pub(crate) fn deserialize<'de, D, T, const N: usize>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Numbers<N> + Deserialize<'de>,
{
    deserializer.deserialize_newtype_struct(FIXED, Fixed(PhantomData))
}

struct Fixed<T, const N: usize>(PhantomData<fn() -> T>);

impl<'de, T: Numbers<N> + Deserialize<'de>, const N: usize> Visitor<'de> for Fixed<T, N> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{N} numbers")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        if deserializer.is_human_readable() {
            return T::deserialize(deserializer);
        }
        deserializer.deserialize_tuple(N, self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut words: A) -> Result<T, A::Error> {
        let mut read = [0; N];
        for (index, word) in read.iter_mut().enumerate() {
            let bytes = words.next_element::<[u8; WIDTH]>()?;
            *word =
                u64::from_le_bytes(bytes.ok_or_else(|| A::Error::invalid_length(index, &self))?);
        }
        Ok(T::of(read))
    }
}

/// The same for what may be absent.
pub(crate) mod option {
    use super::{Deserialize, Deserializer, Numbers, Serialize, Serializer};

    struct Told<T, const N: usize>(T);

    impl<T: Numbers<N> + Serialize, const N: usize> Serialize for Told<T, N> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            super::serialize(&self.0, serializer)
        }
    }

    impl<'de, T: Numbers<N> + Deserialize<'de>, const N: usize> Deserialize<'de> for Told<T, N> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            super::deserialize(deserializer).map(Told)
        }
    }

    pub(crate) fn serialize<S: Serializer, T: Numbers<N> + Serialize, const N: usize>(
        value: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.map(Told).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D, T, const N: usize>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error>
    where
        D: Deserializer<'de>,
        T: Numbers<N> + Deserialize<'de>,
    {
        Ok(Option::<Told<T, N>>::deserialize(deserializer)?.map(|told| told.0))
    }
}
