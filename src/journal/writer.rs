//! Writes segments: frames gather in memory, go to the file, and are durable after a sync.
//!
//! Everything since the last sync is kept. When a write or a sync fails, the file is cut back to what
//! is known to be durable and all that is kept is written anew: after a failed sync nobody knows what
//! is on disk.

use std::io;
use std::sync::Arc;

use systole_systems::input::Inputs;
use systole_systems::time::{Tick, TickNumber};

use crate::journal::codec::{Encoder, varint};
use crate::journal::disk::{Disk, DiskFile, PARTIAL};
use crate::journal::error::{JournalError, in_file};
use crate::journal::frame;
use crate::journal::record::{self, Check, Head, write_check, write_tick};
use crate::journal::segment::{preamble, segment_name};

/// The segment that is being written.
pub struct Writer {
    disk: Arc<dyn Disk>,
    identity: String,
    segment: OpenSegment,
    /// The last tick, and what it came out as once that is known.
    last: Tick,
    last_check: Option<Check>,
    durable: TickNumber,
}

struct OpenSegment {
    disk: Arc<dyn Disk>,
    file: Box<dyn DiskFile>,
    /// Its name is durable too.
    is_named: bool,
    encoder: Encoder,
    /// What is known to be durable.
    durable_bytes: u64,
    /// What comes after it; so much of it was given to the file.
    kept: Vec<u8>,
    given: usize,
    /// A write failed: nobody knows what the file holds after its durable bytes.
    is_in_doubt: bool,
    last_fingerprint: Option<u64>,
}

impl Writer {
    /// Begins a segment after `head.follows`. `base`: the packed image of that tick, when the segment
    /// does not continue the one before it.
    pub fn begin(
        disk: Arc<dyn Disk>,
        head: &Head,
        base: Option<&[u8]>,
    ) -> Result<Writer, JournalError> {
        assert_eq!(head.continues, base.is_none(), "a segment continues another or has a base");
        let name = segment_name(head.follows.number);
        let mut segment = OpenSegment::create(&disk, head, base).map_err(in_file(&name))?;
        segment.sync().map_err(in_file(&name))?;
        let last = head.follows;
        Ok(Writer {
            disk,
            identity: head.identity.clone(),
            segment,
            last,
            last_check: None,
            durable: last.number,
        })
    }

    /// Adds a tick; what the one before it came out as goes with it.
    pub fn append(&mut self, tick: &Tick, inputs: &Inputs) {
        assert!(tick.follows(&self.last), "{tick:?} does not follow {:?}", self.last);
        let check = self.last_check.take();
        let (last, segment) = (self.last, &mut self.segment);
        let last_fingerprint = segment.last_fingerprint;
        segment.last_fingerprint = check.as_ref().map(|check| check.fingerprint);
        let lag = segment.kept.len() as u64;
        let encoder = &mut segment.encoder;
        let offset = segment.durable_bytes + lag;
        frame::append(&mut segment.kept, offset, record::TICK, |out| {
            varint::write(out, lag);
            write_check(out, check.as_ref(), last_fingerprint);
            write_tick(out, tick, &last);
            encoder.encode(inputs, out);
        });
        self.last = *tick;
    }

    /// Tells what the last tick came out as.
    pub fn check(&mut self, check: Check) {
        self.last_check = Some(check);
    }

    /// Gives the file what it has not got yet.
    pub fn write(&mut self) -> io::Result<()> {
        self.segment.write()
    }

    /// Makes every tick so far durable.
    pub fn sync(&mut self) -> io::Result<TickNumber> {
        self.segment.sync()?;
        self.durable = self.last.number;
        Ok(self.durable)
    }

    /// The last tick that is known to be durable.
    pub fn durable(&self) -> TickNumber {
        self.durable
    }

    /// Bytes that are not durable yet.
    pub fn kept_bytes(&self) -> usize {
        self.segment.kept.len()
    }

    /// Size of the present segment.
    pub fn segment_bytes(&self) -> u64 {
        self.segment.durable_bytes + self.segment.kept.len() as u64
    }

    /// Seals the segment and begins the next one. All ticks are durable before the next one is made,
    /// and that is durable before the seal: whatever happens, the two fit together. Once the next one
    /// has its name nothing is added to this one, even when it is an error.
    pub fn rotate(&mut self) -> io::Result<()> {
        self.sync()?;
        let head = Head::continuing(&self.identity, self.last);
        let next = OpenSegment::create(&self.disk, &head, None)?;
        let mut sealed = std::mem::replace(&mut self.segment, next);
        self.segment.sync()?;
        sealed.frame(record::SEALED, |_| ());
        sealed.sync()
    }

    /// Seals the segment at the end of the process.
    pub fn seal(mut self) -> io::Result<()> {
        self.end_check();
        // A seal says that all before it was durable.
        self.segment.sync()?;
        self.segment.frame(record::SEALED, |_| ());
        self.segment.sync()
    }

    /// Writes what the last tick came out as, since no tick of this segment will follow it.
    fn end_check(&mut self) {
        let Some(check) = self.last_check.take() else { return };
        let last = self.segment.last_fingerprint;
        self.segment.frame(record::CHECK, |out| write_check(out, Some(&check), last));
        self.segment.last_fingerprint = Some(check.fingerprint);
    }
}

impl OpenSegment {
    /// A segment whose beginning is durable, under a name that is not yet.
    fn create(disk: &Arc<dyn Disk>, head: &Head, base: Option<&[u8]>) -> io::Result<OpenSegment> {
        let name = segment_name(head.follows.number);
        let partial = format!("{name}{PARTIAL}");
        let mut segment = OpenSegment {
            disk: disk.clone(),
            file: disk.create(&partial)?,
            is_named: false,
            encoder: Encoder::default(),
            durable_bytes: 0,
            kept: preamble().to_vec(),
            given: 0,
            is_in_doubt: false,
            last_fingerprint: None,
        };
        let head = postcard::to_allocvec(head).expect("memory is the only limit");
        segment.frame(record::HEAD, |out| out.extend_from_slice(&head));
        if let Some(base) = base {
            segment.frame(record::BASE, |out| out.extend_from_slice(base));
        }
        segment.sync_file()?;
        disk.rename(&partial, &name)?;
        Ok(segment)
    }

    fn frame(&mut self, kind: u8, write: impl FnOnce(&mut Vec<u8>)) {
        let offset = self.durable_bytes + self.kept.len() as u64;
        frame::append(&mut self.kept, offset, kind, write);
    }

    fn write(&mut self) -> io::Result<()> {
        if self.is_in_doubt {
            self.file.truncate(self.durable_bytes)?;
            self.given = 0;
            self.is_in_doubt = false;
        }
        let new = &self.kept[self.given..];
        if new.is_empty() {
            return Ok(());
        }
        self.file.append(new).inspect_err(|_| self.is_in_doubt = true)?;
        self.given = self.kept.len();
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_file()?;
        if !self.is_named {
            self.disk.sync_names()?;
            self.is_named = true;
        }
        Ok(())
    }

    fn sync_file(&mut self) -> io::Result<()> {
        self.write()?;
        self.file.sync().inspect_err(|_| self.is_in_doubt = true)?;
        self.durable_bytes += self.kept.len() as u64;
        self.kept.clear();
        self.given = 0;
        Ok(())
    }
}
