//! What a journal holds: its files, its ticks, its inputs. Decodes everything and runs nothing.

mod table;

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::ser::{Serialize, SerializeSeq as _, SerializeStruct as _, Serializer};
use systole_systems::input::Inputs;
use systole_systems::time::Tick;

use crate::cli::journal_options::InspectOptions;
use crate::http::rfc3339::Rfc3339;
use crate::journal::JournalError;
use crate::journal::segment::{End, Next, Segment};
use crate::journal::snapshot;
use crate::journal_tools::ToolError;
use crate::journal_tools::input_counts::InputCounts;
use crate::journal_tools::moment::Stretch;
use crate::journal_tools::output::in_output;
use crate::journal_tools::source::Source;

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Inspection {
    pub files: Vec<FileFacts>,
    pub counts: InputCounts,
    pub ticks: u64,
    /// Of the frames of these ticks, as they were written.
    pub frame_bytes: u64,
    /// What cannot be read, and where.
    pub damage: Vec<String>,
    /// Ticks that are missing between files.
    pub gaps: Vec<String>,
}

/// One file.
#[derive(Clone, Debug)]
pub struct FileFacts {
    pub file: String,
    pub bytes: u64,
    /// The database whose fleet this is; `None`: its head cannot be read.
    pub identity: Option<String>,
    pub first: Option<Tick>,
    pub last: Option<Tick>,
    pub ticks: u64,
    pub heartbeats: u64,
    pub frame_bytes: u64,
    pub state: FileState,
}

/// How a file ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileState {
    Snapshot,
    Sealed,
    /// A server writes it, or ended without sealing it.
    Open,
    /// Open, and the last bytes are not a whole frame.
    Torn(u64),
    Damaged,
    /// It lies outside what was asked for.
    NotRead,
}

/// Reads a journal. With `--inputs`, prints the ticks as lines of JSON meanwhile.
pub fn run(
    options: &InspectOptions,
    stop: &AtomicBool,
    out: &mut dyn Write,
) -> Result<Inspection, ToolError> {
    let stretch = Stretch { from: options.from, to: options.to };
    let source = Source::open(&options.journal)?;
    let mut inspection = Inspection::default();
    for file in source.catalog.snapshots.values() {
        inspection.add_snapshot(&source, file)?;
    }
    let mut last: Option<Tick> = None;
    let segments: Vec<&String> = source.catalog.segments.values().collect();
    for (index, &file) in segments.iter().enumerate() {
        let next = segments.get(index + 1).and_then(|next| follows(&source, next));
        // Wholly before the stretch, or behind it.
        let here = follows(&source, file);
        let is_before = next.is_some_and(|next| stretch.is_after(&next));
        let is_behind = here.is_some_and(|here| stretch.is_before(&here));
        let mut facts = FileFacts::of(&source, file)?;
        if let (Some(last), Some(here)) = (last, here)
            && last != here
        {
            let (expected, found) = (last.number, here.number);
            let gap = JournalError::Gap { file: file.clone(), expected, found };
            inspection.gaps.push(gap.to_string());
        }
        last = None;
        if is_before || is_behind {
            facts.state = FileState::NotRead;
        } else {
            let mut reading =
                Reading { stretch: &stretch, stop, out: options.inputs.then_some(&mut *out) };
            match reading.segment(&source, &mut facts, &mut inspection) {
                Ok(end) => last = end,
                Err(ReadError::Journal(error)) => {
                    facts.state = FileState::Damaged;
                    inspection.damage.push(error.to_string());
                }
                Err(ReadError::Out(error)) => return Err(in_output("-".as_ref())(error)),
                Err(ReadError::Stopped) => break,
            }
        }
        inspection.files.push(facts);
    }
    Ok(inspection)
}

fn follows(source: &Source, file: &str) -> Option<Tick> {
    Segment::read_head(&*source.disk, file).ok().map(|head| head.follows)
}

impl Inspection {
    /// Why the exit code is not 0; `None`: it is.
    pub fn complaint(&self) -> Option<String> {
        self.damage.first().or(self.gaps.first()).cloned()
    }

    fn add_snapshot(&mut self, source: &Source, file: &str) -> Result<(), ToolError> {
        let mut facts = FileFacts::of(source, file)?;
        match snapshot::read_head(&*source.disk, file) {
            Ok(head) => {
                facts.identity = Some(head.identity);
                facts.last = Some(head.tick);
                facts.state = FileState::Snapshot;
            }
            Err(error) => self.damage.push(error.to_string()),
        }
        self.files.push(facts);
        Ok(())
    }
}

impl FileFacts {
    fn of(source: &Source, file: &str) -> Result<FileFacts, ToolError> {
        let bytes = source.disk.size(file).map_err(crate::journal::error::in_file(file))?;
        Ok(FileFacts {
            file: file.to_owned(),
            bytes,
            identity: None,
            first: None,
            last: None,
            ticks: 0,
            heartbeats: 0,
            frame_bytes: 0,
            state: FileState::Damaged,
        })
    }
}

struct Reading<'a> {
    stretch: &'a Stretch,
    stop: &'a AtomicBool,
    /// Where inputs are printed.
    out: Option<&'a mut dyn Write>,
}

enum ReadError {
    Journal(JournalError),
    Out(io::Error),
    Stopped,
}

impl From<JournalError> for ReadError {
    fn from(error: JournalError) -> ReadError {
        ReadError::Journal(error)
    }
}

impl Reading<'_> {
    /// Reads a segment to its end; answers its last tick. Whatever was read before damage counts.
    fn segment(
        &mut self,
        source: &Source,
        facts: &mut FileFacts,
        found: &mut Inspection,
    ) -> Result<Option<Tick>, ReadError> {
        let mut segment = Segment::open(&*source.disk, &facts.file)?;
        facts.identity = Some(segment.head.identity.clone());
        let mut last = segment.head.follows;
        let mut inputs = Inputs::default();
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Err(ReadError::Stopped);
            }
            inputs.clear();
            let offset = segment.offset();
            match segment.next(&mut inputs)? {
                Next::Tick { tick, .. } => {
                    last = tick;
                    if self.stretch.holds(&tick) {
                        let bytes = segment.offset() - offset;
                        self.tick(&tick, &inputs).map_err(ReadError::Out)?;
                        count(&tick, &inputs, bytes, (facts, found));
                    }
                }
                Next::Check(_) => (),
                Next::End(end) => {
                    facts.state = match end {
                        End::Sealed => FileState::Sealed,
                        End::Open { torn_bytes: 0, .. } => FileState::Open,
                        End::Open { torn_bytes, .. } => FileState::Torn(torn_bytes),
                    };
                    return Ok(Some(last));
                }
            }
        }
    }

    fn tick(&mut self, tick: &Tick, inputs: &Inputs) -> io::Result<()> {
        let Some(out) = &mut self.out else { return Ok(()) };
        serde_json::to_writer(&mut **out, &TickLine { tick, inputs })?;
        out.write_all(b"\n")
    }
}

fn count(
    tick: &Tick,
    inputs: &Inputs,
    bytes: u64,
    (facts, found): (&mut FileFacts, &mut Inspection),
) {
    facts.first.get_or_insert(*tick);
    facts.last = Some(*tick);
    facts.ticks += 1;
    facts.frame_bytes += bytes;
    let heartbeats = (0..inputs.len()).filter(|&index| inputs.is_heartbeat(index)).count();
    facts.heartbeats += heartbeats as u64;
    found.ticks += 1;
    found.frame_bytes += bytes;
    found.counts.add(inputs);
}

/// A tick as a line of JSON.
struct TickLine<'a> {
    tick: &'a Tick,
    inputs: &'a Inputs,
}

impl Serialize for TickLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut line = serializer.serialize_struct("Tick", 3)?;
        line.serialize_field("tick", &self.tick.number)?;
        line.serialize_field("now", &Rfc3339(self.tick.now))?;
        line.serialize_field("inputs", &InputList(self.inputs))?;
        line.end()
    }
}

struct InputList<'a>(&'a Inputs);

impl Serialize for InputList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for input in self.0.iter() {
            list.serialize_element(&input)?;
        }
        list.end()
    }
}
