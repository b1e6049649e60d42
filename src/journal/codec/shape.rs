//! Shapes of inputs: what lies where in the encoded form, as long as nothing but numbers and texts of the
//! same length change. Most inputs have the shape of the last one of their context: they are that one with
//! what differs written over it. The first one of a context may have the shape of another's last.

use rustc_hash::FxHashMap;
use systole_systems::fixed::WIDTH;

use crate::journal::codec::decode::{read_text, take_real};
use crate::journal::codec::dictionary::Texts;
use crate::journal::codec::walk::WalkError;
use crate::journal::codec::{CUT, UNNAMED, varint};

/// Holds by the walk that found the shape.
const SHAPED: &str = "an input has room for each value of its shape";
/// Values of all shapes that are remembered; inputs of further ones are always walked over.
const VALUES_MAX: usize = 4 << 20;

/// One value of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Step {
    /// Where it lies in the encoded form.
    pub(super) at: u32,
    pub(super) value: Value,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Value {
    /// A number of eight bytes.
    Fixed,
    Real,
    /// A text of this length, what tells its length included.
    Text(u16),
    /// A byte that decides what follows.
    Decides(u8),
    /// An integer that does.
    Chooses(u16),
}

impl Step {
    fn is_text(&self) -> bool {
        matches!(self.value, Value::Text(_))
    }
}

/// Number of a shape.
pub(super) type ShapeId = u32;

/// The shapes of a segment's inputs, each kept once.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    list: Vec<Box<[Step]>>,
    ids: FxHashMap<Box<[Step]>, ShapeId>,
    values: usize,
}

impl Shapes {
    /// The number of a shape; `None`: there are too many.
    pub(super) fn enter(&mut self, steps: &[Step]) -> Option<ShapeId> {
        if let Some(&id) = self.ids.get(steps) {
            return Some(id);
        }
        if VALUES_MAX < self.values + steps.len() {
            return None;
        }
        let id = self.list.len() as ShapeId;
        self.values += steps.len();
        self.list.push(steps.into());
        self.ids.insert(steps.into(), id);
        Some(id)
    }

    pub(super) fn steps(&self, id: ShapeId) -> &[Step] {
        &self.list[id as usize]
    }
}

/// An input in its encoded form.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) shape: ShapeId,
    bytes: Box<[u8]>,
    /// Numbers of its texts.
    texts: Box<[u32]>,
}

impl Known {
    pub(super) fn new(shape: ShapeId, steps: &[Step], values: &[u64], bytes: &[u8]) -> Known {
        let texts = steps.iter().zip(values).filter(|(step, _)| step.is_text());
        Known {
            shape,
            bytes: bytes.into(),
            texts: texts.map(|(_, &number)| number as u32).collect(),
        }
    }

    /// Appends its values, one by one.
    pub(super) fn values(&self, steps: &[Step], values: &mut Vec<u64>) {
        let mut texts = self.texts.iter();
        for step in steps {
            values.push(match step.value {
                Value::Fixed | Value::Real => {
                    let word = self.bytes[step.at as usize..].first_chunk().expect(SHAPED);
                    u64::from_le_bytes(*word)
                }
                Value::Text(_) => u64::from(*texts.next().expect("each text has its number")),
                Value::Decides(value) => u64::from(value),
                Value::Chooses(value) => u64::from(value),
            });
        }
    }

    /// Reads an input that has the shape of this one, appends it to `out` and remembers it. False: it
    /// has another shape; nothing was read.
    pub(super) fn follow(
        &mut self,
        steps: &[Step],
        rest: &mut &[u8],
        texts: &mut Texts,
        out: &mut Vec<u8>,
    ) -> Result<bool, WalkError> {
        let (start, next_text) = (out.len(), texts.next());
        out.extend_from_slice(&self.bytes);
        let mut over = Over { bytes: &mut out[start..], texts, told: Vec::new() };
        if !over.write(steps, rest)? {
            texts.forget_from(next_text);
            out.truncate(start);
            return Ok(false);
        }
        for (index, number) in over.told {
            let before = steps[..index].iter().filter(|step| step.is_text()).count();
            self.texts[before] = number;
        }
        self.bytes.copy_from_slice(&out[start..]);
        Ok(true)
    }
}

/// Reads the first input of a context into `out`, if it has the shape of `like`.
pub(super) fn begin(
    like: &Known,
    steps: &[Step],
    rest: &mut &[u8],
    texts: &mut Texts,
    out: &mut Vec<u8>,
) -> Result<Option<Known>, WalkError> {
    let (start, next_text) = (out.len(), texts.next());
    out.extend_from_slice(&like.bytes);
    let mut over = Over { bytes: &mut out[start..], texts, told: Vec::new() };
    if !over.write_first(steps, rest)? {
        texts.forget_from(next_text);
        out.truncate(start);
        return Ok(None);
    }
    let texts = over.told.into_iter().map(|(_, number)| number).collect();
    Ok(Some(Known { shape: like.shape, bytes: out[start..].into(), texts }))
}

/// An input that is written over another.
struct Over<'a> {
    bytes: &'a mut [u8],
    texts: &'a mut Texts,
    /// Texts that differ: which value it is, and its number.
    told: Vec<(usize, u32)>,
}

impl Over<'_> {
    /// Reads what differs from the last input. False: a value that decides what follows, or the length
    /// of a text. By itself: amid its caller it has too few registers.
    #[inline(never)]
    fn write(&mut self, steps: &[Step], rest: &mut &[u8]) -> Result<bool, WalkError> {
        let mut bytes = *rest;
        for (eight, steps) in steps.chunks(8).enumerate() {
            let mut mask = varint::take(&mut bytes, 1).ok_or(CUT)?[0];
            while mask != 0 {
                let place = mask.trailing_zeros() as usize;
                mask &= mask - 1;
                let Some(step) = steps.get(place) else { break };
                if !self.value(8 * eight + place, step, &mut bytes)? {
                    return Ok(false);
                }
            }
        }
        *rest = bytes;
        Ok(true)
    }

    /// Reads what differs from nothing. False: it is not of this shape.
    fn write_first(&mut self, steps: &[Step], rest: &mut &[u8]) -> Result<bool, WalkError> {
        let mut bytes = *rest;
        let mut mask = 0;
        for (index, step) in steps.iter().enumerate() {
            if index % 8 == 0 {
                mask = varint::take(&mut bytes, 1).ok_or(CUT)?[0];
            }
            let is_told = mask & 1 != 0;
            mask >>= 1;
            let fits = match step.value {
                Value::Text(_) if !is_told => false,
                Value::Fixed | Value::Real | Value::Text(_) => {
                    if !step.is_text() {
                        *self.word(step) = [0; WIDTH];
                    }
                    !is_told || self.value(index, step, &mut bytes)?
                }
                Value::Decides(value) => {
                    let told = is_told.then(|| varint::take(&mut bytes, 1).ok_or(CUT));
                    told.transpose()?.map_or(0, |told| told[0]) == value
                }
                Value::Chooses(value) => {
                    let told = is_told.then(|| varint::read(&mut bytes).ok_or(CUT));
                    varint::unzigzag(told.transpose()?.unwrap_or(0), 0) == u64::from(value)
                }
            };
            if !fits {
                return Ok(false);
            }
        }
        *rest = bytes;
        Ok(true)
    }

    /// Reads a value that differs. False: it decides what follows, or where. In line: a call for each of
    /// them made decoding cost half as much again.
    #[inline(always)]
    fn value(&mut self, index: usize, step: &Step, rest: &mut &[u8]) -> Result<bool, WalkError> {
        match step.value {
            Value::Fixed => {
                let coded = varint::read(rest).ok_or(CUT)?;
                let word = self.word(step);
                *word = varint::unzigzag(coded, u64::from_le_bytes(*word)).to_le_bytes();
            }
            Value::Real => {
                let bits = take_real(rest).ok_or(CUT)?;
                let word = self.word(step);
                *word = (u64::from_le_bytes(*word) ^ bits).to_le_bytes();
            }
            Value::Text(length) => {
                let mut from = *rest;
                let Some(number) = self.text(step, length, &mut from)? else {
                    return Ok(false);
                };
                self.told.push((index, number));
                *rest = from;
            }
            Value::Decides(_) | Value::Chooses(_) => return Ok(false),
        }
        Ok(true)
    }

    #[inline]
    fn word(&mut self, step: &Step) -> &mut [u8; WIDTH] {
        let at = step.at as usize;
        self.bytes[at..at + WIDTH].as_mut_array().expect(SHAPED)
    }

    /// Reads a text and answers its number; `None`: it is not as long as the last one.
    fn text(
        &mut self,
        step: &Step,
        length: u16,
        rest: &mut &[u8],
    ) -> Result<Option<u32>, WalkError> {
        let number = varint::read(rest).ok_or(CUT)?.wrapping_sub(1);
        if number == UNNAMED {
            return Ok(None);
        }
        if number == self.texts.next() {
            self.texts.push(read_text(rest)?);
        }
        let text = self.texts.get(number).ok_or(WalkError("an unknown text"))?;
        if text.len() != usize::from(length) {
            return Ok(None);
        }
        self.bytes[step.at as usize..][..text.len()].copy_from_slice(text);
        Ok(Some(number as u32))
    }
}
