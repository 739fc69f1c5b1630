//! Ids and secrets from the system's randomness.

const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A fresh id in Stripe's fashion: `prefix`, an underscore and 24 random letters and digits.
pub fn fresh(prefix: &str) -> String {
    format!("{prefix}_{}", letters(24))
}

/// `count` random letters and digits.
pub fn letters(count: usize) -> String {
    let mut text = String::with_capacity(count);
    while text.len() < count {
        // A byte above the last multiple of 62 would favour the first letters.
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
        // Without randomness every secret below would be a lie.
        panic!("the system gives no randomness: {error}");
    }
    bytes
}
