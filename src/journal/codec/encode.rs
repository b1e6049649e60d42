//! The writing side: inputs in their encoded form become differences.

use rustc_hash::FxHashMap;
use serde::Deserialize as _;
use systole_systems::input::{Input, Inputs};
use systole_systems::varint as in_inputs;

use crate::journal::codec::dictionary::Dictionary;
use crate::journal::codec::walk::{Tape, Walk, WalkError};
use crate::journal::codec::{CUT, REMEMBERED_MAX, UNNAMED, Values, varint};

/// Writes the inputs of one segment.
#[derive(Debug, Default)]
pub(crate) struct Encoder {
    dictionary: Dictionary,
    memory: Memory,
}

impl Encoder {
    /// Appends all inputs, their number first.
    pub(crate) fn encode(&mut self, inputs: &Inputs, out: &mut Vec<u8>) {
        varint::write(out, inputs.len() as u64);
        for index in 0..inputs.len() {
            self.encode_one(inputs.encoded(index), inputs.get(index), out);
        }
    }

    fn encode_one(&mut self, encoded: &[u8], input: Input<'_>, out: &mut Vec<u8>) {
        let kind = in_inputs::read(&mut &encoded[..]).expect("an input begins with its kind");
        varint::write(out, kind);
        let context = match context_of(&input) {
            None => 0,
            Some(text) => self.name(text.as_bytes()),
        };
        match context {
            UNNAMED | 0 => varint::write(out, 0),
            known if known == self.dictionary.texts.next() => {
                let text = context_of(&input).expect("it was just named").as_bytes();
                self.dictionary.enter(text);
                varint::write(out, known);
                write_text(out, text);
            }
            known => varint::write(out, known),
        }
        let context = if context == UNNAMED { 0 } else { context };
        let (last, values) = self.memory.begin((kind, context));
        let mut tape = Writing {
            rest: encoded,
            run_ends: Vec::new(),
            out,
            dictionary: &mut self.dictionary,
            values: Values { last: &last, values },
            mask_at: 0,
        };
        Input::deserialize(Walk::new(&mut tape)).expect("inputs have the shape of their type");
        let new = tape.values.values;
        self.memory.end((kind, context), last, new);
    }

    /// The number of a text, the next one when it is to be entered, `UNNAMED` when it is not.
    fn name(&self, text: &[u8]) -> u64 {
        let texts = &self.dictionary.texts;
        let new = || if texts.takes(text.len()) { texts.next() } else { UNNAMED };
        self.dictionary.find(text).unwrap_or_else(new)
    }
}

/// The values of the last input of each kind and context.
#[derive(Debug, Default)]
struct Memory {
    inputs: FxHashMap<(u64, u64), Vec<u64>>,
    count: usize,
    spare: Vec<u64>,
}

impl Memory {
    /// What to compare with, and an empty list for the new values.
    fn begin(&mut self, input: (u64, u64)) -> (Vec<u64>, Vec<u64>) {
        let last = self.inputs.get_mut(&input).map(std::mem::take).unwrap_or_default();
        self.count -= last.len();
        let mut values = std::mem::take(&mut self.spare);
        values.clear();
        (last, values)
    }

    fn end(&mut self, input: (u64, u64), last: Vec<u64>, new: Vec<u64>) {
        if self.count + new.len() <= REMEMBERED_MAX {
            self.count += new.len();
            self.inputs.insert(input, new);
        }
        self.spare = last;
    }
}

/// What an input is compared within: heartbeats of a node resemble each other.
fn context_of<'a>(input: &Input<'a>) -> Option<&'a str> {
    if let Input::Heartbeat(heartbeat) = input { Some(heartbeat.node) } else { None }
}

/// From the encoded form to the compact one.
struct Writing<'a> {
    rest: &'a [u8],
    /// Bytes that are left after each run that has begun.
    run_ends: Vec<usize>,
    out: &'a mut Vec<u8>,
    dictionary: &'a mut Dictionary,
    values: Values<'a>,
    /// Where the byte lies that says which of the present eight differ.
    mask_at: usize,
}

impl Writing<'_> {
    /// Notes the next value, and whether it will be written.
    #[inline]
    fn note(&mut self, value: u64, differs: bool) -> bool {
        let place = self.values.place();
        if place == 0 {
            self.mask_at = self.out.len();
            self.out.push(0);
        }
        self.values.values.push(value);
        self.out[self.mask_at] |= u8::from(differs) << place;
        differs
    }

    /// Notes an integer, and writes how it differs.
    #[inline]
    fn difference(&mut self, value: u64) {
        let last = self.values.last();
        if self.note(value, value != last) {
            varint::write(self.out, varint::zigzag(value, last));
        }
    }

    #[inline]
    fn word(&mut self) -> Result<u64, WalkError> {
        let (word, rest) = self.rest.split_first_chunk().ok_or(CUT)?;
        self.rest = rest;
        Ok(u64::from_le_bytes(*word))
    }
}

impl Tape for Writing<'_> {
    fn integer(&mut self) -> Result<u64, WalkError> {
        let value = in_inputs::read(&mut self.rest).ok_or(CUT)?;
        self.difference(value);
        Ok(value)
    }

    fn fixed(&mut self) -> Result<u64, WalkError> {
        let value = self.word()?;
        self.difference(value);
        Ok(value)
    }

    fn variant(&mut self) -> Result<u64, WalkError> {
        self.integer()
    }

    fn byte(&mut self) -> Result<u8, WalkError> {
        let value = varint::take(&mut self.rest, 1).ok_or(CUT)?[0];
        if self.note(u64::from(value), u64::from(value) != self.values.last()) {
            self.out.push(value);
        }
        Ok(value)
    }

    fn real(&mut self) -> Result<u64, WalkError> {
        let value = self.word()?;
        let last = self.values.last();
        if self.note(value, value != last) {
            write_real(self.out, value ^ last);
        }
        Ok(value)
    }

    fn text(&mut self, said_once: bool) -> Result<(), WalkError> {
        let whole = self.rest;
        let length = in_inputs::read(&mut self.rest).ok_or(CUT)? as usize;
        let text = varint::take(&mut self.rest, length).ok_or(CUT)?;
        let with_length = &whole[..whole.len() - self.rest.len()];
        let last = self.values.last();
        if self.dictionary.texts.get(last) == Some(with_length) {
            self.note(last, false);
            return Ok(());
        }
        let texts = &self.dictionary.texts;
        let next = texts.next();
        let number = match self.dictionary.find(text) {
            Some(number) => number,
            None if said_once || !texts.takes(length) => UNNAMED,
            None => next,
        };
        self.note(number, true);
        varint::write(self.out, number.wrapping_add(1));
        if number == UNNAMED || number == next {
            write_text(self.out, text);
        }
        if number == next {
            self.dictionary.enter(text);
        }
        Ok(())
    }

    fn begin_run(&mut self) -> Result<(), WalkError> {
        let length = in_inputs::read(&mut self.rest).ok_or(CUT)? as usize;
        let end = self.rest.len().checked_sub(length).ok_or(CUT)?;
        self.run_ends.push(end);
        Ok(())
    }

    fn run_goes_on(&mut self) -> Result<bool, WalkError> {
        let end = *self.run_ends.last().expect("a run has begun");
        let goes_on = end < self.rest.len();
        if !goes_on {
            self.run_ends.pop();
        }
        if self.note(u64::from(goes_on), u64::from(goes_on) != self.values.last()) {
            self.out.push(u8::from(goes_on));
        }
        Ok(goes_on)
    }
}

fn write_text(out: &mut Vec<u8>, text: &[u8]) {
    varint::write(out, text.len() as u64);
    out.extend_from_slice(text);
}

/// Writes the bytes of a difference in bits, without the zero bytes before and after.
fn write_real(out: &mut Vec<u8>, difference: u64) {
    let before = difference.leading_zeros() / 8;
    let after = difference.trailing_zeros() / 8;
    let count = 8 - before - after;
    out.push((after << 4 | count) as u8);
    let bytes = (difference >> (8 * after)).to_le_bytes();
    out.extend_from_slice(&bytes[..count as usize]);
}
