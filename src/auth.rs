//! Who is asking: nodes by token, people by session or API token. Checked in memory, without the store.

pub mod enrollment_tokens;
pub mod node_tokens;
pub mod secrets;
