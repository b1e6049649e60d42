//! The real program under load, killed, with its database gone, with its disk full: nothing that was
//! acknowledged is lost, and nothing is counted twice.

mod books;
mod chronicle;
mod doctored;
mod ledger;
mod load;
mod people;
mod said;

use std::path::Path;
use std::time::Duration;

use systole::store::open;
use tokio::time::sleep;

use crate::postgres_cluster::Cluster;
use crate::process::Process;
use crate::server::{Kind, Place, eventually, token_of};
use ledger::Ledger;
use load::Load;

/// Nodes of every fleet here.
const NODES: usize = 6;
/// Crashes in one test, unless SYSTOLE_CRASHES says how many.
const CRASHES: u32 = 5;
/// Bytes that part of a write fits in, and now and then a whole one.
const PART: u64 = 1_001;
/// Batches go out often, so that crashes fall between them and into them.
const OPTIONS: [&str; 2] = ["--flush-interval-ms=100", "--journal-segment=64KiB"];

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_or_counted_twice_over_crashes_on_sqlite() {
    crash_under_load(Place::new(Kind::Sqlite).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_or_counted_twice_over_crashes_on_postgres() {
    crash_under_load(Place::new(Kind::Postgres).await).await;
}

async fn crash_under_load(place: Place) {
    let (mut process, load, token) = begin(&place).await;
    for crash in 0..crashes() {
        sleep(millis(50..900)).await;
        process.kill();
        let ledgers = load.rest().await;
        if crash % 3 == 2 {
            // Killed again while it starts.
            let early = Process::spawn(&place, &OPTIONS).await;
            sleep(millis(0..150)).await;
            early.kill();
        }
        process = Process::spawn(&place, &OPTIONS).await;
        if crash % 2 == 0 {
            process.ready().await;
            check_live(&process, &token, &ledgers).await;
        }
        // Else the load meets a server that starts.
        load.beat(process.address);
        process.ready().await;
        load.until_acknowledged(2).await;
    }
    end(&place, process, load).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn heartbeats_are_taken_while_postgres_is_away_and_its_rows_are_exact_afterwards() {
    let place = Place::on_cluster(Cluster::start_new());
    let (mut process, load, token) = begin(&place).await;
    for is_killed in [false, true, false] {
        load.until_acknowledged(50).await;
        let refused = |ledgers: &[Ledger]| ledgers.iter().map(|l| l.refused + l.unanswered).sum();
        let before: u64 = refused(&load.ledgers().await);
        place.cluster().stop();
        sleep(Duration::from_secs(2)).await;
        load.until_acknowledged(50).await;
        assert_eq!(before, refused(&load.ledgers().await), "heartbeats were not taken");
        if is_killed {
            process.kill();
            let ledgers = load.rest().await;
            place.cluster().start();
            process = Process::start(&place, &OPTIONS).await;
            check_live(&process, &token, &ledgers).await;
            load.beat(process.address);
        } else {
            place.cluster().start();
        }
        load.until_acknowledged(50).await;
    }
    end(&place, process, load).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_acknowledged_while_the_disk_is_full_and_everything_afterwards() {
    let place = Place::new(Kind::Postgres).await;
    let (mut process, load, token) = begin(&place).await;
    for (room, is_killed) in [(Some(PART), false), (None, false), (Some(3), true), (None, true)] {
        load.until_acknowledged(20).await;
        let full = room.map_or(0, |room| newest_file_bytes(&place.data_dir()) + room);
        process.limit_files(Some(full));
        let before = load.ledgers().await;
        let refused = |node: &str| before.iter().find(|l| l.node == node).map_or(0, |l| l.refused);
        load.until("a refusal", |ledger| ledger.refused >= refused(&ledger.node) + 3).await;
        if room != Some(PART) {
            let known = acknowledged(&load.ledgers().await);
            sleep(Duration::from_secs(1)).await;
            assert_eq!(acknowledged(&load.ledgers().await), known, "acknowledged on a full disk");
        }
        let told = |expected: bool| {
            let (process, token) = (&process, &token);
            move || async move { notices(process, token).await.contains("journal") == expected }
        };
        eventually("a notice", told(true)).await;

        if is_killed {
            process.kill();
            let ledgers = load.rest().await;
            process = Process::start(&place, &OPTIONS).await;
            check_live(&process, &token, &ledgers).await;
            load.beat(process.address);
        } else {
            process.limit_files(None);
            load.until_acknowledged(20).await;
            eventually("the end of the notice", told(false)).await;
        }
    }
    load.until_acknowledged(20).await;
    process.kill();
    let ledgers = load.rest().await;
    process = Process::start(&place, &OPTIONS).await;
    check_live(&process, &token, &ledgers).await;
    load.beat(process.address);
    load.until_acknowledged(20).await;
    end(&place, process, load).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_wait_while_the_disk_of_a_sqlite_store_is_full() {
    let place = Place::new(Kind::Sqlite).await;
    let (process, load, _) = begin(&place).await;
    for room in [Some(0), Some(1 << 20)] {
        load.until_acknowledged(20).await;
        process.limit_files(room);
        sleep(Duration::from_secs(2)).await;
        process.limit_files(None);
        load.until_acknowledged(20).await;
    }
    end(&place, process, load).await;
}

/// A fleet that beats on a server that runs, and an API token.
async fn begin(place: &Place) -> (Process, Load, String) {
    let node = |number: usize| (format!("n{number}"), format!("vf_node_{number}"));
    let nodes: Vec<(String, String)> = (1..=NODES).map(node).collect();
    place.seed_nodes(&said::PIPELINES, &nodes).await;
    let process = Process::start(place, &OPTIONS).await;
    let (_, token) = token_of(&mut process.root().await).await;
    let load = Load::new(&nodes);
    load.beat(process.address);
    // What the first heartbeat of a node tells is what all others are compared with.
    load.until("the first acknowledgement", |ledger| ledger.last() > 0).await;
    assert!(load.ledgers().await.iter().all(|ledger| ledger.acknowledged[0] == 1));
    (process, load, token)
}

/// Ends the load, stops the server in order and checks all rows.
async fn end(place: &Place, process: Process, load: Load) {
    load.until_acknowledged(2).await;
    let ledgers = load.rest().await;
    process.stop().await;
    check_rows(&place.database_url, &ledgers).await;
}

/// Checks all rows of a database that no server uses.
async fn check_rows(database_url: &str, ledgers: &[Ledger]) {
    for ledger in ledgers {
        assert_eq!(ledger.wrong, [""; 0], "{}", ledger.node);
    }
    let store = open(database_url).await.unwrap();
    books::check_counts(&*store, ledgers).await;
    chronicle::check_lines(&*store, ledgers).await;
    chronicle::check_events(&*store, ledgers).await;
    store.close().await;
}

/// The server has come as far as it has acknowledged, and no further than was sent.
async fn check_live(process: &Process, token: &str, ledgers: &[Ledger]) {
    for ledger in ledgers {
        let path = format!("/api/v1/nodes/{}", ledger.node);
        let answer = process.get(&path, Some(token)).await.unwrap();
        let node: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        let pipelines = node["pipelines"].as_array().unwrap();
        assert_eq!(pipelines.len(), said::PIPELINES.len(), "{node}");
        let beat = pipelines[0]["uptimeSeconds"].as_u64().unwrap();
        assert!(ledger.allows(beat), "{beat} after the start, {:?}", books::Brief(ledger));
        for pipeline in pipelines {
            let index = said::PIPELINES.iter().position(|id| pipeline["pipelineId"] == *id);
            let counts = said::counts(index.unwrap(), beat);
            assert_eq!(pipeline["eventsIn"], counts.events_in, "{pipeline}");
            assert_eq!(pipeline["bytesOut"], counts.bytes_out, "{pipeline}");
            assert_eq!(pipeline["status"], said::word(index.unwrap(), beat), "{pipeline}");
        }
    }
}

async fn notices(process: &Process, token: &str) -> String {
    let answer = process.get("/api/v1/notices", Some(token)).await.unwrap();
    assert_eq!(answer.status, 200);
    String::from_utf8(answer.body.to_vec()).unwrap()
}

fn acknowledged(ledgers: &[Ledger]) -> Vec<u64> {
    ledgers.iter().map(Ledger::last).collect()
}

fn crashes() -> u32 {
    let asked = std::env::var("SYSTOLE_CRASHES").ok();
    asked.map_or(CRASHES, |count| count.parse().unwrap())
}

/// A time at random: no two runs crash at the same places.
fn millis(range: std::ops::Range<u64>) -> Duration {
    Duration::from_millis(fastrand::u64(range))
}

/// Size of the file below a directory that was written last.
fn newest_file_bytes(directory: &Path) -> u64 {
    let mut folders = vec![directory.to_path_buf()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            // A file may go while it is looked at.
            let Ok(about) = std::fs::metadata(&path) else { continue };
            if about.is_dir() {
                folders.push(path);
            } else {
                files.push((about.modified().unwrap(), about.len()));
            }
        }
    }
    files.into_iter().max().map_or(0, |(_, bytes)| bytes)
}
