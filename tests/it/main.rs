//! Tests against the real world: real databases and real sockets.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod postgres_cluster;
mod store;
