//! PEM as it is written here: 64 columns, line feeds, no byte order mark, nothing around it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use zeroize::Zeroizing;

/// What OpenSSL and the official tool write. RFC 7468 asks for it.
const COLUMNS: usize = 64;

/// The block with this label and content. It is wiped when dropped, since it may be a key.
pub fn encode(label: &str, der: &[u8]) -> Zeroizing<String> {
    let base64 = Zeroizing::new(BASE64.encode(der));
    // Reserved in full: a text that grows leaves copies of a key behind.
    let room = base64.len() + base64.len() / COLUMNS + 2 * label.len() + 40;
    let mut text = Zeroizing::new(String::with_capacity(room));
    text.push_str("-----BEGIN ");
    text.push_str(label);
    text.push_str("-----\n");
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        // Base64 is ASCII, so that every place is a boundary between characters.
        let (line, following) = rest.split_at(rest.len().min(COLUMNS));
        text.push_str(line);
        text.push('\n');
        rest = following;
    }
    text.push_str("-----END ");
    text.push_str(label);
    text.push_str("-----\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_have_64_columns_and_line_feeds() {
        let text = encode("CERTIFICATE", &[0; 60]);
        assert_eq!(
            text.as_str(),
            format!(
                "-----BEGIN CERTIFICATE-----\n{}\n{}\n-----END CERTIFICATE-----\n",
                "A".repeat(64),
                "A".repeat(16)
            )
        );
        assert!(text.capacity() >= text.len());
        assert_eq!(encode("X", &[]).as_str(), "-----BEGIN X-----\n-----END X-----\n");
    }
}
