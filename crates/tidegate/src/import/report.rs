//! What became of the lines, for people and for programs.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::Value;

use crate::screen::{plain, print};

/// After how many lines there is news where no progress bar can be drawn.
const NEWS_EVERY: u64 = 1000;
/// Lines in a row without a clear answer after which the rest is left for another day: every one of them was tried for a
/// quarter of a minute, so the gateway is gone, and a long file would keep somebody waiting for hours.
const PATIENCE: u64 = 16;

/// What became of a line.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The gateway has it now.
    Taken(Value),
    /// The gateway had it before; nothing new was begun.
    AlreadyThere(Value),
    /// It was not taken, and why.
    Refused(Refused),
    /// Whether it was taken is not known, and what stood in the way.
    Unclear(String),
    /// The gateway takes nothing from us at all, and why.
    ShutOut(String),
}

/// Why a line was not taken.
#[derive(Debug, Default)]
pub(crate) struct Refused {
    /// For people.
    pub(crate) in_short: String,
    /// For programs, with every pointer and id.
    pub(crate) in_full: String,
    /// The gateway's document if the line was sent.
    pub(crate) document: Option<Value>,
}

/// The report on a file, line by line.
#[derive(Debug)]
pub(crate) struct Report {
    /// The gateway's name of the number that a line bears.
    number: &'static str,
    /// Whether programs read: one JSON object a line on standard output, everything else on standard error.
    json: bool,
    bar: Option<ProgressBar>,
    /// The lines of the file below its header.
    lines: usize,
    taken: u64,
    already_there: u64,
    refused: u64,
    unclear: u64,
    unclear_in_a_row: u64,
    /// The line at which it was broken off, and why.
    broken_off: Option<(u64, String)>,
}

/// A line as programs read it.
#[derive(Serialize)]
struct JsonLine<'a> {
    line: u64,
    #[serde(flatten)]
    number: BTreeMap<&'static str, &'a str>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<&'a Value>,
}

impl Report {
    /// A report on a file of so many lines below its header.
    /// `number` is the gateway's name of the number that a line bears; with `json` programs read.
    pub(crate) fn new(number: &'static str, lines: usize, json: bool) -> Report {
        // The bar is drawn on standard error, where it is in nobody's way.
        let bar = io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} {msg}");
            ProgressBar::new(lines as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Report {
            number,
            json,
            bar,
            lines,
            taken: 0,
            already_there: 0,
            refused: 0,
            unclear: 0,
            unclear_in_a_row: 0,
            broken_off: None,
        }
    }

    /// Says what became of the next line. `false`: there is no sense in going on.
    pub(crate) fn line(&mut self, line: u64, number: Option<&str>, outcome: &Outcome) -> io::Result<bool> {
        let (word, reason, answer) = match outcome {
            Outcome::Taken(answer) => ("taken", None, Some(answer)),
            Outcome::AlreadyThere(answer) => ("already_there", None, Some(answer)),
            Outcome::Refused(Refused { in_short, in_full, document }) => {
                ("refused", Some(if self.json { in_full } else { in_short }), document.as_ref())
            }
            Outcome::Unclear(trouble) => ("unclear", Some(trouble), None),
            Outcome::ShutOut(reason) => {
                self.broken_off = Some((line, reason.clone()));
                return Ok(false);
            }
        };
        self.count(line, outcome);
        if self.json {
            let number = number.map(|number| (self.number, number)).into_iter().collect();
            let reason = reason.map(String::as_str);
            print(&format!(
                "{}\n",
                serde_json::to_string(&JsonLine { line, number, outcome: word, reason, answer })?
            ))?;
        } else if let Some(reason) = reason {
            let number = number.map(|number| format!(", {}", plain(number))).unwrap_or_default();
            self.tell(&format!("line {line}{number}: {word}: {reason}"));
        }
        self.progress();
        Ok(self.broken_off.is_none())
    }

    fn count(&mut self, line: u64, outcome: &Outcome) {
        match outcome {
            Outcome::Taken(_) => self.taken += 1,
            Outcome::AlreadyThere(_) => self.already_there += 1,
            Outcome::Refused(_) => self.refused += 1,
            Outcome::Unclear(_) => self.unclear += 1,
            Outcome::ShutOut(_) => {}
        }
        match outcome {
            Outcome::Unclear(trouble) => {
                self.unclear_in_a_row += 1;
                if self.unclear_in_a_row == PATIENCE {
                    self.broken_off =
                        Some((line + 1, format!("the gateway does not answer any more ({trouble})")));
                }
            }
            _ => self.unclear_in_a_row = 0,
        }
    }

    fn done(&self) -> u64 {
        self.taken + self.already_there + self.refused + self.unclear
    }

    fn progress(&self) {
        let done = self.done();
        match &self.bar {
            Some(bar) => {
                bar.set_position(done);
                bar.set_message(self.sum_in_short());
            }
            None if done.is_multiple_of(NEWS_EVERY) => {
                self.tell(&format!("{done} lines so far: {}", self.sum()))
            }
            None => {}
        }
    }

    fn sum(&self) -> String {
        let Report { taken, already_there, refused, unclear, .. } = self;
        format!("{taken} taken, {already_there} already there, {refused} refused, {unclear} unclear")
    }

    /// The same without what there is none of: beside a bar there is little room.
    fn sum_in_short(&self) -> String {
        let Report { taken, already_there, refused, unclear, .. } = self;
        let counts =
            [(taken, "taken"), (already_there, "already there"), (refused, "refused"), (unclear, "unclear")];
        let some = counts.into_iter().filter(|(count, _)| **count > 0);
        some.map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>().join(", ")
    }

    /// A line beside the results. Nobody may be reading; the import goes on all the same.
    fn tell(&self, text: &str) {
        let write = || drop(writeln!(io::stderr(), "{text}"));
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Says how far it came when somebody broke it off.
    pub(crate) fn stop(self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.tell(&format!("Stopped after {} of {} lines; run the file again.", self.done(), self.lines));
    }

    /// The summary, and what the command ends with: 0 if all lines are taken or were, 2 if not, 1 if it was broken off.
    pub(crate) fn finish(self) -> io::Result<ExitCode> {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let mut summary = format!("{} lines: {}.\n", self.done(), self.sum());
        if self.refused > 0 {
            summary.push_str(
                "Correct the refused lines and run the file again; what was taken is not taken twice.\n",
            );
        }
        if self.unclear > 0 {
            summary.push_str(
                "Whether the unclear lines were taken is not known. Run the same file again, with the same numbers: what was \
                 taken is not taken twice.\n",
            );
        }
        if self.json {
            self.tell(summary.trim_end());
        } else {
            print(&summary)?;
        }
        if let Some((line, why)) = &self.broken_off {
            self.tell(&format!(
                "tidegate: broken off: {why}\nWhat became of line {line} and those after it is not known. Run the same file \
                 again: what was taken is not taken twice."
            ));
        }
        Ok(ExitCode::from(self.code()))
    }

    fn code(&self) -> u8 {
        match &self.broken_off {
            Some(_) => 1,
            None if self.refused + self.unclear > 0 => 2,
            None => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the command ends with after lines with these outcomes: taken, already there, refused, unclear.
    fn code(outcomes: &str) -> u8 {
        let mut report = Report::new("out_refund_no", 0, false);
        for (line, outcome) in (2..).zip(outcomes.chars()) {
            let outcome = match outcome {
                't' => Outcome::Taken(Value::Null),
                'a' => Outcome::AlreadyThere(Value::Null),
                'r' => Outcome::Refused(Refused::default()),
                _ => Outcome::Unclear(String::new()),
            };
            report.count(line, &outcome);
        }
        report.code()
    }

    #[test]
    fn only_a_file_whose_every_line_is_taken_ends_well() {
        for (outcomes, expected) in [("", 0), ("t", 0), ("ata", 0), ("tr", 2), ("tu", 2), ("rut", 2)] {
            assert_eq!(code(outcomes), expected, "{outcomes}");
        }
    }

    #[test]
    fn the_words_beside_a_bar_leave_room_for_it() {
        let mut report = Report::new("out_refund_no", 99_999, false);
        report.taken = 12;
        assert_eq!(report.sum_in_short(), "12 taken");
        report = Report { taken: 10_000, already_there: 10_000, refused: 10_000, unclear: 10_000, ..report };
        assert!(" 40000/99999 ".len() + report.sum_in_short().len() <= 80);
    }

    #[test]
    fn a_gateway_that_is_gone_is_not_waited_for_line_by_line() {
        let gone = "u".repeat(16);
        assert_eq!(code(&gone), 1);
        assert_eq!(code(&format!("t{}t{gone}", &gone[1..])), 1);
        assert_eq!(code(&format!("{}t{}", &gone[1..], &gone[1..])), 2);
    }
}
