//! What a route reads of the body of a request, and how much of it.

/// What a route reads of the body of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyLimit {
    /// Nothing.
    Unread,
    /// A JSON object.
    Json,
    /// Nothing, or any JSON.
    AnyJson,
    /// An event of Stripe.
    Event,
}

impl BodyLimit {
    /// The maximum size, in bytes.
    pub const fn bytes_max(self) -> usize {
        match self {
            Self::Unread => 0,
            Self::Json | Self::AnyJson => 64 * 1024,
            Self::Event => 1024 * 1024,
        }
    }
}
