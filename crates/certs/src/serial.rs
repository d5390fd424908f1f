//! Serial numbers: numbers, however they are written.

use std::fmt;

/// A certificate's serial number.
///
/// Two are equal when they are the same number; case, colons and leading zeros are only spelling. The number that a
/// broken issuer encoded as negative is read as if it had no sign.
/// Source: [api-certificate], [certificate-serial].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SerialNumber {
    /// Big-endian, without leading zeros; empty for zero.
    magnitude: Vec<u8>,
}

/// Why a text is no serial number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SerialError {
    /// Nothing but blanks.
    #[error("the serial number is empty")]
    Empty,
    /// A character that belongs to no serial number.
    #[error("`{character}` belongs to no serial number; it has hexadecimal digits, or decimal ones only")]
    NotADigit {
        /// The first such character.
        character: char,
    },
    /// The id of a WeChat Pay public key.
    #[error("this is the id of a WeChat Pay public key, not a certificate's serial number")]
    PublicKeyId,
    /// More digits than any certificate has.
    #[error("{digits} digits are too many for a serial number")]
    TooLong {
        /// Digits given.
        digits: usize,
    },
}

/// Digits of the serial numbers in use today, which APIv3 wants in full.
const FULL_DIGITS: usize = 40;
/// RFC 5280 allows 20 bytes; broken issuers wrote more, and what they wrote can still be shown and compared.
const MOST_DIGITS: usize = 128;
/// As many bytes in decimal.
const MOST_DECIMAL_DIGITS: usize = 155;

impl SerialNumber {
    /// The number with these big-endian bytes, as a certificate has them.
    pub fn from_bytes(bytes: &[u8]) -> SerialNumber {
        SerialNumber { magnitude: bytes.iter().copied().skip_while(|byte| *byte == 0).collect() }
    }

    /// The number in hexadecimal, in either case, with colons, blanks, a leading `0x` or leading zeros.
    ///
    /// Digits alone are read as hexadecimal, since that is how serial numbers are shown. Use
    /// [`SerialNumber::parse_decimal`] where a tool is known to print decimal, or [`SerialNumber::is_written_as`] to
    /// compare with a text of either kind.
    pub fn parse(text: &str) -> Result<SerialNumber, SerialError> {
        let text = text.trim();
        if text.to_ascii_uppercase().starts_with("PUB_KEY_ID_") {
            return Err(SerialError::PublicKeyId);
        }
        let text = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
        let digits = digits(text, 16)?;
        let significant = &digits[digits.iter().take_while(|digit| **digit == 0).count()..];
        if significant.len() > MOST_DIGITS {
            return Err(SerialError::TooLong { digits: significant.len() });
        }
        // From the right, so that an odd first digit stands alone.
        let mut magnitude: Vec<u8> =
            significant.rchunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
        magnitude.reverse();
        Ok(SerialNumber { magnitude })
    }

    /// The number in decimal.
    pub fn parse_decimal(text: &str) -> Result<SerialNumber, SerialError> {
        let digits = digits(text.trim(), 10)?;
        if digits.len() > MOST_DECIMAL_DIGITS {
            return Err(SerialError::TooLong { digits: digits.len() });
        }
        let mut magnitude = Vec::<u8>::new();
        for digit in digits {
            let mut carry = u16::from(digit);
            for byte in magnitude.iter_mut().rev() {
                let value = u16::from(*byte) * 10 + carry;
                *byte = low_half(value);
                carry = value >> 8;
            }
            if carry > 0 {
                magnitude.insert(0, low_half(carry));
            }
        }
        Ok(SerialNumber { magnitude })
    }

    /// Whether `text` writes this number, in hexadecimal or in decimal.
    pub fn is_written_as(&self, text: &str) -> bool {
        [SerialNumber::parse(text), SerialNumber::parse_decimal(text)]
            .iter()
            .any(|read| read.as_ref() == Ok(self))
    }

    /// Upper-case hexadecimal with an even number of digits, as OpenSSL prints it: `0247A49B`.
    pub fn hex(&self) -> String {
        match self.magnitude.is_empty() {
            true => "00".to_owned(),
            false => crate::digests::hex(&self.magnitude),
        }
    }

    /// The same with colons between the bytes: `02:47:A4:9B`.
    pub fn colons(&self) -> String {
        let bytes: Vec<String> = match self.magnitude.is_empty() {
            true => vec!["00".to_owned()],
            false => self.magnitude.iter().map(|byte| format!("{byte:02X}")).collect(),
        };
        bytes.join(":")
    }

    /// Hexadecimal with at least 40 digits: what APIv3 takes in `serial_no`.
    pub fn hex_40(&self) -> String {
        format!("{:0>width$}", self.hex(), width = FULL_DIGITS)
    }

    /// In decimal, as Java and some Windows dialogs print it.
    pub fn decimal(&self) -> String {
        let mut rest = self.magnitude.clone();
        let mut digits = String::new();
        while rest.iter().any(|byte| *byte != 0) {
            let mut remainder = 0_u16;
            for byte in &mut rest {
                let value = remainder << 8 | u16::from(*byte);
                *byte = low_half(value / 10);
                remainder = value % 10;
            }
            digits.insert(0, char::from(b'0' + low_half(remainder)));
        }
        match digits.is_empty() {
            true => "0".to_owned(),
            false => digits,
        }
    }

    /// How many bytes the number needs: 20 in CA-issued certificates, 4 in those that WeChat Pay issued.
    pub fn byte_len(&self) -> usize {
        self.magnitude.len()
    }
}

fn low_half(value: u16) -> u8 {
    value.to_be_bytes()[1]
}

/// The values of the digits in `text`, without colons and blanks.
fn digits(text: &str, radix: u32) -> Result<Vec<u8>, SerialError> {
    let mut digits = Vec::new();
    for character in text.chars().filter(|c| !c.is_whitespace() && *c != ':') {
        let digit = character.to_digit(radix).and_then(|digit| u8::try_from(digit).ok());
        digits.push(digit.ok_or(SerialError::NotADigit { character })?);
    }
    match digits.is_empty() {
        true => Err(SerialError::Empty),
        false => Ok(digits),
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

impl fmt::Debug for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_of_a_number_is_that_number() {
        let number = SerialNumber::from_bytes(&[0x02, 0x47, 0xA4, 0x9B]);
        for text in
            ["0247A49B", "247a49b", " 02:47:A4:9B\n", "02 47 a4 9b", "0x247A49B", "00000247A49B", "38249627"]
        {
            assert!(number.is_written_as(text), "{text}");
        }
        assert!(!number.is_written_as("0247A49C"));
        assert_eq!(
            (number.hex().as_str(), number.colons().as_str(), number.decimal().as_str()),
            ("0247A49B", "02:47:A4:9B", "38249627")
        );
        assert_eq!(number.hex_40(), "000000000000000000000000000000000247A49B");
    }

    #[test]
    fn a_leading_zero_is_kept() {
        let number = SerialNumber::parse("c4aef34b89340881bb2b25226393dc2e47f094b").unwrap();
        assert_eq!(number.hex(), "0C4AEF34B89340881BB2B25226393DC2E47F094B");
        assert_eq!((number.hex_40().len(), number.byte_len()), (40, 20));
        assert_eq!(number.decimal(), "70178982170940638711466014973452950698127722827");
    }

    #[test]
    fn zero_has_a_digit() {
        let zero = SerialNumber::from_bytes(&[0, 0]);
        assert_eq!((zero.hex().as_str(), zero.decimal().as_str(), zero.colons().as_str()), ("00", "0", "00"));
    }

    #[test]
    fn other_texts_say_what_is_wrong_with_them() {
        for (text, expected) in [
            ("", SerialError::Empty),
            (" : ", SerialError::Empty),
            ("12G4", SerialError::NotADigit { character: 'G' }),
            ("PUB_KEY_ID_0112345678", SerialError::PublicKeyId),
            (&"1".repeat(129), SerialError::TooLong { digits: 129 }),
        ] {
            assert_eq!(SerialNumber::parse(text), Err(expected), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(bytes in proptest::collection::vec(any::<u8>(), 0..=24)) {
            let number = SerialNumber::from_bytes(&bytes);
            for text in [number.hex(), number.colons(), number.hex_40(), number.hex().to_lowercase()] {
                prop_assert_eq!(SerialNumber::parse(&text).unwrap(), number.clone());
            }
            prop_assert_eq!(SerialNumber::parse_decimal(&number.decimal()).unwrap(), number);
        }

        #[test]
        fn any_text_is_a_number_or_an_error(text in any::<String>()) {
            let _ = (SerialNumber::parse(&text).is_ok(), SerialNumber::parse_decimal(&text).is_ok());
        }
    }
}
