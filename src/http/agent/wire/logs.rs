//! Log lines: in heartbeats of older agents, in requests of their own of newer ones.

use std::borrow::Cow;

use serde::de::{IgnoredAny, MapAccess, SeqAccess};
use systole_systems::limits::{
    LOG_LINE_BYTES_MAX, LOG_LINES_PER_BATCH_MAX, PIPELINES_PER_HEARTBEAT_MAX,
};
use systole_systems::packed::Packed;
use systole_systems::report::{LogBatch, LogLine};

use crate::edge_counters::Reason;
use crate::http::agent::wire::ReadBody;
use crate::http::agent::wire::reading::Reading;
use crate::http::agent::wire::text;
use crate::http::agent::wire::value::{Mode, ReadPart, Shape, Value};
use crate::log_level::log_level;

/// Reads the lines of one log into `Buffers::lines`; of too many the newest.
#[derive(Debug)]
pub(super) struct LineList<'r, 'de> {
    reading: &'r mut Reading<'de>,
}

impl<'r, 'de> LineList<'r, 'de> {
    pub(super) fn new(reading: &'r mut Reading<'de>) -> LineList<'r, 'de> {
        LineList { reading }
    }
}

impl<'de> ReadPart<'de> for LineList<'_, 'de> {
    fn read_list<A: SeqAccess<'de>>(&mut self, mut seq: A) -> Result<Shape, A::Error> {
        let Reading { mode, tally, buffers, lines } = &mut *self.reading;
        lines.clear();
        while let Some(line) = seq.next_element_seed(mode.scalar::<Cow<'de, str>>())? {
            let Value::Is(line) = line else {
                tally.count(Reason::LogLineInvalid);
                continue;
            };
            if lines.len() == LOG_LINES_PER_BATCH_MAX {
                lines.pop_front();
                tally.count(Reason::LogLineOverLimit);
            }
            lines.push_back(line);
        }
        buffers.lines.clear();
        for line in lines.drain(..) {
            let text = text::log_text(line, tally);
            // Before the cut: half a JSON object tells no level.
            let level = log_level(&text);
            let text = text::cut(text, LOG_LINE_BYTES_MAX, Reason::LogLineCut, tally);
            buffers.lines.push(&LogLine { level, text: &text });
        }
        Ok(Shape::Read)
    }
}

/// Reads a log request; its batches go to `Buffers::entries`.
#[derive(Debug)]
pub(super) struct LogsReader<'de> {
    pub(super) reading: Reading<'de>,
}

impl<'de> LogsReader<'de> {
    pub(super) fn new(reading: Reading<'de>) -> LogsReader<'de> {
        LogsReader { reading }
    }

    /// The batches read.
    pub(super) fn batches(&self) -> Packed<'_, LogBatch<'_>> {
        self.reading.buffers.entries.packed()
    }
}

impl<'de> ReadBody<'de> for LogsReader<'de> {
    fn start(&mut self, mode: Mode) {
        self.reading.start(mode);
    }
}

impl<'de> ReadPart<'de> for LogsReader<'de> {
    fn read_list<A: SeqAccess<'de>>(&mut self, mut seq: A) -> Result<Shape, A::Error> {
        let mode = self.reading.mode;
        for _ in 0..PIPELINES_PER_HEARTBEAT_MAX {
            let mut batch = BatchReader::new(&mut self.reading);
            let Some(shape) = seq.next_element_seed(mode.part(&mut batch))? else {
                return Ok(Shape::Read);
            };
            batch.pack(shape);
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {
            self.reading.tally.count(Reason::LogBatchOverLimit);
        }
        Ok(Shape::Read)
    }
}

#[derive(Debug)]
struct BatchReader<'r, 'de> {
    reading: &'r mut Reading<'de>,
    pipeline: Option<Cow<'de, str>>,
    lines: Option<Shape>,
}

impl<'r, 'de> BatchReader<'r, 'de> {
    fn new(reading: &'r mut Reading<'de>) -> BatchReader<'r, 'de> {
        reading.buffers.lines.clear();
        BatchReader { reading, pipeline: None, lines: None }
    }

    fn pack(self, shape: Shape) {
        let Reading { tally, buffers, .. } = self.reading;
        match (&self.pipeline, self.lines, shape) {
            (Some(pipeline), Some(Shape::Read | Shape::Null), Shape::Read) => {
                let lines = buffers.lines.packed();
                if !lines.is_empty() {
                    buffers.entries.push(&LogBatch { pipeline, lines });
                }
            }
            _ => tally.count(Reason::LogBatchInvalid),
        }
    }
}

impl<'de> ReadPart<'de> for BatchReader<'_, 'de> {
    fn read_object<A: MapAccess<'de>>(&mut self, mut map: A) -> Result<Shape, A::Error> {
        let mode = self.reading.mode;
        while let Some(key) = map.next_key_seed(mode.key())? {
            match key.as_key() {
                "pipelineId" => self.pipeline = self.reading.id(&mut map)?,
                "lines" => {
                    let mut lines = LineList::new(self.reading);
                    self.lines = Some(map.next_value_seed(mode.part(&mut lines))?);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Shape::Read)
    }
}
