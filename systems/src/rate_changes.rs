//! How the rates of instances changed in this tick: what the sums over them gain. Data only.

use bevy_ecs::prelude::Resource;

use crate::instance::{InstanceIdentity, RatesGained};

/// Written by `apply_observations` for instances whose rates count, read by `derive_totals`.
#[derive(Resource, Debug, Default)]
pub struct RateChanges {
    pub list: Vec<(InstanceIdentity, RatesGained)>,
}
