//! Environments and the tokens that let nodes into them.

use systole_systems::input::Input;

use crate::auth::secrets::{digest, new_id, new_secret};
use crate::clock::wall_now;
use crate::control::{Control, gone};
use crate::http::reply::HttpError;
use crate::store::{EnrollmentToken, Environment};

/// Enrollment tokens of one environment.
const ENROLLMENT_TOKENS_MAX: usize = 100;
/// Characters of a token that stay readable, for people to tell tokens apart.
const HINT_CHARS: usize = 4;

/// An environment about to be created.
pub fn new_environment(name: &str, team: &str) -> Environment {
    Environment {
        id: new_id(),
        name: name.to_owned(),
        team: team.to_owned(),
        created_at: wall_now(),
    }
}

/// An enrollment token about to be created, and its text.
pub fn new_enrollment_token(environment: &str) -> (EnrollmentToken, String) {
    let secret = new_secret("vf_enroll_");
    let token = EnrollmentToken {
        id: new_id(),
        environment: environment.to_owned(),
        digest: digest(&secret),
        hint: secret[secret.len() - HINT_CHARS..].to_owned(),
        created_at: wall_now(),
    };
    (token, secret)
}

impl Control {
    /// Creates an environment of a team.
    pub async fn create_environment(
        &self,
        name: &str,
        team: &str,
    ) -> Result<Environment, HttpError> {
        let _turn = self.turn().await;
        let environment = new_environment(name, team);
        self.store.create_environment(&environment).await?;
        self.caches.environment_written(&environment);
        self.announce(&Input::EnvironmentSet {
            environment: &environment.id,
            name: &environment.name,
            team: &environment.team,
        })
        .await?;
        Ok(environment)
    }

    /// Creates an enrollment token and answers it with its text.
    pub async fn create_enrollment_token(
        &self,
        environment: &str,
    ) -> Result<(EnrollmentToken, String), HttpError> {
        let _turn = self.turn().await;
        let existing = self.store.list_enrollment_tokens(environment).await?;
        if ENROLLMENT_TOKENS_MAX <= existing.len() {
            return Err(HttpError::Conflict(format!(
                "the environment has {ENROLLMENT_TOKENS_MAX} enrollment tokens; delete one first"
            )));
        }
        let (token, secret) = new_enrollment_token(environment);
        self.store.create_enrollment_token(&token).await?;
        self.caches.enrollment_token_written(&token);
        Ok((token, secret))
    }

    /// Deletes an enrollment token. Nodes that enrolled with it stay.
    pub async fn delete_enrollment_token(
        &self,
        environment: &str,
        token: &str,
    ) -> Result<(), HttpError> {
        let _turn = self.turn().await;
        gone(self.store.delete_enrollment_token(environment, token).await)?;
        self.caches.enrollment_token_removed(token);
        Ok(())
    }
}
