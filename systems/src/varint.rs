//! Integers in variable length: seven bits a byte, lowest first, the eighth bit says that more follow.
//!
//! Lengths are hard to predict, and a heartbeat holds hundreds of numbers: up to eight bytes are
//! read and written as one word, without a branch on how many they are.

/// The longest form: 64 bits.
pub const BYTES_MAX: usize = 10;

/// The bit of each byte that says more follow.
const GOES_ON: u64 = 0x8080_8080_8080_8080;

/// Appends a number.
#[inline]
pub fn write(out: &mut Vec<u8>, value: u64) {
    if value < 0x80 {
        out.push(value as u8);
        return;
    }
    let (bytes, count) = encode(value);
    out.extend_from_slice(&bytes[..count]);
}

/// Writes a number at `at`, where there are [`BYTES_MAX`] bytes of room. Answers its length.
#[inline]
pub fn write_at(out: &mut [u8], at: usize, value: u64) -> usize {
    if value < 0x80 {
        out[at] = value as u8;
        return 1;
    }
    write_long_at(out, at, value)
}

fn write_long_at(out: &mut [u8], at: usize, value: u64) -> usize {
    if value >> 56 != 0 {
        let (bytes, count) = encode(value);
        out[at..at + count].copy_from_slice(&bytes[..count]);
        return count;
    }
    let (word, count) = one_word(value);
    out[at..at + 8].copy_from_slice(&word.to_le_bytes());
    count
}

/// The number at `at` and its length; `None`: it is not whole, or larger than 64 bits.
#[inline]
pub fn read_at(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let first = *bytes.get(at)?;
    if first < 0x80 {
        return Some((u64::from(first), 1));
    }
    if let Some(word) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        let word = u64::from_le_bytes(*word);
        let last = !word & GOES_ON;
        if last != 0 {
            // Up to the lowest byte that is the last of its number.
            let own = word & (last ^ (last - 1)) & !GOES_ON;
            return Some((joined(own), last.trailing_zeros() as usize / 8 + 1));
        }
    }
    read_bytewise(bytes.get(at..)?)
}

/// Takes a number off the front; `None`: it is not whole, or larger than 64 bits.
#[inline]
pub fn read(bytes: &mut &[u8]) -> Option<u64> {
    let (value, count) = read_at(bytes, 0)?;
    *bytes = &bytes[count..];
    Some(value)
}

/// A number of at most 56 bits as a word that holds its bytes, lowest first, and how many they are.
#[inline]
fn one_word(value: u64) -> (u64, usize) {
    let bits = 64 - (value | 1).leading_zeros() as usize;
    let count = (9 * bits + 64) >> 6; // a seventh, rounded up, for as many bits as these
    let goes_on = GOES_ON & ((1 << (8 * (count - 1))) - 1);
    (spread(value) | goes_on, count)
}

/// Seven bits to each byte.
#[inline]
fn spread(value: u64) -> u64 {
    let halves = (value & 0x0fff_ffff) | ((value & 0x00ff_ffff_f000_0000) << 4);
    let quarters = (halves & 0x0000_3fff_0000_3fff) | ((halves & 0x0fff_c000_0fff_c000) << 2);
    (quarters & 0x007f_007f_007f_007f) | ((quarters & 0x3f80_3f80_3f80_3f80) << 1)
}

/// What `spread` was given.
#[inline]
fn joined(bytes: u64) -> u64 {
    let quarters = (bytes & 0x007f_007f_007f_007f) | ((bytes & 0x7f00_7f00_7f00_7f00) >> 1);
    let halves = (quarters & 0x0000_3fff_0000_3fff) | ((quarters & 0x3fff_0000_3fff_0000) >> 2);
    (halves & 0x0fff_ffff) | ((halves & 0x0fff_ffff_0000_0000) >> 4)
}

#[inline]
fn encode(mut value: u64) -> ([u8; BYTES_MAX], usize) {
    let mut bytes = [0; BYTES_MAX];
    let mut count = 0;
    while value >= 0x80 {
        bytes[count] = value as u8 | 0x80;
        value >>= 7;
        count += 1;
    }
    bytes[count] = value as u8;
    (bytes, count + 1)
}

/// The end of what is written, and numbers of more than eight bytes.
#[cold]
fn read_bytewise(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().enumerate().take(BYTES_MAX) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte < 0x80 {
            return (index < 9 || byte < 2).then_some((value, index + 1));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Around every power of two, where lengths change.
    fn numbers() -> impl Iterator<Item = u64> {
        (0..64).flat_map(|bit| {
            let power = 1_u64 << bit;
            [power - 1, power, power + 1, power | (power >> 3), power.wrapping_neg()]
        })
    }

    #[test]
    fn numbers_come_back_from_wherever_they_lie() {
        for value in numbers() {
            let mut out = Vec::new();
            write(&mut out, value);
            assert_eq!(out, postcard::to_allocvec(&value).unwrap());
            let (count, mut rest) = (out.len(), out.as_slice());
            assert_eq!((read(&mut rest), rest.len()), (Some(value), 0));

            let mut room = [0xff; 3 + BYTES_MAX + 8];
            assert_eq!(write_at(&mut room, 3, value), count);
            assert_eq!(room[3..3 + count], out);
            for end in 3 + count..room.len() {
                assert_eq!(read_at(&room[..end], 3), Some((value, count)));
            }
        }
    }

    #[test]
    fn what_is_cut_or_too_large_is_no_number() {
        for bytes in [&[][..], &[0x80], &[0xff; 7], &[0xff; 8], &[0xff; 9], &[0xff; 11]] {
            assert_eq!(read(&mut &*bytes), None, "{bytes:?}");
        }
        assert_eq!(read_at(&[1], 2), None);
        let mut too_large = [0xff; BYTES_MAX];
        too_large[9] = 2;
        assert_eq!(read(&mut &too_large[..]), None);
    }
}
