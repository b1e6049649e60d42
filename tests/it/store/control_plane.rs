//! Identities: unique names, what refers to what, and what goes with what.

use systole::store::{
    Credential, DeployedVersion, EnrollmentToken, Environment, Member, NewVersion, NodeEdit,
    Pipeline, Store, StoreError, StoreResult, Team, User, Version, VersionInfo,
};
use systole_systems::rows::Batch;
use systole_systems::status::Role;
use systole_systems::time::{Millis, Minute, TickNumber};

use super::fixtures::*;
use super::{TestStore, on_both_stores};

on_both_stores!(
    taken_fields_are_named,
    missing_things_are_not_found,
    directory_holds_all_that_was_created,
    email_is_found_in_any_case,
    deleting_a_user_deletes_what_is_theirs,
    expired_sessions_are_purged,
    members_are_set_and_removed,
    versions_are_numbered_and_never_change,
    simultaneous_versions_get_numbers_of_their_own,
    what_people_say_of_a_node_is_kept_beside_what_it_says,
    revoked_node_keeps_all_but_its_token,
    deleting_a_node_deletes_its_history,
    deleting_a_pipeline_deletes_its_history,
);

fn conflict(result: StoreResult<()>) -> &'static str {
    match result {
        Err(StoreError::Conflict(field)) => field,
        other => panic!("not a conflict: {other:?}"),
    }
}

fn is_missing<T: std::fmt::Debug>(result: StoreResult<T>) {
    assert!(matches!(result, Err(StoreError::NotFound)), "{result:?}");
}

fn credential(id: &str, user: &str, expires_at: Option<Millis>) -> Credential {
    let mut digest = [9; 32];
    digest[..id.len()].copy_from_slice(id.as_bytes());
    let name = if expires_at.is_some() { "" } else { "ci" };
    Credential {
        id: id.into(),
        user: user.into(),
        name: name.into(),
        digest,
        created_at: NOW,
        expires_at,
    }
}

fn enrollment_token(id: &str, environment: &str) -> EnrollmentToken {
    EnrollmentToken {
        id: id.into(),
        environment: environment.into(),
        digest: credential(id, "", None).digest,
        hint: "ab12".into(),
        created_at: NOW,
    }
}

async fn taken_fields_are_named(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    store.create_user(&user("u1", "Ann@example.org"), "hash").await.unwrap();
    store.create_session(&credential("c1", "u1", Some(NOW))).await.unwrap();
    store.create_enrollment_token(&enrollment_token("k1", "e1")).await.unwrap();

    let same_id = store.create_user(&user("u1", "b@example.org"), "").await;
    assert_eq!(conflict(same_id), "id");
    let same_email = store.create_user(&user("u2", "ann@EXAMPLE.org"), "").await;
    assert_eq!(conflict(same_email), "email");
    let team = Team { id: "t2".into(), name: "Core".into(), created_at: NOW };
    assert_eq!(conflict(store.create_team(&team).await), "name");
    let same_name = Environment { id: "e9".into(), ..environment("e1") };
    assert_eq!(conflict(store.create_environment(&same_name).await), "name");
    let mut same_token = node("n9", "e1");
    same_token.token_digest = node("n1", "e1").token_digest;
    assert_eq!(conflict(store.enroll_node(&same_token).await), "token");
    let mut same_id = node("n1", "e1");
    same_id.token_digest = [1; 32];
    assert_eq!(conflict(store.enroll_node(&same_id).await), "id");
    assert_eq!(conflict(store.create_pipeline(&pipeline("p1", "e1")).await), "id");
    let same_digest = Credential { id: "c2".into(), ..credential("c1", "u1", None) };
    assert_eq!(conflict(store.create_api_token(&same_digest).await), "token");
    let same_digest = EnrollmentToken { id: "k2".into(), ..enrollment_token("k1", "e1") };
    assert_eq!(conflict(store.create_enrollment_token(&same_digest).await), "token");
}

async fn missing_things_are_not_found(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    store.create_user(&user("u1", "a@example.org"), "hash").await.unwrap();
    store.create_enrollment_token(&enrollment_token("k1", "e1")).await.unwrap();
    let orphan = Environment { team: "none".into(), ..environment("e9") };
    is_missing(store.create_environment(&orphan).await);
    is_missing(store.enroll_node(&node("n9", "none")).await);
    is_missing(store.create_pipeline(&pipeline("p9", "none")).await);
    is_missing(store.create_session(&credential("c1", "none", Some(NOW))).await);
    let stranger = Member { team: "t1".into(), user: "none".into(), role: Role::Viewer };
    is_missing(store.set_member(&stranger).await);
    is_missing(store.delete_user("none").await);
    is_missing(store.delete_credential("none").await);
    is_missing(store.remove_member("t1", "u1").await);
    is_missing(store.delete_enrollment_token("e2", "k1").await);
    is_missing(store.revoke_node("none").await);
    is_missing(store.delete_node("none").await);
    is_missing(store.delete_pipeline("none").await);
    is_missing(store.edit_pipeline("none", "", "", NOW).await);
    is_missing(store.deploy_version(&version("none", "", NOW)).await);
    is_missing(store.undeploy_pipeline("none").await);
    assert_eq!(store.user_by_email("none@example.org").await.unwrap(), None);
}

async fn directory_holds_all_that_was_created(test: TestStore) {
    let store = test.store;
    let empty = store.load_directory().await.unwrap();
    assert!(empty.users.is_empty() && empty.teams.is_empty() && empty.pipelines.is_empty());
    seed(&*store).await;
    let admin = User { super_admin: true, ..user("u1", "a@example.org") };
    let member = Member { team: "t1".into(), user: "u1".into(), role: Role::Editor };
    let session = credential("c1", "u1", Some(Millis(77)));
    let api_token = credential("c2", "u1", None);
    store.create_user(&admin, "hash").await.unwrap();
    store.set_member(&member).await.unwrap();
    store.create_session(&session).await.unwrap();
    store.create_api_token(&api_token).await.unwrap();
    store.create_enrollment_token(&enrollment_token("k1", "e1")).await.unwrap();

    let directory = store.load_directory().await.unwrap();
    assert_eq!(directory.users, [admin]);
    assert_eq!(directory.members, [member]);
    assert_eq!(directory.teams, [Team { id: "t1".into(), name: "Core".into(), created_at: NOW }]);
    assert_eq!(directory.environments, [environment("e1"), environment("e2")]);
    assert_eq!(
        directory.pipelines,
        [pipeline("p1", "e1"), pipeline("p2", "e1"), pipeline("p3", "e2")]
    );
    assert_eq!(directory.enrollment_tokens, [enrollment_token("k1", "e1")]);
    assert_eq!(directory.credentials, [session, api_token.clone()]);
    assert_eq!(store.list_api_tokens("u1").await.unwrap(), [api_token]);
    let tokens = store.list_enrollment_tokens("e1").await.unwrap();
    assert_eq!(tokens, [enrollment_token("k1", "e1")]);
    assert_eq!(store.list_enrollment_tokens("e2").await.unwrap(), []);
    store.delete_enrollment_token("e1", "k1").await.unwrap();
    assert_eq!(store.list_enrollment_tokens("e1").await.unwrap(), []);
}

async fn email_is_found_in_any_case(test: TestStore) {
    let store = test.store;
    let ann = user("u1", "Ann@Example.org");
    store.create_user(&ann, "hash").await.unwrap();
    let found = store.user_by_email("aNN@example.ORG").await.unwrap();
    assert_eq!(found, Some((ann, "hash".to_owned())));
}

async fn deleting_a_user_deletes_what_is_theirs(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    for (id, email) in [("u1", "a@example.org"), ("u2", "b@example.org")] {
        store.create_user(&user(id, email), "hash").await.unwrap();
        let member = Member { team: "t1".into(), user: id.into(), role: Role::Admin };
        store.set_member(&member).await.unwrap();
        store.create_session(&credential(&format!("s-{id}"), id, Some(NOW))).await.unwrap();
        store.create_api_token(&credential(&format!("a-{id}"), id, None)).await.unwrap();
    }
    store.delete_user("u1").await.unwrap();
    let directory = store.load_directory().await.unwrap();
    assert_eq!(directory.users, [user("u2", "b@example.org")]);
    assert!(directory.members.iter().map(|member| &*member.user).eq(["u2"]));
    assert!(directory.credentials.iter().map(|held| &*held.id).eq(["a-u2", "s-u2"]));
}

async fn expired_sessions_are_purged(test: TestStore) {
    let store = test.store;
    store.create_user(&user("u1", "a@example.org"), "hash").await.unwrap();
    for (id, expires_at) in [("s1", 99), ("s2", 100), ("s3", 101)] {
        let session = credential(id, "u1", Some(Millis(expires_at)));
        store.create_session(&session).await.unwrap();
    }
    store.create_api_token(&credential("a1", "u1", None)).await.unwrap();
    assert_eq!(store.purge_sessions(Millis(100)).await.unwrap(), 1);
    assert_eq!(store.purge_sessions(Millis(100)).await.unwrap(), 0);
    store.delete_credential("s3").await.unwrap();
    let directory = store.load_directory().await.unwrap();
    assert!(directory.credentials.iter().map(|held| &*held.id).eq(["a1", "s2"]));
}

async fn members_are_set_and_removed(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    store.create_user(&user("u1", "a@example.org"), "hash").await.unwrap();
    for role in [Role::Viewer, Role::Editor, Role::Admin] {
        let member = Member { team: "t1".into(), user: "u1".into(), role };
        store.set_member(&member).await.unwrap();
        assert_eq!(store.list_members("t1").await.unwrap(), [member]);
    }
    store.remove_member("t1", "u1").await.unwrap();
    assert_eq!(store.list_members("t1").await.unwrap(), []);
}

async fn versions_are_numbered_and_never_change(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    store.create_user(&user("u1", "ann@example.org"), "hash").await.unwrap();
    let second = NewVersion {
        author: Some("u1".into()),
        selector: vec![("zone".into(), "a".into())],
        ..version("p1", "second", Millis(50))
    };
    assert_eq!(store.deploy_version(&second).await.unwrap(), 2);
    assert_eq!(store.deploy_version(&version("p1", "third", Millis(60))).await.unwrap(), 3);
    store.edit_pipeline("p1", "another name", "not deployed", Millis(70)).await.unwrap();
    let deployed = DeployedVersion {
        version: 3,
        config: "third".into(),
        selector: Vec::new(),
        deployed_at: Millis(60),
    };
    let edited = Pipeline {
        name: "another name".into(),
        revision: 3,
        config: "not deployed".into(),
        updated_at: Millis(70),
        deployed: Some(deployed),
        ..pipeline("p1", "e1")
    };
    let pipelines = store.load_directory().await.unwrap().pipelines;
    assert_eq!(pipelines[..2], [edited.clone(), pipeline("p2", "e1")]);

    let versions = store.list_versions("p1", 9, 2).await.unwrap();
    assert_eq!(versions.iter().map(|info| info.version).collect::<Vec<_>>(), [3, 2]);
    let earlier = store.list_versions("p1", 2, 2).await.unwrap();
    assert_eq!(earlier.iter().map(|info| info.version).collect::<Vec<_>>(), [1]);
    let info = VersionInfo {
        version: 2,
        changelog: "because".into(),
        author: Some("u1".into()),
        author_email: Some("ann@example.org".into()),
        selector: vec![("zone".into(), "a".into())],
        created_at: Millis(50),
    };
    let stored = Version { info, config: "second".into() };
    assert_eq!(store.version("p1", 2).await.unwrap(), Some(stored));
    assert_eq!(store.version("p1", 4).await.unwrap(), None);

    store.undeploy_pipeline("p1").await.unwrap();
    let undeployed = Pipeline { deployed: None, ..edited };
    assert_eq!(store.pipeline("p1").await.unwrap(), Some(undeployed));
}

async fn simultaneous_versions_get_numbers_of_their_own(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    let [one, two, three] = ["one", "two", "three"].map(|text| version("p1", text, NOW));
    let (a, b, c) = tokio::join!(
        store.deploy_version(&one),
        store.deploy_version(&two),
        store.deploy_version(&three)
    );
    let mut numbers = [a.unwrap(), b.unwrap(), c.unwrap()];
    numbers.sort_unstable();
    assert_eq!(numbers, [2, 3, 4]);
}

async fn what_people_say_of_a_node_is_kept_beside_what_it_says(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    let edit = NodeEdit {
        node: "n1".into(),
        environment: "e1".into(),
        name: "edge".into(),
        operator_labels: vec![("zone".into(), "b".into())],
        maintenance_since: Some(Millis(9)),
    };
    store.edit_node(&edit).await.unwrap();
    assert_eq!(store.node_edit("n1").await.unwrap(), Some(edit.clone()));
    assert_eq!(store.node_edit("none").await.unwrap(), None);
    is_missing(store.edit_node(&NodeEdit { node: "none".into(), ..edit }).await);
    let loaded = store.load_nodes("", 1).await.unwrap().remove(0);
    assert_eq!((&*loaded.name, loaded.maintenance_since), ("edge", Some(Millis(9))));
    assert_eq!(loaded.operator_labels, [("zone".to_owned(), "b".to_owned())]);
    assert_eq!(loaded.state.labels, [("zone".to_owned(), "a".to_owned())]);

    store.set_pending_action("n2", Some("{}")).await.unwrap();
    let pending = store.list_pending_actions().await.unwrap();
    assert_eq!(pending, [("n2".to_owned(), "{}".to_owned())]);
    store.set_pending_action("n2", None).await.unwrap();
    assert_eq!(store.list_pending_actions().await.unwrap(), []);
}

async fn revoked_node_keeps_all_but_its_token(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    let mut before = store.load_nodes("", 10).await.unwrap();
    store.revoke_node("n1").await.unwrap();
    store.revoke_node("n2").await.unwrap();
    before[0].token_digest = None;
    before[1].token_digest = None;
    assert_eq!(store.load_nodes("", 10).await.unwrap(), before);
}

/// Rows about (n1, p1), which are to go, and about (n1, p2) and (n2, p1), one of which stays.
async fn write_history(store: &dyn Store) {
    let mut batch = full_batch(1);
    batch.instances.extend([instance_row("n1", "p2"), instance_row("n2", "p1")]);
    for (node, pipeline) in [("n1", "p2"), ("n2", "p1")] {
        let mut row = batch.instance_minutes[0].clone();
        row.instance = instance(node, pipeline);
        batch.instance_minutes.push(row);
        let mut row = component_row(node, 8.0, 2);
        row.instance = instance(node, pipeline);
        batch.component_minutes.push(row);
    }
    batch.status_events = vec![
        event_row(1, 0, "n1", None),
        event_row(1, 1, "n1", Some("p2")),
        event_row(1, 2, "n2", Some("p1")),
    ];
    batch.logs = vec![log_row(1, 3, "n1", "p2", "line"), log_row(1, 4, "n2", "p1", "line")];
    store.flush(&batch).await.unwrap();
}

/// What is left: nodes of instances, pipelines and nodes of minutes, ordinals of events and logs.
async fn left(store: &dyn Store) -> (Vec<String>, Vec<String>, Vec<u32>) {
    let instances = store.load_instances(("", ""), 10).await.unwrap();
    let instances =
        instances.iter().map(|row| format!("{}-{}", row.instance.node, row.instance.pipeline));
    let mut minutes = Vec::new();
    for pipeline in ["p1", "p2"] {
        for node in [None, Some("n1"), Some("n2")] {
            if !store.pipeline_minutes(pipeline, node, Minute(0)).await.unwrap().is_empty() {
                minutes.push(format!("{}-{pipeline}", node.unwrap_or("all")));
            }
        }
        for row in store.component_minutes(pipeline, Minute(0)).await.unwrap() {
            let latency = row.latency_weighted_sum / row.latency_weight as f64;
            minutes.push(format!("{pipeline} {latency}ms"));
        }
    }
    let mut ordinals = Vec::new();
    let events = store.status_events(&history_of("e1")).await.unwrap();
    ordinals.extend(events.iter().map(|event| event.key.ordinal));
    let logs = store.logs(&history_of("e1")).await.unwrap();
    ordinals.extend(logs.iter().map(|line| line.key.ordinal));
    (instances.collect(), minutes, ordinals)
}

async fn deleting_a_node_deletes_its_history(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    write_history(&*store).await;
    store.delete_node("n1").await.unwrap();
    let (instances, minutes, ordinals) = left(&*store).await;
    assert_eq!(instances, ["n2-p1"]);
    assert_eq!(minutes, ["all-p1", "n2-p1", "p1 4ms"]);
    assert_eq!(ordinals, [2, 4]);
    assert_eq!(store.node_minutes("n1", Minute(0)).await.unwrap(), []);
    // The same id enrolled again starts with an empty past.
    store.enroll_node(&node("n1", "e1")).await.unwrap();
    assert_eq!(left(&*store).await, (instances, minutes, ordinals));
    assert_eq!(store.last_tick().await.unwrap(), TickNumber(1));
}

async fn deleting_a_pipeline_deletes_its_history(test: TestStore) {
    let store = test.store;
    seed(&*store).await;
    write_history(&*store).await;
    store.deploy_version(&version("p1", "second", NOW)).await.unwrap();
    store.delete_pipeline("p1").await.unwrap();
    let (instances, minutes, ordinals) = left(&*store).await;
    assert_eq!(instances, ["n1-p2"]);
    assert_eq!(minutes, ["n1-p2", "p2 4ms"]);
    assert_eq!(ordinals, [1, 0, 3]);
    assert_eq!(store.node_minutes("n1", Minute(0)).await.unwrap().len(), 1);
    store.flush(&Batch { tick: TickNumber(2), ..Batch::default() }).await.unwrap();
    store.create_pipeline(&pipeline("p1", "e1")).await.unwrap();
    assert_eq!(left(&*store).await, (instances, minutes, ordinals));
}
