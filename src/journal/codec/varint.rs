//! Integers in variable length: seven bits a byte, lowest first, the eighth bit says that more follow.

/// Appends a number.
#[inline]
pub(crate) fn write(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Takes a number off the front; `None`: it is not whole, or larger than 64 bits.
#[inline]
pub(crate) fn read(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte < 0x80 {
            *bytes = &bytes[index + 1..];
            return (index < 9 || byte < 2).then_some(value);
        }
    }
    None
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
    fn numbers_come_back() {
        for value in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX - 1, u64::MAX] {
            let mut out = Vec::new();
            write(&mut out, value);
            let mut rest = out.as_slice();
            assert_eq!((read(&mut rest), rest.len()), (Some(value), 0));
            for old in [0, 1, value / 2, u64::MAX] {
                assert_eq!(unzigzag(zigzag(value, old), old), value);
            }
        }
        assert_eq!((zigzag(10, 11), zigzag(11, 10)), (1, 2));
    }

    #[test]
    fn what_is_cut_or_too_large_is_no_number() {
        for bytes in [&[][..], &[0x80], &[0xff; 9], &[0xff; 11]] {
            let mut rest = bytes;
            assert_eq!(read(&mut rest), None, "{bytes:?}");
        }
        let mut rest: &[u8] = &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02];
        assert_eq!(read(&mut rest), None);
    }
}
