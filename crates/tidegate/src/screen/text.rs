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

/// The widest line: terminals have room for so many columns.
pub(crate) const COLUMNS: usize = 80;

/// `text` behind `before`, broken at blanks so that no line is wider than [`COLUMNS`]; what follows is indented by `indent`.
/// A word that is wider than a line stays whole, so that it can be copied.
pub(crate) fn wrapped(before: &str, text: &str, indent: usize) -> String {
    let mut lines = before.to_owned();
    let mut width = before.chars().count();
    let mut is_first = true;
    for word in text.split(' ') {
        let needed = word.chars().count() + usize::from(!is_first);
        if is_first || width + needed <= COLUMNS {
            if !is_first {
                lines.push(' ');
            }
            width += needed;
        } else {
            lines.push('\n');
            lines.extend(std::iter::repeat_n(' ', indent));
            width = indent + needed - 1;
        }
        lines.push_str(word);
        is_first = false;
    }
    lines
}

/// `text` if it is no wider than `columns`; otherwise as many of its words as are, and `…`.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if text.chars().count() <= columns {
        return text.to_owned();
    }
    let room: String = text.chars().take(columns.saturating_sub(1)).collect();
    let next_is_blank = text.chars().nth(room.chars().count()) == Some(' ');
    let whole = if next_is_blank { room.len() } else { room.rfind(' ').unwrap_or(room.len()) };
    format!("{}…", room[..whole].trim_end_matches([' ', ',', ';', ':']))
}

/// The end of a serial number, by which people tell two certificates apart.
pub(crate) fn in_short(serial_no: &str) -> String {
    match serial_no.char_indices().rev().nth(7) {
        Some((start, _)) if start > 0 => format!("…{}", &serial_no[start..]),
        _ => serial_no.to_owned(),
    }
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

    #[test]
    fn long_lines_are_broken_between_words() {
        assert_eq!(wrapped("  Next  ", "submit again", 8), "  Next  submit again");
        let long = wrapped("  Reason  ", &"word ".repeat(20), 10);
        assert_eq!(long.lines().map(|line| line.trim_end().chars().count()).collect::<Vec<_>>(), [79, 39]);
        assert!(long.lines().nth(1).unwrap().starts_with("          word"));
        let url = "x".repeat(100);
        assert_eq!(wrapped("", &format!("see {url} there"), 2), format!("see\n  {url}\n  there"));
    }

    #[test]
    fn a_line_is_cut_after_a_word() {
        for (columns, expected) in [
            (20, "the gateway is back"),
            (19, "the gateway is back"),
            (18, "the gateway is…"),
            (15, "the gateway is…"),
            (14, "the gateway…"),
            (2, "t…"),
        ] {
            assert_eq!(cut("the gateway is back", columns), expected);
        }
    }
}
