//! What a run found, for people as a table and for programs as JSON.

use std::fmt;

use comfy_table::{CellAlignment, LineStyle, Table, presets};
use serde::Serialize;

use crate::anchors::Anchors;
use crate::figures::{Distribution, Rate, spread, whole};
use crate::machine::Machine;
use crate::trials::accepting::{Accepting, PACE};
use crate::trials::micro::Micro;
use crate::trials::whole_way::{End, WholeWay};
use crate::trials::{CALLERS, Cost};

/// WeChat Pay takes so many calls of a kind a second from a merchant id. Source: [global-refund 2.1].
const CALLS_PER_S: f64 = 150.0;

/// What the trials found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trials {
    /// Single steps.
    pub micro: Micro,
    /// Taking in, and nothing submitted.
    pub accepting: Accepting,
    /// From a refund's request to its arrival at WeChat Pay, when nothing else is going on.
    pub at_rest: Option<Distribution>,
    /// The whole way to WeChat Pay's acceptance.
    pub accepted: WholeWay,
    /// The whole way to WeChat Pay's confirmation.
    pub confirmed: WholeWay,
}

/// What a run found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// On what.
    pub machine: Machine,
    /// How many merchant ids the refunds were shared among.
    pub merchants: u32,
    /// What the machine could do before and after the trials.
    pub anchors: [Anchors; 2],
    /// How far the anchors before and after lie from their middle, the worst of them, as a fraction: smaller differences
    /// than that are noise.
    pub noise: f64,
    /// What the trials found.
    #[serde(flatten)]
    pub trials: Trials,
    /// The figures beside the anchors.
    pub ratios: Ratios,
}

/// Figures beside the anchors of the same run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ratios {
    /// Refunds taken in, to rows a second at a hundred a commit.
    pub accepting_to_rows_100: f64,
    /// Refunds taken in, to rows a second at one a commit.
    pub accepting_to_rows_1: f64,
    /// Submissions a second that WeChat Pay takes from these merchant ids.
    pub platform_limit_per_s: f64,
    /// The way to WeChat Pay's acceptance.
    pub accepted: WayRatios,
    /// The way to WeChat Pay's confirmation.
    pub confirmed: WayRatios,
}

/// The figures of a whole way beside the anchors.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct WayRatios {
    /// Refunds a second, to signatures a second of one core.
    pub to_signs: f64,
    /// Refunds a second for which all cores could sign and check, both ends on this machine; a notification's own
    /// signature is not counted.
    pub crypto_limit_per_s: f64,
    /// Refunds a second, to that.
    pub to_crypto_limit: f64,
    /// Refunds a second, to what WeChat Pay takes from these merchant ids.
    pub to_platform_limit: f64,
    /// CPU time of the gateway for a refund beyond its calls' signatures and checks, in microseconds.
    pub gateway_us_beyond_crypto: f64,
    /// The same of the sandbox.
    pub sandbox_us_beyond_crypto: f64,
}

impl WayRatios {
    fn of(cores: usize, platform_limit_per_s: f64, anchors: &Anchors, way: &WholeWay) -> WayRatios {
        let calls_us = way.end.calls() * anchors.signed_call_us();
        let crypto_limit_per_s = whole(cores) * 1e6 / (2.0 * calls_us);
        WayRatios {
            to_signs: way.per_s / anchors.signs_per_s,
            crypto_limit_per_s,
            to_crypto_limit: way.per_s / crypto_limit_per_s,
            to_platform_limit: way.per_s / platform_limit_per_s,
            gateway_us_beyond_crypto: way.gateway.cpu_us_per_refund - calls_us,
            sandbox_us_beyond_crypto: way.sandbox.cpu_us_per_refund - calls_us,
        }
    }
}

impl Report {
    /// The report of a run with so many merchant ids, with the anchors from before and after it.
    pub fn new(machine: Machine, merchants: u32, anchors: [Anchors; 2], trials: Trials) -> Report {
        let [before, after] = anchors;
        let accepting_per_s = trials.accepting.rate.as_ref().map_or(0.0, |rate| rate.per_s);
        let between = before.between(after);
        let platform_limit_per_s = f64::from(merchants) * CALLS_PER_S;
        let of = |way| WayRatios::of(machine.cores, platform_limit_per_s, &between, way);
        let ratios = Ratios {
            accepting_to_rows_100: accepting_per_s / between.rows_100_per_s,
            accepting_to_rows_1: accepting_per_s / between.rows_1_per_s,
            platform_limit_per_s,
            accepted: of(&trials.accepted),
            confirmed: of(&trials.confirmed),
        };
        Report { merchants, anchors, noise: noise(&before, &after), ratios, machine, trials }
    }
}

/// How far two looks at the machine lie apart, at the figure that differs most.
fn noise(before: &Anchors, after: &Anchors) -> f64 {
    let pairs = [
        [before.signs_per_s, after.signs_per_s],
        [before.verifies_per_s, after.verifies_per_s],
        [before.flushes_per_s, after.flushes_per_s],
        [before.rows_1_per_s, after.rows_1_per_s],
        [before.rows_100_per_s, after.rows_100_per_s],
    ];
    pairs.iter().filter_map(|pair| spread(pair)).max_by(f64::total_cmp).unwrap_or(0.0)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine { cpu, cores, kernel, file_system, load, is_optimised } = &self.machine;
        writeln!(f, "{cpu}, {cores} cores, Linux {kernel}, {file_system}, load {load} at the start")?;
        if !is_optimised {
            writeln!(f, "NOT OPTIMISED: these figures mean nothing; run it with --release.")?;
        }
        if self.machine.is_memory() {
            writeln!(f, "NO DISK: the stores lay in memory; name a folder on a disk with --disk.")?;
        }
        writeln!(f, "\n{}", self.anchors_table())?;
        writeln!(f, "Differences below {} are noise of this machine.\n", per_cent(self.noise))?;
        writeln!(f, "{}\n", self.accepting_table())?;
        let Trials { accepted, confirmed, .. } = &self.trials;
        writeln!(f, "{}", self.way_table(accepted, &self.ratios.accepted))?;
        writeln!(f, "A month passes before such a refund ends: no result is asked for.\n")?;
        writeln!(f, "{}", self.way_table(confirmed, &self.ratios.confirmed))?;
        writeln!(
            f,
            "The payer has the money a second after acceptance. A signed notification says so, and brings the query forward\n\
             that would come a minute after acceptance; its signature comes on top of those of the two calls.\n",
        )?;
        write!(f, "{}", self.micro_table())
    }
}

impl Report {
    fn anchors_table(&self) -> Table {
        let mut table = table(["What this machine can do, a second", "before", "after"]);
        let [before, after] = &self.anchors;
        for (what, figure) in [
            ("RSA-2048 signatures, one core", (|a| a.signs_per_s) as fn(&Anchors) -> f64),
            ("RSA-2048 checks, one core", |a| a.verifies_per_s),
            ("flushes of 4 KiB", |a| a.flushes_per_s),
            ("durable rows, 1 a commit", |a| a.rows_1_per_s),
            ("durable rows, 100 a commit", |a| a.rows_100_per_s),
        ] {
            row(&mut table, what, [count(figure(before)), count(figure(after))]);
        }
        table
    }

    fn accepting_table(&self) -> Table {
        let Accepting {
            refunds,
            rate,
            latency,
            gateway,
            callers_us_per_refund,
            paced_latency,
            paced_rate,
            idle_mib,
        } = &self.trials.accepting;
        let mut table = table(["Taken in, on disk before the answer; nothing is submitted", ""]);
        row(&mut table, &format!("{CALLERS} callers, {refunds} refunds"), [rate_text(rate)]);
        row(&mut table, "of durable rows, 100 a commit", [ratio(self.ratios.accepting_to_rows_100)]);
        row(&mut table, "of durable rows, 1 a commit", [ratio(self.ratios.accepting_to_rows_1)]);
        row(&mut table, "an answer took", [latency_text(latency)]);
        row(&mut table, &format!("an answer took, {PACE} asked for a second"), [latency_text(paced_latency)]);
        row(&mut table, "answered then", [rate_text(paced_rate)]);
        cost_rows(&mut table, "gateway", gateway);
        row(&mut table, "callers, CPU a refund", [callers_us_per_refund.map_or_else(unknown, micros)]);
        row(&mut table, "gateway, memory before the first", [mib(*idle_mib)]);
        table
    }

    fn way_table(&self, way: &WholeWay, ratios: &WayRatios) -> Table {
        let title = match way.end {
            End::Acceptance => "The whole way to WeChat Pay's acceptance, signed both ways, and that on disk",
            End::Confirmation => {
                "The whole way to WeChat Pay's confirmation by query, signed both ways, and that on disk"
            }
        };
        let mut table = table([title, ""]);
        let WayRatios {
            to_signs,
            crypto_limit_per_s,
            to_crypto_limit,
            to_platform_limit,
            gateway_us_beyond_crypto,
            sandbox_us_beyond_crypto,
        } = *ratios;
        let all = format!("{} refunds, {} merchant ids, from first to last", way.refunds, self.merchants);
        row(&mut table, &all, [format!("{} /s", count(way.per_s))]);
        row(&mut table, "in windows of a second", [rate_text(&way.ended)]);
        row(&mut table, "of one core's signatures", [ratio(to_signs)]);
        let of = |limit: f64, share: f64| format!("{} of {} /s", per_cent(share), count(limit));
        row(&mut table, "of what all cores can sign and check", [of(crypto_limit_per_s, to_crypto_limit)]);
        let platform_limit = self.ratios.platform_limit_per_s;
        row(&mut table, "of what WeChat Pay lets pass", [of(platform_limit, to_platform_limit)]);
        row(&mut table, "taken in meanwhile", [rate_text(&way.taken_in)]);
        row(&mut table, "an answer took", [latency_text(&way.taken_in_latency)]);
        row(&mut table, "from the taking in to the end", [latency_text(&way.to_the_end)]);
        row(&mut table, "from the decision to the acceptance", [latency_text(&way.attempt)]);
        if way.end == End::Acceptance {
            row(&mut table, "from the request to WeChat Pay, at rest", [latency_text(&self.trials.at_rest)]);
        }
        cost_rows(&mut table, "gateway", &way.gateway);
        row(&mut table, "gateway, CPU beyond its calls' signatures", [micros(gateway_us_beyond_crypto)]);
        cost_rows(&mut table, "sandbox", &way.sandbox);
        row(&mut table, "sandbox, CPU beyond its calls' signatures", [micros(sandbox_us_beyond_crypto)]);
        row(&mut table, "callers, CPU a refund", [way.callers_us_per_refund.map_or_else(unknown, micros)]);
        row(&mut table, "attempts a refund", [format!("{:.3}", way.attempts_per_refund)]);
        let states: Vec<String> = way.states.iter().map(|(state, n)| format!("{n} {state}")).collect();
        row(&mut table, "in the store afterwards", [states.join(", ")]);
        let books = format!("{} accepted, {} violations", way.accepted_by_platform, way.violations);
        row(&mut table, "in WeChat Pay's books", [books]);
        table
    }

    fn micro_table(&self) -> Table {
        let Micro { admit_alone, admits_per_s, commit_of_one, commit_of_64 } = &self.trials.micro;
        let [before, after] = self.anchors;
        let mut table = table(["Single steps", ""]);
        row(&mut table, "one signature and one check, CPU", [micros(before.between(after).signed_call_us())]);
        row(&mut table, "one refund into the store", [latency_text(admit_alone)]);
        row(
            &mut table,
            &format!("{CALLERS} at once into the store"),
            [format!("{} /s", count(*admits_per_s))],
        );
        row(&mut table, "one decision committed", [latency_text(commit_of_one)]);
        row(&mut table, "64 decisions committed", [latency_text(commit_of_64)]);
        table
    }
}

fn table<const COLUMNS: usize>(titles: [&str; COLUMNS]) -> Table {
    let mut table = Table::new();
    let line = LineStyle::none().fill('─').junction('─');
    table.load_style(presets::NOTHING.header_separator(line)).set_header(titles);
    // Figures of one unit stand below each other; what is a text begins at the left.
    if COLUMNS > 2 {
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn row<const FIGURES: usize>(table: &mut Table, what: &str, figures: [String; FIGURES]) {
    table.add_row(std::iter::once(what.to_owned()).chain(figures));
}

fn cost_rows(table: &mut Table, whose: &str, cost: &Cost) {
    let Cost { cpu_us_per_refund, by_thread_us, resident_mib: _, peak_mib } = cost;
    row(table, &format!("{whose}, CPU a refund"), [micros(*cpu_us_per_refund)]);
    let mut threads: Vec<(&String, &f64)> = by_thread_us.iter().collect();
    threads.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    let text: Vec<String> = threads.iter().take(4).map(|(name, us)| format!("{name} {us:.0}")).collect();
    row(table, &format!("{whose}, by thread"), [text.join(", ")]);
    row(table, &format!("{whose}, memory at most"), [mib(*peak_mib)]);
}

fn rate_text(rate: &Option<Rate>) -> String {
    rate.as_ref().map_or_else(unknown, |Rate { per_s, slowest_per_s, fastest_per_s, windows }| {
        format!(
            "{} /s ({} to {}, {windows} windows)",
            count(*per_s),
            count(*slowest_per_s),
            count(*fastest_per_s)
        )
    })
}

fn latency_text(latency: &Option<Distribution>) -> String {
    latency.as_ref().map_or_else(unknown, |Distribution { count: _, p50_ms, p90_ms: _, p99_ms, max_ms }| {
        format!("p50 {p50_ms:.2} ms, p99 {p99_ms:.2} ms, at most {max_ms:.1} ms")
    })
}

/// A count with its thousands apart.
fn count(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut text = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn ratio(figure: f64) -> String {
    format!("{figure:.3}")
}

fn per_cent(fraction: f64) -> String {
    format!("{:.0} %", fraction * 100.0)
}

fn micros(figure: f64) -> String {
    format!("{figure:.0} µs")
}

fn mib(figure: f64) -> String {
    format!("{figure:.1} MiB")
}

fn unknown() -> String {
    "unknown".to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn cost(cpu_us_per_refund: f64) -> Cost {
        Cost { cpu_us_per_refund, by_thread_us: BTreeMap::new(), resident_mib: 1.0, peak_mib: 2.0 }
    }

    fn whole_way(end: End, per_s: f64) -> WholeWay {
        WholeWay {
            end,
            refunds: 10,
            per_s,
            ended: None,
            taken_in: None,
            taken_in_latency: None,
            to_the_end: None,
            attempt: None,
            gateway: cost(900.0),
            sandbox: cost(700.0),
            callers_us_per_refund: None,
            states: [("processing", 10)].into(),
            attempts_per_refund: 1.0,
            accepted_by_platform: 10,
            violations: 0,
        }
    }

    fn anchors(signs_per_s: f64) -> Anchors {
        let (rows_1_per_s, rows_100_per_s) = (1_000.0, 20_000.0);
        Anchors { signs_per_s, verifies_per_s: 20_000.0, flushes_per_s: 500.0, rows_1_per_s, rows_100_per_s }
    }

    fn report() -> Report {
        let machine = Machine {
            cpu: "Some CPU".to_owned(),
            cores: 2,
            kernel: "6.0".to_owned(),
            file_system: "ext4".to_owned(),
            load: 0.5,
            is_optimised: true,
        };
        let accepting = Accepting {
            refunds: 5_000,
            rate: Rate::of(&[std::time::Duration::from_secs(1); 5_000], std::time::Duration::from_secs(1)),
            latency: None,
            gateway: cost(100.0),
            callers_us_per_refund: Some(20.0),
            paced_latency: None,
            paced_rate: None,
            idle_mib: 10.0,
        };
        let micro = Micro { admit_alone: None, admits_per_s: 1.0, commit_of_one: None, commit_of_64: None };
        let (accepted, confirmed) =
            (whole_way(End::Acceptance, 1_200.0), whole_way(End::Confirmation, 600.0));
        let trials = Trials { micro, accepting, at_rest: None, accepted, confirmed };
        Report::new(machine, 16, [anchors(3_000.0), anchors(5_000.0)], trials)
    }

    #[test]
    fn figures_stand_beside_the_anchors_of_their_run() {
        let Report { ratios, noise, .. } = report();
        assert_eq!((ratios.accepting_to_rows_100, ratios.accepting_to_rows_1), (0.25, 5.0));
        assert_eq!((ratios.platform_limit_per_s, noise), (2_400.0, 0.25));
        // A signature takes 250 µs and a check 50, at both ends of each call, on two cores.
        for (way, limit, beyond) in
            [(ratios.accepted, 10_000.0 / 3.0, 600.0), (ratios.confirmed, 5_000.0 / 3.0, 300.0)]
        {
            assert!((way.crypto_limit_per_s - limit).abs() < 0.1, "{}", way.crypto_limit_per_s);
            assert!((way.to_crypto_limit - 0.36).abs() < 0.001, "{}", way.to_crypto_limit);
            assert_eq!(way.gateway_us_beyond_crypto, beyond);
            assert_eq!(way.sandbox_us_beyond_crypto, beyond - 200.0);
        }
        assert_eq!((ratios.accepted.to_signs, ratios.accepted.to_platform_limit), (0.3, 0.5));
    }

    #[test]
    fn the_table_says_what_was_measured_and_on_what() {
        let text = report().to_string();
        for part in
            ["Some CPU, 2 cores", "below 25 % are noise", "50 % of 2,400 /s", "10 processing", "0 violations"]
        {
            assert!(text.contains(part), "{part} in:\n{text}");
        }
        assert!(!text.contains("NOT OPTIMISED") && !text.contains("NO DISK"));
    }

    #[test]
    fn figures_that_mean_nothing_say_so() {
        let mut report = report();
        report.machine.is_optimised = false;
        report.machine.file_system = "tmpfs".to_owned();
        let text = report.to_string();
        assert!(text.contains("NOT OPTIMISED") && text.contains("NO DISK"));
    }

    #[test]
    fn counts_have_their_thousands_apart() {
        for (figure, expected) in [(0.4, "0"), (999.0, "999"), (1_000.0, "1,000"), (1_234_567.8, "1,234,568")]
        {
            assert_eq!(count(figure), expected);
        }
    }
}
