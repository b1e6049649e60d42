//! Reports of live taps: events as they pass, or that the agent has ended the tap.

use std::borrow::Cow;

use serde::de::{IgnoredAny, MapAccess};

use crate::edge_counters::Reason;
use crate::http::agent::wire::json_values::JsonValues;
use crate::http::agent::wire::reading::Reading;
use crate::http::agent::wire::value::{Mode, ReadPart, Shape};
use crate::http::agent::wire::{DecodeError, ReadBody};
use crate::json_list::JsonList;
use crate::taps::report::{EVENTS_BOUNDS, TapReport};

/// Reads a report.
pub(super) struct TapReportReader<'de> {
    pub(super) reading: Reading<'de>,
    request: Option<Cow<'de, str>>,
    pipeline: Option<Cow<'de, str>>,
    component: Option<Cow<'de, str>>,
    events: JsonList,
    status: Option<Cow<'de, str>>,
    reason: Option<Cow<'de, str>>,
    is_object: bool,
}

impl<'de> TapReportReader<'de> {
    pub(super) fn new(reading: Reading<'de>) -> TapReportReader<'de> {
        TapReportReader {
            reading,
            request: None,
            pipeline: None,
            component: None,
            events: JsonList::new(EVENTS_BOUNDS),
            status: None,
            reason: None,
            is_object: false,
        }
    }

    /// The report, when the body was one.
    pub(super) fn report(&mut self) -> Result<TapReport, DecodeError> {
        if !self.is_object {
            return Err(DecodeError::Wrong { field: "the body", expected: "an object" });
        }
        let text = |value: &mut Option<Cow<'de, str>>, field| {
            value.take().map(Cow::into_owned).ok_or(DecodeError::Missing { field })
        };
        let request = text(&mut self.request, "requestId")?;
        let pipeline = text(&mut self.pipeline, "pipelineId")?;
        let component = text(&mut self.component, "componentId")?;
        let reason = self.reason.take().map(Cow::into_owned).unwrap_or_default();
        let stopped = match self.status.take().as_deref() {
            None => None,
            Some("stopped") => Some(reason),
            Some(_) => return Err(DecodeError::Wrong { field: "status", expected: "stopped" }),
        };
        let events = std::mem::replace(&mut self.events, JsonList::new(EVENTS_BOUNDS));
        self.reading.tally.add(Reason::TapEventOverLimit, events.left_out());
        Ok(TapReport { request, pipeline, component, events, stopped })
    }
}

impl<'de> ReadBody<'de> for TapReportReader<'de> {
    fn start(&mut self, mode: Mode) {
        self.reading.start(mode);
        (self.request, self.pipeline, self.component) = (None, None, None);
        (self.status, self.reason, self.is_object) = (None, None, false);
        self.events = JsonList::new(EVENTS_BOUNDS);
    }
}

impl<'de> ReadPart<'de> for TapReportReader<'de> {
    fn read_object<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<Shape, A::Error> {
        let mode = self.reading.mode;
        self.is_object = true;
        while let Some(key) = map.next_key_seed(mode.key())? {
            match key.as_key() {
                "requestId" => self.request = self.reading.id(&mut map)?,
                "pipelineId" => self.pipeline = self.reading.id(&mut map)?,
                "componentId" => self.component = self.reading.id(&mut map)?,
                "status" => self.status = self.reading.short_text(&mut map)?,
                "reason" => self.reason = self.reading.short_text(&mut map)?,
                "events" => {
                    let shape =
                        map.next_value_seed(mode.part(&mut JsonValues(&mut self.events)))?;
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
