//! Nonces and opaque ids, drawn from the seed so that a story told twice is the same.
//!
//! They need not be secret here. One drawn under the same key must never stand for two texts, so each names what it is
//! about.

use platform::chance::Chance;

/// 32 hexadecimal digits about `id`, the same whenever they are drawn.
pub(crate) fn hexadecimal(chance: &Chance, purpose: &str, id: &str) -> String {
    format!("{:016x}{:016x}", chance.draw(purpose, id, 0), chance.draw(purpose, id, 1))
}

/// The 12 characters with which a resource about `id` is sealed.
pub(crate) fn seal_nonce(chance: &Chance, purpose: &str, id: &str) -> String {
    hexadecimal(chance, purpose, id).chars().take(12).collect()
}
