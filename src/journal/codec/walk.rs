//! Walks over an encoded input by the shape of its type, value by value.
//!
//! The type's own `Deserialize` says what comes next, so there is no description of inputs to keep
//! in step with them. A [`Tape`] takes each value from one form and writes it in the other.

use std::fmt;

use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, SeqAccess, VariantAccess, Visitor,
};
use systole_systems::fixed::FIXED;

/// The struct whose texts are said once and are not worth remembering.
const SAID_ONCE: &str = "LogLine";

/// Both forms of an input while it is being walked over.
pub(crate) trait Tape {
    /// An integer that is written in variable length.
    fn integer(&mut self) -> Result<u64, WalkError>;
    /// A number that has its place, whatever it is.
    fn fixed(&mut self) -> Result<u64, WalkError>;
    /// An integer that decides what follows.
    fn variant(&mut self) -> Result<u64, WalkError>;
    /// A byte: a flag, a small number.
    fn byte(&mut self) -> Result<u8, WalkError>;
    /// The bits of a floating point number.
    fn real(&mut self) -> Result<u64, WalkError>;
    /// A text; `said_once`: it is not likely to come again.
    fn text(&mut self, said_once: bool) -> Result<(), WalkError>;
    /// A run of values begins.
    fn begin_run(&mut self) -> Result<(), WalkError>;
    /// Whether the run goes on; when it does not, it has ended.
    fn run_goes_on(&mut self) -> Result<bool, WalkError>;
}

/// The bytes are not what the type's shape asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WalkError(pub(crate) &'static str);

impl fmt::Display for WalkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for WalkError {}

impl de::Error for WalkError {
    fn custom<T: fmt::Display>(_: T) -> WalkError {
        WalkError("a value that its type does not know")
    }
}

/// Drives a tape by the shape of the type that is asked of it.
pub(crate) struct Walk<'t, T> {
    tape: &'t mut T,
    said_once: bool,
    is_fixed: bool,
}

impl<'t, T> Walk<'t, T> {
    pub(crate) fn new(tape: &'t mut T) -> Walk<'t, T> {
        Walk { tape, said_once: false, is_fixed: false }
    }

    fn again(&mut self) -> Walk<'_, T> {
        Walk { tape: self.tape, ..*self }
    }
}

macro_rules! integers {
    ($($method:ident $visit:ident $type:ty),*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, WalkError> {
            let value = if self.is_fixed { self.tape.fixed()? } else { self.tape.integer()? };
            visitor.$visit(<$type>::try_from(value).map_err(|_| WalkError("a number out of range"))?)
        })*
    };
}

macro_rules! unsupported {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, WalkError> {
            Err(WalkError("inputs hold no value of this kind"))
        })*
    };
}

impl<'de, T: Tape> Deserializer<'de> for Walk<'_, T> {
    type Error = WalkError;

    integers! { deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32, deserialize_u64 visit_u64 u64 }

    unsupported! {
        deserialize_any deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_f32 deserialize_char deserialize_string deserialize_bytes
        deserialize_byte_buf deserialize_map deserialize_ignored_any deserialize_unit
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, WalkError> {
        match self.tape.byte()? {
            0 => visitor.visit_bool(false),
            1 => visitor.visit_bool(true),
            _ => Err(WalkError("neither true nor false")),
        }
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, WalkError> {
        visitor.visit_u8(self.tape.byte()?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, WalkError> {
        visitor.visit_f64(f64::from_bits(self.tape.real()?))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, WalkError> {
        self.tape.text(self.said_once)?;
        // The walk is about shape; nobody looks at the value it ends with.
        visitor.visit_borrowed_str("")
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, WalkError> {
        visitor.visit_u64(self.tape.variant()?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, WalkError> {
        match self.tape.byte()? {
            0 => visitor.visit_none(),
            1 => visitor.visit_some(self),
            _ => Err(WalkError("neither some nor none")),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, WalkError> {
        self.tape.begin_run()?;
        visitor.visit_seq(Run(self))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, WalkError> {
        self.said_once = name == SAID_ONCE;
        visitor.visit_seq(Fields { walk: self, left: fields.len() })
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, WalkError> {
        visitor.visit_seq(Fields { walk: self, left: length })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, WalkError> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, WalkError> {
        self.is_fixed = name == FIXED;
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, WalkError> {
        visitor.visit_unit()
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, WalkError> {
        visitor.visit_enum(self)
    }

    /// Runs of packed values are walked as the lists they stand for.
    fn is_human_readable(&self) -> bool {
        true
    }
}

struct Run<'t, T>(Walk<'t, T>);

impl<'de, T: Tape> SeqAccess<'de> for Run<'_, T> {
    type Error = WalkError;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, WalkError> {
        if self.0.tape.run_goes_on()? {
            seed.deserialize(self.0.again()).map(Some)
        } else {
            Ok(None)
        }
    }
}

struct Fields<'t, T> {
    walk: Walk<'t, T>,
    left: usize,
}

impl<'de, T: Tape> SeqAccess<'de> for Fields<'_, T> {
    type Error = WalkError;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, WalkError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(self.walk.again()).map(Some)
    }
}

impl<'de, T: Tape> EnumAccess<'de> for Walk<'_, T> {
    type Error = WalkError;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(
        mut self,
        seed: S,
    ) -> Result<(S::Value, Self), WalkError> {
        let variant = seed.deserialize(self.again())?;
        Ok((variant, self))
    }
}

impl<'de, T: Tape> VariantAccess<'de> for Walk<'_, T> {
    type Error = WalkError;

    fn unit_variant(self) -> Result<(), WalkError> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, WalkError> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, WalkError> {
        visitor.visit_seq(Fields { walk: self, left: length })
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, WalkError> {
        visitor.visit_seq(Fields { walk: self, left: fields.len() })
    }
}
