//! Enrollment tokens: which environment a new node may enter.

use std::sync::{Arc, PoisonError, RwLock};

use rustc_hash::FxHashMap;
use subtle::ConstantTimeEq as _;

use crate::auth::secrets::digest;
use crate::store::{Digest, EnrollmentToken};

/// The right that an enrollment token gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrollmentGrant {
    /// Id of the token.
    pub token: Arc<str>,
    pub environment: Arc<str>,
    pub environment_name: Arc<str>,
}

/// All valid enrollment tokens. Cheap to clone; clones share the table.
///
/// A list: there are few, and a node asks once in its life.
#[derive(Clone, Debug, Default)]
pub struct EnrollmentTokens {
    entries: Arc<RwLock<Vec<Entry>>>,
    names: Arc<RwLock<FxHashMap<String, Arc<str>>>>,
}

#[derive(Debug)]
struct Entry {
    token: String,
    digest: Digest,
    grant: EnrollmentGrant,
}

impl EnrollmentTokens {
    /// Tells the name of an environment; tokens for it may follow.
    pub fn name_environment(&self, environment: &str, name: &str) {
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        names.insert(environment.to_owned(), name.into());
    }

    /// What a token gives the right to.
    pub fn find(&self, token: &str) -> Option<EnrollmentGrant> {
        let digest = digest(token);
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let known = entries.iter().find(|entry| bool::from(entry.digest.ct_eq(&digest)))?;
        Some(known.grant.clone())
    }

    /// Makes a token valid.
    pub fn insert(&self, token: &EnrollmentToken) {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        let name = names.get(&token.environment).cloned();
        drop(names);
        let grant = EnrollmentGrant {
            token: token.id.as_str().into(),
            environment: token.environment.as_str().into(),
            environment_name: name.expect("an environment is named before its tokens come"),
        };
        let entry = Entry { token: token.id.clone(), digest: token.digest, grant };
        self.entries.write().unwrap_or_else(PoisonError::into_inner).push(entry);
    }

    /// Makes the token of this id invalid.
    pub fn remove(&self, token: &str) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|entry| entry.token != token);
    }
}

#[cfg(test)]
mod tests {
    use systole_systems::time::Millis;

    use super::*;

    #[test]
    fn a_token_is_valid_from_insert_to_remove() {
        let tokens = EnrollmentTokens::default();
        let token = |id: &str, text: &str| EnrollmentToken {
            id: id.into(),
            environment: "e1".into(),
            digest: digest(text),
            hint: String::new(),
            created_at: Millis(0),
        };
        tokens.name_environment("e1", "production");
        tokens.insert(&token("t1", "vf_enroll_a"));
        tokens.clone().insert(&token("t2", "vf_enroll_b"));
        let grant = tokens.find("vf_enroll_a").unwrap();
        assert_eq!((&*grant.environment, &*grant.environment_name), ("e1", "production"));
        assert_eq!(tokens.find("vf_enroll_"), None);
        tokens.remove("t1");
        assert_eq!(tokens.find("vf_enroll_a"), None);
        assert!(tokens.find("vf_enroll_b").is_some());
    }
}
