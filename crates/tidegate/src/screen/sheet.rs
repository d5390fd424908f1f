//! One thing, line by line.

use std::fmt;

use crate::screen::wrapped;

/// A heading and lines of a label and what belongs to it, aligned, and no wider than most terminals.
#[derive(Debug)]
pub(crate) struct Sheet {
    heading: String,
    lines: Vec<(&'static str, String)>,
}

impl Sheet {
    /// A sheet with nothing below its heading yet.
    pub(crate) fn new(heading: String) -> Sheet {
        Sheet { heading, lines: Vec::new() }
    }

    /// Adds a line. `text` must be fit to be shown: whatever others wrote has gone through [`crate::screen::plain`].
    pub(crate) fn line(&mut self, label: &'static str, text: String) {
        self.lines.push((label, text));
    }

    /// Adds a line if there is something to say.
    pub(crate) fn line_if(&mut self, label: &'static str, text: Option<String>) {
        if let Some(text) = text {
            self.line(label, text);
        }
    }
}

impl fmt::Display for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.heading)?;
        let width = self.lines.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
        for (label, text) in &self.lines {
            writeln!(f, "{}", wrapped(&format!("  {label:width$}  "), text, width + 4))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_aligned() {
        let mut sheet = Sheet::new("Refund R1".to_owned());
        sheet.line("Status", "queued".to_owned());
        sheet.line_if("Reason", None);
        sheet.line_if("Amount", Some("1.00 USD".to_owned()));
        sheet.line("Next", "submit".to_owned());
        assert_eq!(sheet.to_string(), "Refund R1\n  Status  queued\n  Amount  1.00 USD\n  Next    submit\n");
    }
}
