//! Enums and their words, by one table for both directions. A list of all values cannot miss one.

/// An enum that has a word for each value.
pub trait Spelled: Copy + 'static {
    /// Every value.
    const ALL: &'static [Self];
    /// The word for this value.
    fn spelling(self) -> &'static str;
    /// The value of a word; `None` if this version does not know the word.
    fn from_spelling(word: &str) -> Option<Self>;
}

/// Spells enums, both ways by one table. A value without a word, or a word with two values, does not compile.
macro_rules! spellings {
    ($($name:ident { $($value:ident = $word:literal),+ $(,)? })+) => {$(
        impl $crate::base::spelling::Spelled for $name {
            const ALL: &'static [Self] = &[$(Self::$value),+];

            fn spelling(self) -> &'static str {
                match self {
                    $(Self::$value => $word,)+
                }
            }

            fn from_spelling(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$value),)+
                    _ => None,
                }
            }
        }
    )+};
}

pub(crate) use spellings;
