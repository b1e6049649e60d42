//! Compares the log lines and status events of the store with what the nodes have sent: each once.

use std::collections::BTreeMap;

use systole::store::{HistoryQuery, RowKey, Store, StoredEvent, StoredLog};
use systole_systems::status::NodeStatus;

use super::books::Brief;
use super::ledger::Ledger;
use super::said::{self, PIPELINES};

/// Rows read at once.
const PAGE: u32 = 5_000;

/// Checks that every acknowledged line is there, and none twice or made up.
pub(super) async fn check_lines(store: &dyn Store, ledgers: &[Ledger]) {
    let mut found: BTreeMap<String, u32> = BTreeMap::new();
    for log in all_lines(store).await {
        *found.entry(log.message).or_default() += 1;
    }
    for ledger in ledgers {
        let mut missing = Vec::new();
        for (line, &is_acknowledged) in &ledger.lines {
            match found.remove(line) {
                Some(1) => (),
                Some(count) => panic!("{count} times {line:?}, {:?}", Brief(ledger)),
                None if is_acknowledged => missing.push(line),
                None => (),
            }
        }
        assert!(missing.is_empty(), "lines are missing: {missing:?}, {:?}", Brief(ledger));
    }
    assert!(found.is_empty(), "lines that nobody sent: {found:?}");
}

/// Checks that each change of status follows from the one before it, up to the present one: none is
/// missing and none is there twice.
pub(super) async fn check_events(store: &dyn Store, ledgers: &[Ledger]) {
    let events = all_events(store).await;
    let nodes = store.load_nodes("", 10_000).await.unwrap();
    let instances = store.load_instances(("", ""), 10_000).await.unwrap();
    for ledger in ledgers {
        let node = nodes.iter().find(|row| row.state.node == ledger.node).unwrap();
        let of_node: Vec<_> = events.iter().filter(|event| event.node == ledger.node).collect();
        let own: Vec<_> = of_node.iter().copied().filter(|e| e.pipeline.is_none()).collect();
        let unknown = NodeStatus::Unknown.as_str();
        check_chain(&own, unknown, node.state.status.as_str(), &ledger.node);

        for (index, pipeline) in PIPELINES.iter().enumerate() {
            let of_pipeline = |event: &&&StoredEvent| event.pipeline.as_deref() == Some(*pipeline);
            let chain: Vec<_> = of_node.iter().filter(of_pipeline).copied().collect();
            let instance = instances
                .iter()
                .find(|row| row.instance.node == ledger.node && row.instance.pipeline == *pipeline);
            let what = format!("{pipeline} on {}", ledger.node);
            check_chain(&chain, &said::word(index, 1), &instance.unwrap().status, &what);
            check_acknowledged(&chain, index, ledger);
        }
    }
}

fn check_chain(events: &[&StoredEvent], first: &str, last: &str, what: &str) {
    let mut status = first;
    for event in events {
        assert_eq!(event.from_status.as_deref(), Some(status), "{what}: {events:#?}");
        status = &event.to_status;
    }
    assert_eq!(status, last, "{what}: {events:#?}");
}

/// Changes between acknowledged heartbeats are there; more only from heartbeats between them.
fn check_acknowledged(events: &[&StoredEvent], pipeline: usize, ledger: &Ledger) {
    let mut words: Vec<String> = Vec::new();
    for &beat in &ledger.acknowledged {
        let word = said::word(pipeline, beat);
        if words.last() != Some(&word) {
            words.push(word);
        }
    }
    let mut events = events.iter();
    for word in &words[1..] {
        let found = events.any(|event| event.to_status == *word);
        assert!(found, "{word} of {} is missing, {:?}", PIPELINES[pipeline], Brief(ledger));
    }
}

/// All lines, newest first.
async fn all_lines(store: &dyn Store) -> Vec<StoredLog> {
    let mut lines: Vec<StoredLog> = Vec::new();
    loop {
        let page = store.logs(&query(lines.last().map(|line| line.key))).await.unwrap();
        if page.is_empty() {
            return lines;
        }
        lines.extend(page);
    }
}

/// All events, oldest first.
async fn all_events(store: &dyn Store) -> Vec<StoredEvent> {
    let mut events: Vec<StoredEvent> = Vec::new();
    loop {
        let page = store.status_events(&query(events.last().map(|event| event.key))).await.unwrap();
        if page.is_empty() {
            events.reverse();
            return events;
        }
        events.extend(page);
    }
}

fn query(before: Option<RowKey>) -> HistoryQuery {
    HistoryQuery { environments: vec!["e1".into()], before, limit: PAGE, ..HistoryQuery::default() }
}
