//! Labels of a node. One that is too long is dropped: cut, it would be another label.

use std::borrow::Cow;

use serde::de::{IgnoredAny, MapAccess};
use systole_systems::limits::{LABEL_KEY_BYTES_MAX, LABEL_VALUE_BYTES_MAX, LABELS_PER_NODE_MAX};

use crate::edge_counters::Reason;
use crate::http::agent::wire::reading::Reading;
use crate::http::agent::wire::text::is_clean;
use crate::http::agent::wire::value::{ReadPart, Shape, Value};

/// Labels, each key once.
pub(super) type Labels<'de> = Vec<(Cow<'de, str>, Cow<'de, str>)>;

/// Reads an object of texts.
#[derive(Debug)]
pub(super) struct LabelList<'r, 'de> {
    reading: &'r mut Reading<'de>,
    pub(super) labels: Labels<'de>,
}

impl<'r, 'de> LabelList<'r, 'de> {
    pub(super) fn new(reading: &'r mut Reading<'de>) -> LabelList<'r, 'de> {
        LabelList { reading, labels: Vec::new() }
    }
}

impl<'de> ReadPart<'de> for LabelList<'_, 'de> {
    fn read_object<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<Shape, A::Error> {
        let mode = self.reading.mode;
        self.labels.clear();
        while let Some(key) = map.next_key_seed(mode.key())? {
            if self.labels.len() == LABELS_PER_NODE_MAX {
                map.next_value::<IgnoredAny>()?;
                self.reading.tally.count(Reason::LabelOverLimit);
                continue;
            }
            let value = map.next_value_seed(mode.scalar::<Cow<'de, str>>())?;
            let (Value::Is(key), Value::Is(value)) = (key, value) else {
                self.reading.tally.count(Reason::LabelInvalid);
                continue;
            };
            if !is_label(&key, &value) {
                self.reading.tally.count(Reason::LabelInvalid);
                continue;
            }
            match self.labels.iter_mut().find(|(known, _)| *known == key) {
                Some((_, known)) => *known = value,
                None => self.labels.push((key, value)),
            }
        }
        Ok(Shape::Read)
    }
}

fn is_label(key: &str, value: &str) -> bool {
    (1..=LABEL_KEY_BYTES_MAX).contains(&key.len())
        && value.len() <= LABEL_VALUE_BYTES_MAX
        && is_clean(key)
        && is_clean(value)
}
