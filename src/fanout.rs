//! The fan-out thread: hands each stream its bytes and never waits for any. Keeps past ticks for resuming.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ops::Range;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use crossbeam_channel::{Receiver, RecvTimeoutError};
use systole_systems::effect::{Delivery, Effect, Frame, Route};
use systole_systems::ids::SubscriberId;
use systole_systems::input::Input;
use systole_systems::time::TickNumber;

use crate::dispatch::FanoutTick;
use crate::http::stream_body::StreamRefusal;
use crate::ports::Ingress;
use crate::push::{PushMessage, PushStreams};
use crate::streams::Streams;

/// How often a lagging stream is looked at when no tick comes.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// What a stream that comes back can be sent at once; one that missed more gets the present state.
const RESUME_BYTES_MAX: usize = 4 << 20;

/// Hands out what ticks produce.
pub struct Fanout {
    ticks: Receiver<FanoutTick>,
    streams: Streams,
    push: PushStreams,
    ingress: Ingress,
    /// Past ticks with frames, oldest first; the core decides how far back.
    kept: VecDeque<KeptTick>,
    /// Streams whose queue was full, until the core sends the first delivery after the lag. The flag
    /// says that the core was told the queue is empty again.
    lagging: BTreeMap<SubscriberId, bool>,
    /// Streams whose next part of a snapshot waits until their queue is empty.
    paced: BTreeSet<SubscriberId>,
    /// What the core has still to be told; one entry a stream.
    feedback: BTreeMap<SubscriberId, Feedback>,
    /// The last pieces put together: streams without filter all get the same.
    joined: Option<(Vec<Range<u32>>, Bytes)>,
}

/// What the core has still to be told of one stream.
#[derive(Clone, Copy, Debug, Default)]
struct Feedback {
    skipped_events: u32,
    then: Option<Then>,
}

#[derive(Clone, Copy, Debug)]
enum Then {
    Drained,
    Lost,
}

/// The shareable frames of a past tick.
struct KeptTick {
    number: TickNumber,
    bytes: Bytes,
    frames: Vec<Frame>,
}

impl Fanout {
    /// A fan-out of the given ticks to the given streams.
    pub fn new(
        ticks: Receiver<FanoutTick>,
        streams: Streams,
        push: PushStreams,
        ingress: Ingress,
    ) -> Fanout {
        Fanout {
            ticks,
            streams,
            push,
            ingress,
            kept: VecDeque::new(),
            lagging: BTreeMap::new(),
            paced: BTreeSet::new(),
            feedback: BTreeMap::new(),
            joined: None,
        }
    }

    /// Runs until the driver is gone.
    pub fn run(mut self) {
        loop {
            match self.ticks.recv_timeout(LOOK_AGAIN) {
                Ok(tick) => self.hand_out(tick),
                Err(RecvTimeoutError::Timeout) => (),
                Err(RecvTimeoutError::Disconnected) => return,
            }
            self.look_at_waiting();
            self.give_feedback();
        }
    }

    /// Tells the core as much as its queue takes; the rest waits for the next turn.
    fn give_feedback(&mut self) {
        while let Some((&subscriber, &feedback)) = self.feedback.first_key_value() {
            let Feedback { skipped_events, then } = feedback;
            if skipped_events > 0 {
                let lagged = Input::SubscriberLagged { subscriber, skipped_events };
                if !self.ingress.try_tell(&lagged) {
                    return;
                }
                self.feedback.entry(subscriber).or_default().skipped_events = 0;
            }
            let told = match then {
                None => true,
                Some(Then::Drained) => {
                    self.ingress.try_tell(&Input::SubscriberDrained { subscriber })
                }
                Some(Then::Lost) => self.ingress.try_tell(&Input::SubscriberLost { subscriber }),
            };
            if !told {
                return;
            }
            self.feedback.remove(&subscriber);
        }
    }

    fn hand_out(&mut self, tick: FanoutTick) {
        self.keep(&tick);
        self.joined = None;
        for effect in &tick.effects {
            match effect {
                Effect::Deliver { subscriber, ranges, events, delivery } => {
                    let ranges = &tick.ranges[ranges.start as usize..ranges.end as usize];
                    let bytes = self.join(&tick.bytes, ranges);
                    match delivery {
                        Delivery::Plain => (),
                        Delivery::Paced => {
                            self.paced.insert(*subscriber);
                        }
                        Delivery::AfterLag => {
                            self.lagging.remove(subscriber);
                        }
                    }
                    self.send(*subscriber, bytes, *events);
                }
                Effect::Resume { subscriber, after, route, position } => {
                    let (missed, events) = self.missed(*after, route);
                    if RESUME_BYTES_MAX < missed.len() {
                        self.fall_behind(*subscriber, events);
                        continue;
                    }
                    let mut bytes = BytesMut::from(&missed[..]);
                    bytes.extend_from_slice(slice(&tick.bytes, position));
                    self.send(*subscriber, bytes.freeze(), events);
                }
                Effect::Close { subscriber, cause } => {
                    tracing::debug!(subscriber = subscriber.0, ?cause, "stream closed");
                    self.forget(*subscriber);
                    if let Some(stream) = self.streams.remove(*subscriber) {
                        stream.revoke();
                    }
                }
                Effect::DesiredChanged { node, set: _, cause } => {
                    let Some(cause) = cause else { continue };
                    let pipeline_id = cause.pipeline.as_deref().map(str::to_owned);
                    let reason = cause.reason.as_str();
                    let message = PushMessage::ConfigChanged { pipeline_id, reason };
                    self.push.notify_node(node, &message);
                }
                Effect::Disconnect { node } => self.push.disconnect(node),
            }
        }
    }

    fn keep(&mut self, tick: &FanoutTick) {
        if let Some(last) = tick.frames.last() {
            // A copy: what is for one reader alone stands behind it and is not kept.
            let bytes = Bytes::copy_from_slice(&tick.bytes[..last.range.end as usize]);
            let frames = tick.frames.clone();
            self.kept.push_back(KeptTick { number: tick.number, bytes, frames });
        }
        while self.kept.front().is_some_and(|kept| kept.number < tick.resumable_from) {
            self.kept.pop_front();
        }
    }

    /// The frames after a tick that a route lets through.
    fn missed(&self, after: TickNumber, route: &Route) -> (Vec<u8>, u32) {
        let mut bytes = Vec::new();
        let mut events = 0;
        let first = self.kept.partition_point(|kept| kept.number <= after);
        for kept in self.kept.range(first..) {
            for frame in kept.frames.iter().filter(|frame| route.admits(frame)) {
                bytes.extend_from_slice(slice(&kept.bytes, &frame.range));
                events += frame.events;
            }
        }
        (bytes, events)
    }

    /// Pieces of a tick's bytes as one write.
    fn join(&mut self, bytes: &Bytes, ranges: &[Range<u32>]) -> Bytes {
        if let Some((last, joined)) = &self.joined
            && last == ranges
        {
            return joined.clone();
        }
        let size = ranges.iter().map(|range| range.len()).sum();
        let mut joined = BytesMut::with_capacity(size);
        for range in ranges {
            joined.extend_from_slice(slice(bytes, range));
        }
        let joined = joined.freeze();
        self.joined = Some((ranges.to_vec(), joined.clone()));
        joined
    }

    fn send(&mut self, subscriber: SubscriberId, bytes: Bytes, events: u32) {
        let Some(stream) = self.streams.get(subscriber) else {
            self.lost(subscriber);
            return;
        };
        if let Some(&core_knows_it_is_back) = self.lagging.get(&subscriber) {
            // Said after that, it would be taken for another lag, whose end nobody tells. The
            // snapshot that comes shows this too.
            if !core_knows_it_is_back {
                self.lagged(subscriber, events);
            }
            return;
        }
        match stream.send(bytes) {
            Ok(()) => (),
            Err(StreamRefusal::Full) => self.fall_behind(subscriber, events),
            Err(StreamRefusal::Closed) => self.lost(subscriber),
        }
    }

    /// Tells the core of streams that it waits for: their reader has taken everything.
    fn look_at_waiting(&mut self) {
        let lagging = self.lagging.iter().filter(|(_, told)| !**told).map(|(id, _)| *id);
        let waiting: BTreeSet<SubscriberId> = lagging.chain(self.paced.iter().copied()).collect();
        for subscriber in waiting {
            match self.streams.get(subscriber) {
                Some(stream) if stream.is_closed() => self.lost(subscriber),
                Some(stream) if stream.is_drained() => {
                    self.paced.remove(&subscriber);
                    if let Some(told) = self.lagging.get_mut(&subscriber) {
                        *told = true;
                    }
                    self.feedback.entry(subscriber).or_default().then = Some(Then::Drained);
                }
                Some(_) => (),
                None => self.lost(subscriber),
            }
        }
    }

    fn fall_behind(&mut self, subscriber: SubscriberId, events: u32) {
        self.lagging.insert(subscriber, false);
        self.lagged(subscriber, events);
    }

    fn forget(&mut self, subscriber: SubscriberId) {
        self.lagging.remove(&subscriber);
        self.paced.remove(&subscriber);
    }

    fn lagged(&mut self, subscriber: SubscriberId, skipped_events: u32) {
        let feedback = self.feedback.entry(subscriber).or_default();
        feedback.skipped_events = feedback.skipped_events.saturating_add(skipped_events);
    }

    fn lost(&mut self, subscriber: SubscriberId) {
        self.forget(subscriber);
        self.streams.remove(subscriber);
        self.feedback.entry(subscriber).or_default().then = Some(Then::Lost);
    }
}

fn slice<'a>(bytes: &'a Bytes, range: &Range<u32>) -> &'a [u8] {
    &bytes[range.start as usize..range.end as usize]
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use crossbeam_channel::bounded;

    use super::*;
    use crate::cli::values::Ack;
    use crate::journal::status::JournalStatus;
    use crate::ports::{IngressLimits, IngressReceiver, ingress};

    fn fanout(streams: &Streams) -> (Fanout, IngressReceiver) {
        let (_, ticks) = bounded(1); // never used
        let limits = IngressLimits { arrivals_max: 1, bytes_max: 1 };
        let (ingress, heard) = ingress(limits, Ack::Received, JournalStatus::default());
        (Fanout::new(ticks, streams.clone(), PushStreams::default(), ingress), heard)
    }

    fn told(heard: &IngressReceiver) -> Vec<String> {
        let arrivals = heard.control.try_iter();
        arrivals.map(|arrival| format!("{:?}", arrival.inputs.get(0))).collect()
    }

    #[test]
    fn once_the_core_knows_that_a_reader_is_back_nothing_more_is_said_of_its_lag() {
        let streams = Streams::new(1);
        let (mut fanout, heard) = fanout(&streams);
        let mut opened = streams.open("session").expect("it is the first");
        let id = opened.subscriber;
        let turn = |fanout: &mut Fanout, events| {
            for _ in 0..events {
                fanout.send(id, Bytes::from_static(b"event"), 1);
            }
            fanout.look_at_waiting();
            fanout.give_feedback();
            told(&heard)
        };
        let lagged = |skipped: u32| {
            format!("SubscriberLagged {{ subscriber: {id:?}, skipped_events: {skipped} }}")
        };
        let drained = format!("SubscriberDrained {{ subscriber: {id:?} }}");

        assert_eq!(turn(&mut fanout, 256), [""; 0]);
        assert_eq!(turn(&mut fanout, 2), [lagged(2)]);
        let mut context = Context::from_waker(Waker::noop());
        while let Poll::Ready(Some(_)) = opened.body.poll_next(&mut context) {}
        assert_eq!(turn(&mut fanout, 0), [drained]);
        // From ticks the core ran before it heard of the lag.
        assert_eq!(turn(&mut fanout, 3), [""; 0]);
        assert!(opened.body.poll_next(&mut context).is_pending());
    }
}
