//! Values that are kept as the JSON they are: events, and what agents found in them.

use serde::de::{IgnoredAny, SeqAccess};
use serde_json::value::RawValue;

use crate::http::agent::wire::value::{ReadPart, Shape};
use crate::json_list::JsonList;

/// Reads a list of any values into a bounded one.
pub(super) struct JsonValues<'l>(pub(super) &'l mut JsonList);

impl<'de> ReadPart<'de> for JsonValues<'_> {
    fn read_list<A: SeqAccess<'de>>(&mut self, mut seq: A) -> Result<Shape, A::Error> {
        while !self.0.is_full() {
            let Some(value) = seq.next_element::<&'de RawValue>()? else {
                return Ok(Shape::Read);
            };
            self.0.push(value);
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {
            self.0.leave_out();
        }
        Ok(Shape::Read)
    }
}
