//! Ids and secrets from the system's randomness.

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// An id in Stripe's style: `prefix`, an underscore and 24 random letters and digits.
pub fn id(prefix: &str) -> String {
    format!("{prefix}_{}", letters(24))
}

/// `count` random letters and digits.
pub fn letters(count: usize) -> String {
    let mut text = String::with_capacity(count);
    while text.len() < count {
        // 248 is the last multiple of 62 that fits a byte: a higher byte would make the first letters more likely.
        text.extend(
            bytes::<32>()
                .iter()
                .filter(|byte| **byte < 248)
                .map(|byte| LETTERS[usize::from(byte % 62)] as char),
        );
    }
    text.truncate(count);
    text
}

/// Random bytes.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = getrandom::fill(&mut bytes) {
        // Secrets must not be predictable, so there is nothing to fall back on.
        panic!("the system provides no randomness: {error}");
    }
    bytes
}
