//! The orders in which lists are shown, kept up to date so that a page never sorts the fleet.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use bevy_ecs::prelude::Resource;

use crate::ids::{EnvironmentKey, NodeKey, PipelineKey};
use crate::time::Millis;

/// Nodes and pipelines in list order, environment by environment.
#[derive(Resource, Debug, Default)]
pub struct Orderings {
    /// By name in lower case.
    pub nodes_by_name: BTreeSet<(EnvironmentKey, Box<str>, NodeKey)>,
    /// Latest change of status first.
    pub nodes_by_since: BTreeSet<(EnvironmentKey, Reverse<Millis>, NodeKey)>,
    /// By name in lower case.
    pub pipelines_by_name: BTreeSet<(EnvironmentKey, Box<str>, PipelineKey)>,
}

/// The form in which names are ordered and searched.
pub fn folded(name: &str) -> Box<str> {
    name.to_lowercase().into()
}
