//! Text that is usually short, kept where it is named instead of somewhere else in memory.

use std::fmt;
use std::ops::Deref;

use serde::de::Deserializer;
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

/// Bytes that are kept in place: with its length and its kind this makes three words.
const BYTES_MAX: usize = 22;

/// A text that never changes.
#[derive(Clone, PartialEq, Eq)]
pub struct ShortText(Kept);

#[derive(Clone, PartialEq, Eq)]
enum Kept {
    /// The length, and the bytes with zeros behind them.
    Here(u8, [u8; BYTES_MAX]),
    Elsewhere(Box<str>),
}

const _: () = assert!(size_of::<ShortText>() == 24);

impl ShortText {
    /// The bytes of the text, to compare it without reading it.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Kept::Here(len, bytes) => &bytes[..usize::from(*len)],
            Kept::Elsewhere(text) => text.as_bytes(),
        }
    }
}

impl From<&str> for ShortText {
    fn from(text: &str) -> ShortText {
        let mut bytes = [0; BYTES_MAX];
        match bytes.get_mut(..text.len()) {
            Some(place) => {
                place.copy_from_slice(text.as_bytes());
                ShortText(Kept::Here(text.len() as u8, bytes))
            }
            None => ShortText(Kept::Elsewhere(text.into())),
        }
    }
}

impl Deref for ShortText {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            Kept::Here(..) => std::str::from_utf8(self.as_bytes()).expect("it was made of text"),
            Kept::Elsewhere(text) => text,
        }
    }
}

impl Serialize for ShortText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for ShortText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ShortText, D::Error> {
        Box::<str>::deserialize(deserializer).map(|text| ShortText::from(&*text))
    }
}

impl fmt::Debug for ShortText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_the_same_in_place_and_elsewhere() {
        for len in [0, 1, BYTES_MAX - 1, BYTES_MAX, BYTES_MAX + 1, 128] {
            let text = "x".repeat(len);
            let kept = ShortText::from(text.as_str());
            assert_eq!(*kept, *text);
            assert_eq!(kept.as_bytes(), text.as_bytes());
            assert_eq!(matches!(kept.0, Kept::Here(..)), len <= BYTES_MAX);
        }
    }
}
