//! The compact form of inputs: texts by number, and every value as its difference from the last
//! input of the same kind; heartbeats, from the last one of the same node.
//!
//! | part | form |
//! |---|---|
//! | kind | number of the input's variant |
//! | context | 0, or the text whose last input this one is compared with |
//! | values | eight at a time: a byte that says which differ, then those |
//!
//! A value that differs is written as: an integer, the difference; a byte, itself; a floating point
//! number, the bytes in which its bits differ; a text, its number, 0 or the next number followed by
//! the text itself. Both sides remember alike, so nothing else need be said.

mod dictionary;
pub(crate) mod varint;
mod walk;

use rustc_hash::FxHashMap;
use serde::Deserialize as _;
use systole_systems::input::{Input, Inputs};

use dictionary::{Dictionary, Texts};
pub(crate) use walk::WalkError;
use walk::{Tape, Walk};

/// Values remembered in a segment for later inputs to be compared with: 128 MiB of them.
const REMEMBERED_MAX: usize = 16 << 20;
/// Stands for a text that is not remembered.
const UNNAMED: u64 = u64::MAX;

/// Writes the inputs of one segment.
#[derive(Debug, Default)]
pub(crate) struct Encoder {
    dictionary: Dictionary,
    memory: Memory,
}

/// Reads the inputs of one segment, in the order they were written.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    texts: Texts,
    memory: Memory,
}

/// The values of the last input of each kind and context.
#[derive(Debug, Default)]
struct Memory {
    values: FxHashMap<(u64, u64), Vec<u64>>,
    count: usize,
    spare: Vec<u64>,
}

impl Memory {
    /// The values to compare with, and an empty list for the new ones.
    fn begin(&mut self, kind: u64, context: u64) -> (Vec<u64>, Vec<u64>) {
        let last = self.values.get_mut(&(kind, context)).map(std::mem::take).unwrap_or_default();
        self.count -= last.len();
        let mut values = std::mem::take(&mut self.spare);
        values.clear();
        (last, values)
    }

    fn end(&mut self, kind: u64, context: u64, last: Vec<u64>, values: Vec<u64>) {
        if self.count + values.len() <= REMEMBERED_MAX {
            self.count += values.len();
            self.values.insert((kind, context), values);
        }
        self.spare = last;
    }
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
        let kind = varint::read(&mut &encoded[..]).expect("an input begins with its kind");
        varint::write(out, kind);
        let context = match context_of(&input) {
            None => 0,
            Some(text) => self.name(text.as_bytes()),
        };
        match context {
            UNNAMED | 0 => out.push(0),
            known if known == self.dictionary.texts.next() => {
                let text = context_of(&input).expect("it was just named").as_bytes();
                self.dictionary.enter(text);
                varint::write(out, known);
                write_text(out, text);
            }
            known => varint::write(out, known),
        }
        let context = if context == UNNAMED { 0 } else { context };
        let (last, values) = self.memory.begin(kind, context);
        let mut tape = Writing {
            rest: encoded,
            run_ends: Vec::new(),
            out,
            dictionary: &mut self.dictionary,
            values: Values { last: &last, values, mask_at: 0 },
        };
        Input::deserialize(Walk::new(&mut tape)).expect("inputs have the shape of their type");
        let values = tape.values.values;
        self.memory.end(kind, context, last, values);
    }

    /// The number of a text, the next one when it is to be entered, `UNNAMED` when it is not.
    fn name(&self, text: &[u8]) -> u64 {
        let texts = &self.dictionary.texts;
        let new = || if texts.takes(text.len()) { texts.next() } else { UNNAMED };
        self.dictionary.find(text).unwrap_or_else(new)
    }
}

/// What an input is compared within: heartbeats of a node resemble each other.
fn context_of<'a>(input: &Input<'a>) -> Option<&'a str> {
    if let Input::Heartbeat(heartbeat) = input { Some(heartbeat.node) } else { None }
}

fn write_text(out: &mut Vec<u8>, text: &[u8]) {
    varint::write(out, text.len() as u64);
    out.extend_from_slice(text);
}

/// The values of an input beside those of the last one.
struct Values<'a> {
    last: &'a [u64],
    values: Vec<u64>,
    /// Where the byte lies that says which of the present eight differ.
    mask_at: usize,
}

impl Values<'_> {
    fn last(&self) -> u64 {
        self.last.get(self.values.len()).copied().unwrap_or(0)
    }
}

/// From the encoded form to the compact one.
struct Writing<'a> {
    rest: &'a [u8],
    /// Bytes that are left after each run that has begun.
    run_ends: Vec<usize>,
    out: &'a mut Vec<u8>,
    dictionary: &'a mut Dictionary,
    values: Values<'a>,
}

impl Writing<'_> {
    /// Notes the next value, and whether it will be written.
    #[inline]
    fn note(&mut self, value: u64, differs: bool) -> bool {
        let place = self.values.values.len() % 8;
        if place == 0 {
            self.values.mask_at = self.out.len();
            self.out.push(0);
        }
        self.values.values.push(value);
        self.out[self.values.mask_at] |= u8::from(differs) << place;
        differs
    }
}

const CUT: WalkError = WalkError("it ends too early");

impl Tape for Writing<'_> {
    fn integer(&mut self) -> Result<u64, WalkError> {
        let value = varint::read(&mut self.rest).ok_or(CUT)?;
        let last = self.values.last();
        if self.note(value, value != last) {
            varint::write(self.out, varint::zigzag(value, last));
        }
        Ok(value)
    }

    fn byte(&mut self) -> Result<u8, WalkError> {
        let value = varint::take(&mut self.rest, 1).ok_or(CUT)?[0];
        if self.note(u64::from(value), u64::from(value) != self.values.last()) {
            self.out.push(value);
        }
        Ok(value)
    }

    fn real(&mut self) -> Result<u64, WalkError> {
        let bytes = varint::take(&mut self.rest, 8).ok_or(CUT)?;
        let value = u64::from_le_bytes(bytes.try_into().expect("eight were taken"));
        let last = self.values.last();
        if self.note(value, value != last) {
            write_real(self.out, value ^ last);
        }
        Ok(value)
    }

    fn text(&mut self, said_once: bool) -> Result<(), WalkError> {
        let whole = self.rest;
        let length = varint::read(&mut self.rest).ok_or(CUT)? as usize;
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
        let length = varint::read(&mut self.rest).ok_or(CUT)? as usize;
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

/// Writes the bytes of a difference in bits, without the zero bytes before and after.
fn write_real(out: &mut Vec<u8>, difference: u64) {
    let before = difference.leading_zeros() / 8;
    let after = difference.trailing_zeros() / 8;
    let count = 8 - before - after;
    out.push((after << 4 | count) as u8);
    let bytes = (difference >> (8 * after)).to_le_bytes();
    out.extend_from_slice(&bytes[..count as usize]);
}

fn read_real(rest: &mut &[u8]) -> Option<u64> {
    let head = varint::take(rest, 1)?[0];
    let (after, count) = (usize::from(head >> 4), usize::from(head & 15));
    if after + count > 8 || count == 0 {
        return None;
    }
    let mut bytes = [0; 8];
    bytes[after..after + count].copy_from_slice(varint::take(rest, count)?);
    Some(u64::from_le_bytes(bytes))
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
        let (last, values) = self.memory.begin(kind, context);
        let mut tape = Reading {
            rest,
            run_starts: Vec::new(),
            out,
            texts: &mut self.texts,
            values: Values { last: &last, values, mask_at: 0 },
            mask: 0,
        };
        let walked = Input::deserialize(Walk::new(&mut tape));
        let values = tape.values.values;
        if values.first() != Some(&kind) {
            return Err(WalkError("an input of another kind than it says"));
        }
        self.memory.end(kind, context, last, values);
        walked.map(|_| ())
    }
}

fn read_text<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], WalkError> {
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
    /// Where each run that has begun starts in `out`.
    run_starts: Vec<usize>,
    out: &'a mut Vec<u8>,
    texts: &'a mut Texts,
    values: Values<'a>,
    mask: u8,
}

impl Reading<'_, '_> {
    /// Whether the next value is written; it is as the last one otherwise.
    #[inline]
    fn differs(&mut self) -> Result<bool, WalkError> {
        let place = self.values.values.len() % 8;
        if place == 0 {
            self.mask = varint::take(self.rest, 1).ok_or(CUT)?[0];
        }
        Ok(self.mask & (1 << place) != 0)
    }
}

impl Tape for Reading<'_, '_> {
    #[inline]
    fn integer(&mut self) -> Result<u64, WalkError> {
        let last = self.values.last();
        let value = if self.differs()? {
            varint::unzigzag(varint::read(self.rest).ok_or(CUT)?, last)
        } else {
            last
        };
        self.values.values.push(value);
        varint::write(self.out, value);
        Ok(value)
    }

    #[inline]
    fn byte(&mut self) -> Result<u8, WalkError> {
        let last = self.values.last();
        let value =
            if self.differs()? { varint::take(self.rest, 1).ok_or(CUT)?[0] } else { last as u8 };
        self.values.values.push(u64::from(value));
        self.out.push(value);
        Ok(value)
    }

    #[inline]
    fn real(&mut self) -> Result<u64, WalkError> {
        let last = self.values.last();
        let value = if self.differs()? { last ^ read_real(self.rest).ok_or(CUT)? } else { last };
        self.values.values.push(value);
        self.out.extend_from_slice(&value.to_le_bytes());
        Ok(value)
    }

    #[inline]
    fn text(&mut self, _: bool) -> Result<(), WalkError> {
        let mut number = self.values.last();
        if self.differs()? {
            number = varint::read(self.rest).ok_or(CUT)?.wrapping_sub(1);
            if number == UNNAMED {
                let text = read_text(self.rest)?;
                write_text(self.out, text);
                self.values.values.push(number);
                return Ok(());
            }
            if number == self.texts.next() {
                self.texts.push(read_text(self.rest)?);
            }
        }
        self.values.values.push(number);
        self.out.extend_from_slice(self.texts.get(number).ok_or(WalkError("an unknown text"))?);
        Ok(())
    }

    fn begin_run(&mut self) -> Result<(), WalkError> {
        self.run_starts.push(self.out.len());
        Ok(())
    }

    fn run_goes_on(&mut self) -> Result<bool, WalkError> {
        let last = self.values.last();
        let value = if self.differs()? {
            u64::from(varint::take(self.rest, 1).ok_or(CUT)?[0])
        } else {
            last
        };
        self.values.values.push(value);
        if value > 1 {
            return Err(WalkError("a run that neither goes on nor ends"));
        }
        if value == 0 {
            let start = self.run_starts.pop().expect("a run has begun");
            insert_length(self.out, start);
        }
        Ok(value == 1)
    }
}

/// Puts the length of what follows `start` before it.
fn insert_length(out: &mut Vec<u8>, start: usize) {
    let length = out.len() - start;
    let mut head = [0; 10];
    let mut count = 0;
    let mut rest = length as u64;
    loop {
        head[count] = rest as u8 & 0x7f;
        rest >>= 7;
        count += 1;
        if rest == 0 {
            break;
        }
        head[count - 1] |= 0x80;
    }
    out.resize(out.len() + count, 0);
    out.copy_within(start..start + length, start + count);
    out[start..start + count].copy_from_slice(&head[..count]);
}
