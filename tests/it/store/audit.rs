//! The audit: rows that outlive what they are about, found by each of their filters.

use sqlx::Connection as _;
use systole::store::{AuditEntry, AuditQuery};
use systole_systems::time::Millis;

use super::fixtures::*;
use super::{TestStore, on_both_stores};

on_both_stores!(
    entries_are_found_newest_first,
    entries_outlive_their_subject,
    entries_do_not_change
);

fn entry(at: u64, actor: &str, action: &str, environment: Option<&str>) -> AuditEntry {
    AuditEntry {
        at: Millis(at),
        actor: Some(actor.into()),
        actor_email: Some(format!("{actor}@example.org")),
        proof: "session".into(),
        credential: Some("c1".into()),
        action: action.into(),
        subject_kind: "pipeline".into(),
        subject: Some(format!("p{at}")),
        environment: environment.map(str::to_owned),
        detail: r#"{"version":3}"#.into(),
    }
}

async fn entries_are_found_newest_first(test: TestStore) {
    let store = test.store;
    let entries = [
        entry(1, "u1", "pipeline.deploy", Some("e1")),
        entry(2, "u2", "pipeline.edit", Some("e2")),
        entry(2, "u1", "pipeline.edit", Some("e1")),
        entry(4, "u1", "team.create", None),
    ];
    for entry in &entries {
        store.append_audit(entry).await.unwrap();
    }
    let check = async |query: AuditQuery, expected: &[usize]| {
        let query = AuditQuery { limit: 10, ..query };
        let found = store.audit(&query).await.unwrap();
        let found: Vec<_> = found.into_iter().map(|stored| stored.entry).collect();
        let expected: Vec<_> = expected.iter().map(|place| entries[*place].clone()).collect();
        assert_eq!(found, expected, "{query:?}");
    };
    let all = AuditQuery::default;
    let of = |environments: &[&str]| Some(environments.iter().map(|e| (*e).to_owned()).collect());
    check(all(), &[3, 2, 1, 0]).await;
    check(AuditQuery { environments: of(&["e1"]), ..all() }, &[2, 0]).await;
    check(AuditQuery { environments: of(&["e1", "e2"]), ..all() }, &[2, 1, 0]).await;
    check(AuditQuery { environments: of(&[]), ..all() }, &[]).await;
    check(AuditQuery { actor: Some("u2".into()), ..all() }, &[1]).await;
    check(AuditQuery { subject: Some("p4".into()), ..all() }, &[3]).await;
    let edits = AuditQuery { action: Some("pipeline.edit".into()), ..all() };
    check(AuditQuery { environments: of(&["e1"]), ..edits.clone() }, &[2]).await;
    check(edits, &[2, 1]).await;
    check(AuditQuery { since: Some(Millis(2)), until: Some(Millis(4)), ..all() }, &[2, 1]).await;

    let first = store.audit(&AuditQuery { limit: 2, ..all() }).await.unwrap();
    let last = first.last().unwrap();
    check(AuditQuery { before: Some((last.entry.at, last.number)), ..all() }, &[1, 0]).await;
}

async fn entries_outlive_their_subject(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    store.create_user(&user("u1", "u1@example.org"), "hash").await.unwrap();
    let mut deploy = entry(1, "u1", "pipeline.deploy", Some("e1"));
    deploy.subject = Some("p1".into());
    store.append_audit(&deploy).await.unwrap();
    store.delete_pipeline("p1").await.unwrap();
    store.delete_user("u1").await.unwrap();
    let found = store.audit(&AuditQuery { limit: 1, ..AuditQuery::default() }).await.unwrap();
    assert_eq!(found[0].entry, deploy);
}

async fn entries_do_not_change(test: TestStore) {
    test.store.append_audit(&entry(1, "u1", "pipeline.edit", None)).await.unwrap();
    let change = "update audit_entry set actor = 'u2'";
    let changed = if test.url.starts_with("sqlite:") {
        let mut connection = sqlx::SqliteConnection::connect(&test.url).await.unwrap();
        sqlx::raw_sql(change).execute(&mut connection).await.map(drop)
    } else {
        let mut connection = sqlx::PgConnection::connect(&test.url).await.unwrap();
        sqlx::raw_sql(change).execute(&mut connection).await.map(drop)
    };
    assert!(changed.unwrap_err().to_string().contains("never changed"));
}
