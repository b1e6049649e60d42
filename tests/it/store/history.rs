//! Reads of history: scope, filters and pages.

use systole::store::{HistoryQuery, RowKey, Store, StoreError};
use systole_systems::report::LogLevel;
use systole_systems::rows::Batch;
use systole_systems::time::{Millis, TickNumber};
use systole_systems::words::{holds, words};

use super::fixtures::*;
use super::{TestStore, on_both_stores};

on_both_stores!(
    history_stays_within_its_environments,
    events_are_filtered,
    logs_are_filtered,
    lines_are_found_by_all_their_words,
    a_search_goes_back_through_the_days,
    history_is_read_between_instants,
    pages_go_from_newest_to_oldest_without_gap,
    loading_goes_by_pages,
    the_past_of_a_node_begins_with_its_last_event_before,
);

async fn history_stays_within_its_environments(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    let batch = Batch {
        tick: TickNumber(1),
        status_events: vec![event_row(1, 0, "n1", None), event_row(1, 1, "n3", None)],
        logs: vec![log_row(1, 2, "n1", "p1", "one"), log_row(1, 3, "n3", "p3", "three")],
        ..Batch::default()
    };
    store.flush(&batch).await.unwrap();
    let of = |environments: &[&str]| HistoryQuery {
        environments: environments.iter().map(|id| (*id).to_owned()).collect(),
        ..history_of("")
    };
    for (environments, events, logs) in [
        (&[][..], &[][..], &[][..]),
        (&["e1"], &[0], &[2]),
        (&["e2"], &[1], &[3]),
        (&["e1", "e2"], &[1, 0], &[3, 2]),
    ] {
        assert_eq!(event_ordinals(&*store, &of(environments)).await, events, "{environments:?}");
        assert_eq!(log_ordinals(&*store, &of(environments)).await, logs, "{environments:?}");
    }
    // Another environment's node asked for by name stays out of reach.
    let query = HistoryQuery { node: Some("n3".into()), ..history_of("e1") };
    assert!(log_ordinals(&*store, &query).await.is_empty());
}

async fn events_are_filtered(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    let batch = Batch {
        tick: TickNumber(1),
        status_events: vec![
            event_row(1, 0, "n1", None),
            event_row(1, 1, "n1", Some("p1")),
            event_row(1, 2, "n2", Some("p1")),
            event_row(1, 3, "n2", Some("p2")),
            event_row(1, 4, "n2", None),
        ],
        ..Batch::default()
    };
    store.flush(&batch).await.unwrap();
    let all = history_of("e1");
    let node = Some("n2".to_owned());
    let pipeline = Some("p1".to_owned());
    for (query, expected) in [
        (all.clone(), &[4, 3, 2, 1, 0][..]),
        (HistoryQuery { node: node.clone(), ..all.clone() }, &[4, 3, 2]),
        (HistoryQuery { pipeline: pipeline.clone(), ..all.clone() }, &[2, 1]),
        (HistoryQuery { node: node.clone(), pipeline, ..all.clone() }, &[2]),
        (HistoryQuery { nodes_only: true, ..all.clone() }, &[4, 0]),
        (HistoryQuery { node, nodes_only: true, ..all }, &[4]),
    ] {
        assert_eq!(event_ordinals(&*store, &query).await, expected, "{query:?}");
    }
}

async fn logs_are_filtered(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    let mut batch = Batch { tick: TickNumber(1), ..Batch::default() };
    for (ordinal, level) in LogLevel::ALL.into_iter().enumerate() {
        let ordinal = ordinal as u32;
        let node = if ordinal == 0 { "n1" } else { "n2" };
        let mut row = log_row(1, ordinal, node, "p1", "line");
        row.level = level;
        batch.logs.push(row);
    }
    store.flush(&batch).await.unwrap();
    let all = history_of("e1");
    for (query, expected) in [
        (all.clone(), &[4, 3, 2, 1, 0][..]),
        (HistoryQuery { levels: vec![LogLevel::Error, LogLevel::Trace], ..all.clone() }, &[4, 0]),
        (HistoryQuery { node: Some("n1".into()), ..all.clone() }, &[0]),
        (HistoryQuery { pipeline: Some("p2".into()), ..all.clone() }, &[]),
        (HistoryQuery { levels: vec![LogLevel::Warn], words: words("LINE"), ..all }, &[3]),
    ] {
        assert_eq!(log_ordinals(&*store, &query).await, expected, "{query:?}");
    }
    let levels: Vec<LogLevel> =
        store.logs(&history_of("e1")).await.unwrap().iter().map(|line| line.level).collect();
    assert!(levels.iter().rev().eq(&LogLevel::ALL), "{levels:?}");
}

async fn lines_are_found_by_all_their_words(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    let lines = [
        "GET /api/v1/users 200 in 31ms".to_owned(),
        "connection to 10.0.0.1:8080 timed-out".to_owned(),
        "trace=00ff1e10f2 id=1e5x user_id=7".to_owned(),
        "\u{dc}ber \u{2192}x <tag> &amp; it's; drop table log_line".to_owned(),
        format!("{} tail", "ab".repeat(5_000)),
        "\u{fc}\u{4e2d}".repeat(3_000),
        String::new(),
        "--- % _ ---".to_owned(),
        "a\0nul".to_owned(),
    ];
    let logs = (0..).zip(&lines).map(|(ordinal, line)| log_row(1, ordinal, "n1", "p1", line));
    let batch = Batch { tick: TickNumber(1), logs: logs.collect(), ..Batch::default() };
    store.flush(&batch).await.unwrap();
    for (query, expected) in [
        ("get USERS", &[0][..]),
        ("users get v1", &[0]),
        ("/api/v1", &[0]),
        ("31", &[]),
        ("31*", &[0]),
        ("31ms", &[0]),
        ("timed out", &[1]),
        ("out-timed", &[1]),
        ("timedout", &[]),
        ("10.0.0.1", &[1]),
        ("00ff1e10f2", &[2]),
        ("00ff*", &[2]),
        ("1e5x", &[2]),
        ("1e5", &[]),
        ("user id", &[2]),
        ("\u{dc}ber", &[3]),
        ("\u{dc}*", &[3]),
        ("\u{fc}ber", &[]),
        ("\u{2192}X", &[3]),
        ("tag amp", &[3]),
        ("s; DROP", &[3]),
        ("tail", &[4]),
        ("abab*", &[4]),
        ("\u{fc}\u{4e2d}*", &[5]),
        ("a*", &[8, 4, 3, 0]),
        ("nowhere", &[]),
    ] {
        let query = HistoryQuery { words: words(query), ..history_of("e1") };
        let found = log_ordinals(&*store, &query).await;
        assert_eq!(found, expected, "{:?}", query.words);
        // What is not flushed yet is looked through by the same rule.
        let is_held = |ordinal: &u32| holds(&lines[*ordinal as usize], &query.words);
        let held: Vec<u32> = (0..lines.len() as u32).rev().filter(is_held).collect();
        // Postgres keeps no NUL, and shows it as a letter beyond ASCII.
        assert!(held.iter().eq(&found) || query.words[0].text == "a", "{held:?} {found:?}");
    }
}

async fn a_search_goes_back_through_the_days(test: TestStore) {
    const DAY: u64 = 86_400_000;
    let store = test.store;
    seed(&*store).await;
    // A word in each tenth line, and one in the last line of each third day.
    for day in 0..7 {
        let mut batch = Batch { tick: TickNumber(1 + day), ..Batch::default() };
        for ordinal in 0..4_000 {
            let often = if ordinal % 10 == 0 { "often" } else { "" };
            let seldom = if day % 3 == 0 && ordinal == 3_999 { "seldom" } else { "" };
            let mut line = log_row(1 + day, ordinal, "n1", "p1", &format!("{often} {seldom} x"));
            line.at = Millis(NOW.0 + day * DAY);
            batch.logs.push(line);
        }
        store.flush(&batch).await.unwrap();
    }
    let ticks = async |query: &str, before: Option<RowKey>, limit: u32| {
        let query = HistoryQuery { words: words(query), before, limit, ..history_of("e1") };
        let lines = store.logs(&query).await.unwrap();
        let keys: Vec<(u64, u32)> =
            lines.iter().map(|line| (line.key.tick.0, line.key.ordinal)).collect();
        keys
    };
    assert_eq!(ticks("seldom", None, 10).await, [(7, 3_999), (4, 3_999), (1, 3_999)]);
    assert_eq!(ticks("seldom", None, 2).await, [(7, 3_999), (4, 3_999)]);
    let before = |tick, ordinal| Some(RowKey { tick: TickNumber(tick), ordinal });
    assert_eq!(ticks("seldom", before(4, 3_999), 10).await, [(1, 3_999)]);
    assert_eq!(ticks("often", None, 2).await, [(7, 3_990), (7, 3_980)]);
    assert_eq!(ticks("often seldom", None, 2).await, []);
    // Pages of what is in the newest lines and behind them.
    let (mut seen, mut last) = (Vec::new(), None);
    loop {
        let page = ticks("oft*", last, 999).await;
        let Some(&(tick, ordinal)) = page.last() else { break };
        last = before(tick, ordinal);
        seen.extend(page);
    }
    let all = (1..=7).rev().flat_map(|tick| (0..400).rev().map(move |n| (tick, 10 * n)));
    assert!(seen.into_iter().eq(all));
}

async fn history_is_read_between_instants(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    let day = 86_400_000;
    let mut key = 0;
    for offset in [0, 100, day, day + 100, 5 * day] {
        key += 10;
        let at = Millis(NOW.0 + offset);
        let mut event = event_row(key, 0, "n1", None);
        let mut line = log_row(key, 1, "n1", "p1", "word");
        (event.at, line.at) = (at, at);
        let batch = Batch {
            tick: TickNumber(key),
            status_events: vec![event],
            logs: vec![line],
            ..Batch::default()
        };
        store.flush(&batch).await.unwrap();
    }
    let at = |offset: u64| Some(Millis(NOW.0 + offset));
    for (since, until, expected) in [
        (None, None, &[50, 40, 30, 20, 10][..]),
        (at(100), None, &[50, 40, 30, 20]),
        (at(101), None, &[50, 40, 30]),
        (at(5 * day + 1), None, &[]),
        (None, at(0), &[]),
        (None, at(day + 100), &[30, 20, 10]),
        (None, at(9 * day), &[50, 40, 30, 20, 10]),
        (at(1), at(day + 1), &[30, 20]),
        (at(2 * day), at(3 * day), &[]),
    ] {
        for words in [Vec::new(), words("word")] {
            let query = HistoryQuery { since, until, words, ..history_of("e1") };
            let lines = store.logs(&query).await.unwrap();
            assert!(
                lines.iter().map(|line| line.key.tick.0).eq(expected.iter().copied()),
                "{query:?} {lines:?}"
            );
            let events = store.status_events(&query).await.unwrap();
            assert!(events.iter().map(|event| event.key.tick.0).eq(expected.iter().copied()));
        }
    }
}

async fn pages_go_from_newest_to_oldest_without_gap(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    for tick in 1..=3 {
        let logs = (0..4).map(|ordinal| log_row(tick, ordinal, "n1", "p1", "line")).collect();
        let batch = Batch { tick: TickNumber(tick), logs, ..Batch::default() };
        store.flush(&batch).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let query = HistoryQuery { before, limit: 5, ..history_of("e1") };
        let page = store.logs(&query).await.unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.key);
        seen.extend(page.iter().map(|line| line.key));
    }
    let all = (1..=3).rev().flat_map(|tick| {
        (0..4).rev().map(move |ordinal| RowKey { tick: TickNumber(tick), ordinal })
    });
    assert!(seen.iter().copied().eq(all), "{seen:?}");
}

async fn the_past_of_a_node_begins_with_its_last_event_before(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    let at = |millis: u64| Millis(NOW.0 + millis);
    let event = |ordinal: u32, node: &str, pipeline: Option<&str>, millis: u64| {
        let mut event = event_row(1, ordinal, node, pipeline);
        event.at = at(millis);
        event
    };
    let status_events = vec![
        event(0, "n1", None, 0),
        event(1, "n1", None, 100),
        event(2, "n2", None, 150),
        event(3, "n1", Some("p1"), 160),
        event(4, "n1", None, 200),
        event(5, "n1", None, 300),
    ];
    let batch = Batch { tick: TickNumber(1), status_events, ..Batch::default() };
    store.flush(&batch).await.unwrap();
    for (from, until, before, events) in [
        (200, 300, Some(1), &[4][..]),
        (201, 301, Some(4), &[5]),
        (0, 100, None, &[0]),
        (400, 500, Some(5), &[]),
    ] {
        let past = store.node_past("n1", at(from), at(until)).await.unwrap();
        assert_eq!(past.enrolled_at, NOW);
        assert_eq!(past.before.map(|event| event.key.ordinal), before, "{from}");
        let ordinals: Vec<u32> = past.events.iter().map(|event| event.key.ordinal).collect();
        assert_eq!(ordinals, events, "{from}");
    }
    let missing = store.node_past("n9", at(0), at(1)).await;
    assert!(matches!(missing, Err(StoreError::NotFound)), "{missing:?}");
}

async fn loading_goes_by_pages(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    let pairs = [("n1", "p1"), ("n1", "p2"), ("n2", "p1"), ("n2", "p2"), ("n3", "p3")];
    let instances = pairs.map(|(node, pipeline)| instance_row(node, pipeline)).to_vec();
    let batch = Batch { tick: TickNumber(1), instances, ..Batch::default() };
    store.flush(&batch).await.unwrap();

    let page = store.load_nodes("n1", 1).await.unwrap();
    assert_eq!(page[0].state.node, "n2");
    assert_eq!(page.len(), 1);
    assert_eq!(store.load_nodes("n3", 10).await.unwrap(), []);
    for (after, expected) in [
        (("", ""), &pairs[..2]),
        (("n1", "p2"), &pairs[2..4]),
        (("n2", "p1"), &pairs[3..5]),
        (("n3", "p3"), &[]),
    ] {
        let page = store.load_instances(after, 2).await.unwrap();
        let found = page.iter().map(|row| (&*row.instance.node, &*row.instance.pipeline));
        assert!(found.eq(expected.iter().copied()), "{after:?}");
    }
}

async fn event_ordinals(store: &dyn Store, query: &HistoryQuery) -> Vec<u32> {
    let events = store.status_events(query).await.unwrap();
    events.iter().map(|event| event.key.ordinal).collect()
}

async fn log_ordinals(store: &dyn Store, query: &HistoryQuery) -> Vec<u32> {
    store.logs(query).await.unwrap().iter().map(|line| line.key.ordinal).collect()
}
