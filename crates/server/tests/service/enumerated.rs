//! Enums whose values are listed, for tables of tests.

/// Defines an enum and the list of its values, so that the list cannot miss one.
macro_rules! enumerated {
    ($(#[$about:meta])* $name:ident { $($(#[$comment:meta])* $value:ident,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        enum $name {
            $($(#[$comment])* $value,)+
        }

        impl $name {
            const ALL: &[Self] = &[$(Self::$value),+];
        }
    };
}

pub(crate) use enumerated;
