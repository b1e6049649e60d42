//! Node tokens: which node a bearer token speaks for.

use std::sync::{Arc, PoisonError, RwLock};

use rustc_hash::FxHashMap;
use subtle::ConstantTimeEq as _;

use crate::auth::secrets::digest;
use crate::store::Digest;

/// The node a request speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeIdentity {
    pub node: Arc<str>,
    pub environment: Arc<str>,
}

/// All valid node tokens by digest. Cheap to clone; clones share the table.
#[derive(Clone, Debug, Default)]
pub struct NodeTokens {
    table: Arc<RwLock<FxHashMap<[u8; 16], (Digest, NodeIdentity)>>>,
}

impl NodeTokens {
    /// The node of a token.
    pub fn find(&self, token: &str) -> Option<NodeIdentity> {
        let digest = digest(token);
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        let (known, identity) = table.get(&lookup_key(&digest))?;
        bool::from(known.ct_eq(&digest)).then(|| identity.clone())
    }

    /// Makes a token valid.
    pub fn insert(&self, digest: Digest, identity: NodeIdentity) {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        table.insert(lookup_key(&digest), (digest, identity));
    }

    /// Makes the tokens of a node invalid.
    pub fn remove_node(&self, node: &str) {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        table.retain(|_, (_, identity)| &*identity.node != node);
    }
}

/// The first half of the digest finds the entry, the whole digest is compared in constant time.
fn lookup_key(digest: &Digest) -> [u8; 16] {
    digest[..16].try_into().expect("a digest has 32 bytes")
}
