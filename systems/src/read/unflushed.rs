//! Minutes that are newer here than in the store: in the fleet, set aside for the next batch, or in flight.
//!
//! A scan goes from the fleet to what waits to what is in flight, the way rows go as minutes end. A batch that
//! is cut or settled meanwhile moves rows the other way, so the scan begins anew.

use bevy_ecs::prelude::{Component, Entity, World};
use serde::{Deserialize, Serialize};

use crate::answer::{AnswerBody, Continuation, ScanProgress, Unflushed};
use crate::changes::Unsaved;
use crate::component_rows::ComponentRows;
use crate::ids::{BatchId, EnvironmentKey, InstanceKey, NodeKey, PipelineKey};
use crate::index::{Environments, Instances, Nodes, Pipelines};
use crate::instance::{InstanceIdentity, MinuteAccumulator};
use crate::node::{NodeIdentity, NodeReport};
use crate::pipeline::PipelineIdentity;
use crate::query::{Query, UnflushedOf};
use crate::read::{WHOLE, may_see};
use crate::rows::{
    ComponentMinuteRow, InstanceMinuteRow, InstanceRef, NodeMinuteRow, PipelineMinuteRow,
};
use crate::set_aside::SetAside;
use crate::time::Minute;
use crate::write_behind::WriteBehind;

/// Rows looked at in one turn: about a millisecond.
const ROWS_PER_TURN: usize = 4_000;

/// What is asked for, found in the fleet.
enum Subject<'q> {
    Host(NodeKey, &'q str),
    Pipeline(PipelineKey, &'q str),
    Instance(Option<InstanceKey>, &'q InstanceRef),
    Components(PipelineKey, &'q str),
    PipelinesIn(EnvironmentKey),
    InstancesIn(EnvironmentKey),
}

/// Where a scan is.
#[derive(Serialize, Deserialize)]
struct Place {
    /// The newest batch, and whether it is in flight.
    batch: (BatchId, bool),
    part: Part,
}

#[derive(Serialize, Deserialize)]
enum Part {
    /// Keys from this one on.
    Fleet(u32),
    /// Rows after this one.
    Waiting(Option<RowKey>),
    InFlight(Option<RowKey>),
}

/// Minute, instance or pipeline, and component of a row; what its kind does not have is empty.
type RowKey = (Minute, InstanceRef, String);

/// The rows, or where the scan goes on. `None`: the viewer may not see what is asked for.
pub(crate) fn rows(
    world: &World,
    query: &Query,
    (viewer, of): (&str, &UnflushedOf),
    mut progress: ScanProgress,
) -> Option<AnswerBody> {
    let subject = visible(world, viewer, of)?;
    let write_behind = world.resource::<WriteBehind>();
    let batch = (write_behind.last_batch(), write_behind.in_flight().is_some());
    let mut part = match postcard::from_bytes::<Place>(&progress.place) {
        Ok(place) if place.batch == batch => place.part,
        Ok(_) | Err(_) => {
            progress.unflushed = Unflushed::default();
            Part::Fleet(0)
        }
    };
    let mut turn = Turn { world, found: &mut progress.unflushed, left: ROWS_PER_TURN };
    let next = loop {
        part = match part {
            Part::Fleet(first) => match turn.fleet(&subject, first) {
                Some(next) => break Some(Part::Fleet(next)),
                None => Part::Waiting(None),
            },
            Part::Waiting(after) => match turn.set_aside(&subject, &write_behind.waiting, after) {
                Some(last) => break Some(Part::Waiting(Some(last))),
                None => Part::InFlight(None),
            },
            Part::InFlight(after) => {
                let Some(flight) = write_behind.in_flight() else { break None };
                let last = turn.set_aside(&subject, &flight.rows, after);
                break last.map(|last| Part::InFlight(Some(last)));
            }
        };
    };
    Some(match next {
        None => AnswerBody::Unflushed(Box::new(progress.unflushed)),
        Some(part) => {
            let place = Place { batch, part };
            progress.place = postcard::to_allocvec(&place).expect("memory is the only limit");
            AnswerBody::More(Box::new(Continuation { query: query.clone(), progress }))
        }
    })
}

fn visible<'q>(world: &World, viewer: &str, of: &'q UnflushedOf) -> Option<Subject<'q>> {
    let node = |id: &str| {
        let entity = world.resource::<Nodes>().0.find(id)?;
        let identity = world.get::<NodeIdentity>(entity).expect(WHOLE);
        may_see(world, viewer, identity.environment).then_some(identity)
    };
    let pipeline = |id: &str| {
        let entity = world.resource::<Pipelines>().0.find(id)?;
        let identity = world.get::<PipelineIdentity>(entity).expect(WHOLE);
        may_see(world, viewer, identity.environment).then_some(identity.key)
    };
    let environment = |id: &str| {
        let key = world.resource::<Environments>().0.key(id)?;
        may_see(world, viewer, key).then_some(key)
    };
    Some(match of {
        UnflushedOf::Host(id) => Subject::Host(node(id)?.key, id),
        UnflushedOf::Pipeline(id) => Subject::Pipeline(pipeline(id)?, id),
        UnflushedOf::Instance(instance) => {
            let pipeline = pipeline(&instance.pipeline)?;
            // A node that is gone has rows in no place.
            let node = world.resource::<Nodes>().0.key(&instance.node);
            let key = node.and_then(|node| world.resource::<Instances>().find(node, pipeline));
            Subject::Instance(key, instance)
        }
        UnflushedOf::Components(id) => Subject::Components(pipeline(id)?, id),
        UnflushedOf::PipelinesIn(id) => Subject::PipelinesIn(environment(id)?),
        UnflushedOf::InstancesIn(id) => Subject::InstancesIn(environment(id)?),
    })
}

/// One turn of a scan.
struct Turn<'w, 'f> {
    world: &'w World,
    found: &'f mut Unflushed,
    /// Rows that may still be looked at.
    left: usize,
}

impl Turn<'_, '_> {
    /// Rows of the fleet from a key on; the key to go on with when the turn is used up.
    fn fleet(&mut self, subject: &Subject<'_>, first: u32) -> Option<u32> {
        match subject {
            Subject::Host(key, id) => self.host(*key, id),
            Subject::Pipeline(key, _) => self.pipeline(*key),
            Subject::Instance(key, _) => {
                if let Some(key) = key {
                    self.instance(*key, false);
                }
            }
            Subject::Components(pipeline, _) => {
                let of_pipeline = self.world.resource::<Instances>().of_pipeline(*pipeline);
                let mut keys: Vec<InstanceKey> = of_pipeline.iter().map(|entry| entry.1).collect();
                keys.retain(|key| first <= key.0);
                keys.sort_unstable();
                for key in keys {
                    if self.is_used_up() {
                        return Some(key.0);
                    }
                    self.instance(key, true);
                }
            }
            Subject::PipelinesIn(environment) => {
                let slots = &self.world.resource::<Pipelines>().0.slots;
                for (key, entity) in slots.iter_from(first as usize) {
                    if self.is_used_up() {
                        return Some(key.0);
                    }
                    if self.get::<PipelineIdentity>(entity).environment == *environment {
                        self.pipeline(key);
                    }
                }
            }
            Subject::InstancesIn(environment) => {
                let slots = &self.world.resource::<Instances>().slots;
                for (key, entity) in slots.iter_from(first as usize) {
                    if self.is_used_up() {
                        return Some(key.0);
                    }
                    if self.get::<InstanceIdentity>(entity).environment == *environment {
                        self.instance(key, false);
                    }
                }
            }
        }
        None
    }

    /// Rows set aside after a key; the last one looked at when the turn is used up.
    fn set_aside(
        &mut self,
        subject: &Subject<'_>,
        rows: &SetAside,
        after: Option<RowKey>,
    ) -> Option<RowKey> {
        match subject {
            Subject::Host(_, id) => {
                let hosts = rows.hosts_of(id).into_iter();
                self.found.hosts.extend(hosts.map(|(minute, host)| NodeMinuteRow {
                    node: (*id).to_owned(),
                    minute,
                    host: *host,
                }));
            }
            Subject::Pipeline(_, id) => {
                let minutes = rows.pipelines_of(id).into_iter();
                self.found.pipelines.extend(minutes.map(|(minute, totals)| PipelineMinuteRow {
                    pipeline: (*id).to_owned(),
                    minute,
                    totals: *totals,
                }));
            }
            Subject::Instance(_, instance) => {
                let minutes = rows.instance_minutes().of(instance).into_iter();
                self.found.instances.extend(minutes.map(|(minute, totals)| InstanceMinuteRow {
                    instance: (*instance).clone(),
                    minute,
                    totals: *totals,
                }));
            }
            Subject::Components(_, id) => {
                let minutes = rows.instance_minutes().components_after(after);
                for ((minute, node, pipeline), component, (sum, weight)) in minutes {
                    if pipeline == *id {
                        self.found.components.push(ComponentMinuteRow {
                            instance: InstanceRef::of(node, pipeline),
                            component: component.to_owned(),
                            minute,
                            latency_weighted_sum: sum,
                            latency_weight: weight,
                        });
                    }
                    if self.is_used_up() {
                        let instance = InstanceRef::of(node, pipeline);
                        return Some((minute, instance, component.to_owned()));
                    }
                }
            }
            Subject::PipelinesIn(environment) => {
                let after = after.map(|(minute, instance, _)| (minute, instance.pipeline));
                for ((minute, pipeline), totals) in rows.pipelines_after(after) {
                    let (minute, totals) = (*minute, *totals);
                    if self.environment_of_pipeline(pipeline) == Some(*environment) {
                        let pipeline = pipeline.clone();
                        self.found.pipelines.push(PipelineMinuteRow { pipeline, minute, totals });
                    }
                    if self.is_used_up() {
                        let pipeline = pipeline.clone();
                        let instance = InstanceRef { node: String::new(), pipeline };
                        return Some((minute, instance, String::new()));
                    }
                }
            }
            Subject::InstancesIn(environment) => {
                let after = after.map(|(minute, instance, _)| (minute, instance));
                let minutes = rows.instance_minutes().instances_after(after);
                for ((minute, node, pipeline), totals) in minutes {
                    if self.environment_of_node(node) == Some(*environment) {
                        let (instance, totals) = (InstanceRef::of(node, pipeline), *totals);
                        self.found.instances.push(InstanceMinuteRow { instance, minute, totals });
                    }
                    if self.is_used_up() {
                        return Some((minute, InstanceRef::of(node, pipeline), String::new()));
                    }
                }
            }
        }
        None
    }

    fn is_used_up(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        self.left == 0
    }

    fn host(&mut self, key: NodeKey, id: &str) {
        if !self.differs(|state| state.hosts.contains(key)) {
            return;
        }
        let entity = self.world.resource::<Nodes>().0.slots.entity(key);
        let (at, host) = self.get::<NodeReport>(entity).host.expect("unsaved hosts have metrics");
        self.found.hosts.push(NodeMinuteRow { node: id.to_owned(), minute: at.minute(), host });
    }

    fn pipeline(&mut self, key: PipelineKey) {
        if !self.differs(|state| state.pipeline_minutes.contains(key)) {
            return;
        }
        let entity = self.world.resource::<Pipelines>().0.slots.entity(key);
        let MinuteAccumulator { minute, totals } = *self.get::<MinuteAccumulator>(entity);
        let pipeline = self.get::<PipelineIdentity>(entity).id.to_string();
        self.found.pipelines.push(PipelineMinuteRow { pipeline, minute, totals });
    }

    /// The row of an instance, or those of its components.
    fn instance(&mut self, key: InstanceKey, by_component: bool) {
        if !self.differs(|state| state.instance_minutes.contains(key)) {
            return;
        }
        let entity = self.world.resource::<Instances>().slots.entity(key);
        let identity = *self.get::<InstanceIdentity>(entity);
        let MinuteAccumulator { minute, totals } = *self.get::<MinuteAccumulator>(entity);
        let node = self.world.resource::<Nodes>().0.slots.entity(identity.node);
        let pipeline = self.world.resource::<Pipelines>().0.slots.entity(identity.pipeline);
        let (node, pipeline) =
            (self.get::<NodeIdentity>(node), self.get::<PipelineIdentity>(pipeline));
        let instance = InstanceRef::of(&node.id, &pipeline.id);
        if !by_component {
            self.found.instances.push(InstanceMinuteRow { instance, minute, totals });
            return;
        }
        let components = self.get::<ComponentRows>(entity);
        let measured = components.rows.iter().filter(|row| row.latency_weight > 0);
        let rows: Vec<ComponentMinuteRow> = measured
            .map(|row| ComponentMinuteRow {
                instance: instance.clone(),
                component: row.id.to_string(),
                minute,
                latency_weighted_sum: row.latency_weighted_sum,
                latency_weight: row.latency_weight,
            })
            .collect();
        self.left = self.left.saturating_sub(rows.len()).max(1);
        self.found.components.extend(rows);
    }

    /// Whether the store has an older row, or none.
    fn differs(&self, holds: impl Fn(&Unsaved) -> bool) -> bool {
        let flight = self.world.resource::<WriteBehind>().in_flight();
        holds(self.world.resource::<Unsaved>()) || flight.is_some_and(|flight| holds(&flight.state))
    }

    fn environment_of_node(&self, id: &str) -> Option<EnvironmentKey> {
        let entity = self.world.resource::<Nodes>().0.find(id)?;
        Some(self.get::<NodeIdentity>(entity).environment)
    }

    fn environment_of_pipeline(&self, id: &str) -> Option<EnvironmentKey> {
        let entity = self.world.resource::<Pipelines>().0.find(id)?;
        Some(self.get::<PipelineIdentity>(entity).environment)
    }

    fn get<C: Component>(&self, entity: Entity) -> &C {
        self.world.get::<C>(entity).expect(WHOLE)
    }
}
