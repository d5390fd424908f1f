//! From characters to DER: PEM blocks wherever they stand, or Base64 alone.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::error::MaterialError;
use super::{Block, Oddity};

/// A text that was read.
pub(super) struct Text {
    pub(super) armour: Armour,
    pub(super) oddities: Vec<Oddity>,
    pub(super) blocks: Vec<Block>,
}

/// Whether there were `BEGIN` and `END`.
pub(super) enum Armour {
    Pem,
    None,
}

/// Base64 whose last characters may lack their padding: people do not copy it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// Whether bytes begin with the byte order mark of UTF-16.
pub(super) fn is_utf16(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF")
}

/// The blocks in a text of any encoding.
pub(super) fn read(bytes: &[u8]) -> Result<Text, MaterialError> {
    let mut oddities = Vec::new();
    let text = decode(bytes, &mut oddities);
    if text.contains("\r\n") {
        oddities.push(Oddity::WindowsLineEnds);
    }
    let text = match text.contains("\\n") {
        true => {
            oddities.push(Oddity::EscapedLineEnds);
            Zeroizing::new(text.replace("\\r", "").replace("\\n", "\n"))
        }
        false => text,
    };
    if text.trim().is_empty() {
        return Err(MaterialError::Empty);
    }
    if text.contains(BEGIN) {
        let (blocks, is_alone) = pem_blocks(&text)?;
        oddities.extend((!is_alone).then_some(Oddity::TextAround));
        return Ok(Text { armour: Armour::Pem, oddities, blocks });
    }
    oddities.push(Oddity::NoArmour);
    let block = bare_base64(&text).map_err(|error| match error {
        // What replaced bytes leaves UTF-8 behind; in anything else the characters were replaced just now, here.
        MaterialError::CopiedAsText if std::str::from_utf8(bytes).is_err() => MaterialError::NotRecognised,
        error => error,
    })?;
    Ok(Text { armour: Armour::None, oddities, blocks: vec![block] })
}

/// The characters. What is neither UTF-8 nor UTF-16 is around the blocks, if there are any, and may be mangled.
fn decode(bytes: &[u8], oddities: &mut Vec<Oddity>) -> Zeroizing<String> {
    if is_utf16(bytes) {
        oddities.push(Oddity::Utf16);
        let (units, _) = bytes.get(2..).unwrap_or_default().as_chunks::<2>();
        let order = if bytes.starts_with(b"\xFF\xFE") { u16::from_le_bytes } else { u16::from_be_bytes };
        let units: Zeroizing<Vec<u16>> = Zeroizing::new(units.iter().map(|unit| order(*unit)).collect());
        return Zeroizing::new(String::from_utf16_lossy(&units));
    }
    let text = String::from_utf8_lossy(bytes);
    match text.strip_prefix('\u{FEFF}') {
        Some(text) => {
            oddities.push(Oddity::ByteOrderMark);
            Zeroizing::new(text.to_owned())
        }
        None => Zeroizing::new(text.into_owned()),
    }
}

/// All blocks, and whether nothing but blanks stands around them.
fn pem_blocks(text: &str) -> Result<(Vec<Block>, bool), MaterialError> {
    let (mut blocks, mut is_alone, mut rest) = (Vec::new(), true, text);
    while let Some((before, after)) = rest.split_once(BEGIN) {
        is_alone &= before.trim().is_empty();
        let unfinished = |label: &str| MaterialError::UnfinishedPem { label: label.to_owned() };
        let (label, body) = after.split_once(DASHES).ok_or_else(|| unfinished(""))?;
        // A label is one line; without its dashes the search would run into the next block.
        if label.contains('\n') {
            return Err(unfinished(label.lines().next().unwrap_or_default()));
        }
        let (body, after) = body.split_once(END).ok_or_else(|| unfinished(label))?;
        if body.contains(BEGIN) {
            return Err(unfinished(label));
        }
        let (_, after) = after.split_once(DASHES).ok_or_else(|| unfinished(label))?;
        blocks.push(block(label, body)?);
        rest = after;
    }
    Ok((blocks, is_alone && rest.trim().is_empty()))
}

fn block(label: &str, body: &str) -> Result<Block, MaterialError> {
    let mut base64 = Zeroizing::new(String::with_capacity(body.len()));
    for line in body.lines() {
        if line.contains(':') {
            // A header in the style of RFC 1421; of the few there are, one matters.
            if line.contains("ENCRYPTED") {
                return Err(MaterialError::OldEncryptedPem);
            }
            continue;
        }
        base64.extend(line.chars().filter(|character| !character.is_whitespace()));
    }
    let der = BASE64.decode(base64.as_bytes()).map_err(|error| {
        let label = label.to_owned();
        match error {
            base64::DecodeError::InvalidByte(_, byte) => {
                MaterialError::NotBase64 { label, character: char::from(byte) }
            }
            _ => MaterialError::TruncatedBase64 { label },
        }
    })?;
    Ok(Block { label: Some(label.to_owned()), der: Zeroizing::new(der) })
}

/// Base64 without armour, in one line or several.
fn bare_base64(text: &str) -> Result<Block, MaterialError> {
    let mut base64 = Zeroizing::new(String::with_capacity(text.len()));
    base64.extend(text.chars().filter(|character| !character.is_whitespace()));
    // A DER sequence of more than 127 bytes begins with 0x30 0x81 or 0x30 0x82, which Base64 writes as `MI`.
    if !base64.starts_with("MI") {
        return Err(what_it_looks_like(text.trim()));
    }
    if text.contains(END) {
        return Err(MaterialError::NoBeginLine);
    }
    let der = BASE64.decode(base64.as_bytes()).map_err(|error| match error {
        base64::DecodeError::InvalidByte(_, byte) => {
            MaterialError::NotBase64 { label: String::new(), character: char::from(byte) }
        }
        _ => MaterialError::TruncatedBase64 { label: String::new() },
    })?;
    Ok(Block { label: None, der: Zeroizing::new(der) })
}

/// A guess at what somebody gave instead.
fn what_it_looks_like(text: &str) -> MaterialError {
    let is_one_word = text.len() < 300 && !text.contains(char::is_whitespace);
    let extension = text.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let digits = text.bytes().filter(|byte| *byte != b':').all(|byte| byte.is_ascii_hexdigit());
    if is_one_word
        && matches!(extension.as_str(), "pem" | "p12" | "pfx" | "crt" | "cer" | "der" | "key" | "p7b" | "csr")
    {
        MaterialError::FileName
    } else if is_one_word && digits && (38..=60).contains(&text.len()) {
        MaterialError::SerialNumber
    } else if text.starts_with("PUB_KEY_ID_") {
        MaterialError::PublicKeyId
    } else if text.starts_with('<') {
        MaterialError::Markup
    } else if text.contains(END) {
        MaterialError::NoBeginLine
    } else if text.contains('\u{FFFD}') {
        MaterialError::CopiedAsText
    } else {
        MaterialError::NotRecognised
    }
}
