//! The fingerprint kept by differences equals the one computed anew. Debug builds only: it reads the whole fleet.

use bevy_ecs::prelude::Res;

use crate::check::update_fingerprint::FleetHashes;
use crate::fingerprint::Fingerprint;
use crate::time::Tick;

/// Hashes the whole fleet every so many ticks.
const TICKS_BETWEEN: u64 = 64;

/// Finds writers that forgot to mark what they wrote.
pub fn check_fingerprint(tick: Res<Tick>, kept: Res<Fingerprint>, fleet: FleetHashes) {
    if !cfg!(debug_assertions) || !tick.number.0.is_multiple_of(TICKS_BETWEEN) {
        return;
    }
    let mut anew = Fingerprint::default();
    fleet.hash_all(&mut anew);
    if let Some(entity) = kept.first_difference(&anew) {
        panic!("{entity:?} was written and not marked as touched");
    }
    assert_eq!(kept.sum, anew.sum, "all hashes agree, so their sums do");
}
