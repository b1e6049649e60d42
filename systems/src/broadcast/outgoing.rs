//! What each subscriber gets in this tick, while it is being put together.

use std::collections::BTreeMap;
use std::ops::Range;

use bevy_ecs::prelude::Resource;

use crate::dirty::KeySet;
use crate::effect::Delivery;
use crate::ids::{Key as _, SubscriberKey};
use crate::time::TickNumber;

/// Pieces of the frame bytes by subscriber. Written by the broadcast stage.
#[derive(Resource, Debug, Default)]
pub struct Outgoing {
    parcels: Vec<Parcel>,
    touched: KeySet<SubscriberKey>,
    /// Subscribers that get what they missed after a tick, this tick's frames included.
    pub resumed: BTreeMap<SubscriberKey, TickNumber>,
}

/// What one subscriber gets.
#[derive(Debug, Default)]
pub struct Parcel {
    pub ranges: Vec<Range<u32>>,
    pub events: u32,
    pub delivery: Delivery,
}

impl Outgoing {
    pub(crate) fn clear(&mut self) {
        for key in self.touched.iter() {
            let parcel = &mut self.parcels[key.index()];
            parcel.ranges.clear();
            parcel.events = 0;
            parcel.delivery = Delivery::Plain;
        }
        self.touched.clear();
        self.resumed.clear();
    }

    /// Adds a piece; one that continues the last becomes part of it.
    pub fn push(&mut self, subscriber: SubscriberKey, range: &Range<u32>, events: u32) {
        if self.parcels.len() <= subscriber.index() {
            self.parcels.resize_with(subscriber.index() + 1, Parcel::default);
        }
        self.touched.insert(subscriber);
        let parcel = &mut self.parcels[subscriber.index()];
        parcel.events += events;
        match parcel.ranges.last_mut() {
            Some(last) if last.end == range.start => last.end = range.end,
            Some(_) | None => parcel.ranges.push(range.clone()),
        }
    }

    /// Tells what the delivery of a subscriber that gets something means.
    pub fn mark(&mut self, subscriber: SubscriberKey, delivery: Delivery) {
        self.parcels[subscriber.index()].delivery = delivery;
    }

    /// What the subscriber gets; `None`: nothing.
    pub fn parcel(&self, subscriber: SubscriberKey) -> Option<&Parcel> {
        self.touched.contains(subscriber).then(|| &self.parcels[subscriber.index()])
    }
}
