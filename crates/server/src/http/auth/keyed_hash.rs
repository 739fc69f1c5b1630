//! Keyed hashes of who someone is, elsewhere: all that is stored of a subject, and all that is kept of an external id after a
//! deletion (rule 18).

use crate::store::{ExternalKey, SubjectKey};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The hash of the user's id at the issuer. It is the same whether the issuer's name ends in `/` or not.
pub fn subject_key(secret: &[u8], issuer: &str, subject: &str) -> SubjectKey {
    SubjectKey(digest(secret, issuer.trim_end_matches('/'), subject))
}

/// The hash of the platform's own id of a user. No issuer has this name, because an issuer's is an address.
pub fn external_key(secret: &[u8], id: &str) -> ExternalKey {
    ExternalKey(digest(secret, "ext", id))
}

fn digest(secret: &[u8], realm: &str, id: &str) -> [u8; 32] {
    // HMAC takes a key of any length, so this never falls back.
    Hmac::<Sha256>::new_from_slice(secret)
        .map(|mac| mac.chain_update(realm).chain_update([0]).chain_update(id).finalize())
        .map(|digest| digest.into_bytes().into())
        .unwrap_or_default()
}
