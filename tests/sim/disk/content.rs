//! The bytes of one file: as a reader sees them, and as they are when power is lost.

use fastrand::Rng;

/// What the disk writes as one.
const SECTOR: usize = 512;

/// A file.
#[derive(Clone, Debug, Default)]
pub struct Content {
    seen: Vec<u8>,
    durable: Vec<u8>,
    /// What makes the durable bytes those that are seen, in order.
    unsynced: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Cut(usize),
}

impl Content {
    /// What a reader sees.
    pub fn seen(&self) -> &[u8] {
        &self.seen
    }

    /// Writes behind what is there.
    pub fn append(&mut self, bytes: &[u8]) {
        let at = self.seen.len();
        self.seen.extend_from_slice(bytes);
        self.unsynced.push(Change::Write { at, bytes: bytes.to_vec() });
    }

    /// Cuts the file, or makes it longer.
    pub fn cut(&mut self, length: usize) {
        self.seen.resize(length, 0);
        self.unsynced.push(Change::Cut(length));
    }

    /// Makes everything durable that is not taken for durable already.
    pub fn sync(&mut self) {
        for change in std::mem::take(&mut self.unsynced) {
            self.durable = applied(std::mem::take(&mut self.durable), &change);
        }
    }

    /// Some of it becomes durable, and all of it is taken for durable from now on.
    pub fn fail_sync(&mut self, rng: &mut Rng) {
        let seen = std::mem::take(&mut self.seen);
        self.lose_power(rng);
        self.seen = seen;
    }

    /// Some of what was not synced is there: all, nothing, the beginning, or any sectors.
    pub fn lose_power(&mut self, rng: &mut Rng) {
        let unsynced = std::mem::take(&mut self.unsynced);
        let mut durable = std::mem::take(&mut self.durable);
        let all: usize = unsynced.iter().map(Change::len).sum();
        let (mut left, by_sector) = match rng.u32(0..5) {
            0 => (0, false),
            1 => (all, false),
            2 | 3 => (rng.usize(0..=all), false),
            _ => (all, true),
        };
        for change in &unsynced {
            match change {
                Change::Write { at, bytes } if by_sector => {
                    for (start, sector) in sectors(*at, bytes) {
                        if rng.bool() {
                            let bytes = sector.to_vec();
                            durable = applied(durable, &Change::Write { at: start, bytes });
                        }
                    }
                }
                Change::Write { at, bytes } => {
                    let bytes = bytes[..left.min(bytes.len())].to_vec();
                    left -= bytes.len();
                    if !bytes.is_empty() {
                        durable = applied(durable, &Change::Write { at: *at, bytes });
                    }
                }
                Change::Cut(_) if left == 0 && all > 0 => (),
                Change::Cut(_) => durable = applied(durable, change),
            }
        }
        // The length may have been written, and the bytes not.
        if by_sector && durable.len() < self.seen.len() && rng.bool() {
            durable.resize(self.seen.len(), 0);
        }
        self.seen.clone_from(&durable);
        self.durable = durable;
    }

    /// Turns some bits of a byte.
    pub fn damage(&mut self, at: usize, bits: u8) {
        self.seen[at] ^= bits;
    }
}

impl Change {
    fn len(&self) -> usize {
        match self {
            Change::Write { bytes, .. } => bytes.len(),
            Change::Cut(_) => 0,
        }
    }
}

fn applied(mut file: Vec<u8>, change: &Change) -> Vec<u8> {
    match change {
        Change::Write { at, bytes } => {
            let end = at + bytes.len();
            file.resize(file.len().max(end), 0);
            file[*at..end].copy_from_slice(bytes);
        }
        Change::Cut(length) => file.resize(*length, 0),
    }
    file
}

/// The pieces of a write, each within one sector of the file.
fn sectors(at: usize, bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut start = at;
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (piece, behind) = rest.split_at(rest.len().min(SECTOR - start % SECTOR));
        (rest, start) = (behind, start + piece.len());
        (!piece.is_empty()).then_some((start - piece.len(), piece))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_synced_is_there_and_what_was_not_is_there_in_part() {
        let (mut lengths, mut holes) = (std::collections::BTreeSet::new(), 0);
        for seed in 0..200 {
            let mut rng = Rng::with_seed(seed);
            let mut file = Content::default();
            file.append(&[1; 700]);
            file.sync();
            file.append(&[2; 2_000]);
            file.lose_power(&mut rng);
            assert_eq!(file.seen[..700], [1; 700]);
            lengths.insert(file.seen.len());
            holes += u32::from(file.seen[700..].contains(&0));
        }
        assert!(lengths.len() > 20 && holes > 5, "{lengths:?} {holes}");
    }

    #[test]
    fn after_a_failed_sync_a_sync_that_works_makes_nothing_durable_that_was_not_written_again() {
        let mut lost = 0;
        for seed in 0..50 {
            let mut rng = Rng::with_seed(seed);
            let mut file = Content::default();
            file.append(&[1; 600]);
            file.fail_sync(&mut rng);
            assert_eq!(file.seen(), [1; 600]);
            file.sync();
            file.lose_power(&mut rng);
            lost += u32::from(file.seen() != [1; 600]);
        }
        assert!(lost > 10, "{lost}");
    }
}
