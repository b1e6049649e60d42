//! A text that must not be empty.

use serde::{Deserialize, Deserializer};

/// A text of at least one byte.
#[derive(Debug)]
pub(super) struct Filled;

impl<'de> Deserialize<'de> for Filled {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Filled, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() {
            return Err(serde::de::Error::custom("must not be empty"));
        }
        Ok(Filled)
    }
}
