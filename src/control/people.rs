//! People and what they prove themselves with: sessions and API tokens.

use systole_systems::input::Input;
use systole_systems::time::Millis;

use crate::auth::secrets::{digest, new_id, new_secret};
use crate::clock::wall_now;
use crate::control::{Control, gone};
use crate::http::reply::HttpError;
use crate::store::{Credential, User};

/// A session lasts thirty days, used or not.
pub const SESSION_MILLIS: u64 = 30 * 24 * 3_600 * 1_000;
/// Sessions of one person; the oldest ends when there is one more.
const SESSIONS_PER_USER_MAX: usize = 100;
/// API tokens of one person.
const TOKENS_PER_USER_MAX: usize = 100;

/// A person about to be created.
pub fn new_user(email: &str, super_admin: bool) -> User {
    User { id: new_id(), email: email.to_owned(), super_admin, created_at: wall_now() }
}

/// An API token about to be created, and its text.
pub fn new_api_token(user: &str, name: &str) -> (Credential, String) {
    let secret = new_secret("systole_");
    let token = Credential {
        id: new_id(),
        user: user.to_owned(),
        name: name.to_owned(),
        digest: digest(&secret),
        created_at: wall_now(),
        expires_at: None,
    };
    (token, secret)
}

impl Control {
    /// Creates a person.
    pub async fn create_user(
        &self,
        email: &str,
        password_hash: &str,
        super_admin: bool,
    ) -> Result<User, HttpError> {
        let _turn = self.turn().await;
        let user = new_user(email, super_admin);
        self.store.create_user(&user, password_hash).await?;
        self.user_created(&user).await?;
        Ok(user)
    }

    /// Deletes a person with their sessions, tokens and memberships.
    pub async fn delete_user(&self, user: &str) -> Result<(), HttpError> {
        let _turn = self.turn().await;
        if self.caches.credentials.is_last_super_admin(user) {
            return Err(HttpError::Conflict("this is the last super-admin".into()));
        }
        gone(self.store.delete_user(user).await)?;
        self.caches.credentials.remove_user(user);
        self.announce(&Input::UserRemoved { user }).await
    }

    /// Starts a session and answers it with its secret.
    pub async fn start_session(&self, user: &str) -> Result<(Credential, String), HttpError> {
        let _turn = self.turn().await;
        let sessions = self.caches.credentials.sessions_of(user);
        let surplus = (sessions.len() + 1).saturating_sub(SESSIONS_PER_USER_MAX);
        for oldest in &sessions[..surplus] {
            self.drop_credential(oldest).await?;
        }
        let secret = new_secret("");
        let now = wall_now();
        let session = Credential {
            id: new_id(),
            user: user.to_owned(),
            name: String::new(),
            digest: digest(&secret),
            created_at: now,
            expires_at: Some(Millis(now.0 + SESSION_MILLIS)),
        };
        self.store.create_session(&session).await?;
        self.caches.credentials.insert(&session);
        Ok((session, secret))
    }

    /// Creates an API token and answers it with its text.
    pub async fn create_api_token(
        &self,
        user: &str,
        name: &str,
    ) -> Result<(Credential, String), HttpError> {
        let _turn = self.turn().await;
        if TOKENS_PER_USER_MAX <= self.store.list_api_tokens(user).await?.len() {
            return Err(HttpError::Conflict(format!(
                "you have {TOKENS_PER_USER_MAX} tokens; delete one first"
            )));
        }
        let (token, secret) = new_api_token(user, name);
        self.store.create_api_token(&token).await?;
        self.caches.credentials.insert(&token);
        Ok((token, secret))
    }

    /// Ends a session or an API token, and the streams opened with it.
    pub async fn end_credential(&self, credential: &str) -> Result<(), HttpError> {
        let _turn = self.turn().await;
        self.drop_credential(credential).await
    }

    /// Ends the streams of sessions that expired before `now`, and forgets the sessions.
    pub async fn expire_sessions(&self, now: Millis) -> Result<(), HttpError> {
        let _turn = self.turn().await;
        let expired = self.caches.credentials.expired(now);
        if expired.is_empty() {
            return Ok(());
        }
        for credential in &expired {
            self.caches.credentials.remove(credential);
            self.announce(&Input::CredentialRevoked { credential }).await?;
        }
        // Last: a store that is away must not keep streams open.
        self.store.purge_sessions(now).await?;
        Ok(())
    }

    pub(super) async fn user_created(&self, user: &User) -> Result<(), HttpError> {
        self.caches.credentials.insert_user(user);
        self.announce(&Input::UserSet { user: &user.id, super_admin: user.super_admin }).await
    }

    async fn drop_credential(&self, credential: &str) -> Result<(), HttpError> {
        gone(self.store.delete_credential(credential).await)?;
        self.caches.credentials.remove(credential);
        self.announce(&Input::CredentialRevoked { credential }).await
    }
}
