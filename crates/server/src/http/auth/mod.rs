//! Who is calling: a user with an access token of the OpenID Connect issuer, or a back end of the platform with a service
//! key. The caller is verified before anything of the request is read.

mod bearer;
mod claims;
mod documents;
pub mod issuer;
pub mod issuer_check;
pub mod keyed_hash;
mod keys;
mod known_issuers;
pub mod oidc;
mod platform;
mod published;
mod ring_provider;
pub mod scope;
pub mod service_keys;
mod user;

pub use platform::Platform;
pub use user::User;
