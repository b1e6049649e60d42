//! Which files a journal has, by their names.

use std::collections::BTreeMap;

use systole_systems::time::TickNumber;

use crate::journal::disk::{Disk, PARTIAL};
use crate::journal::error::{JournalError, in_file};

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
