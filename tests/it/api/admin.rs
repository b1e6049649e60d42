//! `systole admin`, through a server and against the store alone: the same commands, the same lines.

use std::sync::Arc;

use systole::admin::{AdminCommand, AdminError, AdminTarget, CreateUser, local_token, run};
use systole::store::{Store, open::open};

use super::{PASSWORD, Whole};

#[tokio::test]
async fn commands_do_the_same_through_a_server_and_without_one() {
    let whole = Whole::start().await;
    let users = whole.server.app.store.list_users().await.unwrap();
    let token = local_token::issue(&whole.server.app.caches, &users).unwrap();
    let url = format!("http://{}", whole.server.address);
    tour(&AdminTarget::Server { url, token }).await;
    whole.stop().await;

    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("systole.db").display());
    let store: Arc<dyn Store> = open(&url).await.unwrap();
    tour(&AdminTarget::Store(store.clone())).await;
    store.close().await;
}

async fn tour(target: &AdminTarget) {
    let run = |command: AdminCommand| run(command, target.clone());
    let email = "bob@example.org".to_owned();
    let user = CreateUser { email: email.clone(), password: PASSWORD.into(), super_admin: false };
    let user = run(AdminCommand::CreateUser(user)).await.unwrap();
    let team = run(AdminCommand::CreateTeam { name: "core".into() }).await.unwrap();
    let named = AdminCommand::CreateEnvironment { name: "lab".into(), team: id(&team) };
    let environment = run(named).await.unwrap();
    let listed = run(AdminCommand::List).await.unwrap();
    for line in [&user, &team, &environment] {
        assert!(listed.contains(line.as_str()), "{line} in {listed}");
    }
    let token = AdminCommand::EnrollmentToken { environment: id(&environment) };
    assert!(run(token).await.unwrap().contains(" vf_enroll_"));
    let token = AdminCommand::ApiToken { name: "ci".into(), email };
    assert!(run(token).await.unwrap().contains(" systole_"));
    let token = AdminCommand::ApiToken { name: "ci".into(), email: "eve@example.org".into() };
    assert!(matches!(run(token).await, Err(AdminError::Invalid(_))));
}

/// The second word of a line.
fn id(line: &str) -> String {
    line.split(' ').nth(1).unwrap().to_owned()
}
