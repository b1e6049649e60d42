//! Random secrets and ids, and what is kept of them.

use sha2::{Digest as _, Sha256};

use crate::store::Digest;

/// A fresh secret: `prefix` and 256 random bits in hexadecimal.
pub fn new_secret(prefix: &str) -> String {
    format!("{prefix}{}", hex(&random::<32>()))
}

/// A fresh id: 96 random bits in hexadecimal.
pub fn new_id() -> String {
    hex(&random::<12>())
}

/// What is stored of a secret, and how it is looked up. No slow hash: a secret of 256 random bits
/// cannot be guessed, slowly or fast.
pub fn digest(secret: &str) -> Digest {
    Sha256::digest(secret.as_bytes()).into()
}

/// Random bytes of the operating system.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}
