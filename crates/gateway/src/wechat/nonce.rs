//! What makes every signature another one.

use aws_lc_rs::rand;

use super::signer::SignError;

/// 32 hexadecimal digits that nobody can foretell: as long as a nonce may be on either wire.
/// Source: [global-signature], [v2-rules].
pub(super) fn fresh_digits() -> Result<String, SignError> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).map_err(|_| SignError::NoRandomness)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02X}")).collect())
}
