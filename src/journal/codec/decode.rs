//! The reading side: differences become inputs in their encoded form, byte for byte.

use rustc_hash::FxHashMap;
use serde::Deserialize as _;
use systole_systems::input::{Input, Inputs};
use systole_systems::varint as in_inputs;

use crate::journal::codec::dictionary::Texts;
use crate::journal::codec::shape::{Known, Shapes, Step, Value, begin};
use crate::journal::codec::walk::{Tape, Walk, WalkError};
use crate::journal::codec::{CUT, REMEMBERED_MAX, UNNAMED, Values, varint};

/// An input of more bytes for each of its values is remembered by its values: texts that are long and many
/// would take what `REMEMBERED_MAX` does not count.
const BYTES_PER_VALUE: usize = 16;

/// Reads the inputs of one segment, in the order they were written.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    texts: Texts,
    shapes: Shapes,
    /// The last input of each kind and context.
    last: Memory,
    /// Values of all that is remembered.
    remembered: usize,
    /// What was last walked over.
    walked: Option<(u64, u64)>,
    /// Values of the last input and of the one that is walked over, and its shape.
    last_values: Vec<u64>,
    values: Vec<u64>,
    steps: Vec<Step>,
}

/// What is known of an input.
#[derive(Debug)]
enum Last {
    Values(Vec<u64>),
    Known(Known),
}

/// What is remembered, in the order in which it first came: that is the order in which it comes again, so
/// that one lies behind the other in memory.
#[derive(Debug, Default)]
struct Memory {
    list: Vec<Option<Last>>,
    /// Places in the list by context, of each kind.
    places: FxHashMap<u64, Vec<u32>>,
}

/// No place in the list.
const NOWHERE: u32 = u32::MAX;

impl Memory {
    fn get_mut(&mut self, (kind, context): (u64, u64)) -> Option<&mut Last> {
        let place = *self.places.get(&kind)?.get(context as usize)?;
        self.list.get_mut(place as usize)?.as_mut()
    }

    fn remove(&mut self, (kind, context): (u64, u64)) -> Option<Last> {
        let place = *self.places.get(&kind)?.get(context as usize)?;
        self.list.get_mut(place as usize)?.take()
    }

    fn insert(&mut self, (kind, context): (u64, u64), last: Last) {
        let places = self.places.entry(kind).or_default();
        let context = context as usize;
        if places.len() <= context {
            places.resize(context + 1, NOWHERE);
        }
        if places[context] == NOWHERE {
            places[context] = self.list.len() as u32;
            self.list.push(None);
        }
        self.list[places[context] as usize] = Some(last);
    }
}

impl Decoder {
    /// Takes the inputs of one tick off the front and appends them to `inputs`.
    pub(crate) fn decode(
        &mut self,
        rest: &mut &[u8],
        inputs: &mut Inputs,
    ) -> Result<(), WalkError> {
        let count = varint::read(rest).ok_or(CUT)?;
        for _ in 0..count {
            inputs.push_encoded(|out| self.decode_one(rest, out))?;
        }
        Ok(())
    }

    fn decode_one(&mut self, rest: &mut &[u8], out: &mut Vec<u8>) -> Result<(), WalkError> {
        let kind = varint::read(rest).ok_or(CUT)?;
        let context = varint::read(rest).ok_or(CUT)?;
        if context == self.texts.next() {
            let text = read_text(rest)?;
            self.texts.push(text);
        }
        if context >= self.texts.next() {
            return Err(WalkError("an unknown context"));
        }
        let is_read = match self.last.get_mut((kind, context)) {
            Some(Last::Known(last)) => {
                last.follow(self.shapes.steps(last.shape), rest, &mut self.texts, out)?
            }
            Some(Last::Values(_)) => false,
            None => self.begin((kind, context), rest, out)?,
        };
        if is_read { Ok(()) } else { self.walk((kind, context), rest, out) }
    }

    /// Reads the first input of a context, if it has the shape of what was last walked over. False: it
    /// has another; nothing was read.
    fn begin(
        &mut self,
        (kind, context): (u64, u64),
        rest: &mut &[u8],
        out: &mut Vec<u8>,
    ) -> Result<bool, WalkError> {
        let Some(Last::Known(like)) = self.walked.and_then(|walked| self.last.get_mut(walked))
        else {
            return Ok(false);
        };
        let steps = self.shapes.steps(like.shape);
        let is_full = REMEMBERED_MAX < self.remembered + steps.len();
        if is_full || self.walked.is_none_or(|(of, _)| of != kind) {
            return Ok(false);
        }
        let Some(known) = begin(like, steps, rest, &mut self.texts, out)? else {
            return Ok(false);
        };
        self.remembered += steps.len();
        self.last.insert((kind, context), Last::Known(known));
        Ok(true)
    }

    /// Reads an input value by value, as its type says.
    fn walk(
        &mut self,
        (kind, context): (u64, u64),
        rest: &mut &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), WalkError> {
        self.last_values.clear();
        match self.last.remove((kind, context)) {
            Some(Last::Values(values)) => self.last_values = values,
            Some(Last::Known(last)) => {
                last.values(self.shapes.steps(last.shape), &mut self.last_values);
            }
            None => (),
        }
        self.remembered -= self.last_values.len();
        self.steps.clear();
        let mut values = std::mem::take(&mut self.values);
        values.clear();
        let start = out.len();
        let mut tape = Reading {
            rest,
            runs: Vec::new(),
            run_begins: false,
            out,
            start,
            texts: &mut self.texts,
            values: Values { last: &self.last_values, values },
            steps: &mut self.steps,
            keeps_shape: true,
            mask: 0,
        };
        Input::deserialize(Walk::new(&mut tape))?;
        let (values, keeps_shape) = (tape.values.values, tape.keeps_shape);
        if values.first() != Some(&kind) {
            return Err(WalkError("an input of another kind than it says"));
        }
        if self.remembered + values.len() <= REMEMBERED_MAX {
            self.remembered += values.len();
            let is_slim = out.len() - start <= values.len() * BYTES_PER_VALUE;
            let keeps_shape = keeps_shape && is_slim;
            let shape = if keeps_shape { self.shapes.enter(&self.steps) } else { None };
            let last = match shape {
                Some(shape) => Last::Known(Known::new(shape, &self.steps, &values, &out[start..])),
                None => Last::Values(values.clone()),
            };
            self.last.insert((kind, context), last);
            self.walked = Some((kind, context));
        }
        self.values = values;
        Ok(())
    }
}

pub(super) fn read_text<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], WalkError> {
    let length = varint::read(rest).ok_or(CUT)?;
    let text = varint::take(rest, length as usize).ok_or(CUT)?;
    match std::str::from_utf8(text) {
        Ok(_) => Ok(text),
        Err(_) => Err(WalkError("a text that is not UTF-8")),
    }
}

/// From the compact form to the encoded one.
struct Reading<'a, 'b> {
    rest: &'a mut &'b [u8],
    /// Of each run that has begun: where it starts in `out`, and its first step.
    runs: Vec<(usize, usize)>,
    /// A run begins with the next value.
    run_begins: bool,
    out: &'a mut Vec<u8>,
    /// Where the input starts in `out`.
    start: usize,
    texts: &'a mut Texts,
    values: Values<'a>,
    /// What was read so far, for the next input that is like this one.
    steps: &'a mut Vec<Step>,
    /// Whether the next one may be written over this one: no number moves what comes after it.
    keeps_shape: bool,
    mask: u8,
}

impl Reading<'_, '_> {
    /// Whether the next value is written; it is as the last one otherwise.
    #[inline]
    fn differs(&mut self) -> Result<bool, WalkError> {
        let place = self.values.place();
        if place == 0 {
            self.mask = varint::take(self.rest, 1).ok_or(CUT)?[0];
        }
        Ok(self.mask & (1 << place) != 0)
    }

    /// The next integer.
    #[inline]
    fn difference(&mut self) -> Result<u64, WalkError> {
        let last = self.values.last();
        let value = if self.differs()? {
            varint::unzigzag(varint::read(self.rest).ok_or(CUT)?, last)
        } else {
            last
        };
        self.values.values.push(value);
        Ok(value)
    }

    /// The next byte.
    #[inline]
    fn small(&mut self) -> Result<u8, WalkError> {
        let last = self.values.last();
        let value =
            if self.differs()? { varint::take(self.rest, 1).ok_or(CUT)?[0] } else { last as u8 };
        self.values.values.push(u64::from(value));
        Ok(value)
    }

    /// Notes what lies at the end of `out`.
    #[inline]
    fn step(&mut self, value: Value) {
        self.steps.push(Step { at: (self.out.len() - self.start) as u32, value });
    }
}

impl Tape for Reading<'_, '_> {
    fn integer(&mut self) -> Result<u64, WalkError> {
        self.keeps_shape = false;
        let value = self.difference()?;
        in_inputs::write(self.out, value);
        Ok(value)
    }

    fn fixed(&mut self) -> Result<u64, WalkError> {
        self.step(Value::Fixed);
        let value = self.difference()?;
        self.out.extend_from_slice(&value.to_le_bytes());
        Ok(value)
    }

    fn variant(&mut self) -> Result<u64, WalkError> {
        let value = self.difference()?;
        match u16::try_from(value) {
            Ok(value) => self.step(Value::Chooses(value)),
            Err(_) => self.keeps_shape = false,
        }
        in_inputs::write(self.out, value);
        Ok(value)
    }

    fn byte(&mut self) -> Result<u8, WalkError> {
        let value = self.small()?;
        self.step(Value::Decides(value));
        self.out.push(value);
        Ok(value)
    }

    fn real(&mut self) -> Result<u64, WalkError> {
        self.step(Value::Real);
        let last = self.values.last();
        let value = if self.differs()? { last ^ take_real(self.rest).ok_or(CUT)? } else { last };
        self.values.values.push(value);
        self.out.extend_from_slice(&value.to_le_bytes());
        Ok(value)
    }

    fn text(&mut self, _: bool) -> Result<(), WalkError> {
        let mut number = self.values.last();
        if self.differs()? {
            number = varint::read(self.rest).ok_or(CUT)?.wrapping_sub(1);
            if number == UNNAMED {
                self.keeps_shape = false;
                let text = read_text(self.rest)?;
                in_inputs::write(self.out, text.len() as u64);
                self.out.extend_from_slice(text);
                self.values.values.push(number);
                return Ok(());
            }
            if number == self.texts.next() {
                self.texts.push(read_text(self.rest)?);
            }
        }
        self.values.values.push(number);
        let length = self.texts.get(number).ok_or(WalkError("an unknown text"))?.len();
        self.step(Value::Text(length as u16));
        self.out.extend_from_slice(self.texts.get(number).expect("it was just found"));
        Ok(())
    }

    fn begin_run(&mut self) -> Result<(), WalkError> {
        self.run_begins = true;
        Ok(())
    }

    fn run_goes_on(&mut self) -> Result<bool, WalkError> {
        let value = self.small()?;
        if value > 1 {
            return Err(WalkError("a run that neither goes on nor ends"));
        }
        self.step(Value::Decides(value));
        if std::mem::take(&mut self.run_begins) {
            self.runs.push((self.out.len(), self.steps.len()));
        }
        if value == 0 {
            let (start, first) = self.runs.pop().expect("a run has begun");
            let moved = insert_length(self.out, start) as u32;
            self.steps[first..].iter_mut().for_each(|step| step.at += moved);
        }
        Ok(value == 1)
    }
}

/// Puts the length of what follows `start` before it. Answers by how much that was moved.
fn insert_length(out: &mut Vec<u8>, start: usize) -> usize {
    let length = out.len() - start;
    let mut head = [0; in_inputs::BYTES_MAX];
    let count = in_inputs::write_at(&mut head, 0, length as u64);
    out.resize(out.len() + count, 0);
    out.copy_within(start..start + length, start + count);
    out[start..start + count].copy_from_slice(&head[..count]);
    count
}

/// Takes a difference in bits off the front.
#[inline]
pub(super) fn take_real(rest: &mut &[u8]) -> Option<u64> {
    let (&head, own) = rest.split_first()?;
    let (after, count) = (usize::from(head >> 4), usize::from(head & 15));
    if after + count > 8 || count == 0 {
        return None;
    }
    // Nearly always more follows, and all that may be meant is read as one word.
    let word = match own.first_chunk() {
        Some(word) => u64::from_le_bytes(*word),
        None => {
            let mut word = [0; 8];
            word[..count].copy_from_slice(own.get(..count)?);
            u64::from_le_bytes(word)
        }
    };
    *rest = &own[count..];
    Some(word << (64 - 8 * count) >> (64 - 8 * count) << (8 * after))
}
