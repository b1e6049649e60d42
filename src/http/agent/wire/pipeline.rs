//! Pipelines of a heartbeat.

use std::borrow::Cow;

use serde::de::{IgnoredAny, MapAccess, SeqAccess};
use systole_systems::limits::PIPELINES_PER_HEARTBEAT_MAX;
use systole_systems::report::{Counts, PipelineReport};

use crate::edge_counters::{Reason, Tally};
use crate::http::agent::wire::component::ComponentList;
use crate::http::agent::wire::logs::LineList;
use crate::http::agent::wire::reading::Reading;
use crate::http::agent::wire::value::{ReadPart, Shape, Value};

/// Reads the pipelines into `Buffers::entries`, in their order; one that comes twice stays twice.
#[derive(Debug)]
pub(super) struct PipelineList<'r, 'de> {
    reading: &'r mut Reading<'de>,
}

impl<'r, 'de> PipelineList<'r, 'de> {
    pub(super) fn new(reading: &'r mut Reading<'de>) -> PipelineList<'r, 'de> {
        PipelineList { reading }
    }
}

impl<'de> ReadPart<'de> for PipelineList<'_, 'de> {
    fn read_list<A: SeqAccess<'de>>(&mut self, mut seq: A) -> Result<Shape, A::Error> {
        let mode = self.reading.mode;
        self.reading.buffers.entries.clear();
        for _ in 0..PIPELINES_PER_HEARTBEAT_MAX {
            let mut pipeline = PipelineReader::new(self.reading);
            let Some(shape) = seq.next_element_seed(mode.part(&mut pipeline))? else {
                return Ok(Shape::Read);
            };
            pipeline.pack(shape);
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {
            self.reading.tally.count(Reason::PipelineOverLimit);
        }
        Ok(Shape::Read)
    }
}

#[derive(Debug)]
struct PipelineReader<'r, 'de> {
    reading: &'r mut Reading<'de>,
    pipeline: Option<Cow<'de, str>>,
    status: Option<Cow<'de, str>>,
    revision: Option<u64>,
    pid: Option<u64>,
    uptime_seconds: Option<u64>,
    config_checksum: Option<Cow<'de, str>>,
    utilization: Option<f64>,
    counters: Counters,
}

/// What the counters of a report amount to.
#[derive(Debug, Default)]
struct Counters {
    counts: Counts,
    /// One is present.
    measured: bool,
    /// One is no count. As 0 it would look like a restart, and the next one like a burst.
    miscounted: bool,
}

impl<'r, 'de> PipelineReader<'r, 'de> {
    fn new(reading: &'r mut Reading<'de>) -> PipelineReader<'r, 'de> {
        reading.buffers.components.clear();
        reading.buffers.lines.clear();
        PipelineReader {
            reading,
            pipeline: None,
            status: None,
            revision: None,
            pid: None,
            uptime_seconds: None,
            config_checksum: None,
            utilization: None,
            counters: Counters::default(),
        }
    }

    fn pack(self, shape: Shape) {
        let Reading { tally, buffers, .. } = self.reading;
        let (Some(pipeline), Some(status), Shape::Read) = (&self.pipeline, &self.status, shape)
        else {
            tally.count(Reason::PipelineInvalid);
            return;
        };
        // Without its counters a report measures nothing, its components included.
        if self.counters.miscounted {
            tally.count(Reason::CountersInvalid);
            buffers.components.clear();
        }
        let measured = self.counters.measured && !self.counters.miscounted;
        buffers.entries.push(&PipelineReport {
            pipeline,
            revision: self.revision.and_then(|value| narrow(value, tally)).unwrap_or(0),
            status,
            pid: self.pid.and_then(|value| narrow(value, tally)),
            uptime_seconds: self.uptime_seconds,
            config_checksum: self.config_checksum.as_deref(),
            counters: measured.then_some(self.counters.counts),
            utilization: self.utilization,
            components: buffers.components.packed(),
            logs: buffers.lines.packed(),
        });
    }
}

impl<'de> ReadPart<'de> for PipelineReader<'_, 'de> {
    fn read_object<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<Shape, A::Error> {
        let mode = self.reading.mode;
        while let Some(key) = map.next_key_seed(mode.key())? {
            let key = key.as_key();
            if let Some(count) = count_slot(key, &mut self.counters.counts) {
                match map.next_value_seed(mode.scalar())? {
                    Value::Is(value) => {
                        *count = value;
                        self.counters.measured = true;
                    }
                    Value::Null => (),
                    Value::Wrong => self.counters.miscounted = true,
                }
                continue;
            }
            let reading = &mut *self.reading;
            match key {
                "pipelineId" => self.pipeline = reading.id(&mut map)?,
                "version" => self.revision = reading.scalar(&mut map)?,
                "status" => self.status = reading.short_text(&mut map)?,
                "pid" => self.pid = reading.scalar(&mut map)?,
                "uptimeSeconds" => self.uptime_seconds = reading.scalar(&mut map)?,
                "configChecksum" => self.config_checksum = reading.short_text(&mut map)?,
                "utilization" => self.utilization = reading.scalar(&mut map)?,
                "componentMetrics" => {
                    let shape = map.next_value_seed(mode.part(&mut ComponentList::new(reading)))?;
                    self.reading.note_shape(shape);
                }
                "recentLogs" => {
                    let shape = map.next_value_seed(mode.part(&mut LineList::new(reading)))?;
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

fn count_slot<'a>(key: &str, counts: &'a mut Counts) -> Option<&'a mut u64> {
    Some(match key {
        "eventsIn" => &mut counts.events_in,
        "eventsOut" => &mut counts.events_out,
        "errorsTotal" => &mut counts.errors,
        "eventsDiscarded" => &mut counts.discarded,
        "bytesIn" => &mut counts.bytes_in,
        "bytesOut" => &mut counts.bytes_out,
        _ => return None,
    })
}

/// A number that fits 32 bits; another is no revision and no process id.
fn narrow(value: u64, tally: &mut Tally) -> Option<u32> {
    let narrow = u32::try_from(value).ok();
    if narrow.is_none() {
        tally.count(Reason::FieldInvalid);
    }
    narrow
}
