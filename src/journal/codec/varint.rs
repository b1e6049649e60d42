//! Differences as numbers, and bytes off the front.

pub(crate) use systole_systems::varint::{BYTES_MAX, read, read_at, write, write_at};

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
}
