//! Numbers in variable length, differences as numbers, and bytes off the front.
//!
//! The lowest bit that is set in the first byte tells how many bytes a number has: the first for one, the
//! eighth for eight. The bits above it are the number, lowest first; a zero stands before numbers that need
//! more than 56. So a number is read as one word, and cut to its length without a branch on it.

/// Appends a number.
#[inline]
pub(crate) fn write(out: &mut Vec<u8>, value: u64) {
    let bits = 64 - (value | 1).leading_zeros() as usize;
    if bits > 56 {
        out.push(0);
        out.extend_from_slice(&value.to_le_bytes());
        return;
    }
    let count = (9 * bits + 64) >> 6; // a seventh, rounded up, for as many bits as these
    let end = out.len() + count;
    out.extend_from_slice(&(value << count | 1 << (count - 1)).to_le_bytes());
    out.truncate(end);
}

/// Takes a number off the front; `None`: it is not whole.
#[inline]
pub(crate) fn read(bytes: &mut &[u8]) -> Option<u64> {
    if let Some(word) = bytes.first_chunk() {
        let word = u64::from_le_bytes(*word);
        let count = word.trailing_zeros() as usize + 1;
        if count <= 8 {
            *bytes = &bytes[count..];
            return Some(word << (64 - 8 * count) >> (64 - 7 * count));
        }
    }
    let (value, rest) = read_bytewise(bytes)?;
    *bytes = rest;
    Some(value)
}

/// The end of what is written, and numbers that need more than 56 bits.
#[cold]
fn read_bytewise(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (&first, after) = bytes.split_first()?;
    if first == 0 {
        let (word, rest) = after.split_first_chunk()?;
        return Some((u64::from_le_bytes(*word), rest));
    }
    let count = first.trailing_zeros() as usize + 1;
    let (own, rest) = bytes.split_at_checked(count)?;
    let mut word = [0; 8];
    word[..count].copy_from_slice(own);
    Some((u64::from_le_bytes(word) >> count, rest))
}

/// Takes so many bytes off the front.
#[inline]
pub(crate) fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(taken)
}

/// A difference as a number that is small when the difference is, whatever its sign.
#[inline]
pub(crate) fn zigzag(new: u64, old: u64) -> u64 {
    let difference = new.wrapping_sub(old) as i64;
    ((difference << 1) ^ (difference >> 63)) as u64
}

/// The new value, given the old one and what `zigzag` made of their difference.
#[inline]
pub(crate) fn unzigzag(coded: u64, old: u64) -> u64 {
    old.wrapping_add((coded >> 1) ^ (coded & 1).wrapping_neg())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_small_numbers_that_come_back() {
        for new in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX - 1, u64::MAX] {
            for old in [0, 1, new / 2, u64::MAX] {
                assert_eq!(unzigzag(zigzag(new, old), old), new);
            }
        }
        assert_eq!((zigzag(10, 11), zigzag(11, 10)), (1, 2));
    }

    #[test]
    fn numbers_of_every_length_come_back_wherever_what_is_written_ends() {
        for bits in 0..=64_u32 {
            let top = 1_u64.checked_shl(bits).unwrap_or(0);
            for value in [top.wrapping_sub(1), top, top | 1] {
                let mut bytes = Vec::new();
                write(&mut bytes, value);
                let needed = 64 - (value | 1).leading_zeros() as usize;
                assert_eq!(bytes.len(), if needed > 56 { 9 } else { needed.div_ceil(7) });
                for after in [0, 1, 8] {
                    let more = [bytes.clone(), vec![0xff; after]].concat();
                    let mut rest = more.as_slice();
                    assert_eq!(read(&mut rest), Some(value), "{value:#x}");
                    assert_eq!(rest.len(), after);
                }
                for cut in 0..bytes.len() {
                    assert_eq!(read(&mut &bytes[..cut]), None, "{value:#x} cut to {cut}");
                }
            }
        }
    }
}
