//! Minutes of instances that are over, each with the latency of its components. Plain data.
//!
//! Whenever a minute ends there is one for every instance of the fleet: a component's lies with its
//! instance's, under a name that is kept once.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included, Unbounded};

use crate::at_each_minute::at_each_minute;
use crate::input::MinuteTotals;
use crate::instance::{ComponentRows, MinuteAccumulator};
use crate::rows::InstanceRef;
use crate::short_text::ShortText;
use crate::time::Minute;

/// Rows of instances and of components, by their natural keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct InstanceMinutes {
    rows: BTreeMap<(Minute, InstanceRef), InstanceMinute>,
    component_count: usize,
    /// Minutes before this one have no component left.
    shed_up_to: Option<(Minute, InstanceRef)>,
}

#[derive(Clone, Debug, Default)]
struct InstanceMinute {
    totals: MinuteTotals,
    /// By component id.
    components: Vec<ComponentMinute>,
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
        instance: InstanceRef,
        minute: &MinuteAccumulator,
        rows: &ComponentRows,
    ) {
        let place = self.place((minute.minute, instance));
        place.totals = minute.totals;
        let measured = rows.rows.iter().filter(|row| row.latency_weight > 0);
        place.components.reserve_exact(measured.clone().count());
        let mut new = 0;
        for row in measured {
            let latency = (row.latency_weighted_sum, row.latency_weight);
            new += usize::from(place.put(ComponentMinute { id: row.id.clone(), latency }));
        }
        self.component_count += new;
    }

    /// Takes minutes behind those of the same keys.
    pub(crate) fn restage(&mut self, older: InstanceMinutes) {
        for (key, mut minute) in older.rows {
            if let Some(newer) = self.rows.remove(&key) {
                self.component_count -= newer.components.len();
                minute.totals = newer.totals;
                newer.components.into_iter().for_each(|component| {
                    minute.put(component);
                });
            }
            self.component_count += minute.components.len();
            *self.place(key) = minute;
        }
    }

    /// What an image holds.
    pub(crate) fn of_rows(
        instances: BTreeMap<(Minute, InstanceRef), MinuteTotals>,
        components: BTreeMap<(Minute, InstanceRef, String), (f64, u64)>,
    ) -> InstanceMinutes {
        let mut minutes = InstanceMinutes::default();
        for (key, totals) in instances {
            minutes.place(key).totals = totals;
        }
        for ((minute, instance, id), latency) in components {
            let id = ShortText::from(&*id);
            let new = minutes.place((minute, instance)).put(ComponentMinute { id, latency });
            minutes.component_count += usize::from(new);
        }
        minutes
    }

    /// Gives up the first row of a component; false: there is none.
    pub(crate) fn shed_component(&mut self) -> bool {
        if self.component_count == 0 {
            return false;
        }
        let from = self.shed_up_to.as_ref().map_or(Unbounded, Included);
        let mut left = self.rows.range_mut((from, Unbounded));
        let (key, minute) = left
            .find(|(_, minute)| !minute.components.is_empty())
            .expect("components are counted where they are");
        minute.components.remove(0);
        self.component_count -= 1;
        if minute.components.is_empty() {
            self.shed_up_to = Some(key.clone());
        }
        true
    }

    /// Gives up the first row of an instance; false: there is none.
    pub(crate) fn shed_instance(&mut self) -> bool {
        assert!(self.component_count == 0, "components go before their instances");
        self.rows.pop_first().is_some()
    }

    pub(crate) fn instance_count(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn component_count(&self) -> usize {
        self.component_count
    }

    /// Rows of one instance.
    pub(crate) fn of(&self, instance: &InstanceRef) -> Vec<(Minute, &MinuteTotals)> {
        let first = InstanceRef { node: String::new(), pipeline: String::new() };
        let minutes = at_each_minute(&self.rows, instance, &first).into_iter();
        minutes.map(|(minute, row)| (minute, &row.totals)).collect()
    }

    /// Rows of instances after a key, in order of their keys.
    pub(crate) fn instances_after(
        &self,
        after: Option<(Minute, InstanceRef)>,
    ) -> impl Iterator<Item = (&(Minute, InstanceRef), &MinuteTotals)> {
        let rows = self.rows.range((after.map_or(Unbounded, Excluded), Unbounded));
        rows.map(|(key, minute)| (key, &minute.totals))
    }

    /// Rows of components after a key, in order of their keys.
    pub(crate) fn components_after(
        &self,
        after: Option<(Minute, InstanceRef, String)>,
    ) -> impl Iterator<Item = ((Minute, &InstanceRef, &str), (f64, u64))> {
        let instance = after.as_ref().map(|(minute, instance, _)| (*minute, instance.clone()));
        let rows = self.rows.range((instance.map_or(Unbounded, Included), Unbounded));
        let components = rows.flat_map(|((minute, instance), row)| {
            let key = move |id| (*minute, instance, id);
            row.components.iter().map(move |component| (key(&*component.id), component.latency))
        });
        components.skip_while(move |(key, _)| {
            after.as_ref().is_some_and(|(minute, instance, id)| *key <= (*minute, instance, id))
        })
    }

    fn place(&mut self, key: (Minute, InstanceRef)) -> &mut InstanceMinute {
        if self.shed_up_to.as_ref().is_some_and(|shed| key < *shed) {
            self.shed_up_to = None;
        }
        self.rows.entry(key).or_default()
    }
}

impl InstanceMinute {
    /// Puts a component in its place; true when there was none of its id.
    fn put(&mut self, component: ComponentMinute) -> bool {
        let id = component.id.as_bytes();
        match self.components.binary_search_by(|known| known.id.as_bytes().cmp(id)) {
            Ok(at) => {
                self.components[at] = component;
                false
            }
            Err(at) => {
                self.components.insert(at, component);
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let instance = InstanceRef { node: format!("n{}", number % 3), pipeline: "p".into() };
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
        minutes.add(instance, &minute, &ComponentRows::counted(&latencies));
    }

    fn default<T: Default>() -> T {
        T::default()
    }

    #[track_caller]
    fn check(minutes: &InstanceMinutes, model: &Model) {
        assert!(minutes.instances_after(None).eq(&model.instances));
        let components = minutes.components_after(None);
        let listed = components.map(|((minute, instance, id), latency)| {
            ((minute, instance.clone(), id.to_owned()), latency)
        });
        assert!(listed.eq(model.components.clone()));
        for after in model.components.keys().cloned() {
            let next = minutes.components_after(Some(after.clone())).next();
            let expected = model.components.range((Excluded(after), Unbounded)).next();
            assert_eq!(next.map(|(_, latency)| latency), expected.map(|(_, latency)| *latency));
        }
        for (minute, instance) in model.instances.keys() {
            assert!(
                minutes
                    .of(instance)
                    .contains(&(*minute, &model.instances[&(*minute, instance.clone())]))
            );
        }
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
        check(&InstanceMinutes::of_rows(model.instances.clone(), model.components.clone()), &model);
    }
}
