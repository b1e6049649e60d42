//! The names of files: durable after a sync of the directory, and until then each change is there or not.

use std::collections::BTreeMap;

use fastrand::Rng;

/// Which file has which name.
#[derive(Clone, Debug, Default)]
pub struct Names {
    seen: BTreeMap<String, u64>,
    durable: BTreeMap<String, u64>,
    unsynced: Vec<Change>,
}

#[derive(Clone, Debug)]
enum Change {
    Bind(String, u64),
    Rename(String, String, u64),
    Remove(String, u64),
}

impl Names {
    /// All names, sorted.
    pub fn list(&self) -> Vec<String> {
        self.seen.keys().cloned().collect()
    }

    /// The file of a name.
    pub fn find(&self, name: &str) -> Option<u64> {
        self.seen.get(name).copied()
    }

    /// Gives a new file a name.
    pub fn bind(&mut self, name: &str, file: u64) {
        self.change(Change::Bind(name.to_owned(), file));
    }

    /// Gives a file that is there another name.
    pub fn rename(&mut self, from: &str, to: &str) {
        self.change(Change::Rename(from.to_owned(), to.to_owned(), self.seen[from]));
    }

    /// Takes the name from a file that is there.
    pub fn remove(&mut self, name: &str) {
        self.change(Change::Remove(name.to_owned(), self.seen[name]));
    }

    /// Makes all names durable.
    pub fn sync(&mut self) {
        self.durable.clone_from(&self.seen);
        self.unsynced.clear();
    }

    /// Each change since the last sync is there or not.
    pub fn lose_power(&mut self, rng: &mut Rng) {
        let chances = rng.u32(0..3);
        for change in std::mem::take(&mut self.unsynced) {
            if chances == 0 || chances == 1 && rng.bool() {
                apply(&mut self.durable, &change);
            }
        }
        self.seen.clone_from(&self.durable);
    }

    fn change(&mut self, change: Change) {
        apply(&mut self.seen, &change);
        self.unsynced.push(change);
    }
}

fn apply(names: &mut BTreeMap<String, u64>, change: &Change) {
    match change {
        Change::Bind(name, file) => {
            names.insert(name.clone(), *file);
        }
        Change::Rename(from, to, file) => {
            if names.get(from) == Some(file) {
                names.remove(from);
            }
            names.insert(to.clone(), *file);
        }
        Change::Remove(name, file) => {
            if names.get(name) == Some(file) {
                names.remove(name);
            }
        }
    }
}
