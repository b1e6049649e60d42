//! Shapes of inputs: what an input consists of, value by value. Most inputs have the shape of the last
//! one of their context, and are read without a walk over their type.

use rustc_hash::FxHashMap;

use crate::journal::codec::decode::{insert_length, read_real, read_text};
use crate::journal::codec::dictionary::Texts;
use crate::journal::codec::walk::WalkError;
use crate::journal::codec::{CUT, UNNAMED, varint, write_text};

/// Shapes that are remembered; inputs of further ones are always walked over.
const SHAPES_MAX: usize = 4_096;

/// One step of a walk. All but `BeginRun` take a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Step {
    Integer,
    /// An integer that decides what follows.
    Variant,
    /// A byte, which may decide what follows.
    Byte,
    Real,
    Text,
    BeginRun,
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

/// Reads an input by its shape. `values` hold those of the last input, and then the new ones. False: a
/// value differs that decides what follows.
pub(super) fn follow(
    steps: &[Step],
    values: &mut [u64],
    rest: &mut &[u8],
    out: &mut Vec<u8>,
    texts: &mut Texts,
) -> Result<bool, WalkError> {
    let mut run_starts = [0; 4];
    let mut runs = 0;
    let mut values = values.iter_mut();
    let (mut mask, mut place) = (0, 0);
    for step in steps {
        if *step == Step::BeginRun {
            if runs == run_starts.len() {
                return Ok(false);
            }
            run_starts[runs] = out.len();
            runs += 1;
            continue;
        }
        if place == 0 {
            mask = varint::take(rest, 1).ok_or(CUT)?[0];
        }
        let differs = mask & (1 << place) != 0;
        place = (place + 1) % 8;
        let value = values.next().expect("a shape has as many values as its inputs");
        match step {
            Step::Integer => {
                if differs {
                    *value = varint::unzigzag(varint::read(rest).ok_or(CUT)?, *value);
                }
                varint::write(out, *value);
            }
            Step::Variant | Step::Byte | Step::RunGoesOn if differs => return Ok(false),
            Step::Variant => varint::write(out, *value),
            Step::Byte => out.push(*value as u8),
            Step::RunGoesOn => {
                if *value == 0 {
                    runs -= 1;
                    insert_length(out, run_starts[runs]);
                }
            }
            Step::Real => {
                if differs {
                    *value ^= read_real(rest).ok_or(CUT)?;
                }
                out.extend_from_slice(&value.to_le_bytes());
            }
            Step::Text => {
                if differs {
                    *value = varint::read(rest).ok_or(CUT)?.wrapping_sub(1);
                    if *value == UNNAMED {
                        write_text(out, read_text(rest)?);
                        continue;
                    }
                    if *value == texts.next() {
                        texts.push(read_text(rest)?);
                    }
                }
                out.extend_from_slice(texts.get(*value).ok_or(WalkError("an unknown text"))?);
            }
            Step::BeginRun => unreachable!("it has no value and was handled"),
        }
    }
    Ok(true)
}
