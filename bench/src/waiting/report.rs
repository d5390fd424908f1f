//! The figures, and whether they are as wanted.

use std::fmt;
use std::time::Duration;

use comfy_table::{CellAlignment, LineStyle, Table, presets};
use serde::Serialize;

use super::event::Event;
use super::trade::{Measured, Memory};
use crate::figures::Distribution;

/// No call of an owner may take longer, but those of a restart, in milliseconds.
const LONGEST_MS: f64 = 5.0;
/// No owner may need more memory, in bytes.
const MOST_MEMORY: u64 = 32 << 20;

/// The figures of all cases.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Each case.
    pub cases: Vec<Case>,
    /// Whether all of them are as wanted.
    pub holds: bool,
}

/// One owner's figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Case {
    /// How many refunds waited.
    pub waiting: u32,
    /// Whether it was told of payments.
    pub sees_payments: bool,
    /// How long its calls took, by what they were for.
    pub calls: Vec<Calls>,
    /// How many refunds a payment released that was to release many, on average.
    pub released: f64,
    /// Its memory.
    pub memory: Memory,
    /// Whether its calls and its memory are as wanted.
    pub holds: bool,
}

/// How long calls took.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calls {
    /// What for.
    pub event: Event,
    /// How long.
    pub took: Distribution,
    /// Whether they are as wanted; a restart may take its time.
    pub holds: bool,
}

impl Report {
    /// The report on these cases.
    pub fn new(cases: Vec<Case>) -> Report {
        Report { holds: cases.iter().all(|case| case.holds), cases }
    }
}

impl Case {
    /// What was measured of an owner for whom `waiting` refunds waited.
    pub fn new(waiting: u32, sees_payments: bool, measured: Measured) -> Case {
        let Measured { mut calls_ns, released, memory } = measured;
        let calls = Event::EACH.into_iter().filter_map(|event| {
            let samples = calls_ns.remove(&event)?.into_iter().map(Duration::from_nanos).collect();
            let took = Distribution::of(samples)?;
            let holds = event == Event::Restart || took.max_ms < LONGEST_MS;
            Some(Calls { event, took, holds })
        });
        let calls: Vec<Calls> = calls.collect();
        let holds = calls.iter().all(|calls| calls.holds) && memory.peak < MOST_MEMORY;
        let released = released.iter().sum::<usize>() as f64 / released.len().max(1) as f64;
        Case { waiting, sees_payments, calls, released, memory, holds }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for case in &self.cases {
            writeln!(f, "{case}\n")?;
        }
        write!(f, "{}", verdict(self.holds))
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sight = if self.sees_payments { "payments are seen" } else { "no payment is seen" };
        writeln!(f, "{} refunds wait, {sight}", self.waiting)?;
        let mut table = Table::new();
        let line = LineStyle::none().fill('─').junction('─');
        table.load_style(presets::NOTHING.header_separator(line)).set_header([
            "a call for",
            "calls",
            "p50 ms",
            "p99 ms",
            "max ms",
            "verdict",
        ]);
        for Calls { event, took, holds } in &self.calls {
            let ms = |ms: f64| format!("{ms:.3}");
            let limit = if *event == Event::Restart { "" } else { verdict(*holds) };
            table.add_row([
                event.name().to_owned(),
                took.count.to_string(),
                ms(took.p50_ms),
                ms(took.p99_ms),
                ms(took.max_ms),
                limit.to_owned(),
            ]);
        }
        for column in table.column_iter_mut().skip(1).take(4) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        writeln!(f, "{table}")?;
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let Memory { started, ended, peak } = self.memory;
        write!(
            f,
            "memory beside an empty owner: {:.1} MiB started, {:.1} MiB in the end, {:.1} MiB at most: {}",
            mib(started),
            mib(ended),
            mib(peak),
            verdict(peak < MOST_MEMORY)
        )?;
        write!(f, "\na payment for a hundred released {:.0}", self.released)
    }
}

fn verdict(holds: bool) -> &'static str {
    if holds { "holds" } else { "FAILS" }
}
