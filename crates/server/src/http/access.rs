//! Who may call a route.

use super::auth::scope::Scope;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody, without a token.
    Everybody,
    /// A user, with an access token of the issuer.
    User,
    /// A back end of the platform, with a service key that has this scope.
    Platform(Scope),
    /// Stripe, by a signature.
    Stripe,
}
