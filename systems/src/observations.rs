//! Measurements of this tick, resolved to instances and component rows, in order of arrival. Data only.

use std::ops::Range;

use bevy_ecs::prelude::{Entity, Resource};

use crate::ids::InstanceKey;
use crate::report::{ComponentCounts, Counts};
use crate::status::ProcessClass;

/// Measurements of this tick. Written by `apply_heartbeats`, read by `apply_observations`.
#[derive(Resource, Debug, Default)]
pub struct Observations {
    pub instances: Vec<Observation>,
    pub components: Vec<ComponentObservation>,
}

/// What one heartbeat says about one instance.
#[derive(Clone, Debug)]
pub struct Observation {
    pub entity: Entity,
    pub key: InstanceKey,
    pub process: ObservedProcess,
    pub utilization: Option<f64>,
    /// Its part of `Observations::components`.
    pub components: Range<u32>,
}

/// What decides whether counters go on or start anew.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ObservedProcess {
    pub class: ProcessClass,
    pub pid: Option<u32>,
    pub uptime_seconds: Option<u64>,
    /// `None`: no counter and no component was present, nothing was measured.
    pub counts: Option<Counts>,
}

/// What one heartbeat says about one component.
#[derive(Clone, Copy, Debug)]
pub struct ComponentObservation {
    /// Position in `ComponentRows::rows`.
    pub row: u16,
    pub counts: ComponentCounts,
    pub latency_mean_millis: Option<f64>,
}

impl Observations {
    pub(crate) fn clear(&mut self) {
        self.instances.clear();
        self.components.clear();
    }
}
