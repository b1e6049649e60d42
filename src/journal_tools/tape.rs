//! Writes one segment that stands on its own: a state, then ticks. It appears when it is whole.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use systole_systems::engine::Engine;
use systole_systems::input::Inputs;
use systole_systems::time::{Tick, TickNumber};
use tempfile::TempDir;

use crate::journal::disk::Directory;
use crate::journal::record::{Check, Head};
use crate::journal::segment::segment_name;
use crate::journal::snapshot;
use crate::journal::writer::Writer;
use crate::journal_tools::ToolError;
use crate::journal_tools::output::{Output, check_free, directory_of, in_output};

/// Bytes in memory at which they are given to the file.
const KEPT_BYTES_MAX: usize = 8 << 20;
/// As for the segments of a server.
const LEVEL: i32 = 3;

/// A segment being written.
pub struct Tape {
    path: PathBuf,
    force: bool,
    writer: Writer,
    follows: TickNumber,
    /// Beside the output, so that renaming is enough; goes with everything in it.
    directory: TempDir,
}

impl Tape {
    /// Begins with the state of an engine.
    pub fn begin(
        path: &Path,
        force: bool,
        identity: &str,
        engine: &Engine,
    ) -> Result<Tape, ToolError> {
        check_free(path, force)?;
        let directory = tempfile::Builder::new()
            .prefix(".systole-")
            .tempdir_in(directory_of(path))
            .map_err(in_output(path))?;
        let disk = Directory::open(directory.path()).map_err(in_output(path))?;
        let follows = engine.last_tick();
        let image = engine.image();
        let head = Head::beginning(identity, &image);
        let base = snapshot::pack(&image);
        let writer = Writer::begin(Arc::new(disk), &head, Some(&base))?;
        Ok(Tape { path: path.to_owned(), force, writer, follows: follows.number, directory })
    }

    /// Adds a tick.
    pub fn append(&mut self, tick: &Tick, inputs: &Inputs) -> Result<(), ToolError> {
        self.writer.append(tick, inputs);
        if KEPT_BYTES_MAX <= self.writer.kept_bytes() {
            self.writer.sync().map_err(in_output(&self.path))?;
        }
        Ok(())
    }

    /// Tells what the last tick came out as.
    pub fn check(&mut self, check: Check) {
        self.writer.check(check);
    }

    /// Seals the segment and gives it its name; answers its size.
    pub fn finish(self) -> Result<u64, ToolError> {
        let Tape { path, force, writer, follows, directory } = self;
        let written = directory.path().join(segment_name(follows));
        writer.seal().map_err(in_output(&path))?;
        let mut output = Output::create(&path, force)?;
        let mut whole = std::fs::File::open(&written).map_err(in_output(&path))?;
        let is_compressed = path.extension().is_some_and(|extension| extension == "zst");
        if is_compressed {
            zstd::stream::copy_encode(whole, &mut output, LEVEL).map_err(in_output(&path))?;
        } else {
            std::io::copy(&mut whole, &mut output).map_err(in_output(&path))?;
        }
        output.finish()?;
        Ok(std::fs::metadata(&path).map_err(in_output(&path))?.len())
    }
}
