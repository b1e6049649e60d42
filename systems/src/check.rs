//! Check: what must hold at the end of a tick.

pub mod check_fingerprint;
pub mod check_totals;
pub mod update_fingerprint;
