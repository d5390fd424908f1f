//! The figures, and whether they are as wanted.

use std::fmt;
use std::time::Duration;

use comfy_table::{CellAlignment, LineStyle, Table, presets};
use jiff::Timestamp;
use serde::Serialize;
use wechatpay::china;

use super::event::Event;
use super::trade::{Call, Measured, Memory};
use crate::figures::Distribution;

/// No call of an owner may take longer on a CPU, in milliseconds.
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
    /// The longest of all its calls on a CPU; none if there was none.
    pub longest: Option<Longest>,
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
    /// How long on a CPU, or by the wall's clock where the system does not tell the former.
    pub on_cpu: Distribution,
    /// How long by the wall's clock: whatever else the machine did meanwhile counts.
    pub took: Distribution,
    /// Whether they are as wanted.
    pub holds: bool,
}

/// The longest call.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Longest {
    /// What for.
    pub event: Event,
    /// When it was, by the owner's clock.
    pub at: Timestamp,
    /// How long it was on a CPU, in milliseconds; by the wall's clock where the system does not tell.
    pub on_cpu_ms: f64,
    /// How long it took by the wall's clock, in milliseconds.
    pub took_ms: f64,
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
        let Measured { calls: measured, longest, released, memory } = measured;
        let longest = longest.map(|(call, event, at)| Longest {
            event,
            at,
            on_cpu_ms: on_cpu(&call).as_secs_f64() * 1e3,
            took_ms: took(&call).as_secs_f64() * 1e3,
        });
        let calls = Event::EACH.into_iter().filter_map(|event| {
            let calls = measured.get(&event)?;
            let on_cpu = Distribution::of(calls.iter().map(on_cpu).collect())?;
            let took = Distribution::of(calls.iter().map(took).collect())?;
            Some(Calls { event, on_cpu, took, holds: on_cpu.max_ms < LONGEST_MS })
        });
        let calls: Vec<Calls> = calls.collect();
        let holds = calls.iter().all(|calls| calls.holds) && memory.peak < MOST_MEMORY;
        let released = released.iter().sum::<usize>() as f64 / released.len().max(1) as f64;
        Case { waiting, sees_payments, calls, released, longest, memory, holds }
    }
}

fn on_cpu(call: &Call) -> Duration {
    Duration::from_nanos(call.on_cpu_ns.into())
}

fn took(call: &Call) -> Duration {
    Duration::from_nanos(call.took_ns.into())
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
            "max ms by the wall",
            "verdict",
        ]);
        for Calls { event, on_cpu, took, holds } in &self.calls {
            let ms = |ms: f64| format!("{ms:.3}");
            table.add_row([
                event.name().to_owned(),
                on_cpu.count.to_string(),
                ms(on_cpu.p50_ms),
                ms(on_cpu.p99_ms),
                ms(on_cpu.max_ms),
                ms(took.max_ms),
                verdict(*holds).to_owned(),
            ]);
        }
        for column in table.column_iter_mut().skip(1).take(5) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        writeln!(f, "{table}")?;
        if let Some(Longest { event, at, on_cpu_ms, took_ms }) = self.longest {
            writeln!(
                f,
                "the longest call, for {} at {}: {on_cpu_ms:.3} ms on a CPU, {took_ms:.3} ms by the wall's clock, \
                 less than {LONGEST_MS} ms on a CPU wanted: {}",
                event.name(),
                china::civil(at),
                verdict(on_cpu_ms < LONGEST_MS)
            )?;
        }
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let Memory { started, ended, peak } = self.memory;
        write!(
            f,
            "memory beside an empty owner: {:.1} MiB started, {:.1} MiB in the end, {:.1} MiB at most, less than {:.0} MiB \
             wanted: {}",
            mib(started),
            mib(ended),
            mib(peak),
            mib(MOST_MEMORY),
            verdict(peak < MOST_MEMORY)
        )?;
        write!(f, "\na payment for a hundred released {:.0}", self.released)
    }
}

fn verdict(holds: bool) -> &'static str {
    if holds { "holds" } else { "FAILS" }
}
