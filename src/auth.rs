//! Who is asking: nodes by token, people by session or API token. Checked in memory, without the store.

pub mod credentials;
pub mod enrollment_tokens;
pub mod login_attempts;
pub mod node_tokens;
pub mod passwords;
pub mod secrets;
