//! Plain data that many own together: it never changes, and nobody asks how many they are.

/// One value with many owners.
#[expect(clippy::disallowed_types, reason = "what is the same for all is kept once")]
pub type Shared<T> = std::sync::Arc<T>;
