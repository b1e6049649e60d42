//! JSON values read one at a time: a value of another kind is noticed and passed over, never an error.
//!
//! Agents are many versions of several programs. One odd field must not cost a node its heartbeat.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// How values are cut out of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// One strict pass. It fails on what only a full parse can see: numbers no type holds, halves of
    /// surrogate pairs.
    Fast,
    /// Each value is cut out by its outline and read on its own, so that it fails alone.
    Careful,
}

/// A value of a kind `T`, or what was found instead.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value<T> {
    Null,
    Is(T),
    Wrong,
}

/// A JSON string, borrowed unless it has escapes.
pub(super) type Text<'a> = Value<Cow<'a, str>>;

impl Text<'_> {
    /// The text of an object's key; one that cannot be read is no key we know.
    pub(super) fn as_key(&self) -> &str {
        match self {
            Value::Is(text) => text,
            Value::Null | Value::Wrong => "",
        }
    }
}

/// A kind of scalar.
pub(super) trait Kind<'de>: Sized {
    fn of_text(_: Cow<'de, str>) -> Option<Self> {
        None
    }

    fn of_integer(_: u64) -> Option<Self> {
        None
    }

    fn of_float(_: f64) -> Option<Self> {
        None
    }
}

impl<'de> Kind<'de> for Cow<'de, str> {
    fn of_text(text: Cow<'de, str>) -> Option<Self> {
        Some(text)
    }
}

/// A count: 0 to `i64::MAX`, fractions rounded down. Anything else is no count.
impl Kind<'_> for u64 {
    fn of_integer(integer: u64) -> Option<u64> {
        (integer <= i64::MAX as u64).then_some(integer)
    }

    fn of_float(float: f64) -> Option<u64> {
        // 2^63 is the first float above `i64::MAX`.
        (0.0..9_223_372_036_854_775_808.0).contains(&float).then_some(float as u64)
    }
}

/// A measurement: finite and not negative.
impl Kind<'_> for f64 {
    fn of_integer(integer: u64) -> Option<f64> {
        Some(integer as f64)
    }

    fn of_float(float: f64) -> Option<f64> {
        (float.is_finite() && 0.0 <= float).then_some(float)
    }
}

impl Mode {
    /// Reads a scalar of kind `T`.
    pub(super) fn scalar<T>(self) -> Scalar<T> {
        Scalar { mode: self, kind: PhantomData }
    }

    /// Reads an object's key.
    pub(super) fn key<'a>(self) -> Scalar<Cow<'a, str>> {
        self.scalar()
    }

    /// Reads an object or a list into `reader`.
    pub(super) fn part<R>(self, reader: &mut R) -> Part<'_, R> {
        Part { mode: self, reader }
    }
}

/// Reads one scalar.
pub(super) struct Scalar<T> {
    mode: Mode,
    kind: PhantomData<T>,
}

impl<'de, T: Kind<'de>> DeserializeSeed<'de> for Scalar<T> {
    type Value = Value<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value<T>, D::Error> {
        match self.mode {
            Mode::Fast => deserializer.deserialize_any(self),
            Mode::Careful => {
                let raw = <&RawValue as serde::Deserialize>::deserialize(deserializer)?;
                let mut apart = serde_json::Deserializer::from_str(raw.get());
                Ok(apart.deserialize_any(self).unwrap_or(Value::Wrong))
            }
        }
    }
}

impl<'de, T: Kind<'de>> Visitor<'de> for Scalar<T> {
    type Value = Value<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value<T>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value<T>, E> {
        Ok(Value::Wrong)
    }

    fn visit_u64<E>(self, integer: u64) -> Result<Value<T>, E> {
        Ok(T::of_integer(integer).map_or(Value::Wrong, Value::Is))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value<T>, E> {
        // The parser calls this for negative integers alone; no kind takes them.
        Ok(Value::Wrong)
    }

    fn visit_f64<E>(self, float: f64) -> Result<Value<T>, E> {
        Ok(T::of_float(float).map_or(Value::Wrong, Value::Is))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<T>, E> {
        Ok(T::of_text(Cow::Borrowed(text)).map_or(Value::Wrong, Value::Is))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<T>, E> {
        Ok(T::of_text(Cow::Owned(text.to_owned())).map_or(Value::Wrong, Value::Is))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Value<T>, A::Error> {
        pass_over_list(seq).map(|()| Value::Wrong)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value<T>, A::Error> {
        pass_over_object(map).map(|()| Value::Wrong)
    }
}

/// What a part of a body turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Null,
    Read,
    Wrong,
}

/// Something that reads an object or a list; the other of the two is passed over.
pub(super) trait ReadPart<'de> {
    fn read_object<A: MapAccess<'de>>(&mut self, map: A) -> Result<Shape, A::Error> {
        pass_over_object(map).map(|()| Shape::Wrong)
    }

    fn read_list<A: SeqAccess<'de>>(&mut self, seq: A) -> Result<Shape, A::Error> {
        pass_over_list(seq).map(|()| Shape::Wrong)
    }
}

/// Reads one object or list.
pub(super) struct Part<'r, R> {
    mode: Mode,
    reader: &'r mut R,
}

impl<'de, R: ReadPart<'de>> DeserializeSeed<'de> for Part<'_, R> {
    type Value = Shape;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Shape, D::Error> {
        match self.mode {
            Mode::Fast => deserializer.deserialize_any(self),
            Mode::Careful => {
                let raw = <&RawValue as serde::Deserialize>::deserialize(deserializer)?;
                let mut apart = serde_json::Deserializer::from_str(raw.get());
                Ok(apart.deserialize_any(self).unwrap_or(Shape::Wrong))
            }
        }
    }
}

impl<'de, R: ReadPart<'de>> Visitor<'de> for Part<'_, R> {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list")
    }

    fn visit_unit<E>(self) -> Result<Shape, E> {
        Ok(Shape::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Shape, E> {
        Ok(Shape::Wrong)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Shape, E> {
        Ok(Shape::Wrong)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Shape, E> {
        Ok(Shape::Wrong)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Shape, E> {
        Ok(Shape::Wrong)
    }

    fn visit_str<E>(self, _: &str) -> Result<Shape, E> {
        Ok(Shape::Wrong)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Shape, A::Error> {
        self.reader.read_list(seq)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Shape, A::Error> {
        self.reader.read_object(map)
    }
}

/// Reads to the end of an object.
fn pass_over_object<'de, A: MapAccess<'de>>(mut map: A) -> Result<(), A::Error> {
    while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

/// Reads to the end of a list.
fn pass_over_list<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<(), A::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}
