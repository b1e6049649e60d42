//! Journals that were recorded once and must come out the same for ever: on any machine, in any build.
//!
//! A change of the rules that is meant to change outcomes records them again, with a note in
//! `docs/decisions/` on why: `SYSTOLE_RECORD=1 cargo test --test replay`, then put the new
//! fingerprints into the table below.

mod recording;
mod scripts;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use systole::journal::catalog::Catalog;
use systole::journal::disk::{Directory, Disk};
use systole::journal::player::Player;
use systole_systems::effect::Counters;

use recording::Recording;

/// Each journal: its name, its last fingerprint, and what the core counted.
const JOURNALS: [(&str, u64, [u64; 5]); 2] = [
    ("captures", 16923661454410896762, [30, 0, 240, 1853, 1101]),
    ("incident", 13873486803327058122, [104, 15, 31, 790, 85]),
];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replay").join(name)
}

fn counted(counters: &Counters) -> [u64; 5] {
    let Counters { heartbeats, counter_resets, status_events, events_delivered, log_lines, .. } =
        *counters;
    [heartbeats, counter_resets, status_events, events_delivered, log_lines]
}

/// Runs a journal to its end; every check in it must hold.
fn replay(folder: &Path) -> (u64, [u64; 5], u64) {
    let disk: Arc<dyn Disk> = Arc::new(Directory::existing(folder).expect("it is committed"));
    let catalog = Catalog::of(&*disk).expect("it can be read");
    let mut player = Player::start(disk, catalog, |_| true).expect("it holds a state");
    let mut counts = [0; 5];
    loop {
        match player.step() {
            Ok(Some(played)) => counts = counted(played.output.counters),
            Ok(None) => break,
            Err(error) => panic!("{}: {error}", folder.display()),
        }
    }
    (player.engine().fingerprint().value(), counts, player.ticks_verified)
}

#[test]
fn recorded_journals_come_out_as_they_did() {
    if std::env::var_os("SYSTOLE_RECORD").is_some() {
        Recording::keep(&folder("captures"), scripts::captures);
        Recording::keep(&folder("incident"), scripts::incident);
    }
    let found = JOURNALS.map(|(name, ..)| {
        let (fingerprint, counts, verified) = replay(&folder(name));
        assert!(verified > 100, "{name}: {verified} ticks were verified");
        (name, fingerprint, counts)
    });
    assert_eq!(found, JOURNALS, "left: as they come out; right: as they did");
}

#[test]
fn recording_again_gives_the_same_journal() {
    for (name, script) in
        [("captures", scripts::captures as fn(&mut Recording)), ("incident", scripts::incident)]
    {
        let directory = tempfile::tempdir().expect("there is room");
        let again = directory.path().join(name);
        Recording::keep(&again, script);
        assert_eq!(replay(&again), replay(&folder(name)), "{name}");
    }
}
