//! The body of a heartbeat.

use std::borrow::Cow;

use serde::de::{IgnoredAny, MapAccess};
use systole_systems::report::{Heartbeat, HostMetrics, Label};

use crate::event_samples::result::SampleResult;
use crate::http::agent::wire::host::HostReader;
use crate::http::agent::wire::labels::{LabelList, Labels};
use crate::http::agent::wire::pipeline::PipelineList;
use crate::http::agent::wire::reading::Reading;
use crate::http::agent::wire::samples::ResultList;
use crate::http::agent::wire::value::{Mode, ReadPart, Shape};
use crate::http::agent::wire::{DecodeError, ReadBody};

/// Reads a heartbeat; its pipelines go to `Buffers::entries`.
#[derive(Debug)]
pub(super) struct HeartbeatReader<'de> {
    pub(super) reading: Reading<'de>,
    fields: Fields<'de>,
}

#[derive(Debug, Default)]
struct Fields<'de> {
    agent_version: Option<Cow<'de, str>>,
    vector_version: Option<Cow<'de, str>>,
    deployment_mode: Option<Cow<'de, str>>,
    running_as: Option<Cow<'de, str>>,
    update_error: Option<Cow<'de, str>>,
    labels: Option<Labels<'de>>,
    host: Option<HostMetrics>,
    sample_results: Vec<SampleResult>,
    is_object: bool,
    /// What was found under `pipelines`, when anything was.
    pipelines: Option<Shape>,
}

impl<'de> HeartbeatReader<'de> {
    pub(super) fn new(reading: Reading<'de>) -> HeartbeatReader<'de> {
        HeartbeatReader { reading, fields: Fields::default() }
    }

    /// The heartbeat, when the body was one. A node without pipelines says so: no list at all is
    /// no such claim.
    pub(super) fn heartbeat<'a>(&'a mut self, node: &'a str) -> Result<Heartbeat<'a>, DecodeError> {
        let fields = &self.fields;
        match fields.pipelines {
            Some(Shape::Read | Shape::Null) => (),
            Some(Shape::Wrong) => {
                return Err(DecodeError::Wrong { field: "pipelines", expected: "an array" });
            }
            None if fields.is_object => return Err(DecodeError::Missing { field: "pipelines" }),
            None => return Err(DecodeError::Wrong { field: "the body", expected: "an object" }),
        }
        let buffers = &mut self.reading.buffers;
        for (key, value) in fields.labels.iter().flatten() {
            buffers.labels.push(&Label { key, value });
        }
        Ok(Heartbeat {
            node,
            agent_version: fields.agent_version.as_deref(),
            vector_version: fields.vector_version.as_deref(),
            deployment_mode: fields.deployment_mode.as_deref(),
            running_as: fields.running_as.as_deref(),
            update_error: fields.update_error.as_deref(),
            labels: fields.labels.is_some().then(|| buffers.labels.packed()),
            host: fields.host,
            pipelines: buffers.entries.packed(),
        })
    }

    /// The results of event samples that came along.
    pub(super) fn take_sample_results(&mut self) -> Vec<SampleResult> {
        std::mem::take(&mut self.fields.sample_results)
    }

    fn read_sample_results<A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
        let mode = self.reading.mode;
        let mut list = ResultList::new(&mut self.reading);
        let shape = map.next_value_seed(mode.part(&mut list))?;
        self.fields.sample_results = list.results;
        self.reading.note_shape(shape);
        Ok(())
    }

    fn read_labels<A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
        let mode = self.reading.mode;
        let mut list = LabelList::new(&mut self.reading);
        let shape = map.next_value_seed(mode.part(&mut list))?;
        let labels = list.labels;
        self.fields.labels = (shape == Shape::Read).then_some(labels);
        self.reading.note_shape(shape);
        Ok(())
    }

    fn read_host<A: MapAccess<'de>>(&mut self, map: &mut A) -> Result<(), A::Error> {
        let mode = self.reading.mode;
        let mut host = HostReader::new(&mut self.reading);
        let shape = map.next_value_seed(mode.part(&mut host))?;
        self.fields.host = host.measured();
        self.reading.note_shape(shape);
        Ok(())
    }
}

impl<'de> ReadBody<'de> for HeartbeatReader<'de> {
    fn start(&mut self, mode: Mode) {
        self.reading.start(mode);
        self.fields = Fields::default();
    }
}

impl<'de> ReadPart<'de> for HeartbeatReader<'de> {
    fn read_object<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<Shape, A::Error> {
        let mode = self.reading.mode;
        self.fields.is_object = true;
        while let Some(key) = map.next_key_seed(mode.key())? {
            let (reading, fields) = (&mut self.reading, &mut self.fields);
            match key.as_key() {
                "pipelines" => {
                    let mut list = PipelineList::new(reading);
                    fields.pipelines = Some(map.next_value_seed(mode.part(&mut list))?);
                }
                "hostMetrics" => self.read_host(&mut map)?,
                "agentVersion" => fields.agent_version = reading.short_text(&mut map)?,
                "vectorVersion" => fields.vector_version = reading.short_text(&mut map)?,
                "deploymentMode" => fields.deployment_mode = reading.short_text(&mut map)?,
                "runningAs" => fields.running_as = reading.short_text(&mut map)?,
                "updateError" => fields.update_error = reading.short_text(&mut map)?,
                "labels" => self.read_labels(&mut map)?,
                "sampleResults" => self.read_sample_results(&mut map)?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Shape::Read)
    }
}
