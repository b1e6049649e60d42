//! Which files a journal has, by their names.

use std::collections::BTreeMap;

use systole_systems::time::TickNumber;

use crate::journal::disk::{Disk, PARTIAL};
use crate::journal::error::{JournalError, in_file};
use crate::journal::segment::Segment;
use crate::journal::snapshot;

/// A state that a journal holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The tick after which it was taken.
    pub tick: TickNumber,
    /// The newest tick whose rows the store was known to have then.
    pub committed: TickNumber,
    pub file: String,
    /// Otherwise it lies in the segment that begins with it.
    pub is_snapshot: bool,
}

/// The files of a journal.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// Segments by the tick they follow.
    pub segments: BTreeMap<TickNumber, String>,
    /// Snapshots by the tick after which they were taken.
    pub snapshots: BTreeMap<TickNumber, String>,
    /// Files that are not whole, or stand twice.
    pub leftovers: Vec<String>,
}

impl Catalog {
    /// Lists a journal.
    pub fn of(disk: &dyn Disk) -> Result<Catalog, JournalError> {
        let mut catalog = Catalog::default();
        for file in disk.list().map_err(in_file("the journal"))? {
            catalog.add(file);
        }
        Ok(catalog)
    }

    fn add(&mut self, file: String) {
        if file.ends_with(PARTIAL) {
            self.leftovers.push(file);
            return;
        }
        let Some((number, kind)) = file.split_once('.') else { return };
        let Some(follows) = number.parse::<u64>().ok().and_then(|first| first.checked_sub(1))
        else {
            return;
        };
        let follows = TickNumber(follows);
        match kind {
            // Compressed files are written whole and come after the others in the list.
            "journal" | "journal.zst" => {
                self.leftovers.extend(self.segments.insert(follows, file));
            }
            "snapshot" => {
                self.snapshots.insert(follows, file);
            }
            _ => (),
        }
    }

    /// Where a replay can begin, by tick. A segment's own state comes after a snapshot of the same tick:
    /// it is what the server went on from.
    pub fn places(&self, disk: &dyn Disk) -> Result<Vec<Place>, JournalError> {
        let mut places = Vec::new();
        for (&tick, file) in &self.snapshots {
            let committed = snapshot::read_head(disk, file)?.committed;
            places.push(Place { tick, committed, file: file.clone(), is_snapshot: true });
        }
        for (&tick, file) in &self.segments {
            let head = Segment::read_head(disk, file)?;
            if !head.continues {
                let (committed, file) = (head.committed, file.clone());
                places.push(Place { tick, committed, file, is_snapshot: false });
            }
        }
        places.sort_by_key(|place| (place.tick, !place.is_snapshot));
        Ok(places)
    }

    /// True when there is nothing to go on from.
    pub fn is_empty(&self) -> bool {
        self.segments.is_empty() && self.snapshots.is_empty()
    }

    /// The tick with which a segment ends: the next one follows it. `None`: it is the last.
    pub fn end_of(&self, follows: TickNumber) -> Option<TickNumber> {
        use std::ops::Bound::{Excluded, Unbounded};

        self.segments.range((Excluded(follows), Unbounded)).next().map(|(&next, _)| next)
    }
}
