//! Admin commands against the store, while no server runs.

use crate::admin::{AdminCommand, AdminError, line, of_hashing};
use crate::auth::passwords::Passwords;
use crate::control::environments::{new_enrollment_token, new_environment};
use crate::control::people::{new_api_token, new_user};
use crate::control::teams::new_team;
use crate::store::Store;

pub(super) async fn run(command: AdminCommand, store: &dyn Store) -> Result<String, AdminError> {
    match command {
        AdminCommand::CreateUser(new) => {
            let user = new_user(new.email.trim(), new.super_admin);
            let hash = Passwords::new().hash(new.password).await.map_err(of_hashing)?;
            store.create_user(&user, &hash).await?;
            Ok(line("user", &user.id, &user.email))
        }
        AdminCommand::CreateTeam { name } => {
            let team = new_team(name.trim());
            store.create_team(&team).await?;
            Ok(line("team", &team.id, &team.name))
        }
        AdminCommand::CreateEnvironment { name, team } => {
            let environment = new_environment(name.trim(), &team);
            store.create_environment(&environment).await?;
            Ok(line("environment", &environment.id, &environment.name))
        }
        AdminCommand::EnrollmentToken { environment } => {
            let (token, text) = new_enrollment_token(&environment);
            store.create_enrollment_token(&token).await?;
            Ok(line("enrollment-token", &token.id, &text))
        }
        AdminCommand::ApiToken { name, email } => {
            let Some((user, _)) = store.user_by_email(email.trim()).await? else {
                return Err(AdminError::Invalid(format!("nobody has the address {email}")));
            };
            let (token, text) = new_api_token(&user.id, name.trim());
            store.create_api_token(&token).await?;
            Ok(line("api-token", &token.id, &text))
        }
        AdminCommand::List => {
            let directory = store.load_directory().await?;
            let users = directory.users.iter().map(|user| line("user", &user.id, &user.email));
            let teams = directory.teams.iter().map(|team| line("team", &team.id, &team.name));
            let environments = directory.environments.iter();
            let environments = environments.map(|e| line("environment", &e.id, &e.name));
            Ok(users.chain(teams).chain(environments).collect())
        }
    }
}
