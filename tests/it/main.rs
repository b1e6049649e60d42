//! Tests against the real world: real databases and real sockets.

mod postgres_cluster;
mod store;
