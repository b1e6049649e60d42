//! Minutes of instances that are over, each with the latency of its components. Plain data.
//!
//! Whenever a minute ends there is one for every instance of the fleet. Those of a node come together, so they
//! lie together, and the node of the last one is where the next one is looked for first.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Bound::{Included, Unbounded};
use std::ops::Range;

use crate::at_each_minute::at_each_minute;
use crate::component_rows::ComponentRows;
use crate::input::MinuteTotals;
use crate::instance::MinuteAccumulator;
use crate::rows::InstanceRef;
use crate::shared::Shared;
use crate::short_text::ShortText;
use crate::time::Minute;

/// Rows of instances and of components, by their natural keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct InstanceMinutes {
    nodes: Vec<NodeMinute>,
    /// Where each lies, and places that are free.
    places: BTreeMap<NodeMinuteKey, u32>,
    free: Vec<u32>,
    /// Where the last one was put.
    last: Option<u32>,
    instance_count: usize,
    component_count: usize,
    /// Nodes before this one have no component left.
    shed_up_to: Option<NodeMinuteKey>,
}

/// A minute, and the id of a node.
type NodeMinuteKey = (Minute, Shared<str>);

/// Minute, node and pipeline of a row.
pub(crate) type InstanceMinuteKey<'a> = (Minute, &'a str, &'a str);

/// A minute of the instances of one node.
#[derive(Clone, Debug)]
struct NodeMinute {
    key: NodeMinuteKey,
    /// By pipeline id.
    instances: Vec<InstanceMinute>,
    /// Those of one instance lie together, by component id.
    components: Vec<ComponentMinute>,
}

#[derive(Clone, Debug)]
struct InstanceMinute {
    pipeline: Shared<str>,
    totals: MinuteTotals,
    /// Its part of `NodeMinute::components`.
    components: Range<u32>,
}

/// Latency of a component: sum of milliseconds times weight, and weight.
#[derive(Clone, Debug)]
struct ComponentMinute {
    id: ShortText,
    latency: (f64, u64),
}

impl InstanceMinutes {
    /// Takes a minute of an instance, with those of its components that measured latency.
    pub(crate) fn add(
        &mut self,
        (node, pipeline): (&str, &Shared<str>),
        minute: &MinuteAccumulator,
        rows: &ComponentRows,
    ) {
        let measured = rows.rows.iter().filter(|row| row.latency_weight > 0);
        let components = measured.map(|row| {
            let latency = (row.latency_weighted_sum, row.latency_weight);
            ComponentMinute { id: row.id.clone(), latency }
        });
        self.put((minute.minute, node, pipeline), minute.totals, components);
    }

    /// Takes minutes behind those of the same keys.
    pub(crate) fn restage(&mut self, older: InstanceMinutes) {
        for mut minute in older.nodes.into_iter().filter(|minute| !minute.instances.is_empty()) {
            let place = self.enter((minute.key.0, &minute.key.1));
            let newer = &mut self.nodes[place];
            self.instance_count -= newer.instances.len();
            self.component_count -= newer.component_count();
            for instance in &newer.instances {
                let components = newer.components_of(instance).iter().cloned();
                minute.put(&instance.pipeline, instance.totals, components);
            }
            self.instance_count += minute.instances.len();
            self.component_count += minute.component_count();
            *newer = minute;
        }
        // Among what came back may be components before it.
        self.shed_up_to = None;
    }

    /// What an image holds; `None`: a component has no instance.
    pub(crate) fn of_rows(
        instances: BTreeMap<(Minute, InstanceRef), MinuteTotals>,
        components: BTreeMap<(Minute, InstanceRef, String), (f64, u64)>,
    ) -> Option<InstanceMinutes> {
        let mut minutes = InstanceMinutes::default();
        let mut components = components.into_iter().peekable();
        for ((minute, instance), totals) in instances {
            let of_instance = std::iter::from_fn(|| {
                let of = |key: &(Minute, InstanceRef, String)| key.0 == minute && key.1 == instance;
                let ((_, _, id), latency) = components.next_if(|(key, _)| of(key))?;
                Some(ComponentMinute { id: (&*id).into(), latency })
            });
            let pipeline = Shared::from(&*instance.pipeline);
            minutes.put((minute, &instance.node, &pipeline), totals, of_instance);
        }
        components.next().is_none().then_some(minutes)
    }

    /// Gives up the first row of a component; false: there is none.
    pub(crate) fn shed_component(&mut self) -> bool {
        if self.component_count == 0 {
            return false;
        }
        let from = self.shed_up_to.take().map_or(Unbounded, Included);
        for (key, &place) in self.places.range((from, Unbounded)) {
            if self.nodes[place as usize].shed_component() {
                self.component_count -= 1;
                self.shed_up_to = Some(key.clone());
                return true;
            }
        }
        unreachable!("components are counted where they are")
    }

    /// Gives up the first row of an instance; false: there is none.
    pub(crate) fn shed_instance(&mut self) -> bool {
        assert!(self.component_count == 0, "components go before their instances");
        let Some(first) = self.places.first_entry() else { return false };
        let minute = &mut self.nodes[*first.get() as usize];
        minute.instances.remove(0);
        self.instance_count -= 1;
        if minute.instances.is_empty() {
            minute.instances = Vec::new();
            let place = first.remove();
            self.free.push(place);
            self.last = self.last.filter(|last| *last != place);
        }
        true
    }

    pub(crate) fn instance_count(&self) -> usize {
        self.instance_count
    }

    pub(crate) fn component_count(&self) -> usize {
        self.component_count
    }

    /// Rows of one instance.
    pub(crate) fn of(&self, instance: &InstanceRef) -> Vec<(Minute, &MinuteTotals)> {
        let node = Shared::from(&*instance.node);
        let places = at_each_minute(&self.places, &node, &Shared::from("")).into_iter();
        let minutes = places.map(|(minute, &place)| (minute, &self.nodes[place as usize]));
        minutes
            .filter_map(|(minute, node)| Some((minute, node.totals(&instance.pipeline)?)))
            .collect()
    }

    /// Rows of instances after a key, in order of their keys.
    pub(crate) fn instances_after(
        &self,
        after: Option<(Minute, InstanceRef)>,
    ) -> impl Iterator<Item = (InstanceMinuteKey<'_>, &MinuteTotals)> {
        let rows = self.rows_from(after.clone());
        let rows = rows.map(|(node, instance)| (node.key_of(instance), &instance.totals));
        rows.skip_while(move |((minute, node, pipeline), _)| {
            after.as_ref().is_some_and(|(after, instance)| {
                (*minute, *node, *pipeline) <= (*after, &*instance.node, &*instance.pipeline)
            })
        })
    }

    /// Rows of components after a key, in order of their keys.
    pub(crate) fn components_after(
        &self,
        after: Option<(Minute, InstanceRef, String)>,
    ) -> impl Iterator<Item = (InstanceMinuteKey<'_>, &str, (f64, u64))> {
        let first = after.as_ref().map(|(minute, instance, _)| (*minute, instance.clone()));
        let rows = self.rows_from(first).flat_map(|(node, instance)| {
            let components = node.components_of(instance).iter();
            components.map(move |row| (node.key_of(instance), &*row.id, row.latency))
        });
        rows.skip_while(move |((minute, node, pipeline), id, _)| {
            after.as_ref().is_some_and(|(after, instance, component)| {
                let last = (*after, &*instance.node, &*instance.pipeline, &**component);
                (*minute, *node, *pipeline, *id) <= last
            })
        })
    }

    /// Instances from a key on, in order of their keys.
    fn rows_from(
        &self,
        first: Option<(Minute, InstanceRef)>,
    ) -> impl Iterator<Item = (&NodeMinute, &InstanceMinute)> {
        let (key, pipeline) = match first {
            Some((minute, instance)) => {
                (Some((minute, Shared::from(instance.node))), instance.pipeline)
            }
            None => (None, String::new()),
        };
        let places = self.places.range((key.clone().map_or(Unbounded, Included), Unbounded));
        places.flat_map(move |(_, &place)| {
            let node = &self.nodes[place as usize];
            let before = |instance: &InstanceMinute| *instance.pipeline < *pipeline;
            let start = match &key {
                Some(key) if node.key == *key => node.instances.partition_point(before),
                Some(_) | None => 0,
            };
            node.instances[start..].iter().map(move |instance| (node, instance))
        })
    }

    fn put(
        &mut self,
        (minute, node, pipeline): (Minute, &str, &Shared<str>),
        totals: MinuteTotals,
        components: impl Iterator<Item = ComponentMinute>,
    ) {
        let place = self.enter((minute, node));
        let (instances, components) = self.nodes[place].put(pipeline, totals, components);
        self.instance_count += instances;
        self.component_count += components;
    }

    /// Where a node lies; it is to have an instance.
    fn enter(&mut self, (minute, node): (Minute, &str)) -> usize {
        if self.shed_up_to.as_ref().is_some_and(|(shed, before)| (minute, node) < (*shed, before)) {
            self.shed_up_to = None;
        }
        if let Some(last) = self.last {
            let key = &self.nodes[last as usize].key;
            if key.0 == minute && *key.1 == *node {
                return last as usize;
            }
        }
        let key: NodeMinuteKey = (minute, node.into());
        let place = match self.places.entry(key.clone()) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(vacant) => {
                let new = NodeMinute::like(self.last.map(|last| &self.nodes[last as usize]), key);
                let place = match self.free.pop() {
                    Some(place) => {
                        self.nodes[place as usize] = new;
                        place
                    }
                    None => {
                        self.nodes.push(new);
                        self.nodes.len() as u32 - 1
                    }
                };
                *vacant.insert(place)
            }
        };
        self.last = Some(place);
        place as usize
    }
}

impl NodeMinute {
    /// One with room for as much as another has: nodes of a fleet are alike.
    fn like(other: Option<&NodeMinute>, key: NodeMinuteKey) -> NodeMinute {
        let room = other.map_or((0, 0), |other| (other.instances.len(), other.components.len()));
        NodeMinute {
            key,
            instances: Vec::with_capacity(room.0),
            components: Vec::with_capacity(room.1),
        }
    }

    /// Puts a minute of an instance over what there is of it. Answers how many rows of instances and of
    /// components are new.
    fn put(
        &mut self,
        pipeline: &Shared<str>,
        totals: MinuteTotals,
        components: impl Iterator<Item = ComponentMinute>,
    ) -> (usize, usize) {
        let by_id = |a: &ComponentMinute, b: &ComponentMinute| a.id.as_bytes().cmp(b.id.as_bytes());
        match self.instances.binary_search_by(|known| known.pipeline.cmp(pipeline)) {
            Err(at) => {
                let start = self.components.len();
                self.components.extend(components);
                self.components[start..].sort_unstable_by(by_id);
                let components = start as u32..self.components.len() as u32;
                let new = components.len();
                let pipeline = pipeline.clone();
                self.instances.insert(at, InstanceMinute { pipeline, totals, components });
                (1, new)
            }
            Ok(at) => {
                let mut merged: Vec<ComponentMinute> = components.collect();
                merged.sort_unstable_by(by_id);
                let before = self.components_of(&self.instances[at]).iter();
                let is_other = |old: &&ComponentMinute| {
                    merged.binary_search_by(|new| by_id(new, old)).is_err()
                };
                let others: Vec<ComponentMinute> = before.filter(is_other).cloned().collect();
                merged.extend(others);
                merged.sort_unstable_by(by_id);
                self.instances[at].totals = totals;
                (0, self.replace_components(at, merged))
            }
        }
    }

    /// Replaces the components of an instance by at least as many. Answers how many more they are.
    fn replace_components(&mut self, at: usize, components: Vec<ComponentMinute>) -> usize {
        let Range { start, end } = self.instances[at].components;
        let new = components.len() - (end - start) as usize;
        self.components.splice(start as usize..end as usize, components);
        let moved = |place: u32| place + new as u32;
        for other in self.instances.iter_mut().map(|instance| &mut instance.components) {
            if end <= other.start {
                *other = moved(other.start)..moved(other.end);
            }
        }
        self.instances[at].components = start..moved(end);
        new
    }

    /// Gives up its first row of a component; false: it has none.
    fn shed_component(&mut self) -> bool {
        let mut left = self.instances.iter_mut().map(|instance| &mut instance.components);
        let shed = left.find_map(Range::next).is_some();
        if shed && self.component_count() == 0 {
            self.components = Vec::new();
            self.instances.iter_mut().for_each(|instance| instance.components = 0..0);
        }
        shed
    }

    fn component_count(&self) -> usize {
        self.instances.iter().map(|instance| instance.components.len()).sum()
    }

    fn components_of(&self, instance: &InstanceMinute) -> &[ComponentMinute] {
        &self.components[instance.components.start as usize..instance.components.end as usize]
    }

    fn totals(&self, pipeline: &str) -> Option<&MinuteTotals> {
        let at = self.instances.binary_search_by(|known| (*known.pipeline).cmp(pipeline)).ok()?;
        Some(&self.instances[at].totals)
    }

    fn key_of<'a>(&'a self, instance: &'a InstanceMinute) -> InstanceMinuteKey<'a> {
        (self.key.0, &self.key.1, &instance.pipeline)
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Bound::Excluded;

    use super::*;

    /// Minutes times nodes of `add`.
    const NODE_MINUTES: usize = 4 * 3;

    type Instances = BTreeMap<(Minute, InstanceRef), MinuteTotals>;
    type Components = BTreeMap<(Minute, InstanceRef, String), (f64, u64)>;

    /// The same rows, each kind on its own.
    #[derive(Clone, Default)]
    struct Model {
        instances: Instances,
        components: Components,
    }

    impl Model {
        fn restage(&mut self, older: Model) {
            for (key, totals) in older.instances {
                self.instances.entry(key).or_insert(totals);
            }
            for (key, latency) in older.components {
                self.components.entry(key).or_insert(latency);
            }
        }
    }

    /// Adds one of a few minutes of one of a few instances to both.
    fn add(minutes: &mut InstanceMinutes, model: &mut Model, number: u64) {
        let pipeline = ["p", "q"][number as usize / 16 % 2];
        let instance = InstanceRef { node: format!("n{}", number % 3), pipeline: pipeline.into() };
        let mut minute = MinuteAccumulator { minute: Minute(number as u32 / 3 % 4), ..default() };
        minute.totals.latency_weight = number;
        let latencies: Vec<_> = ["b", "", "a", "a-longer-name-than-fits-in-place"]
            .into_iter()
            .enumerate()
            .map(|(bit, id)| (Box::<str>::from(id), number as f64, number >> bit & 1))
            .collect();
        let key = (minute.minute, instance.clone());
        model.instances.insert(key, minute.totals);
        for (id, sum, weight) in latencies.iter().filter(|(_, _, weight)| *weight > 0) {
            let key = (minute.minute, instance.clone(), id.to_string());
            model.components.insert(key, (*sum, *weight));
        }
        let rows = ComponentRows::counted(&latencies);
        minutes.add((&instance.node, &pipeline.into()), &minute, &rows);
    }

    fn default<T: Default>() -> T {
        T::default()
    }

    fn owned((minute, node, pipeline): InstanceMinuteKey<'_>) -> (Minute, InstanceRef) {
        (minute, InstanceRef { node: node.into(), pipeline: pipeline.into() })
    }

    #[track_caller]
    fn check(minutes: &InstanceMinutes, model: &Model) {
        let instances = minutes.instances_after(None);
        let listed = instances.map(|(key, totals)| (owned(key), *totals));
        assert!(listed.eq(model.instances.clone()));
        let components = minutes.components_after(None);
        let listed = components.map(|(key, id, latency)| {
            let (minute, instance) = owned(key);
            ((minute, instance, id.to_owned()), latency)
        });
        assert!(listed.eq(model.components.clone()));
        for after in model.instances.keys().cloned() {
            let next = minutes.instances_after(Some(after.clone())).next();
            let expected = model.instances.range((Excluded(after), Unbounded)).next();
            assert_eq!(next.map(|(_, totals)| totals), expected.map(|(_, totals)| totals));
        }
        for after in model.components.keys().cloned() {
            let next = minutes.components_after(Some(after.clone())).next();
            let expected = model.components.range((Excluded(after), Unbounded)).next();
            assert_eq!(next.map(|row| row.2), expected.map(|(_, latency)| *latency));
        }
        for (minute, instance) in model.instances.keys() {
            assert!(
                minutes
                    .of(instance)
                    .contains(&(*minute, &model.instances[&(*minute, instance.clone())]))
            );
        }
        for node in minutes.nodes.iter().filter(|node| !node.instances.is_empty()) {
            let ends = node.instances.iter().map(|instance| instance.components.end);
            assert_eq!(
                node.components.len(),
                ends.max().unwrap_or(0) as usize,
                "none is left over"
            );
        }
        assert!(minutes.nodes.len() <= NODE_MINUTES, "places are used again");
        assert_eq!(minutes.instance_count(), model.instances.len());
        assert_eq!(minutes.component_count(), model.components.len());
    }

    #[test]
    fn rows_come_and_go_as_if_each_kind_lay_on_its_own() {
        let (mut minutes, mut model) = (InstanceMinutes::default(), Model::default());
        let mut older = (InstanceMinutes::default(), Model::default());
        for step in 0..4_000_u64 {
            let number = crate::fingerprint::hash::mix(step);
            match number >> 60 {
                0..8 => add(&mut minutes, &mut model, number & 0xff),
                8..12 => {
                    let shed = minutes.shed_component();
                    assert_eq!(shed, model.components.pop_first().is_some());
                    if !shed {
                        assert_eq!(minutes.shed_instance(), model.instances.pop_first().is_some());
                    }
                }
                12..14 => older = (std::mem::take(&mut minutes), std::mem::take(&mut model)),
                _ => {
                    let (rows, same) = std::mem::take(&mut older);
                    minutes.restage(rows);
                    model.restage(same);
                }
            }
            check(&minutes, &model);
        }
        let of_rows = |model: &Model| {
            InstanceMinutes::of_rows(model.instances.clone(), model.components.clone())
        };
        check(&of_rows(&model).expect("each component has its instance"), &model);
        model.instances.clear();
        assert!(!model.components.is_empty() && of_rows(&model).is_none());
    }
}
