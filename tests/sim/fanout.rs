//! Hands each stream its bytes, as the fan-out thread does: never waits, keeps past ticks, tells the core.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;

use systole_systems::effect::{CloseCause, Delivery, Effect, Frame, Route, TickOutput};
use systole_systems::ids::SubscriberId;
use systole_systems::input::Input;

use crate::Verdict;
use crate::ingress::Ingress;

/// Writes a stream holds for its reader; few, so that slow readers fall behind.
const WRITES_MAX: usize = 6;

/// The streams and what is kept for those that come back.
#[derive(Default)]
pub struct Fanout {
    streams: BTreeMap<u64, VecDeque<String>>,
    kept: VecDeque<KeptTick>,
    /// Streams whose queue was full; true: the core knows that it is empty again.
    lagging: BTreeMap<u64, bool>,
    /// Streams whose next part of a snapshot waits until they have taken the last.
    paced: BTreeSet<u64>,
}

/// The frames of a tick.
struct KeptTick {
    number: u64,
    bytes: Vec<u8>,
    frames: Vec<Frame>,
}

impl Fanout {
    /// Opens a stream.
    pub fn open(&mut self, id: u64) {
        self.streams.insert(id, VecDeque::new());
    }

    /// The reader goes; the core hears of it when something is sent next.
    pub fn abandon(&mut self, id: u64) {
        self.streams.remove(&id);
    }

    /// Whether the stream has not been ended by the core.
    pub fn is_open(&self, id: u64) -> bool {
        self.streams.contains_key(&id)
    }

    /// Whether the core is still to send what brings the stream up to date.
    pub fn is_behind(&self, id: u64) -> bool {
        self.lagging.contains_key(&id) || self.paced.contains(&id)
    }

    /// What waits for the reader.
    pub fn take(&mut self, id: u64) -> Vec<String> {
        self.streams.get_mut(&id).map(|queue| queue.drain(..).collect()).unwrap_or_default()
    }

    /// Keeps the frames of a tick as long as the core needs them.
    pub fn keep(&mut self, output: &TickOutput<'_>) {
        if let Some(last) = output.frames.last() {
            self.kept.push_back(KeptTick {
                number: output.tick.number.0,
                bytes: output.frame_bytes[..last.range.end as usize].to_vec(),
                frames: output.frames.to_vec(),
            });
        }
        while self.kept.front().is_some_and(|kept| kept.number < output.resumable_from.0) {
            self.kept.pop_front();
        }
    }

    /// Frames after a tick that a route lets through, and how many events they hold.
    pub fn missed(&self, after: u64, route: &Route) -> (String, u32) {
        let (mut text, mut events) = (String::new(), 0);
        for kept in self.kept.iter().filter(|kept| after < kept.number) {
            for frame in kept.frames.iter().filter(|frame| route.admits(frame)) {
                text.push_str(slice(&kept.bytes, &frame.range));
                events += frame.events;
            }
        }
        (text, events)
    }

    /// A stream that is ended for being slow has a reader who has not taken everything.
    pub fn check_slow(&self, effects: &[Effect]) -> Verdict {
        for effect in effects {
            let Effect::Close { subscriber, cause: CloseCause::TooSlow } = effect else { continue };
            let is_there = self.streams.contains_key(&subscriber.0);
            if is_there && !self.lagging.contains_key(&subscriber.0) {
                return Err(format!("stream {} is ended and its reader not slow", subscriber.0));
            }
        }
        Ok(())
    }

    /// Carries out what a tick asks for.
    pub fn hand_out(&mut self, output: &TickOutput<'_>, ingress: &mut Ingress) {
        for effect in output.effects {
            match effect {
                Effect::Deliver { subscriber, ranges, events, delivery } => {
                    match delivery {
                        Delivery::Plain => (),
                        Delivery::Paced => {
                            self.paced.insert(subscriber.0);
                        }
                        Delivery::AfterLag => {
                            self.lagging.remove(&subscriber.0);
                        }
                    }
                    self.send(subscriber.0, delivered(output, ranges), *events, ingress);
                }
                Effect::Resume { subscriber, after, route, position } => {
                    let (mut text, events) = self.missed(after.0, route);
                    text.push_str(slice(output.frame_bytes, position));
                    self.send(subscriber.0, text, events, ingress);
                }
                Effect::Close { subscriber, .. } => {
                    self.streams.remove(&subscriber.0);
                    self.forget(subscriber.0);
                }
                Effect::DesiredChanged { .. } | Effect::Disconnect { .. } => (),
            }
        }
    }

    /// Tells the core of readers it waits for.
    pub fn look_at_waiting(&mut self, ingress: &mut Ingress) {
        let lagging = self.lagging.iter().filter(|(_, told)| !**told).map(|(id, _)| *id);
        let waiting: BTreeSet<u64> = lagging.chain(self.paced.iter().copied()).collect();
        for id in waiting {
            let subscriber = SubscriberId(id);
            match self.streams.get(&id) {
                Some(queue) if queue.is_empty() => {
                    self.paced.remove(&id);
                    if let Some(told) = self.lagging.get_mut(&id) {
                        *told = true;
                    }
                    ingress.feed_back(&Input::SubscriberDrained { subscriber });
                }
                Some(_) => (),
                None => self.lose(id, ingress),
            }
        }
    }

    fn send(&mut self, id: u64, text: String, events: u32, ingress: &mut Ingress) {
        let Some(queue) = self.streams.get_mut(&id) else {
            self.lose(id, ingress);
            return;
        };
        let is_full = WRITES_MAX <= queue.len();
        if self.lagging.contains_key(&id) || is_full {
            let core_knows_it_is_back = *self.lagging.entry(id).or_insert(false);
            if !core_knows_it_is_back {
                let (subscriber, skipped_events) = (SubscriberId(id), events);
                ingress.feed_back(&Input::SubscriberLagged { subscriber, skipped_events });
            }
            return;
        }
        queue.push_back(text);
    }

    fn forget(&mut self, id: u64) {
        self.lagging.remove(&id);
        self.paced.remove(&id);
    }

    fn lose(&mut self, id: u64, ingress: &mut Ingress) {
        self.forget(id);
        ingress.feed_back(&Input::SubscriberLost { subscriber: SubscriberId(id) });
    }
}

/// The text of a delivery.
pub fn delivered(output: &TickOutput<'_>, ranges: &Range<u32>) -> String {
    let ranges = &output.ranges[ranges.start as usize..ranges.end as usize];
    ranges.iter().map(|range| slice(output.frame_bytes, range)).collect()
}

/// A piece of a tick's bytes, which are text.
pub fn slice<'a>(bytes: &'a [u8], range: &Range<u32>) -> &'a str {
    let bytes = &bytes[range.start as usize..range.end as usize];
    std::str::from_utf8(bytes).expect("frames are whole texts")
}
