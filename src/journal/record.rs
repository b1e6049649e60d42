//! What the frames of a segment say.

use serde::{Deserialize, Serialize};
use systole_systems::effect::TickOutput;
use systole_systems::image::Image;
use systole_systems::time::{Millis, Tick, TickNumber};

use crate::journal::codec::varint;

/// Kinds of frames.
pub(crate) const HEAD: u8 = 1;
pub(crate) const BASE: u8 = 2;
pub(crate) const TICK: u8 = 3;
pub(crate) const CHECK: u8 = 4;
pub(crate) const SEALED: u8 = 5;

/// How a segment begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The database whose fleet this is.
    pub identity: String,
    /// The tick before the first of this segment.
    pub follows: Tick,
    /// The segment before this one ends with that tick, and its state is the one to go on from.
    /// Otherwise the segment holds the snapshot to begin with.
    pub continues: bool,
    /// Of a segment that does not continue another: the newest tick whose rows the store was known to
    /// have. A store that has less cannot be brought up to date from here.
    pub committed: TickNumber,
}

impl Head {
    /// The head of a segment that goes on where the last one ended.
    pub fn continuing(identity: &str, follows: Tick) -> Head {
        let identity = identity.to_owned();
        Head { identity, follows, continues: true, committed: TickNumber(0) }
    }

    /// The head of a segment that begins with a state of its own.
    pub fn beginning(identity: &str, image: &Image<'_>) -> Head {
        Head {
            identity: identity.to_owned(),
            follows: image.tick,
            continues: false,
            committed: image.committed(),
        }
    }
}

/// What a tick came out as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    pub fingerprint: u64,
    /// 16 bits of the hash of each entity that changed, in their order.
    pub marks: Vec<u16>,
}

impl Check {
    /// The check of a tick that was just run.
    pub fn of(output: &TickOutput<'_>) -> Check {
        let changed = output.fingerprint.changed();
        Check {
            fingerprint: output.fingerprint.value(),
            marks: changed.iter().map(|changed| changed.mark).collect(),
        }
    }
}

/// The check of a tick is not known: the process ended before it was written.
const UNCHECKED: u8 = 0;
/// As the tick before, and nothing changed.
const UNCHANGED: u8 = 1;
const CHECKED: u8 = 2;

/// Appends a check; `last` is the one before it.
pub(crate) fn write_check(out: &mut Vec<u8>, check: Option<&Check>, last: Option<u64>) {
    match check {
        None => out.push(UNCHECKED),
        Some(check) if check.marks.is_empty() && Some(check.fingerprint) == last => {
            out.push(UNCHANGED);
        }
        Some(check) => {
            out.push(CHECKED);
            out.extend_from_slice(&check.fingerprint.to_le_bytes());
            varint::write(out, check.marks.len() as u64);
            for mark in &check.marks {
                out.extend_from_slice(&mark.to_le_bytes());
            }
        }
    }
}

/// Takes a check off the front; the outer `None`: it is not one.
pub(crate) fn read_check(rest: &mut &[u8], last: Option<u64>) -> Option<Option<Check>> {
    match varint::take(rest, 1)?[0] {
        UNCHECKED => Some(None),
        UNCHANGED => Some(Some(Check { fingerprint: last?, marks: Vec::new() })),
        CHECKED => {
            let fingerprint = u64::from_le_bytes(varint::take(rest, 8)?.try_into().ok()?);
            let count = usize::try_from(varint::read(rest)?).ok()?;
            let bytes = varint::take(rest, count.checked_mul(2)?)?;
            let marks =
                bytes.chunks_exact(2).map(|mark| u16::from_le_bytes([mark[0], mark[1]])).collect();
            Some(Some(Check { fingerprint, marks }))
        }
        _ => None,
    }
}

/// Appends a tick as its difference from the one before.
pub(crate) fn write_tick(out: &mut Vec<u8>, tick: &Tick, last: &Tick) {
    varint::write(out, tick.number.0 - last.number.0);
    varint::write(out, tick.now.0 - last.now.0);
    varint::write(out, tick.listened.0 - last.listened.0);
}

/// Takes a tick off the front.
pub(crate) fn read_tick(rest: &mut &[u8], last: &Tick) -> Option<Tick> {
    let tick = Tick {
        number: TickNumber(last.number.0.checked_add(varint::read(rest)?)?),
        now: Millis(last.now.0.checked_add(varint::read(rest)?)?),
        listened: Millis(last.listened.0.checked_add(varint::read(rest)?)?),
    };
    tick.follows(last).then_some(tick)
}
