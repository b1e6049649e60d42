//! The first super-admin of an empty store: from `SYSTOLE_BOOTSTRAP_ADMIN`, or by a one-time link.

use std::sync::{Arc, Mutex, PoisonError};

use subtle::ConstantTimeEq as _;

use crate::auth::passwords::Passwords;
use crate::auth::secrets::{digest, new_secret};
use crate::control::Control;
use crate::control::people::new_user;
use crate::http::reply::HttpError;
use crate::store::{Digest, Store, User};

/// The right to create the first super-admin, while there is none. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct SetupToken {
    digest: Arc<Mutex<Option<Digest>>>,
}

impl SetupToken {
    /// Makes a token and answers its text.
    pub fn issue(&self) -> String {
        let secret = new_secret("");
        self.replace(Some(digest(&secret)));
        secret
    }

    /// Whether a super-admin is still to be created.
    pub fn is_issued(&self) -> bool {
        self.digest.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Whether this is the token.
    pub fn admits(&self, secret: &str) -> bool {
        let known = *self.digest.lock().unwrap_or_else(PoisonError::into_inner);
        known.is_some_and(|known| bool::from(known.ct_eq(&digest(secret))))
    }

    fn replace(&self, digest: Option<Digest>) {
        *self.digest.lock().unwrap_or_else(PoisonError::into_inner) = digest;
    }
}

/// An email address and a password, as `SYSTOLE_BOOTSTRAP_ADMIN` holds them.
#[derive(Clone, PartialEq, Eq)]
pub struct FirstAdmin {
    pub email: String,
    pub password: String,
}

/// Makes sure that somebody can manage everything: a store without a super-admin gets the given super-admin, or a set-up
/// token is issued and answered. Runs before [`crate::boot::load`].
pub async fn prepare(
    store: &dyn Store,
    setup: &SetupToken,
    passwords: &Passwords,
    first_admin: Option<FirstAdmin>,
) -> Result<Option<String>, HttpError> {
    if store.list_users().await?.iter().any(|user| user.super_admin) {
        return Ok(None);
    }
    let Some(FirstAdmin { email, password }) = first_admin else {
        return Ok(Some(setup.issue()));
    };
    let hash = passwords.hash(password).await?;
    store.create_user(&new_user(&email, true), &hash).await?;
    Ok(None)
}

impl Control {
    /// Creates the first super-admin; the token is used up.
    pub async fn set_up(
        &self,
        token: &str,
        email: &str,
        password_hash: &str,
    ) -> Result<User, HttpError> {
        let _turn = self.turn().await;
        if !self.caches.setup.admits(token) {
            return Err(HttpError::Forbidden("the set-up link is not valid (any more)"));
        }
        let user = new_user(email, true);
        self.store.create_user(&user, password_hash).await?;
        self.caches.setup.replace(None);
        self.user_created(&user).await?;
        Ok(user)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_up_token_admits_nothing_but_itself_and_only_once_issued() {
        let setup = SetupToken::default();
        assert!(!setup.is_issued());
        assert!(!setup.admits(""));
        let secret = setup.issue();
        assert!(setup.is_issued() && setup.admits(&secret) && !setup.admits("guess"));
        setup.replace(None);
        assert!(!setup.admits(&secret));
    }
}
