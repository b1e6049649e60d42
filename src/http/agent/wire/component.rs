//! Components of a pipeline.

use std::borrow::Cow;

use serde::de::{IgnoredAny, MapAccess, SeqAccess};
use systole_systems::limits::COMPONENTS_PER_PIPELINE_MAX;
use systole_systems::report::{ComponentCounts, ComponentKind, ComponentReport};

use crate::edge_counters::Reason;
use crate::http::agent::wire::reading::Reading;
use crate::http::agent::wire::value::{ReadPart, Shape, Value};

/// Reads the components of one pipeline into `Buffers::components`.
#[derive(Debug)]
pub(super) struct ComponentList<'r, 'de> {
    reading: &'r mut Reading<'de>,
}

impl<'r, 'de> ComponentList<'r, 'de> {
    pub(super) fn new(reading: &'r mut Reading<'de>) -> ComponentList<'r, 'de> {
        ComponentList { reading }
    }
}

impl<'de> ReadPart<'de> for ComponentList<'_, 'de> {
    fn read_list<A: SeqAccess<'de>>(&mut self, mut seq: A) -> Result<Shape, A::Error> {
        let mode = self.reading.mode;
        self.reading.buffers.components.clear();
        for _ in 0..COMPONENTS_PER_PIPELINE_MAX {
            let mut component = ComponentReader::new(self.reading);
            let Some(shape) = seq.next_element_seed(mode.part(&mut component))? else {
                return Ok(Shape::Read);
            };
            component.pack(shape);
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {
            self.reading.tally.count(Reason::ComponentOverLimit);
        }
        Ok(Shape::Read)
    }
}

#[derive(Debug)]
struct ComponentReader<'r, 'de> {
    reading: &'r mut Reading<'de>,
    component: Option<Cow<'de, str>>,
    kind: ComponentKind,
    counts: ComponentCounts,
    /// A counter is no count: the component is not measured.
    miscounted: bool,
    latency_mean_seconds: Option<f64>,
}

impl<'r, 'de> ComponentReader<'r, 'de> {
    fn new(reading: &'r mut Reading<'de>) -> ComponentReader<'r, 'de> {
        ComponentReader {
            reading,
            component: None,
            kind: ComponentKind::default(),
            counts: ComponentCounts::default(),
            miscounted: false,
            latency_mean_seconds: None,
        }
    }

    fn pack(self, shape: Shape) {
        match self.component {
            Some(component) if shape == Shape::Read && !self.miscounted => {
                self.reading.buffers.components.push(&ComponentReport {
                    component: &component,
                    kind: self.kind,
                    counts: self.counts,
                    latency_mean_seconds: self.latency_mean_seconds,
                });
            }
            Some(_) | None => self.reading.tally.count(Reason::ComponentInvalid),
        }
    }
}

impl<'de> ReadPart<'de> for ComponentReader<'_, 'de> {
    fn read_object<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<Shape, A::Error> {
        let mode = self.reading.mode;
        while let Some(key) = map.next_key_seed(mode.key())? {
            let key = key.as_key();
            if let Some(count) = count_slot(key, &mut self.counts) {
                match map.next_value_seed(mode.scalar())? {
                    Value::Is(value) => *count = value,
                    Value::Null => (),
                    Value::Wrong => self.miscounted = true,
                }
                continue;
            }
            match key {
                "componentId" => self.component = self.reading.id(&mut map)?,
                "componentKind" => {
                    let word = self.reading.scalar::<Cow<'de, str>, A>(&mut map)?;
                    self.kind = word.map(|word| kind(&word)).unwrap_or_default();
                }
                "latencyMeanSeconds" => {
                    self.latency_mean_seconds = self.reading.scalar(&mut map)?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Shape::Read)
    }
}

fn count_slot<'a>(key: &str, counts: &'a mut ComponentCounts) -> Option<&'a mut u64> {
    Some(match key {
        "receivedEvents" => &mut counts.received_events,
        "sentEvents" => &mut counts.sent_events,
        "receivedBytes" => &mut counts.received_bytes,
        "sentBytes" => &mut counts.sent_bytes,
        "errorsTotal" => &mut counts.errors,
        "discardedEvents" => &mut counts.discarded,
        _ => return None,
    })
}

fn kind(word: &str) -> ComponentKind {
    [ComponentKind::Source, ComponentKind::Transform, ComponentKind::Sink]
        .into_iter()
        .find(|kind| kind.as_str() == word)
        .unwrap_or(ComponentKind::Other)
}
