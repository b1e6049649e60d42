//! Results of event samples, in a body of their own or within a heartbeat.

use std::borrow::Cow;

use serde::de::{IgnoredAny, MapAccess, SeqAccess};

use crate::edge_counters::Reason;
use crate::event_samples::result::{
    EVENTS_BOUNDS, Outcome, RESULTS_PER_BODY_MAX, SCHEMA_BOUNDS, SampleResult,
};
use crate::http::agent::wire::json_values::JsonValues;
use crate::http::agent::wire::reading::Reading;
use crate::http::agent::wire::value::{Mode, ReadPart, Shape};
use crate::http::agent::wire::{DecodeError, ReadBody};
use crate::json_list::JsonList;

/// Reads a list of results; one that makes no sense is left out and counted.
pub(super) struct ResultList<'r, 'de> {
    reading: &'r mut Reading<'de>,
    pub(super) results: Vec<SampleResult>,
}

impl<'r, 'de> ResultList<'r, 'de> {
    pub(super) fn new(reading: &'r mut Reading<'de>) -> ResultList<'r, 'de> {
        ResultList { reading, results: Vec::new() }
    }
}

impl<'de> ReadPart<'de> for ResultList<'_, 'de> {
    fn read_list<A: SeqAccess<'de>>(&mut self, mut seq: A) -> Result<Shape, A::Error> {
        let mode = self.reading.mode;
        for _ in 0..RESULTS_PER_BODY_MAX {
            let mut result = ResultReader::new(self.reading);
            let Some(shape) = seq.next_element_seed(mode.part(&mut result))? else {
                return Ok(Shape::Read);
            };
            let read = result.finish(shape);
            match read {
                Some(result) => self.results.push(result),
                None => self.reading.tally.count(Reason::SampleInvalid),
            }
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {
            self.reading.tally.count(Reason::SampleOverLimit);
        }
        Ok(Shape::Read)
    }
}

struct ResultReader<'r, 'de> {
    reading: &'r mut Reading<'de>,
    request: Option<Cow<'de, str>>,
    component: Option<Cow<'de, str>>,
    events: JsonList,
    schema: JsonList,
    error: Option<Cow<'de, str>>,
}

impl<'r, 'de> ResultReader<'r, 'de> {
    fn new(reading: &'r mut Reading<'de>) -> ResultReader<'r, 'de> {
        ResultReader {
            reading,
            request: None,
            component: None,
            events: JsonList::new(EVENTS_BOUNDS),
            schema: JsonList::new(SCHEMA_BOUNDS),
            error: None,
        }
    }

    fn finish(self, shape: Shape) -> Option<SampleResult> {
        let (Some(request), Some(component), Shape::Read) = (self.request, self.component, shape)
        else {
            return None;
        };
        let left_out = self.events.left_out().saturating_add(self.schema.left_out());
        self.reading.tally.add(Reason::SampleOverLimit, left_out);
        let outcome = match self.error {
            Some(error) => Outcome::Failed(error.into_owned()),
            None => Outcome::Sampled { events: self.events, schema: self.schema },
        };
        let (request, component) = (request.into_owned(), component.into_owned());
        Some(SampleResult { request, component, outcome })
    }
}

impl<'de> ReadPart<'de> for ResultReader<'_, 'de> {
    fn read_object<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<Shape, A::Error> {
        let mode = self.reading.mode;
        while let Some(key) = map.next_key_seed(mode.key())? {
            match key.as_key() {
                "requestId" => self.request = self.reading.id(&mut map)?,
                "componentKey" => self.component = self.reading.id(&mut map)?,
                "error" => self.error = self.reading.short_text(&mut map)?,
                "events" => {
                    let shape =
                        map.next_value_seed(mode.part(&mut JsonValues(&mut self.events)))?;
                    self.reading.note_shape(shape);
                }
                "schema" => {
                    let shape =
                        map.next_value_seed(mode.part(&mut JsonValues(&mut self.schema)))?;
                    self.reading.note_shape(shape);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Shape::Read)
    }
}

/// Reads a body of results.
pub(super) struct SamplesReader<'de> {
    pub(super) reading: Reading<'de>,
    results: Vec<SampleResult>,
    is_object: bool,
    /// What was found under `results`, when anything was.
    shape: Option<Shape>,
}

impl<'de> SamplesReader<'de> {
    pub(super) fn new(reading: Reading<'de>) -> SamplesReader<'de> {
        SamplesReader { reading, results: Vec::new(), is_object: false, shape: None }
    }

    /// The results, when the body was one of results.
    pub(super) fn results(&mut self) -> Result<Vec<SampleResult>, DecodeError> {
        match self.shape {
            Some(Shape::Read | Shape::Null) => Ok(std::mem::take(&mut self.results)),
            Some(Shape::Wrong) => {
                Err(DecodeError::Wrong { field: "results", expected: "an array" })
            }
            None if self.is_object => Err(DecodeError::Missing { field: "results" }),
            None => Err(DecodeError::Wrong { field: "the body", expected: "an object" }),
        }
    }
}

impl<'de> ReadBody<'de> for SamplesReader<'de> {
    fn start(&mut self, mode: Mode) {
        self.reading.start(mode);
        self.results.clear();
        (self.is_object, self.shape) = (false, None);
    }
}

impl<'de> ReadPart<'de> for SamplesReader<'de> {
    fn read_object<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<Shape, A::Error> {
        let mode = self.reading.mode;
        self.is_object = true;
        while let Some(key) = map.next_key_seed(mode.key())? {
            if key.as_key() != "results" {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let mut list = ResultList::new(&mut self.reading);
            self.shape = Some(map.next_value_seed(mode.part(&mut list))?);
            self.results = list.results;
        }
        Ok(Shape::Read)
    }
}
