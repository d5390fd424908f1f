//! What is drawn at random: keys, serial numbers, ids.

use aws_lc_rs::rand;
use jiff::Timestamp;
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use wechatpay::china::ChinaDay;
use wechatpay::keys::KeyName;

use super::issued::IssueError;

/// Makes an RSA key of 2048 bits.
pub fn new_key() -> Result<KeyPair, IssueError> {
    Ok(KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?)
}

/// How many digits the id of a WeChat Pay public key has here.
pub const PUBLIC_KEY_ID_DIGITS: usize = 34;

/// Makes the id of a WeChat Pay public key; among its digits is the China day on which it was made.
///
/// Real ids have been seen with as many digits; what they mean is not published. Source: [public-key-mode].
pub fn new_public_key_id(now: Timestamp) -> Result<KeyName, IssueError> {
    let day = ChinaDay::of(now).to_string().replace('-', "");
    let tail: String = random::<12>()?.iter().map(|byte| char::from(b'0' + byte % 10)).collect();
    Ok(KeyName::parse(&format!("PUB_KEY_ID_00000000000000{day}{tail}"))?)
}

/// A text of 32 capitals, small letters and digits, as merchants choose for their APIv3 and V2 keys.
pub fn new_api_key() -> Result<String, IssueError> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    Ok(random::<32>()?.iter().map(|&byte| char::from(ALPHABET[usize::from(byte) % ALPHABET.len()])).collect())
}

/// 32 hexadecimal digits that nobody guesses.
pub(crate) fn new_token() -> Result<String, IssueError> {
    Ok(random::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A key as PKCS#8 in PEM.
pub fn pem_of(key: &KeyPair) -> String {
    lines(key.serialize_pem())
}

/// The public half of a key in PEM.
pub fn public_pem_of(key: &KeyPair) -> String {
    lines(key.public_key_pem())
}

/// The files are the same on every system; the library ends lines as the system does.
pub(super) fn lines(pem: String) -> String {
    pem.replace("\r\n", "\n")
}

/// 20 bytes that are a positive number of exactly 40 hexadecimal digits: the first is 4 to 7.
pub(super) fn long_serial() -> Result<[u8; 20], IssueError> {
    let mut bytes = random::<20>()?;
    bytes[0] = 0x40 | (bytes[0] & 0x3F);
    Ok(bytes)
}

/// 4 bytes that are a positive number below 10000000 in hexadecimal, as all that were seen.
pub(super) fn short_serial() -> Result<[u8; 4], IssueError> {
    let mut bytes = random::<4>()?;
    bytes[0] = 0x01 | (bytes[0] & 0x0F);
    Ok(bytes)
}

/// 8 bytes that are a positive number.
pub(super) fn root_serial() -> Result<[u8; 8], IssueError> {
    let mut bytes = random::<8>()?;
    bytes[0] = 0x40 | (bytes[0] & 0x3F);
    Ok(bytes)
}

fn random<const N: usize>() -> Result<[u8; N], IssueError> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| IssueError::NoRandomness)?;
    Ok(bytes)
}
