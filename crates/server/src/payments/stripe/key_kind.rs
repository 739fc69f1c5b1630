//! What the start of a secret key says about it.

/// What kind of key a secret key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyKind {
    /// Whether real money moves.
    pub mode: KeyMode,
    /// Whether it has only the permissions that it was given.
    pub is_restricted: bool,
}

/// Whether real money moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyMode {
    /// Real money.
    Live,
    /// Test cards. This includes Stripe's sandboxes.
    Test,
    /// The key does not say.
    Unknown,
}

impl KeyKind {
    /// Reads the start of a key, such as `rk_live_`.
    pub fn of(key: &str) -> Self {
        let (kind, rest) = key.split_once('_').unwrap_or_default();
        let mode = match rest.split_once('_') {
            Some(("live", _)) => KeyMode::Live,
            Some(("test", _)) => KeyMode::Test,
            _ => KeyMode::Unknown,
        };
        Self { mode, is_restricted: kind == "rk" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_a_key_says_its_mode_and_whether_it_is_restricted() {
        let kinds = ["sk_live_1", "rk_test_1", "sk_1", "rk_sandbox_1"].map(KeyKind::of);
        let expected = [
            (KeyMode::Live, false),
            (KeyMode::Test, true),
            (KeyMode::Unknown, false),
            (KeyMode::Unknown, true),
        ];
        assert_eq!(kinds.map(|kind| (kind.mode, kind.is_restricted)), expected);
    }
}
