//! Texts of others.

/// `text` on one line, with control characters written out: a reason or a note of somebody else shall not move the cursor,
/// ring the bell or forge a line. Marks that turn the direction of writing are written out too.
pub(crate) fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// A name of the interface as words: `waiting_for_funds` as `waiting for funds`.
pub(crate) fn words(name: &str) -> String {
    plain(name).replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_written_out_and_all_else_stays() {
        assert_eq!(plain("a\u{1b}[31mb\r\n\u{9b}\u{202e}"), "a\\u{1b}[31mb\\r\\n\\u{9b}\\u{202e}");
        assert_eq!(plain("退款 “ok” é"), "退款 “ok” é");
        assert_eq!(words("waiting_for_funds"), "waiting for funds");
    }
}
