//! Bodies of agents, decoded straight into the core's input format: one pass, hardly an allocation.
//!
//! Both generations of agents are understood. An entry that makes no sense is dropped and counted;
//! it never costs the rest of its body.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::DeserializeSeed as _;
use systole_systems::input::{Input, Inputs};

use crate::edge_counters::Tally;
use crate::event_samples::result::SampleResult;
use crate::http::agent::wire::enrollment::EnrollmentReader;
pub use crate::http::agent::wire::enrollment::EnrollmentRequest;
use crate::http::agent::wire::heartbeat::HeartbeatReader;
use crate::http::agent::wire::logs::LogsReader;
use crate::http::agent::wire::reading::{Buffers, Reading};
use crate::http::agent::wire::samples::SamplesReader;
use crate::http::agent::wire::tap_report::TapReportReader;
use crate::http::agent::wire::value::{Mode, ReadPart, Shape};
use crate::http::reply::HttpError;
use crate::taps::report::TapReport;

mod component;
mod enrollment;
mod heartbeat;
mod host;
mod json_values;
mod labels;
mod logs;
mod pipeline;
mod reading;
mod samples;
mod tap_report;
mod text;
mod value;

/// What a body says, ready for the driver.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// One input; none when nothing of the body was left.
    pub inputs: Inputs,
    /// What was dropped or mended.
    pub tally: Tally,
    /// Results that came with a heartbeat. No input: they are moments, and not the core's.
    pub sample_results: Vec<SampleResult>,
}

/// Why a body as a whole is not understood.
#[derive(Debug)]
pub enum DecodeError {
    NotJson(serde_json::Error),
    Missing { field: &'static str },
    Wrong { field: &'static str, expected: &'static str },
}

/// Reads a heartbeat of a node.
pub fn decode_heartbeat(node: &str, body: &[u8]) -> Result<Decoded, DecodeError> {
    let text = readable(body);
    let mut reader = HeartbeatReader::new(Reading::new(BUFFERS.take()));
    read(&text, &mut reader)?;
    let inputs = Inputs::of(&Input::Heartbeat(reader.heartbeat(node)?));
    let sample_results = reader.take_sample_results();
    let (buffers, tally) = reader.reading.finish();
    BUFFERS.set(buffers);
    Ok(Decoded { inputs, tally, sample_results })
}

/// Reads log batches of a node.
pub fn decode_logs(node: &str, body: &[u8]) -> Result<Decoded, DecodeError> {
    let text = readable(body);
    let mut reader = LogsReader::new(Reading::new(BUFFERS.take()));
    let shape = read(&text, &mut reader)?;
    if shape != Shape::Read {
        return Err(DecodeError::Wrong { field: "the body", expected: "an array of log batches" });
    }
    let batches = reader.batches();
    let mut inputs = Inputs::default();
    if !batches.is_empty() {
        inputs.push(&Input::LogsReceived { node, batches });
    }
    let (buffers, tally) = reader.reading.finish();
    BUFFERS.set(buffers);
    Ok(Decoded { inputs, tally, sample_results: Vec::new() })
}

/// Reads a request to enter the fleet.
pub fn decode_enrollment(body: &[u8]) -> Result<(EnrollmentRequest, Tally), DecodeError> {
    let text = readable(body);
    let mut reader = EnrollmentReader::new(Reading::new(Buffers::default()));
    read(&text, &mut reader)?;
    reader.finish()
}

/// Reads results of event samples.
pub fn decode_samples(body: &[u8]) -> Result<(Vec<SampleResult>, Tally), DecodeError> {
    let text = readable(body);
    let mut reader = SamplesReader::new(Reading::new(Buffers::default()));
    read(&text, &mut reader)?;
    let results = reader.results()?;
    Ok((results, reader.reading.finish().1))
}

/// Reads what an agent reports of a live tap.
pub fn decode_tap_report(body: &[u8]) -> Result<(TapReport, Tally), DecodeError> {
    let text = readable(body);
    let mut reader = TapReportReader::new(Reading::new(Buffers::default()));
    read(&text, &mut reader)?;
    let report = reader.report()?;
    Ok((report, reader.reading.finish().1))
}

/// The body as text; bytes that are no text stay readable around them.
fn readable(body: &[u8]) -> Cow<'_, str> {
    // The strict check first: it is many times faster than looking for what to replace.
    match std::str::from_utf8(body) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(body),
    }
}

thread_local! {
    /// Memory that the bodies of one worker use one after the other.
    static BUFFERS: Cell<Buffers> = Cell::default();
}

/// Reads a whole body.
trait ReadBody<'de>: ReadPart<'de> {
    /// Forgets what was read and starts anew.
    fn start(&mut self, mode: Mode);
}

/// One strict pass; only a body it cannot read is read again with care.
fn read<'de>(text: &'de str, reader: &mut impl ReadBody<'de>) -> Result<Shape, DecodeError> {
    read_as(Mode::Fast, text, reader)
        .or_else(|_| read_as(Mode::Careful, text, reader))
        .map_err(DecodeError::NotJson)
}

fn read_as<'de>(
    mode: Mode,
    text: &'de str,
    reader: &mut impl ReadBody<'de>,
) -> Result<Shape, serde_json::Error> {
    reader.start(mode);
    let mut json = serde_json::Deserializer::from_str(text);
    // The outermost value has nothing to be kept apart from.
    let shape = Mode::Fast.part(reader).deserialize(&mut json)?;
    json.end()?;
    Ok(shape)
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecodeError::NotJson(error) => write!(f, "the body is not JSON: {error}"),
            DecodeError::Missing { field } => write!(f, "{field} is missing"),
            DecodeError::Wrong { field, expected } => write!(f, "{field} must be {expected}"),
        }
    }
}

impl From<DecodeError> for HttpError {
    fn from(error: DecodeError) -> HttpError {
        HttpError::BadRequest(error.to_string())
    }
}
