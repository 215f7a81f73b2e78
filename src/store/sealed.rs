//! Sealing: what is kept of a person, unreadable without that person's key, and ids as hashes under a secret.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::keys::Key;
use super::{IdHash, StoreError};

const NONCE: usize = 24;

/// Seals; the number goes in, so that one person's bytes are never taken for another's.
pub(super) fn seal(
    key: &Key,
    person: u64,
    nonce: [u8; NONCE],
    plain: &[u8],
) -> Result<Vec<u8>, StoreError> {
    let aad = person.to_le_bytes();
    let cipher = XChaCha20Poly1305::new(key.into());
    let sealed = cipher.encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &aad });
    let sealed = sealed.map_err(|_| StoreError::damaged("a customer too large to be sealed"))?;
    let mut out = nonce.to_vec();
    out.extend(sealed);
    Ok(out)
}

/// Opens what was sealed under this key for this person; `None` where it was not.
pub(super) fn open(key: &Key, person: u64, sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
    let aad = person.to_le_bytes();
    let cipher = XChaCha20Poly1305::new(key.into());
    cipher.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: &aad }).ok()
}

/// What an external id is looked up by.
pub(super) fn hash(secret: &Key, id: &str) -> IdHash {
    let mut out = IdHash::default();
    if let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(secret) {
        mac.update(id.as_bytes());
        let whole = mac.finalize().into_bytes();
        for (place, byte) in out.iter_mut().zip(whole) {
            *place = byte;
        }
    }
    out
}
