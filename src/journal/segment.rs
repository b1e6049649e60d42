//! Reads a segment: its head, then tick after tick. What is torn at the end is told apart from damage.
//!
//! A frame of a tick says how far the file was durable when it was written. Whatever lies before that
//! was on disk once, so when it cannot be read it was damaged; what lies after may never have been.

use systole_systems::input::Inputs;
use systole_systems::time::{Tick, TickNumber};

use crate::journal::codec::{Decoder, varint};
use crate::journal::disk::Disk;
use crate::journal::error::{JournalError, in_file};
use crate::journal::record::{self, Check, Head, read_check, read_tick};
use crate::journal::{codec, frame};

/// The format this version reads and writes.
pub const FORMAT: u16 = 4;
const MAGIC: [u8; 8] = *b"systolej";
/// Where the first frame lies.
pub(crate) const FRAMES_START: usize = 10;

/// The end of a compressed segment's name.
pub(crate) const COMPRESSED: &str = ".zst";
/// A file's name and head together are no longer than this.
pub(crate) const HEAD_BYTES_MAX: usize = 1_024;

/// How every file of a journal begins.
pub(crate) fn preamble() -> [u8; FRAMES_START] {
    let mut bytes = [0; FRAMES_START];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..].copy_from_slice(&FORMAT.to_le_bytes());
    bytes
}

/// The name of the segment whose first tick comes after `follows`.
pub fn segment_name(follows: TickNumber) -> String {
    format!("{:020}.journal", follows.0 + 1)
}

/// A segment being read.
#[derive(Debug)]
pub struct Segment {
    pub file: String,
    pub head: Head,
    bytes: Vec<u8>,
    base: Option<(usize, usize)>,
    at: usize,
    decoder: Decoder,
    last: Tick,
    last_fingerprint: Option<u64>,
    is_compressed: bool,
}

/// What comes next in a segment.
#[derive(Debug)]
pub enum Next {
    /// A tick, and what the one before it came out as, when that is known.
    Tick {
        tick: Tick,
        last_check: Option<Check>,
    },
    /// What the last tick came out as.
    Check(Check),
    End(End),
}

/// How a segment ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// In order: nothing is missing.
    Sealed,
    /// As it was when the process ended; `length` bytes are whole, `torn_bytes` after them are not.
    Open { length: u64, torn_bytes: u64 },
}

impl Segment {
    /// Reads a file and its head.
    pub fn open(disk: &dyn Disk, file: &str) -> Result<Segment, JournalError> {
        let bytes = disk.read(file).map_err(in_file(file))?;
        let is_compressed = file.ends_with(COMPRESSED);
        let bytes = if is_compressed { decompress(file, &bytes)? } else { bytes };
        check_preamble(file, &bytes)?;
        let damaged = |offset: usize, why: &str| damaged(file, offset, why);
        let first = frame::read(&bytes, FRAMES_START);
        let first = first.filter(|first| first.kind == record::HEAD);
        let first = first.ok_or_else(|| damaged(FRAMES_START, "its head cannot be read"))?;
        let head: Head = postcard::from_bytes(first.payload)
            .map_err(|_| damaged(FRAMES_START, "its head makes no sense"))?;
        let (mut at, mut base) = (first.end, None);
        if !head.continues {
            let frame = frame::read(&bytes, at).filter(|frame| frame.kind == record::BASE);
            let frame = frame.ok_or_else(|| damaged(at, "its snapshot cannot be read"))?;
            base = Some((frame.end - frame.payload.len(), frame.end));
            at = frame.end;
        }
        let last = head.follows;
        let file = file.to_owned();
        let decoder = Decoder::default();
        let last_fingerprint = None;
        Ok(Segment { file, head, bytes, base, at, decoder, last, last_fingerprint, is_compressed })
    }

    /// Reads the head of a file and nothing else.
    pub fn read_head(disk: &dyn Disk, file: &str) -> Result<Head, JournalError> {
        // A compressed file needs its first block whole.
        const START_BYTES: usize = 256 << 10;
        let start = disk.read_start(file, START_BYTES).map_err(in_file(file))?;
        let mut bytes = start;
        if file.ends_with(COMPRESSED) {
            bytes = decompress_start(file, &bytes)?;
        }
        check_preamble(file, &bytes)?;
        let head = frame::read(&bytes, FRAMES_START).filter(|frame| frame.kind == record::HEAD);
        let head = head.and_then(|head| postcard::from_bytes(head.payload).ok());
        head.ok_or_else(|| damaged(file, FRAMES_START, "its head cannot be read"))
    }

    /// The packed image to begin with, when the segment holds one.
    pub fn base(&self) -> Option<&[u8]> {
        self.base.map(|(start, end)| &self.bytes[start..end])
    }

    /// Where the next frame lies, in bytes of the file as it was written.
    pub fn offset(&self) -> u64 {
        self.at as u64
    }

    /// Takes the next frame; of a tick, its inputs are added to `inputs`.
    pub fn next(&mut self, inputs: &mut Inputs) -> Result<Next, JournalError> {
        let Some(frame) = frame::read(&self.bytes, self.at) else { return self.end() };
        let (kind, end) = (frame.kind, frame.end);
        let mut rest = frame.payload;
        let read = match kind {
            record::TICK => read_tick_frame(
                &mut rest,
                (&self.last, self.last_fingerprint),
                &mut self.decoder,
                inputs,
            ),
            record::CHECK => read_check(&mut rest, self.last_fingerprint)
                .flatten()
                .map(Next::Check)
                .ok_or("a check that makes no sense".to_owned()),
            record::SEALED => Ok(Next::End(End::Sealed)),
            _ => Err("a frame of a kind this version does not know".to_owned()),
        };
        let next = read.map_err(|why| damaged(&self.file, self.at, &why))?;
        if !rest.is_empty() {
            return Err(damaged(&self.file, self.at, "a frame that is longer than what it says"));
        }
        match &next {
            Next::Tick { tick, last_check } => {
                self.last = *tick;
                self.last_fingerprint = last_check.as_ref().map(|check| check.fingerprint);
            }
            Next::Check(check) => self.last_fingerprint = Some(check.fingerprint),
            Next::End(_) if end < self.bytes.len() => {
                return Err(damaged(&self.file, end, "something follows its end"));
            }
            Next::End(_) => return Ok(next),
        }
        self.at = end;
        Ok(next)
    }

    /// What lies here is no frame: the end, or damage.
    fn end(&self) -> Result<Next, JournalError> {
        let left = self.bytes.len() - self.at;
        let was_durable = self.is_compressed || something_later_proves(&self.bytes, self.at);
        if left > 0 && was_durable || self.is_compressed {
            return Err(damaged(&self.file, self.at, "what was written there cannot be read"));
        }
        Ok(Next::End(End::Open { length: self.at as u64, torn_bytes: left as u64 }))
    }
}

/// Whether a later frame knows that this place was durable.
fn something_later_proves(bytes: &[u8], at: usize) -> bool {
    let mut offset = at + 1;
    while offset + frame::HEAD_BYTES <= bytes.len() {
        let kind = bytes[offset + 8];
        let is_frame = (record::TICK..=record::SEALED).contains(&kind);
        let Some(frame) = frame::read(bytes, offset).filter(|_| is_frame) else {
            offset += 1;
            continue;
        };
        let mut rest = frame.payload;
        let proven = match kind {
            record::TICK => varint::read(&mut rest).map(|lag| offset as u64 - lag),
            record::SEALED => Some(offset as u64),
            _ => None,
        };
        if proven.is_some_and(|proven| (at as u64) < proven) {
            return true;
        }
        offset = frame.end;
    }
    false
}

/// Seals a file that was read from a disk, without what is torn at its end. `None`: there is damage in it.
pub(crate) fn sealed(mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    let mut at = FRAMES_START;
    while let Some(frame) = frame::read(&bytes, at) {
        at = frame.end;
        if frame.kind == record::SEALED {
            return (at == bytes.len()).then_some(bytes);
        }
    }
    if at < bytes.len() && something_later_proves(&bytes, at) {
        return None;
    }
    bytes.truncate(at);
    frame::append(&mut bytes, at as u64, record::SEALED, |_| ());
    Some(bytes)
}

fn read_tick_frame(
    rest: &mut &[u8],
    (last, last_fingerprint): (&Tick, Option<u64>),
    decoder: &mut Decoder,
    inputs: &mut Inputs,
) -> Result<Next, String> {
    const SENSELESS: &str = "a tick that makes no sense";
    varint::read(rest).ok_or(SENSELESS)?; // how far the file was durable
    let last_check = read_check(rest, last_fingerprint).ok_or(SENSELESS)?;
    let tick = read_tick(rest, last).ok_or(SENSELESS)?;
    decoder.decode(rest, inputs).map_err(|codec::WalkError(why)| format!("an input: {why}"))?;
    Ok(Next::Tick { tick, last_check })
}

pub(crate) fn damaged(file: &str, offset: usize, why: &str) -> JournalError {
    JournalError::Damaged { file: file.to_owned(), offset: offset as u64, why: why.to_owned() }
}

/// Refuses what is not a journal's file, and other formats.
pub(crate) fn check_preamble(file: &str, bytes: &[u8]) -> Result<(), JournalError> {
    let Some(format) = bytes.strip_prefix(&MAGIC).and_then(|rest| rest.first_chunk::<2>()) else {
        return Err(JournalError::NotAJournal { file: file.to_owned() });
    };
    match u16::from_le_bytes(*format) {
        FORMAT => Ok(()),
        found => Err(JournalError::Version { file: file.to_owned(), found, expected: FORMAT }),
    }
}

fn decompress_start(file: &str, bytes: &[u8]) -> Result<Vec<u8>, JournalError> {
    let mut plain = vec![0; HEAD_BYTES_MAX];
    let read = zstd::Decoder::new(bytes)
        .and_then(|mut decoder| std::io::Read::read(&mut decoder, &mut plain));
    let length = read.map_err(|error| undecompressed(file, &error))?;
    plain.truncate(length);
    Ok(plain)
}

fn decompress(file: &str, bytes: &[u8]) -> Result<Vec<u8>, JournalError> {
    zstd::decode_all(bytes).map_err(|error| undecompressed(file, &error))
}

fn undecompressed(file: &str, error: &std::io::Error) -> JournalError {
    damaged(file, 0, &format!("it cannot be decompressed: {error}"))
}
