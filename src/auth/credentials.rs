//! Credentials: whose session or API token a secret is. Answered from memory, in step with the store.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use rustc_hash::FxHashMap;
use subtle::ConstantTimeEq as _;
use systole_systems::time::Millis;

use crate::auth::secrets::digest;
use crate::store::{Credential, Digest, User};

/// Whoever sent a request, and what they proved it with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    pub user: Arc<str>,
    /// Id of the session or API token.
    pub credential: Arc<str>,
    pub super_admin: bool,
    /// `None`: does not expire.
    pub expires_at: Option<Millis>,
}

/// All people with their sessions and API tokens by digest. Cheap to clone; clones share the table.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    table: Arc<RwLock<Table>>,
}

#[derive(Debug, Default)]
struct Table {
    by_digest: FxHashMap<[u8; 16], Entry>,
    users: FxHashMap<Arc<str>, Person>,
}

#[derive(Debug)]
struct Entry {
    digest: Digest,
    principal: Principal,
    /// Sessions have no name.
    is_session: bool,
    created_at: Millis,
}

#[derive(Debug)]
struct Person {
    super_admin: bool,
    email: Arc<str>,
}

impl Credentials {
    /// Whose valid session or token the secret is.
    pub fn find(&self, secret: &str, now: Millis) -> Option<Principal> {
        let digest = digest(secret);
        let table = self.read();
        let entry = table.by_digest.get(&lookup_key(&digest))?;
        let valid = entry.principal.expires_at.is_none_or(|end| now < end);
        (valid && bool::from(entry.digest.ct_eq(&digest))).then(|| entry.principal.clone())
    }

    /// Whether a session or token is still valid.
    pub fn is_valid(&self, credential: &str, now: Millis) -> bool {
        let table = self.read();
        table.by_digest.values().any(|entry| {
            let principal = &entry.principal;
            *principal.credential == *credential && principal.expires_at.is_none_or(|end| now < end)
        })
    }

    /// Makes a person known; without it their credentials are not.
    pub fn insert_user(&self, user: &User) {
        let person =
            Person { super_admin: user.super_admin, email: Arc::from(user.email.as_str()) };
        self.write().users.insert(Arc::from(user.id.as_str()), person);
    }

    /// Forgets a person with all their credentials.
    pub fn remove_user(&self, user: &str) {
        let mut table = self.write();
        table.users.remove(user);
        table.by_digest.retain(|_, entry| &*entry.principal.user != user);
    }

    /// The email address of a person.
    pub fn email(&self, user: &str) -> Option<Arc<str>> {
        self.read().users.get(user).map(|person| person.email.clone())
    }

    /// Whether nobody but this person is super-admin.
    pub fn is_last_super_admin(&self, user: &str) -> bool {
        let table = self.read();
        let admins = table.users.values().filter(|person| person.super_admin).count();
        admins == 1 && table.users.get(user).is_some_and(|person| person.super_admin)
    }

    /// Makes a session or token of a known person valid.
    pub fn insert(&self, credential: &Credential) {
        let mut table = self.write();
        let Some((user, person)) = table.users.get_key_value(credential.user.as_str()) else {
            return; // deleted while it was made
        };
        let principal = Principal {
            user: user.clone(),
            credential: Arc::from(credential.id.as_str()),
            super_admin: person.super_admin,
            expires_at: credential.expires_at,
        };
        let entry = Entry {
            digest: credential.digest,
            principal,
            is_session: credential.name.is_empty(),
            created_at: credential.created_at,
        };
        table.by_digest.insert(lookup_key(&credential.digest), entry);
    }

    /// Makes a session or token invalid.
    pub fn remove(&self, credential: &str) {
        self.write().by_digest.retain(|_, entry| &*entry.principal.credential != credential);
    }

    /// Ids of the sessions of a person, oldest first.
    pub fn sessions_of(&self, user: &str) -> Vec<Arc<str>> {
        let table = self.read();
        let mut sessions: Vec<(Millis, Arc<str>)> = table
            .by_digest
            .values()
            .filter(|entry| entry.is_session && &*entry.principal.user == user)
            .map(|entry| (entry.created_at, entry.principal.credential.clone()))
            .collect();
        sessions.sort_unstable();
        sessions.into_iter().map(|(_, id)| id).collect()
    }

    /// Ids of what has expired, in order.
    pub fn expired(&self, now: Millis) -> Vec<Arc<str>> {
        let table = self.read();
        let mut expired: Vec<Arc<str>> = table
            .by_digest
            .values()
            .filter(|entry| entry.principal.expires_at.is_some_and(|end| end <= now))
            .map(|entry| entry.principal.credential.clone())
            .collect();
        expired.sort_unstable();
        expired
    }

    fn read(&self) -> RwLockReadGuard<'_, Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Table> {
        self.table.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first half of the digest finds the entry, the whole digest is compared in constant time.
fn lookup_key(digest: &Digest) -> [u8; 16] {
    digest[..16].try_into().expect("a digest has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Credentials {
        let credentials = Credentials::default();
        credentials.insert_user(&User {
            id: "u1".into(),
            email: "ada@example.org".into(),
            super_admin: true,
            created_at: Millis(0),
        });
        credentials
    }

    fn session(id: &str, secret: &str, created_at: u64) -> Credential {
        Credential {
            id: id.into(),
            user: "u1".into(),
            name: String::new(),
            digest: digest(secret),
            created_at: Millis(created_at),
            expires_at: Some(Millis(created_at + 100)),
        }
    }

    #[test]
    fn a_session_is_valid_until_the_moment_it_expires() {
        let credentials = known();
        credentials.insert(&session("s1", "secret", 1_000));
        let principal = credentials.find("secret", Millis(1_099)).unwrap();
        assert_eq!((&*principal.user, principal.super_admin), ("u1", true));
        let is_valid = |at| credentials.is_valid("s1", Millis(at));
        assert_eq!((is_valid(1_099), is_valid(1_100)), (true, false));
        assert!(!credentials.is_valid("secret", Millis(1_000)), "an id, not the secret");
        assert_eq!(credentials.find("secret", Millis(1_100)), None);
        assert_eq!(credentials.expired(Millis(1_099)), []);
        assert_eq!(credentials.expired(Millis(1_100)), [Arc::from("s1")]);
        assert_eq!(credentials.find("another", Millis(1_000)), None);
    }

    #[test]
    fn a_removed_person_takes_every_credential_along() {
        let credentials = known();
        credentials.insert(&session("s1", "one", 0));
        credentials.insert(&session("s2", "two", 0));
        credentials.remove_user("u1");
        assert_eq!(credentials.find("one", Millis(1)), None);
        assert_eq!(credentials.find("two", Millis(1)), None);
        credentials.insert(&session("s3", "three", 0));
        assert_eq!(credentials.find("three", Millis(1)), None);
    }

    #[test]
    fn the_last_super_admin_is_known_as_such() {
        let credentials = known();
        assert!(credentials.is_last_super_admin("u1"));
        assert!(!credentials.is_last_super_admin("u2"));
        credentials.insert_user(&User {
            id: "u2".into(),
            email: "bob@example.org".into(),
            super_admin: true,
            created_at: Millis(0),
        });
        assert!(!credentials.is_last_super_admin("u1"));
    }

    #[test]
    fn removing_one_session_leaves_the_others() {
        let credentials = known();
        credentials.insert(&session("newer", "one", 2));
        credentials.insert(&session("older", "two", 1));
        assert_eq!(credentials.sessions_of("u1"), [Arc::from("older"), Arc::from("newer")]);
        credentials.remove("older");
        assert_eq!(credentials.find("two", Millis(3)), None);
        assert!(credentials.find("one", Millis(3)).is_some());
    }
}
