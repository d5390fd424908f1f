//! Fresh ids: the time in front, so that they sort by it, and randomness of the operating system behind.

use aws_lc_rs::rand;
use jiff::Timestamp;
use ulid::Ulid;

use crate::api::problem::{Code, Problem};

/// A ULID of `now`, 26 characters.
///
/// Fails only if the operating system gives no randomness.
pub fn ulid(now: Timestamp) -> Result<String, Problem> {
    let mut random = [0; 16];
    rand::fill(&mut random).map_err(|_| Problem::new(Code::Internal))?;
    let milliseconds = u64::try_from(now.as_millisecond()).unwrap_or(0);
    Ok(Ulid::from_parts(milliseconds, u128::from_be_bytes(random)).to_string())
}
