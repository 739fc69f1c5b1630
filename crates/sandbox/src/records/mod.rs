//! What the sandbox stores: JSON records by kind and id, and the typed records that several parts share.

pub mod api_version;
pub mod delivery;
pub mod endpoint;
pub mod table;
pub mod user;
