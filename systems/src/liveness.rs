//! Liveness: time passes, leases run out, node status is derived.

pub mod derive_node_status;
