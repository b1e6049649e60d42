//! What each stream is sent in a tick, against what the model says it may and must be sent.

use std::collections::{BTreeMap, BTreeSet};

use systole_systems::effect::{CloseCause, Delivery, Effect, TickOutput};

use crate::Verdict;
use crate::compare::deliveries::check_events;
use crate::compare::snapshot::check_snapshot;
use crate::fanout::{Fanout, delivered, slice};
use crate::model::{Model, Stream};
use crate::readers::Left;
use crate::sse::{self, Event, Parcel};

/// What is remembered of each stream from tick to tick.
#[derive(Default)]
pub struct Follow {
    streams: BTreeMap<u64, Followed>,
}

#[derive(Default)]
struct Followed {
    snapshot: Option<Pending>,
    /// When it was last sent anything.
    sent_at: u64,
}

/// A snapshot that is not over.
struct Pending {
    reason: &'static str,
    next_part: u64,
    /// The tick its next part must come in.
    due: u64,
}

/// What surrounds the check of one tick.
pub struct Seen<'a> {
    pub output: &'a TickOutput<'a>,
    pub model: &'a Model,
    pub fanout: &'a Fanout,
    pub returning: &'a BTreeMap<u64, Left>,
}

/// What one stream is sent in a tick.
#[derive(Default)]
struct Sent {
    parcel: Option<(Parcel, Delivery)>,
    /// What it missed, when it resumes: after which tick, and the events.
    resumed: Option<(u64, Vec<Event>)>,
}

impl Follow {
    /// Checks a tick. Answers every event that goes out: subscriber and event.
    pub fn check(&mut self, seen: &Seen<'_>) -> Result<Vec<(u64, Event)>, String> {
        let (mut sent, closed) = gather(seen)?;
        let expected = &seen.model.streams.closed;
        if closed != *expected {
            return Err(format!("closed are {closed:?}, and should be {expected:?}"));
        }
        let mut out = Vec::new();
        let open = &seen.model.streams.open;
        self.streams.retain(|id, _| open.contains_key(id));
        for (&id, stream) in open {
            let sent = sent.remove(&id).unwrap_or_default();
            let followed = self.streams.entry(id).or_default();
            followed.check(id, stream, &sent, seen).map_err(|why| format!("stream {id}: {why}"))?;
            let parcel = sent.parcel.into_iter().flat_map(|(parcel, _)| parcel.events);
            let resumed = sent.resumed.into_iter().flat_map(|(_, events)| events);
            out.extend(parcel.chain(resumed).map(|event| (id, event)));
        }
        match sent.keys().next() {
            Some(id) => Err(format!("stream {id} is not open and is sent something")),
            None => Ok(out),
        }
    }
}

fn gather(seen: &Seen<'_>) -> Result<(BTreeMap<u64, Sent>, BTreeMap<u64, CloseCause>), String> {
    let output = seen.output;
    let (mut sent, mut closed) = (BTreeMap::<u64, Sent>::new(), BTreeMap::new());
    let mut closed_twice = BTreeSet::new();
    for effect in output.effects {
        match effect {
            Effect::Deliver { subscriber, ranges, events, delivery } => {
                let parcel = sse::parse(&delivered(output, ranges))?;
                if parcel.events.len() != *events as usize {
                    return Err(format!("{} events are called {events}", parcel.events.len()));
                }
                let sent = sent.entry(subscriber.0).or_default();
                if sent.parcel.replace((parcel, *delivery)).is_some() {
                    return Err(format!("stream {} is sent two writes", subscriber.0));
                }
            }
            Effect::Resume { subscriber, after, route, position } => {
                let (mut text, _) = seen.fanout.missed(after.0, route);
                text.push_str(slice(output.frame_bytes, position));
                let parcel = sse::parse(&text)?;
                check_position(parcel.position, seen.model)?;
                sent.entry(subscriber.0).or_default().resumed = Some((after.0, parcel.events));
            }
            Effect::Close { subscriber, cause } => {
                if closed.insert(subscriber.0, *cause).is_some() {
                    closed_twice.insert(subscriber.0);
                }
            }
            Effect::DesiredChanged { .. } | Effect::Disconnect { .. } => (),
        }
    }
    match closed_twice.first() {
        Some(id) => Err(format!("stream {id} is closed twice")),
        None => Ok((sent, closed)),
    }
}

impl Followed {
    fn check(&mut self, id: u64, stream: &Stream, sent: &Sent, seen: &Seen<'_>) -> Verdict {
        let model = seen.model;
        let now = model.tick.now.0;
        if stream.fell_behind {
            self.snapshot = None;
        }
        if stream.lagging_since.is_some() {
            return match &sent.parcel {
                Some(_) => Err("it is behind and is sent something".into()),
                None => Ok(()),
            };
        }
        let mut events: &[Event] = &[];
        if let Some((parcel, _)) = &sent.parcel {
            events = &parcel.events;
        }
        if stream.is_new {
            self.sent_at = now;
            events = self.greet(id, stream, events, sent, seen)?;
        }
        if stream.is_back {
            events = expect(events, "lagged")?;
            self.begin_snapshot("lagged", model);
        }
        let events = self.follow_snapshot(stream, events, model)?;
        check_events(model, stream, &events, sent.resumed.as_ref())?;
        self.check_framing(stream, sent, model)
    }

    fn greet<'a>(
        &mut self,
        id: u64,
        stream: &Stream,
        events: &'a [Event],
        sent: &Sent,
        seen: &Seen<'_>,
    ) -> Result<&'a [Event], String> {
        let model = seen.model;
        let hello = events.first().filter(|event| event.name == "hello");
        let hello = hello.ok_or("it is new and not greeted")?;
        if hello.text("streamId") != stream.name {
            return Err(format!("it is {} and is greeted as {hello:?}", stream.name));
        }
        check_position(Some(sse::position(hello.text("position"))?), model)?;
        let Some(resume) = stream.resume else { return Ok(&events[1..]) };
        if let Some((after, _)) = sent.resumed {
            if (resume.epoch, resume.tick.0) != (model.streams.epoch, after) {
                return Err(format!("it was at {resume:?} and is resumed from {after}"));
            }
            return Ok(&events[1..]);
        }
        let is_of_this_life = resume.epoch == model.streams.epoch;
        let left = seen.returning.get(&id);
        if is_of_this_life && left.is_some_and(|left| must_resume(model, stream, left)) {
            return Err(format!("it comes back soon, to {resume:?}, and is not resumed"));
        }
        self.begin_snapshot(if is_of_this_life { "expired" } else { "epoch" }, model);
        Ok(&events[1..])
    }

    fn begin_snapshot(&mut self, reason: &'static str, model: &Model) {
        self.snapshot = Some(Pending { reason, next_part: 0, due: model.tick.number.0 + 1 });
    }

    /// Takes the part of a snapshot out of the events.
    fn follow_snapshot<'a>(
        &mut self,
        stream: &Stream,
        events: &'a [Event],
        model: &Model,
    ) -> Result<Vec<&'a Event>, String> {
        let (parts, rest): (Vec<&Event>, Vec<&Event>) =
            events.iter().partition(|event| event.name == "snapshot");
        let tick = model.tick.number.0;
        match (parts.as_slice(), &mut self.snapshot) {
            ([], None) => (),
            ([], Some(pending)) if tick < pending.due => (),
            ([], Some(_)) => return Err("its snapshot does not come".into()),
            ([part], Some(pending)) => {
                if part.text("reason") != pending.reason || part.data["part"] != pending.next_part {
                    return Err(format!(
                        "part {} for {}: {part:?}",
                        pending.next_part, pending.reason
                    ));
                }
                check_snapshot(model, stream, part)?;
                // The fleets here are small: a snapshot is one part.
                if part.data["last"] != true {
                    return Err(format!("a small snapshot has several parts: {part:?}"));
                }
                self.snapshot = None;
            }
            (parts, _) => return Err(format!("nobody asked for {parts:?}")),
        }
        Ok(rest)
    }

    /// Positions and keepalives are where they must be, and nowhere else.
    fn check_framing(&mut self, stream: &Stream, sent: &Sent, model: &Model) -> Verdict {
        let now = model.tick.now.0;
        let Some((parcel, delivery)) = &sent.parcel else {
            return match model.settings.keepalive_interval.0 <= now - self.sent_at {
                true => Err("it is quiet for too long".into()),
                false => Ok(()),
            };
        };
        self.sent_at = now;
        let expected = if stream.is_back { Delivery::AfterLag } else { Delivery::Plain };
        if *delivery != expected {
            return Err(format!("a delivery is {delivery:?}, not {expected:?}"));
        }
        if parcel.events.is_empty() != (parcel.keepalives == 1) {
            return Err(format!("a keepalive beside events, or nothing at all: {parcel:?}"));
        }
        if self.snapshot.is_some() || sent.resumed.is_some() {
            return match parcel.position {
                Some(position) => Err(format!("{position:?} is told before everything is sent")),
                None => Ok(()),
            };
        }
        check_position(parcel.position, model)
    }
}

/// A stream that comes back within a minute, asks for the same and may see the same, was listened for
/// all the time.
fn must_resume(model: &Model, stream: &Stream, left: &Left) -> bool {
    let Some(resume) = stream.resume else { return false };
    let was = &left.stream;
    !stream.wish.is_narrow()
        && stream.wish == was.wish
        && stream.scope == was.scope
        && was.same_since <= resume.tick.0
        && model.tick.now.0 - left.now < 60_000
        && model.settings.resume_bytes_max >= 1 << 20
}

fn check_position(position: Option<(u64, u64)>, model: &Model) -> Verdict {
    let expected = (model.streams.epoch, model.tick.number.0);
    match position {
        Some(position) if position == expected => Ok(()),
        other => Err(format!("its position is {other:?}, and should be {expected:?}")),
    }
}

fn expect<'a>(events: &'a [Event], name: &str) -> Result<&'a [Event], String> {
    match events.split_first() {
        Some((first, rest)) if first.name == name => Ok(rest),
        _ => Err(format!("it should be sent {name} first: {events:?}")),
    }
}
