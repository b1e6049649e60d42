//! Passwords: argon2id on blocking threads, a bounded number at once. An unknown user costs as much time as a known one.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;

use crate::auth::secrets::new_secret;
use crate::http::reply::HttpError;

/// Shortest password taken, in characters.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// Longest password taken; hashing must not be a way to burn our time.
pub const PASSWORD_BYTES_MAX: usize = 1_024;
/// Passwords hashed at once: each takes 19 MiB and a core for some 30 ms.
const HASHES_AT_ONCE: usize = 2;
/// Requests that wait for their turn; at some 30 ms a hash the last one waits about a second.
const HASHES_WAITING_MAX: usize = 64;

/// Hashes and checks passwords. Cheap to clone; clones share the turns.
#[derive(Clone, Debug)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
    /// Checked when the user is unknown; no password matches it.
    decoy: Arc<str>,
}

impl Passwords {
    /// Hashes one random password, so that unknown users cost what known ones do.
    pub fn new() -> Passwords {
        Passwords {
            turns: Arc::new(Semaphore::new(HASHES_AT_ONCE)),
            places: Arc::new(Semaphore::new(HASHES_WAITING_MAX)), // full: 503
            decoy: hash(new_secret("").as_bytes()).into(),
        }
    }

    /// The hash to store of a password.
    pub async fn hash(&self, password: String) -> Result<String, HttpError> {
        self.take_turn(move || hash(password.as_bytes())).await
    }

    /// Whether the password has this hash; `None`: nobody has it.
    pub async fn verify(&self, password: String, known: Option<String>) -> Result<bool, HttpError> {
        let decoy = self.decoy.clone();
        self.take_turn(move || {
            let matches = verify(password.as_bytes(), known.as_deref().unwrap_or(&decoy));
            matches && known.is_some()
        })
        .await
    }

    async fn take_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HttpError> {
        let busy =
            HttpError::Unavailable { why: "too many people sign in now", retry_after_seconds: 2 };
        let place = self.places.clone().try_acquire_owned().map_err(|_| busy)?;
        let turn = self.turns.clone().acquire_owned().await.expect("never closed");
        // The work keeps its turn when whoever asked goes away: the core is busy all the same.
        let work = tokio::task::spawn_blocking(move || {
            let done = work();
            drop((turn, place));
            done
        });
        work.await.map_err(|_| HttpError::Internal)
    }
}

impl Default for Passwords {
    fn default() -> Passwords {
        Passwords::new()
    }
}

fn hash(password: &[u8]) -> String {
    let hash: PasswordHash = Argon2::default()
        .hash_password(password)
        .expect("bounded passwords and the default parameters are valid");
    hash.to_string()
}

fn verify(password: &[u8], hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password, &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let passwords = Passwords::new();
        let known = passwords.hash("correct horse".into()).await.unwrap();
        assert!(known.starts_with("$argon2id$"));
        assert!(passwords.verify("correct horse".into(), Some(known.clone())).await.unwrap());
        assert!(!passwords.verify("correct house".into(), Some(known)).await.unwrap());
        assert!(!passwords.verify("correct horse".into(), None).await.unwrap());
        assert!(!passwords.verify("correct horse".into(), Some("no hash".into())).await.unwrap());
    }

    #[tokio::test]
    async fn a_crowd_is_refused_instead_of_queued_without_end() {
        let passwords = Passwords::new();
        let places = passwords.places.clone().acquire_many_owned(HASHES_WAITING_MAX as u32);
        let _taken = places.await.unwrap();
        let refused = passwords.hash("password".into()).await;
        assert!(matches!(refused, Err(HttpError::Unavailable { .. })));
    }
}
