//! The state of reading one body: how, into what memory, and what it cost.

use std::borrow::Cow;
use std::collections::VecDeque;

use serde::de::MapAccess;
use systole_systems::packed::PackedBuf;

use crate::edge_counters::{Reason, Tally};
use crate::http::agent::wire::text;
use crate::http::agent::wire::value::{Kind, Mode, Shape, Value};

/// Parts of an input on their way into it.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    pub(super) labels: PackedBuf,
    pub(super) components: PackedBuf,
    pub(super) lines: PackedBuf,
    /// Pipelines of a heartbeat, batches of a log request.
    pub(super) entries: PackedBuf,
}

/// What every part of a body shares.
#[derive(Debug)]
pub(super) struct Reading<'de> {
    pub(super) mode: Mode,
    pub(super) tally: Tally,
    pub(super) buffers: Buffers,
    /// Lines of one log before the newest are chosen.
    pub(super) lines: VecDeque<Cow<'de, str>>,
}

impl<'de> Reading<'de> {
    pub(super) fn new(buffers: Buffers) -> Reading<'de> {
        Reading { mode: Mode::Fast, tally: Tally::default(), buffers, lines: VecDeque::new() }
    }

    /// Forgets what was read.
    pub(super) fn start(&mut self, mode: Mode) {
        self.mode = mode;
        self.tally = Tally::default();
        self.buffers.labels.clear();
        self.buffers.components.clear();
        self.buffers.lines.clear();
        self.buffers.entries.clear();
    }

    /// Gives the memory back.
    pub(super) fn finish(self) -> (Buffers, Tally) {
        (self.buffers, self.tally)
    }

    /// The next value of an object, left out and counted when it is of another kind.
    pub(super) fn scalar<T: Kind<'de>, A: MapAccess<'de>>(
        &mut self,
        map: &mut A,
    ) -> Result<Option<T>, A::Error> {
        Ok(match map.next_value_seed(self.mode.scalar())? {
            Value::Is(value) => Some(value),
            Value::Null => None,
            Value::Wrong => {
                self.tally.count(Reason::FieldInvalid);
                None
            }
        })
    }

    /// The next value of an object as a short text; empty is as good as absent.
    pub(super) fn short_text<A: MapAccess<'de>>(
        &mut self,
        map: &mut A,
    ) -> Result<Option<Cow<'de, str>>, A::Error> {
        let text = self.scalar::<Cow<'de, str>, A>(map)?.filter(|text| !text.is_empty());
        Ok(text.map(|text| text::short(text, &mut self.tally)))
    }

    /// The next value of an object as an id.
    pub(super) fn id<A: MapAccess<'de>>(
        &mut self,
        map: &mut A,
    ) -> Result<Option<Cow<'de, str>>, A::Error> {
        match map.next_value_seed(self.mode.scalar::<Cow<'de, str>>())? {
            Value::Is(id) => Ok(text::id(id)),
            Value::Null | Value::Wrong => Ok(None),
        }
    }

    /// Counts a field whose object or list turned out to be something else.
    pub(super) fn note_shape(&mut self, shape: Shape) {
        if shape == Shape::Wrong {
            self.tally.count(Reason::FieldInvalid);
        }
    }
}
