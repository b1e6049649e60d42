//! The reading side: differences become inputs in their encoded form, byte for byte.

use serde::Deserialize as _;
use systole_systems::input::{Input, Inputs};

use crate::journal::codec::dictionary::Texts;
use crate::journal::codec::room::Room;
use crate::journal::codec::shape::{ShapeId, Shapes, Step, follow};
use crate::journal::codec::walk::{Tape, Walk, WalkError};
use crate::journal::codec::{CUT, Last, Memory, UNNAMED, Values, varint, write_text};

/// Reads the inputs of one segment, in the order they were written.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    texts: Texts,
    memory: Memory,
    shapes: Shapes,
    /// The shape of the input being read.
    shape: Vec<Step>,
    /// The input being read, when its shape is known.
    room: Room,
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
        let (last, mut values) = self.memory.begin(kind, context);
        let read = match last.shape {
            Some(shape) => self.follow(shape, &last, &mut values, rest)?,
            None => false,
        };
        let shape = if read {
            out.extend_from_slice(self.room.bytes());
            last.shape
        } else {
            self.shape.clear();
            values.clear();
            let mut tape = Reading {
                rest,
                run_starts: Vec::new(),
                run_begins: false,
                out,
                texts: &mut self.texts,
                values: Values { last: &last.values, values },
                shape: &mut self.shape,
                mask: 0,
            };
            Input::deserialize(Walk::new(&mut tape))?;
            values = tape.values.values;
            self.shapes.enter(&self.shape)
        };
        if values.first() != Some(&kind) {
            return Err(WalkError("an input of another kind than it says"));
        }
        self.memory.end(kind, context, last, Last { values, shape });
        Ok(())
    }

    /// Reads an input that has the shape of the last one; false: it has not, and nothing was read.
    fn follow(
        &mut self,
        shape: ShapeId,
        last: &Last,
        values: &mut Vec<u64>,
        rest: &mut &[u8],
    ) -> Result<bool, WalkError> {
        let texts = self.texts.next();
        let steps = self.shapes.steps(shape);
        let (room, known) = (&mut self.room, &mut self.texts);
        values.extend_from_slice(&last.values);
        let follows = follow(steps, values, rest, room, known)?;
        if !follows {
            self.texts.forget_from(texts);
        }
        Ok(follows)
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
    /// Where each run that has begun starts in `out`.
    run_starts: Vec<usize>,
    /// A run begins with the next value.
    run_begins: bool,
    out: &'a mut Vec<u8>,
    texts: &'a mut Texts,
    values: Values<'a>,
    /// What was read so far, for the next input that is like this one.
    shape: &'a mut Vec<Step>,
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
}

impl Tape for Reading<'_, '_> {
    fn integer(&mut self) -> Result<u64, WalkError> {
        self.shape.push(Step::Integer);
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

    fn variant(&mut self) -> Result<u64, WalkError> {
        let value = self.integer()?;
        *self.shape.last_mut().expect("it was just read") = Step::Variant;
        Ok(value)
    }

    fn byte(&mut self) -> Result<u8, WalkError> {
        self.shape.push(Step::Byte);
        let last = self.values.last();
        let value =
            if self.differs()? { varint::take(self.rest, 1).ok_or(CUT)?[0] } else { last as u8 };
        self.values.values.push(u64::from(value));
        self.out.push(value);
        Ok(value)
    }

    fn real(&mut self) -> Result<u64, WalkError> {
        self.shape.push(Step::Real);
        let last = self.values.last();
        let value = if self.differs()? { last ^ take_real(self.rest).ok_or(CUT)? } else { last };
        self.values.values.push(value);
        self.out.extend_from_slice(&value.to_le_bytes());
        Ok(value)
    }

    fn text(&mut self, _: bool) -> Result<(), WalkError> {
        self.shape.push(Step::Text);
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
        self.run_begins = true;
        self.run_starts.push(self.out.len());
        Ok(())
    }

    fn run_goes_on(&mut self) -> Result<bool, WalkError> {
        let begins = std::mem::take(&mut self.run_begins);
        self.shape.push(if begins { Step::RunBegins } else { Step::RunGoesOn });
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
    let mut head = [0; varint::BYTES_MAX];
    let count = varint::write_at(&mut head, 0, length as u64);
    out.resize(out.len() + count, 0);
    out.copy_within(start..start + length, start + count);
    out[start..start + count].copy_from_slice(&head[..count]);
}

/// Takes a difference in bits off the front.
fn take_real(rest: &mut &[u8]) -> Option<u64> {
    let (bits, count) = read_real(rest, 0)?;
    *rest = &rest[count..];
    Some(bits)
}

/// The difference in bits at `at`, and how many bytes it takes.
#[inline]
pub(super) fn read_real(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let head = *bytes.get(at)?;
    let (after, count) = (usize::from(head >> 4), usize::from(head & 15));
    if after + count > 8 || count == 0 {
        return None;
    }
    let own = bytes.get(at + 1..)?;
    // Nearly always more follows, and all that may be meant is read as one word.
    let word = match own.first_chunk() {
        Some(word) => u64::from_le_bytes(*word),
        None => {
            let mut word = [0; 8];
            word[..count].copy_from_slice(own.get(..count)?);
            u64::from_le_bytes(word)
        }
    };
    Some((word << (64 - 8 * count) >> (64 - 8 * count) << (8 * after), 1 + count))
}
