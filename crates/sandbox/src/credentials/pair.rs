//! Reading a key and its certificate.

use std::path::Path;

use rcgen::{KeyPair, SigningKey};
use wechatpay::keys::Certificate;

use super::{CredentialsError, Remedy};

/// The text of a file, without blanks around it.
pub(super) fn read_text(folder: &Path, file: &str, remedy: Remedy) -> Result<String, CredentialsError> {
    let path = folder.join(file);
    let text = std::fs::read_to_string(&path);
    text.map(|text| text.trim().to_owned())
        .map_err(|error| CredentialsError::broken(&path, error.to_string(), remedy))
}

/// The private key in a file.
pub(super) fn read_key(folder: &Path, file: &str, remedy: Remedy) -> Result<KeyPair, CredentialsError> {
    let text = read_text(folder, file, remedy)?;
    let key = KeyPair::from_pem(&text);
    key.map_err(|_| {
        CredentialsError::broken(&folder.join(file), "this is no private key in PEM".to_owned(), remedy)
    })
}

/// The key and the certificate in two files, which must belong together.
pub(super) fn read(
    folder: &Path,
    key_file: &str,
    certificate_file: &str,
    remedy: Remedy,
) -> Result<(KeyPair, Certificate), CredentialsError> {
    let key = read_key(folder, key_file, remedy)?;
    let broken = |why: String| CredentialsError::broken(&folder.join(certificate_file), why, remedy);
    let text = read_text(folder, certificate_file, remedy)?;
    let certificate = Certificate::from_pem(&text).map_err(|error| broken(error.to_string()))?;
    const MESSAGE: &[u8] = b"Do these two belong together?";
    let is_pair = key.sign(MESSAGE).is_ok_and(|signature| certificate.key.verifies(MESSAGE, &signature));
    if !is_pair {
        return Err(broken(format!("it is not the certificate of `{key_file}`")));
    }
    Ok((key, certificate))
}
