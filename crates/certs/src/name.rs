//! Distinguished names, in the order in which they are encoded, with their texts read as they were meant.
//!
//! Certificates that WeChat Pay issued itself hold the company's name as a T61String whose bytes are UTF-8. Tools that
//! take the type at its word show mojibake. Here the bytes are tried as UTF-8 first, whatever the type says.

use std::fmt;

use encoding_rs::GB18030;
use x509_parser::asn1_rs::{Any, Tag};
use x509_parser::x509::X509Name;

use crate::asn1::dotted;

/// A subject or an issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DistinguishedName {
    /// Groups of attributes as encoded; nearly always one attribute a group.
    groups: Vec<Vec<Attribute>>,
}

/// One attribute of a name, such as `CN=1900000001`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The type in dots: `2.5.4.3`.
    pub oid: String,
    /// The value as people read it.
    pub value: String,
    /// How the value is encoded, if that is not what its type promises.
    pub spelling: Spelling,
}

/// How the bytes of a text relate to the type they bear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// As the type says.
    Proper,
    /// UTF-8 in a type that cannot hold it, such as T61String. Source: \[inferred] from published certificates.
    Utf8,
    /// GBK or GB18030 in a type for something else.
    Gb18030,
    /// Neither: every byte is shown as the Latin-1 character it would be.
    Latin1,
    /// Not a text; the bytes are shown in hexadecimal behind `#`.
    Bytes,
}

/// The types that have a short name, as OpenSSL writes it. `SN` is the surname, not a serial number.
const SHORT_NAMES: [(&str, &str); 18] = [
    (COMMON_NAME, "CN"),
    ("2.5.4.4", "SN"),
    ("2.5.4.5", "serialNumber"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "ST"),
    ("2.5.4.9", "street"),
    (ORGANIZATION, "O"),
    (ORGANIZATIONAL_UNIT, "OU"),
    ("2.5.4.12", "title"),
    ("2.5.4.13", "description"),
    ("2.5.4.15", "businessCategory"),
    ("2.5.4.17", "postalCode"),
    ("2.5.4.42", "GN"),
    ("2.5.4.97", "organizationIdentifier"),
    ("0.9.2342.19200300.100.1.1", "UID"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("1.2.840.113549.1.9.1", "emailAddress"),
];

const COMMON_NAME: &str = "2.5.4.3";
const ORGANIZATION: &str = "2.5.4.10";
const ORGANIZATIONAL_UNIT: &str = "2.5.4.11";

impl DistinguishedName {
    pub(crate) fn read(name: &X509Name<'_>) -> DistinguishedName {
        let attribute = |attribute: &x509_parser::x509::AttributeTypeAndValue<'_>| {
            let (value, spelling) = read_text(attribute.attr_value());
            Attribute { oid: dotted(attribute.attr_type().as_bytes()), value, spelling }
        };
        DistinguishedName { groups: name.iter().map(|group| group.iter().map(attribute).collect()).collect() }
    }

    /// All attributes in encoded order.
    pub fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.groups.iter().flatten()
    }

    /// The common name; the first if there are several.
    pub fn common_name(&self) -> Option<&str> {
        self.value(COMMON_NAME)
    }

    /// The organisation; the first if there are several.
    pub fn organization(&self) -> Option<&str> {
        self.value(ORGANIZATION)
    }

    /// The organisational unit; the first if there are several.
    pub fn organizational_unit(&self) -> Option<&str> {
        self.value(ORGANIZATIONAL_UNIT)
    }

    /// Whether one of the organisational units is this.
    pub fn has_unit(&self, unit: &str) -> bool {
        self.attributes().any(|attribute| attribute.oid == ORGANIZATIONAL_UNIT && attribute.value == unit)
    }

    fn value(&self, oid: &str) -> Option<&str> {
        self.attributes().find(|attribute| attribute.oid == oid).map(|attribute| attribute.value.as_str())
    }
}

impl Attribute {
    /// The short name of the type, or its number if it has none.
    pub fn label(&self) -> &str {
        SHORT_NAMES.iter().find(|(oid, _)| *oid == self.oid).map_or(self.oid.as_str(), |(_, name)| name)
    }
}

/// `C=CN, O=Tenpay.com, CN=Tenpay.com Root CA`: in encoded order, attributes of one group joined by ` + `. Commas, plus
/// signs and backslashes in values have a backslash before them, and control characters are escaped, so that a name cannot
/// pass for another one on a screen.
impl fmt::Display for DistinguishedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, group) in self.groups.iter().enumerate() {
            f.write_str(if position > 0 { ", " } else { "" })?;
            for (position, attribute) in group.iter().enumerate() {
                f.write_str(if position > 0 { " + " } else { "" })?;
                write!(f, "{}=", attribute.label())?;
                for character in attribute.value.chars() {
                    match character {
                        ',' | '+' | '\\' | '"' | '<' | '>' | ';' => write!(f, "\\{character}")?,
                        character if character.is_control() => write!(f, "{}", character.escape_default())?,
                        character => write!(f, "{character}")?,
                    }
                }
            }
        }
        Ok(())
    }
}

/// The text in a value of any type.
fn read_text(value: &Any<'_>) -> (String, Spelling) {
    let bytes = value.data;
    let wide = |text: Option<String>| match text {
        Some(text) => (text, Spelling::Proper),
        None => (hexadecimal(bytes), Spelling::Bytes),
    };
    match value.tag() {
        Tag::Utf8String => read_bytes(bytes, |_| true),
        Tag::PrintableString | Tag::NumericString | Tag::Ia5String | Tag::VisibleString | Tag::T61String => {
            read_bytes(bytes, |text| text.is_ascii())
        }
        Tag::BmpString => wide(read_utf16(bytes)),
        Tag::UniversalString => wide(read_utf32(bytes)),
        _ => (hexadecimal(bytes), Spelling::Bytes),
    }
}

/// `bytes` as UTF-8, else as GB18030, else as Latin-1. `can_hold` says whether the type may hold a UTF-8 text.
fn read_bytes(bytes: &[u8], can_hold: fn(&str) -> bool) -> (String, Spelling) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let spelling = if can_hold(text) { Spelling::Proper } else { Spelling::Utf8 };
        return (text.to_owned(), spelling);
    }
    if let Some(text) = GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
        return (text.into_owned(), Spelling::Gb18030);
    }
    (bytes.iter().map(|byte| char::from(*byte)).collect(), Spelling::Latin1)
}

fn read_utf16(bytes: &[u8]) -> Option<String> {
    let (units, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = units.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
    String::from_utf16(&units).ok().filter(|_| rest.is_empty())
}

fn read_utf32(bytes: &[u8]) -> Option<String> {
    let (units, rest) = bytes.as_chunks::<4>();
    units
        .iter()
        .map(|unit| char::from_u32(u32::from_be_bytes(*unit)))
        .collect::<Option<String>>()
        .filter(|_| rest.is_empty())
}

fn hexadecimal(bytes: &[u8]) -> String {
    format!("#{}", crate::digests::hex(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(attributes: &[(&str, &str)]) -> DistinguishedName {
        let attribute = |(oid, value): &(&str, &str)| Attribute {
            oid: (*oid).to_owned(),
            value: (*value).to_owned(),
            spelling: Spelling::Proper,
        };
        DistinguishedName { groups: attributes.iter().map(|pair| vec![attribute(pair)]).collect() }
    }

    #[test]
    fn texts_are_read_as_they_were_meant() {
        // 上海 in UTF-8 and in GBK.
        let (utf8, gbk) = ("上海".as_bytes(), &[0xC9, 0xCF, 0xBA, 0xA3][..]);
        for (tag, bytes, text, spelling) in [
            (Tag::Utf8String, utf8, "上海", Spelling::Proper),
            (Tag::Utf8String, gbk, "上海", Spelling::Gb18030),
            (Tag::T61String, utf8, "上海", Spelling::Utf8),
            (Tag::T61String, gbk, "上海", Spelling::Gb18030),
            (Tag::T61String, b"Tencent", "Tencent", Spelling::Proper),
            (Tag::T61String, b"caf\xE9", "café", Spelling::Latin1),
            (Tag::PrintableString, b"Tencent", "Tencent", Spelling::Proper),
            (Tag::PrintableString, utf8, "上海", Spelling::Utf8),
            (Tag::BmpString, &[0x4E, 0x0A, 0x6D, 0x77], "上海", Spelling::Proper),
            (Tag::BmpString, &[0x4E], "#4E", Spelling::Bytes),
            (Tag::UniversalString, &[0, 0, 0x4E, 0x0A], "上", Spelling::Proper),
            (Tag::UniversalString, &[0xFF, 0, 0, 0], "#FF000000", Spelling::Bytes),
            (Tag::Integer, &[1, 2], "#0102", Spelling::Bytes),
        ] {
            let read = read_text(&Any::from_tag_and_data(tag, bytes));
            assert_eq!(read, (text.to_owned(), spelling), "{tag:?} {bytes:02X?}");
        }
    }

    #[test]
    fn a_value_cannot_pass_for_another_attribute() {
        let name =
            name(&[("2.5.4.6", "CN"), ("2.5.4.3", "a, O=Tencent\n"), ("2.5.4.4", "1"), ("1.2.3", "x")]);
        assert_eq!(name.to_string(), r"C=CN, CN=a\, O=Tencent\n, SN=1, 1.2.3=x");
        assert_eq!((name.common_name(), name.organization()), (Some("a, O=Tencent\n"), None));
    }
}
