//! What a journal makes possible, and what it refuses, with whole servers on a real SQLite file.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hyper::Method;
use serde_json::json;
use systole::config::{DataDir, ServeConfig};
use systole::journal::catalog::Catalog;
use systole::journal::disk::Directory;
use systole::journal::player::Player;
use systole::serve::start;
use systole_systems::time::Minute;

use crate::server::{Kind, Place, Running, config, eventually};

const TOKEN: &str = "vf_node_test";
/// Small enough for some ticks with heartbeats to fill it.
const SMALL: &str = "--journal-segment=8KiB";

async fn beat(running: &Running, events: u64) {
    let body = json!({"pipelines": [{
        "pipelineId": "p1", "version": 1, "status": "RUNNING", "pid": 7, "uptimeSeconds": events,
        "eventsIn": events, "eventsOut": events,
    }]});
    let answer =
        running.call(Method::POST, "/api/agent/heartbeat", Some(TOKEN), &body.to_string()).await;
    assert_eq!(answer.status, 200);
}

async fn counted(running: &Running) -> u64 {
    let minutes =
        running.server.app.store.pipeline_minutes("p1", Some("n1"), Minute(0)).await.unwrap();
    minutes.iter().map(|minute| minute.1.counts.events_in).sum()
}

async fn place() -> Place {
    let place = Place::new(Kind::Sqlite).await;
    place.seed(&["p1"], TOKEN).await;
    place
}

fn journal_of(place: &Place) -> PathBuf {
    place.data_dir().join("journal")
}

fn catalog(journal: &Path) -> Catalog {
    Catalog::of(&Directory::existing(journal).unwrap()).unwrap()
}

/// Runs a journal from its first state that is still there; answers how many ticks were verified.
fn replay(journal: &Path) -> u64 {
    let disk = Arc::new(Directory::existing(journal).unwrap());
    let catalog = Catalog::of(&*disk).unwrap();
    let first = catalog.places(&*disk).unwrap()[0].tick;
    let mut player = Player::start(disk, catalog, |place| place.tick == first).unwrap();
    while player.step().unwrap().is_some() {}
    player.ticks_verified
}

#[tokio::test(flavor = "multi_thread")]
async fn segments_are_sealed_compressed_and_followed_by_snapshots_and_the_whole_replays() {
    let place = place().await;
    for first in [1, 1_000] {
        let running = place.serve(&[SMALL]).await;
        for events in first..first + 150 {
            beat(&running, events).await;
        }
        let journal = journal_of(&place);
        eventually("a snapshot", || async {
            let catalog = catalog(&journal);
            catalog.segments.keys().next_back() == catalog.snapshots.keys().next_back()
        })
        .await;
        running.stop().await;
    }
    let journal = journal_of(&place);
    let compressed = catalog(&journal).segments.values().filter(|f| f.ends_with(".zst")).count();
    assert!(compressed > 1, "{compressed}");
    assert!(replay(&journal) > 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_oldest_files_go_when_they_are_old_or_many_and_what_is_left_replays() {
    let place = place().await;
    let options = [SMALL, "--journal-keep-hours=0", "--flush-interval-ms=100"];
    let running = place.serve(&options).await;
    let journal = journal_of(&place);
    let first = catalog(&journal).segments.keys().next().copied();
    for events in 1..400 {
        beat(&running, events).await;
    }
    eventually("an old file to go", || async {
        // Each sealed segment is an occasion to look at the old ones.
        beat(&running, 400).await;
        catalog(&journal).segments.keys().next().copied() != first
    })
    .await;
    running.stop().await;
    assert!(replay(&journal) > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_restored_from_an_older_copy_gets_back_all_it_lost() {
    let place = place().await;
    let database = place.database_url.strip_prefix("sqlite:").unwrap().to_owned();
    let running = place.serve(&[SMALL]).await;
    beat(&running, 100).await;
    running.stop().await;
    let copy = std::fs::read(&database).unwrap();

    for life in 1..4 {
        let running = place.serve(&[SMALL]).await;
        for events in 1..60 {
            beat(&running, 100 * life + events).await;
        }
        running.stop().await;
    }
    std::fs::write(&database, copy).unwrap();

    let running = place.serve(&[]).await;
    eventually("the lost rows", || async { counted(&running).await == 259 }).await;
    beat(&running, 400).await;
    running.stop().await;
    let running = place.serve(&[]).await;
    assert_eq!(counted(&running).await, 300);
    running.stop().await;
    replay(&journal_of(&place));
}

async fn refused(config: &ServeConfig) -> String {
    start(config).await.err().expect("the server does not start").to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_of_another_database_and_one_without_its_end_are_refused() {
    let place = place().await;
    let running = place.serve(&[SMALL]).await;
    for events in 1..250 {
        beat(&running, events).await;
    }
    running.stop().await;

    let other = Place::new(Kind::Sqlite).await;
    let mut config = config(&place.data_dir(), &other.database_url, &[]);
    config.data_dir = DataDir::Kept(place.data_dir());
    let error = refused(&config).await;
    assert!(error.contains("belongs to database"), "{error}");

    config.database_url = Some(place.database_url.clone());
    let journal = journal_of(&place);
    let elsewhere = tempfile::tempdir().unwrap();
    let kept = elsewhere.path().join("kept");
    std::fs::rename(&journal, &kept).unwrap();
    std::fs::create_dir(&journal).unwrap();
    let files = catalog(&kept);
    let first = files.segments.values().next().unwrap();
    assert!(files.segments.len() > 1, "{files:?}");
    std::fs::copy(kept.join(first), journal.join(first)).unwrap();
    let error = refused(&config).await;
    assert!(error.contains("the end of the journal is missing"), "{error}");

    std::fs::remove_dir_all(&journal).unwrap();
    std::fs::rename(&kept, &journal).unwrap();
    let last = files.segments.values().next_back().unwrap().clone();
    let kept = std::fs::read(journal.join(&last)).unwrap();
    let mut damaged = kept.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    std::fs::write(journal.join(&last), damaged).unwrap();
    let error = refused(&config).await;
    assert!(error.contains("is damaged at byte"), "{error}");

    std::fs::write(journal.join(&last), kept).unwrap();
    start(&config).await.unwrap().stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn received_answers_at_once_and_what_was_received_is_durable_soon_after() {
    let place = place().await;
    let running = place.serve(&["--ack=received"]).await;
    beat(&running, 1).await;
    let journal = running.server.app.ingress.journal().clone();
    let before = journal.counts().durable;
    beat(&running, 2).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(before < journal.counts().durable);
    running.stop().await;
}
