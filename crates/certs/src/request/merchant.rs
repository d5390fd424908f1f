//! Merchant id and merchant name, as they stand in a request and in a certificate.

use std::fmt;

use crate::classification::is_merchant_id;

/// A merchant id: 8 to 10 digits. Source: [api-certificate].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MerchantId(String);

/// Why a text is no merchant id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MerchantIdError {
    /// Blanks alone.
    #[error("the merchant id is empty: copy it from the API Security page")]
    Empty,
    /// A character that is no digit.
    #[error("`{}` does not belong in a merchant id, which has digits only: copy it from the API Security page", .character.escape_default())]
    NotADigit {
        /// The first such character.
        character: char,
    },
    /// Too few or too many digits.
    #[error("a merchant id has 8 to 10 digits, and this has {found}: copy it from the API Security page")]
    Length {
        /// How many it has.
        found: usize,
    },
}

impl MerchantId {
    /// The merchant id that `text` is; blanks around it are overlooked.
    pub fn parse(text: &str) -> Result<MerchantId, MerchantIdError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(MerchantIdError::Empty);
        }
        if let Some(character) = text.chars().find(|character| !character.is_ascii_digit()) {
            return Err(MerchantIdError::NotADigit { character });
        }
        if !is_merchant_id(text) {
            return Err(MerchantIdError::Length { found: text.len() });
        }
        Ok(MerchantId(text.to_owned()))
    }

    /// Its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MerchantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A merchant's name with its white space folded, so that two that look the same are the same.
///
/// The platform's own copy button collapses blanks that its record holds, and merchants were refused for the difference.
/// Source: [certificate-request].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MerchantName(String);

/// Why a text is no merchant name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MerchantNameError {
    /// Blanks alone.
    #[error("the merchant name is empty: copy it from the API Security page")]
    Empty,
    /// Longer than the field of a certificate.
    #[error(
        "a certificate has room for a merchant name of {limit} characters, and this has {found}: check that only the name \
         was copied",
        limit = MerchantName::LONGEST
    )]
    TooLong {
        /// How many characters it has, folded.
        found: usize,
    },
    /// A character without a shape.
    #[error("`{}` does not belong in a merchant name: type the name anew", .character.escape_default())]
    Control {
        /// The first such character.
        character: char,
    },
}

impl MerchantName {
    /// Characters that an organisational unit may have: X.520, `ub-organizational-unit-name`.
    pub const LONGEST: usize = 64;

    /// The name that `text` is: blanks at its ends are dropped, and each run of blanks, line ends and full-width spaces
    /// (U+3000) becomes one space.
    pub fn parse(text: &str) -> Result<MerchantName, MerchantNameError> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let folded = words.join(" ");
        if folded.is_empty() {
            return Err(MerchantNameError::Empty);
        }
        if let Some(character) = folded.chars().find(|character| character.is_control()) {
            return Err(MerchantNameError::Control { character });
        }
        match folded.chars().count() {
            found if found > MerchantName::LONGEST => Err(MerchantNameError::TooLong { found }),
            _ => Ok(MerchantName(folded)),
        }
    }

    /// The name, folded.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MerchantName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merchant_id_has_eight_to_ten_digits() {
        for text in ["19000091", "190000919", "1900009191", " 1900009191\r\n", "\u{3000}1900009191"] {
            assert_eq!(MerchantId::parse(text).unwrap().as_str(), text.trim());
        }
        for (text, error) in [
            (" ", MerchantIdError::Empty),
            ("1900009", MerchantIdError::Length { found: 7 }),
            ("19000091911", MerchantIdError::Length { found: 11 }),
            ("19000O9191", MerchantIdError::NotADigit { character: 'O' }),
            ("1900 009191", MerchantIdError::NotADigit { character: ' ' }),
            ("１９００００９１", MerchantIdError::NotADigit { character: '１' }),
        ] {
            assert_eq!(MerchantId::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn names_that_differ_by_white_space_are_the_same() {
        let name = MerchantName::parse("深圳 好店").unwrap();
        for text in
            [" 深圳  好店 ", "深圳\u{3000}好店", "深圳 \u{3000}\t\u{a0}好店\r\n", "\u{3000}深圳 好店\u{3000}"]
        {
            assert_eq!(MerchantName::parse(text).as_ref(), Ok(&name), "{text:?}");
        }
        assert_ne!(MerchantName::parse("深圳好店").as_ref(), Ok(&name));
    }

    #[test]
    fn a_name_is_neither_empty_nor_longer_than_its_field_nor_without_shape() {
        assert_eq!(MerchantName::parse("\u{3000} "), Err(MerchantNameError::Empty));
        assert!(MerchantName::parse(&"店".repeat(64)).is_ok());
        let error = MerchantName::parse(&"店".repeat(65)).unwrap_err();
        assert_eq!(error, MerchantNameError::TooLong { found: 65 });
        assert!(error.to_string().contains("64 characters, and this has 65"), "{error}");
        let control = Err(MerchantNameError::Control { character: '\u{7}' });
        assert_eq!(MerchantName::parse("a\u{7}b"), control);
    }
}
