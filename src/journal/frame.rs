//! Frames: what is written at one place of a file, with its length and a checksum of it and its place.
//!
//! | bytes | hold |
//! |---|---|
//! | 4 | length of the payload, lowest byte first |
//! | 4 | CRC-32 of the frame's offset, its kind, its length and its payload |
//! | 1 | kind |
//! | n | payload |

/// Bytes before the payload.
pub(crate) const HEAD_BYTES: usize = 9;

/// Appends a frame that will lie at `offset` of its file.
pub(crate) fn append(out: &mut Vec<u8>, offset: u64, kind: u8, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; HEAD_BYTES]);
    write(out);
    let payload = &out[start + HEAD_BYTES..];
    let length = u32::try_from(payload.len()).expect("a tick is bounded far below 4 GiB");
    let crc = checksum(offset, kind, payload);
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
    out[start + 4..start + 8].copy_from_slice(&crc.to_le_bytes());
    out[start + 8] = kind;
}

/// A frame that was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    pub(crate) kind: u8,
    pub(crate) payload: &'a [u8],
    /// Where the next one begins.
    pub(crate) end: usize,
}

/// The frame at `offset`; `None`: what lies there is not a whole frame.
pub(crate) fn read(file: &[u8], offset: usize) -> Option<Frame<'_>> {
    let head = file.get(offset..offset + HEAD_BYTES)?;
    let length = u32::from_le_bytes(head[..4].try_into().expect("four bytes")) as usize;
    let crc = u32::from_le_bytes(head[4..8].try_into().expect("four bytes"));
    let start = offset + HEAD_BYTES;
    let end = start.checked_add(length)?;
    let payload = file.get(start..end)?;
    let kind = head[8];
    (checksum(offset as u64, kind, payload) == crc).then_some(Frame { kind, payload, end })
}

fn checksum(offset: u64, kind: u8, payload: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(&offset.to_le_bytes());
    crc.update(&[kind]);
    crc.update(&(payload.len() as u32).to_le_bytes());
    crc.update(payload);
    crc.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_whole_at_its_own_place_only() {
        let mut file = vec![7; 3];
        append(&mut file, 3, 2, |out| out.extend_from_slice(b"payload"));
        let frame = read(&file, 3).unwrap();
        assert_eq!((frame.kind, frame.payload, frame.end), (2, &b"payload"[..], file.len()));

        let moved = &file[3..];
        assert!(read(moved, 0).is_none());
        assert!(read(&file[..file.len() - 1], 3).is_none());
        for byte in 3..file.len() {
            let mut damaged = file.clone();
            damaged[byte] ^= 0x10;
            assert!(read(&damaged, 3).is_none(), "byte {byte}");
        }
    }
}
