//! Snapshots: the fleet as it was before the first tick of a segment, packed.

use serde::{Deserialize, Serialize};
use systole_systems::engine::Engine;
use systole_systems::image::Image;
use systole_systems::time::{Tick, TickNumber};

use crate::journal::disk::{Disk, write_whole};
use crate::journal::error::{JournalError, in_file};
use crate::journal::segment::{FRAMES_START, HEAD_BYTES_MAX, check_preamble, damaged, preamble};
use crate::journal::{frame, record};

/// Fast: snapshots are written while the server has other things to do.
const LEVEL: i32 = 1;

/// What a snapshot is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotHead {
    /// The database whose fleet this is.
    pub identity: String,
    /// The tick after which it was taken.
    pub tick: Tick,
    /// The newest tick whose rows the store was known to have.
    pub committed: TickNumber,
}

/// The name of the snapshot taken after `tick`: that of the segment it comes before.
pub fn snapshot_name(tick: TickNumber) -> String {
    format!("{:020}.snapshot", tick.0 + 1)
}

/// Packs an image.
pub fn pack(image: &Image<'_>) -> Vec<u8> {
    let bytes = postcard::to_allocvec(image).expect("memory is the only limit");
    zstd::encode_all(bytes.as_slice(), LEVEL).expect("memory is the only limit")
}

/// Restores the engine whose image was packed. `file` is named when it cannot be.
pub fn unpack(file: &str, packed: &[u8]) -> Result<Engine, JournalError> {
    let bytes = unpack_image(file, packed)?;
    let image: Image<'_> = postcard::from_bytes(&bytes)
        .map_err(|error| damaged(file, 0, &format!("its snapshot makes no sense: {error}")))?;
    Engine::restore(image).map_err(|error| {
        let why = format!(
            "its snapshot has fingerprint {:016x} and says {:016x}",
            error.found, error.expected
        );
        damaged(file, 0, &why)
    })
}

/// The bytes of a packed image.
pub(crate) fn unpack_image(file: &str, packed: &[u8]) -> Result<Vec<u8>, JournalError> {
    zstd::decode_all(packed)
        .map_err(|error| damaged(file, 0, &format!("its snapshot cannot be decompressed: {error}")))
}

/// Writes a snapshot, whole or not at all.
pub fn write(disk: &dyn Disk, identity: &str, image: &Image<'_>) -> Result<(), JournalError> {
    let head = SnapshotHead {
        identity: identity.to_owned(),
        tick: image.tick,
        committed: image.committed(),
    };
    let mut bytes = preamble().to_vec();
    let head = postcard::to_allocvec(&head).expect("memory is the only limit");
    let offset = bytes.len() as u64;
    frame::append(&mut bytes, offset, record::HEAD, |out| out.extend_from_slice(&head));
    let packed = pack(image);
    let offset = bytes.len() as u64;
    frame::append(&mut bytes, offset, record::BASE, |out| out.extend_from_slice(&packed));
    let name = snapshot_name(image.tick.number);
    write_whole(disk, &name, &bytes).map_err(in_file(&name))
}

/// Reads what a snapshot is of, and not the snapshot.
pub(crate) fn read_head(disk: &dyn Disk, file: &str) -> Result<SnapshotHead, JournalError> {
    let bytes = disk.read_start(file, HEAD_BYTES_MAX).map_err(in_file(file))?;
    check_preamble(file, &bytes)?;
    let head = frame::read(&bytes, FRAMES_START).filter(|frame| frame.kind == record::HEAD);
    let head = head.and_then(|head| postcard::from_bytes(head.payload).ok());
    head.ok_or_else(|| damaged(file, FRAMES_START, "its head cannot be read"))
}

/// Reads a snapshot.
pub fn read(disk: &dyn Disk, file: &str) -> Result<(SnapshotHead, Engine), JournalError> {
    let bytes = disk.read(file).map_err(in_file(file))?;
    check_preamble(file, &bytes)?;
    let cut = |offset| damaged(file, offset, "what was written there cannot be read");
    let head = frame::read(&bytes, FRAMES_START).ok_or_else(|| cut(FRAMES_START))?;
    let base = frame::read(&bytes, head.end).ok_or_else(|| cut(head.end))?;
    if (head.kind, base.kind) != (record::HEAD, record::BASE) {
        return Err(damaged(file, FRAMES_START, "it is not a snapshot"));
    }
    let known: SnapshotHead = postcard::from_bytes(head.payload)
        .map_err(|_| damaged(file, FRAMES_START, "its head makes no sense"))?;
    let engine = unpack(file, base.payload)?;
    if engine.last_tick() != known.tick {
        return Err(damaged(file, FRAMES_START, "it is of another tick than it says"));
    }
    Ok((known, engine))
}
