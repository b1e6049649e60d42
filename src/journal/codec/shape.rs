//! Shapes of inputs: what an input consists of, value by value. Most inputs have the shape of the last
//! one of their context, and are read without a walk over their type.

use rustc_hash::FxHashMap;

use crate::journal::codec::decode::{read_real, read_text};
use crate::journal::codec::dictionary::Texts;
use crate::journal::codec::room::Room;
use crate::journal::codec::walk::WalkError;
use crate::journal::codec::{CUT, UNNAMED, varint};

/// Shapes that are remembered; inputs of further ones are always walked over.
const SHAPES_MAX: usize = 4_096;

/// One step of a walk. Each takes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Step {
    Integer,
    /// An integer that decides what follows.
    Variant,
    /// A byte, which may decide what follows.
    Byte,
    Real,
    Text,
    /// A run begins, and a byte says whether there is anything in it.
    RunBegins,
    /// A byte that says whether the run goes on.
    RunGoesOn,
}

/// Number of a shape.
pub(super) type ShapeId = u32;

/// The shapes of a segment's inputs, each kept once.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    list: Vec<Box<[Step]>>,
    ids: FxHashMap<Box<[Step]>, ShapeId>,
}

impl Shapes {
    /// The number of a shape; `None`: there are too many.
    pub(super) fn enter(&mut self, steps: &[Step]) -> Option<ShapeId> {
        if let Some(&id) = self.ids.get(steps) {
            return Some(id);
        }
        if self.list.len() == SHAPES_MAX {
            return None;
        }
        let id = self.list.len() as ShapeId;
        self.list.push(steps.into());
        self.ids.insert(steps.into(), id);
        Some(id)
    }

    pub(super) fn steps(&self, id: ShapeId) -> &[Step] {
        &self.list[id as usize]
    }
}

/// Reads an input by its shape into `room`. `values` hold those of the last input, and then the new
/// ones. False: a value differs that decides what follows.
pub(super) fn follow(
    steps: &[Step],
    values: &mut [u64],
    rest: &mut &[u8],
    room: &mut Room,
    texts: &mut Texts,
) -> Result<bool, WalkError> {
    let bytes = *rest;
    let mut at = 0;
    room.begin(steps.len());
    for (steps, values) in steps.chunks(8).zip(values.chunks_mut(8)) {
        let mut mask = *bytes.get(at).ok_or(CUT)?;
        at += 1;
        for (step, value) in steps.iter().zip(values) {
            let differs = mask & 1 != 0;
            mask >>= 1;
            match step {
                Step::Integer => {
                    if differs {
                        let (coded, count) = varint::read_at(bytes, at).ok_or(CUT)?;
                        *value = varint::unzigzag(coded, *value);
                        at += count;
                    }
                    room.integer(*value);
                }
                Step::Variant | Step::Byte | Step::RunBegins | Step::RunGoesOn if differs => {
                    return Ok(false);
                }
                Step::Variant => room.integer(*value),
                Step::Byte => room.byte(*value as u8),
                Step::Real => {
                    if differs {
                        let (bits, count) = read_real(bytes, at).ok_or(CUT)?;
                        *value ^= bits;
                        at += count;
                    }
                    room.real(*value);
                }
                Step::Text => {
                    if differs {
                        let mut from = &bytes[at..];
                        *value = varint::read(&mut from).ok_or(CUT)?.wrapping_sub(1);
                        let is_new = *value == UNNAMED || *value == texts.next();
                        let text = if is_new { read_text(&mut from)? } else { &[] };
                        at = bytes.len() - from.len();
                        if *value == UNNAMED {
                            room.text(text);
                            continue;
                        }
                        if is_new {
                            texts.push(text);
                        }
                    }
                    room.known_text(texts, *value)?;
                }
                Step::RunBegins => {
                    room.run_begins();
                    if *value == 0 {
                        room.run_ends();
                    }
                }
                Step::RunGoesOn => {
                    if *value == 0 {
                        room.run_ends();
                    }
                }
            }
        }
    }
    *rest = &bytes[at..];
    Ok(true)
}
