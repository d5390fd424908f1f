//! The outer layers of DER, read without believing what is inside them.
//!
//! Enough to tell what a file is, where it was cut off, and to take parts out of it byte for byte. What a certificate says
//! is read by `x509-parser`.

/// The tags that are looked for. Numbers of X.690.
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(crate) const UTC_TIME: u8 = 0x17;
pub(crate) const GENERALIZED_TIME: u8 = 0x18;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
/// `[0]`, constructed.
pub(crate) const CONTEXT_0: u8 = 0xA0;

/// One value with its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    /// Header and content.
    pub(crate) whole: &'a [u8],
}

/// Why no value starts here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// The header announces more bytes than there are.
    Truncated {
        /// Bytes announced, header included.
        announced: usize,
    },
    /// A length that is only known at its end: BER, which DER forbids.
    Indefinite,
    /// This is no header.
    NotDer,
}

/// The first value of `bytes`, and what follows it.
pub(crate) fn first(bytes: &[u8]) -> Result<(Element<'_>, &[u8]), Malformed> {
    let (&tag, rest) = bytes.split_first().ok_or(Malformed::Truncated { announced: 2 })?;
    let (&length, rest) = rest.split_first().ok_or(Malformed::Truncated { announced: 2 })?;
    // Tags of several bytes do not occur in what is read here.
    if tag & 0x1F == 0x1F {
        return Err(Malformed::NotDer);
    }
    let (length, header) = match length {
        0..=0x7F => (usize::from(length), 2),
        0x80 => return Err(Malformed::Indefinite),
        // Four bytes of length are 4 GiB; no certificate has more.
        0x81..=0x84 => {
            let count = usize::from(length - 0x80);
            let digits = rest.get(..count).ok_or(Malformed::Truncated { announced: 2 + count })?;
            let length = digits.iter().fold(0_u64, |length, digit| length << 8 | u64::from(*digit));
            (usize::try_from(length).map_err(|_| Malformed::NotDer)?, 2 + count)
        }
        _ => return Err(Malformed::NotDer),
    };
    let announced = header.saturating_add(length);
    match (bytes.get(..announced), bytes.get(header..announced), bytes.get(announced..)) {
        (Some(whole), Some(content), Some(rest)) => Ok((Element { tag, content, whole }, rest)),
        _ => Err(Malformed::Truncated { announced }),
    }
}

/// The values that follow each other in `bytes` and fill them exactly.
pub(crate) fn all(bytes: &[u8]) -> Result<Vec<Element<'_>>, Malformed> {
    let (mut elements, mut rest) = (Vec::new(), bytes);
    while !rest.is_empty() {
        let (element, following) = first(rest)?;
        elements.push(element);
        rest = following;
    }
    Ok(elements)
}

/// The values inside of `element` if it has this tag and is well formed.
pub(crate) fn inside<'a>(element: &Element<'a>, tag: u8) -> Option<Vec<Element<'a>>> {
    match element.tag == tag {
        true => all(element.content).ok(),
        false => None,
    }
}

/// The bytes of a value with this tag and this content.
pub(crate) fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut bytes = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short @ 0..=0x7F) => bytes.push(short),
        _ => {
            let digits: Vec<u8> =
                content.len().to_be_bytes().into_iter().skip_while(|digit| *digit == 0).collect();
            // A length has 8 bytes at most on any machine there is.
            bytes.push(0x80 | u8::try_from(digits.len()).unwrap_or(8));
            bytes.extend(digits);
        }
    }
    bytes.extend(content);
    bytes
}

/// An object identifier in dots, from its content; a mark for a number that is cut off or too large.
///
/// By hand, because the parser's own text is wrong where the second number is over 39, as in a sandbox's mark.
pub(crate) fn dotted(content: &[u8]) -> String {
    let mut numbers = Vec::new();
    let mut number = Some(0_u64);
    for byte in content {
        let shifted = number.and_then(|number| number.checked_mul(0x80));
        number = shifted.map(|number| number | u64::from(byte & 0x7F));
        if byte & 0x80 == 0 {
            numbers.push(number);
            number = Some(0);
        }
    }
    let mut texts = Vec::new();
    for (place, number) in numbers.into_iter().enumerate() {
        match (place, number) {
            // The first two numbers share a place; the first is 2 at most.
            (0, Some(number)) => {
                let first = (number / 40).min(2);
                texts.extend([first.to_string(), (number - first * 40).to_string()]);
            }
            (_, Some(number)) => texts.push(number.to_string()),
            (_, None) => texts.push("?".to_owned()),
        }
    }
    texts.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_taken_apart_and_put_together_again() {
        for length in [0, 1, 127, 128, 255, 256, 70_000] {
            let content = vec![7; length];
            let bytes = [value(SEQUENCE, &[&content]), vec![5, 0]].concat();
            let (element, rest) = first(&bytes).unwrap();
            assert_eq!(
                (element.tag, element.content, rest),
                (SEQUENCE, &content[..], &[5, 0][..]),
                "{length}"
            );
            assert_eq!(element.whole.len() + 2, bytes.len());
        }
    }

    #[test]
    fn object_identifiers_are_written_in_dots() {
        for (content, expected) in [
            (&[0x55, 4, 3][..], "2.5.4.3"),
            (&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 11], "1.2.840.113549.1.1.11"),
            (&[0x2A, 0x81, 0x1C, 0xCF, 0x55, 1, 0x82, 0x2D], "1.2.156.10197.1.301"),
            (&[0x88, 0x37, 0xB7, 0x28, 1], "2.999.7080.1"),
            (&[0], "0.0"),
            (&[0xFF; 12], ""),
            (&[], ""),
        ] {
            assert_eq!(dotted(content), expected);
        }
    }

    #[test]
    fn what_is_cut_off_says_how_much_there_should_be() {
        for (bytes, expected) in [
            (&[][..], Malformed::Truncated { announced: 2 }),
            (&[0x30], Malformed::Truncated { announced: 2 }),
            (&[0x30, 0x82, 1], Malformed::Truncated { announced: 4 }),
            (&[0x30, 0x82, 1, 0, 9], Malformed::Truncated { announced: 260 }),
            (&[0x30, 0x80, 0, 0], Malformed::Indefinite),
            (&[0x30, 0xEF, 0xBF, 0xBD], Malformed::NotDer),
            (&[0x1F, 0x81, 1, 1], Malformed::NotDer),
        ] {
            assert_eq!(first(bytes), Err(expected), "{bytes:02X?}");
        }
    }
}
