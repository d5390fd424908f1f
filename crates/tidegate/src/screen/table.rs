//! Many things, one a line.

use comfy_table::{Table, presets};

/// A table without rules and colours, so that it can be cut and searched like any text. The cells must be fit to be shown.
pub(crate) fn table<const COLUMNS: usize>(
    heading: [&str; COLUMNS],
    rows: impl Iterator<Item = [String; COLUMNS]>,
) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(heading).add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let mut text = table.trim_fmt();
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_look() {
        let rows = [
            ["R1".to_owned(), "退款".to_owned(), "1".to_owned()],
            ["R1000".to_owned(), "x".to_owned(), String::new()],
        ];
        let text = table(["number", "reason", "n"], rows.into_iter());
        assert_eq!(text, "number  reason  n\nR1      退款    1\nR1000   x\n");
    }
}
