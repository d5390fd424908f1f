//! The figures, and whether they are as wanted.

use std::fmt;

use comfy_table::{CellAlignment, LineStyle, Table, presets};
use serde::Serialize;

use super::killing::Return;
use crate::figures::median;
use crate::machine::Machine;

/// A refund must be answered 202 within this time, in milliseconds.
const FIRST_202_MS: f64 = 1_000.0;
/// The first timer that is due must be served within this time, in milliseconds.
const FIRST_QUESTION_MS: f64 = 1_000.0;
/// WeChat Pay must have been asked about all refunds in doubt within this time, in milliseconds.
const LAST_QUESTION_MS: f64 = 10_000.0;

/// One figure of a return.
type Figure = fn(&Return) -> f64;

/// The figures of all cases.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// On what.
    pub machine: Machine,
    /// How many merchant ids the refunds were shared among.
    pub merchants: u32,
    /// Each case.
    pub cases: Vec<Case>,
    /// Whether all of them are as wanted.
    pub holds: bool,
}

/// How a gateway came back while so many waited.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Case {
    /// How many.
    pub waiting: usize,
    /// Each time.
    pub returns: Vec<Return>,
}

impl Report {
    /// The report on these cases.
    pub fn new(machine: Machine, merchants: u32, cases: Vec<Case>) -> Report {
        let holds = cases.iter().all(Case::holds);
        Report { machine, merchants, cases, holds }
    }
}

impl Case {
    /// Whether each return was as wanted.
    fn holds(&self) -> bool {
        self.returns.iter().all(|back| {
            back.first_202_ms <= FIRST_202_MS
                && back.first_question_ms <= FIRST_QUESTION_MS
                && back.last_question_ms <= LAST_QUESTION_MS
        })
    }

    /// The middle of a figure and the largest.
    fn text(&self, figure: Figure, unit: &str) -> String {
        let figures: Vec<f64> = self.returns.iter().map(figure).collect();
        let most = figures.iter().copied().max_by(f64::total_cmp).unwrap_or(f64::NAN);
        format!("{:.0} {unit}, {most:.0} at most", median(&figures).unwrap_or(f64::NAN))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { machine: Machine { cpu, cores, kernel, file_system, load, is_optimised }, .. } = self;
        writeln!(f, "{cpu}, {cores} cores, Linux {kernel}, {file_system}, load {load} at the start")?;
        if !is_optimised {
            writeln!(f, "NOT OPTIMISED: these figures mean nothing; run it with --release.")?;
        }
        if self.machine.is_memory() {
            writeln!(f, "NO DISK: the stores lay in memory; name a folder on a disk with --disk.")?;
        }
        let in_doubt =
            self.cases.first().and_then(|case| case.returns.first()).map_or(0, |back| back.in_doubt);
        writeln!(
            f,
            "\n{} merchant ids, {in_doubt} submissions without an answer at each kill\n",
            self.merchants
        )?;
        let waiting = self.cases.iter().map(|case| format!("{} wait", case.waiting));
        let mut table = Table::new();
        let line = LineStyle::none().fill('─').junction('─');
        let titles = ["Killed by SIGKILL and started again; until".to_owned()].into_iter();
        let titles: Vec<String> = titles.chain(waiting).chain(["wanted".to_owned()]).collect();
        table.load_style(presets::NOTHING.header_separator(line)).set_header(titles);
        for (what, figure, unit, wanted) in [
            ("a refund is answered 202", (|back| back.first_202_ms) as Figure, "ms", Some(FIRST_202_MS)),
            (
                "the first refund in doubt is asked about",
                |back| back.first_question_ms,
                "ms",
                Some(FIRST_QUESTION_MS),
            ),
            ("the last one is", |back| back.last_question_ms, "ms", Some(LAST_QUESTION_MS)),
            ("the new refund is submitted", |back| back.first_submission_ms, "ms", None),
            ("the store's log at the kill", |back| back.log_mib, "MiB", None),
            ("memory afterwards", |back| back.resident_mib, "MiB", None),
            ("memory at most", |back| back.peak_mib, "MiB", None),
        ] {
            let cells = self.cases.iter().map(|case| case.text(figure, unit));
            let wanted = wanted.map_or(String::new(), |wanted| format!("{wanted:.0} ms"));
            table.add_row([what.to_owned()].into_iter().chain(cells).chain([wanted]));
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        writeln!(f, "{table}")?;
        write!(f, "{}", if self.holds { "holds" } else { "FAILS" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_late_return_of_many_is_not_as_wanted() {
        let back = Return {
            first_202_ms: 1_000.0,
            first_question_ms: 1_000.0,
            last_question_ms: 10_000.0,
            first_submission_ms: 60_000.0,
            in_doubt: 1,
            log_mib: 1.0,
            resident_mib: 1.0,
            peak_mib: 1.0,
        };
        let holds = |back: Return, other: Return| Case { waiting: 1, returns: vec![back, other] }.holds();
        assert!(holds(back, back));
        for late in [
            Return { first_202_ms: 1_001.0, ..back },
            Return { first_question_ms: 1_001.0, ..back },
            Return { last_question_ms: 10_001.0, ..back },
            Return { first_question_ms: f64::NAN, ..back },
        ] {
            assert!(!holds(back, late), "{late:?}");
        }
    }
}
