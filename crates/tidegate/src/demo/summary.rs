//! What is told at the end: figures that a reader can check, each with where it was counted.

use std::fmt::Write as _;

use crate::demo::evidence::Evidence;
use crate::demo::figures::Figures;
use crate::demo::plan::{Accident, Plan, SHOPS};
use crate::demo::play::{Forecast, Happened};
use crate::demo::recount::{Recount, Refunds};
use crate::demo::words::{counted, day, duration, instant};
use crate::screen::{fen, grouped, in_short, wrapped};

/// Everything the summary speaks of.
pub(crate) struct Told<'a> {
    /// The plan.
    pub(crate) plan: &'a Plan,
    /// What is known.
    pub(crate) evidence: &'a Evidence,
    /// What came out.
    pub(crate) recount: &'a Recount,
    /// The figures.
    pub(crate) figures: &'a Figures,
    /// What the demo did.
    pub(crate) happened: &'a Happened,
    /// One refund's story.
    pub(crate) story: &'a [String],
    /// What was not well.
    pub(crate) findings: &'a [String],
}

/// Who counted what stands in brackets behind each line.
const SOURCES: &str = "\
[callers]  their own list of acknowledgements
[gateway]  asked for each refund by its id
[platform] the sandbox's record of requests, ledger and audit, counted again
";

/// The width of a fact's name.
const LABEL: usize = 13;

/// How far a line of a list is indented that goes on.
const INDENT: usize = 6;

/// The summary, a line a fact, narrow enough for most terminals.
pub(crate) fn summary(told: &Told<'_>) -> String {
    let mut text = String::new();
    let mut line = |name: &str, fact: String| {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "{}", wrapped(&format!("{name:<LABEL$}"), &fact, LABEL));
    };
    line("trade", trade(told));
    line("refunds", asked(told.figures));
    line("", ended(told.figures));
    line("", endings(told.figures));
    line("the tide", format!("NOT ENOUGH {} [platform]", counted(told.figures.refused_not_enough, "time")));
    line("", waited(told.recount));
    line("the forecast", foreseen(told.happened));
    line("the network", network(told.plan));
    line("", unclear(told.figures));
    line("the crash", crash(told));
    line("", lost(told.figures));
    line("the payers", payers(told.figures));
    line("the books", books(told.figures));
    line("the papers", papers(told));
    line("the tills", tills(told.happened));
    for note in &told.happened.notes {
        line("by the way", note.clone());
    }
    if !told.story.is_empty() {
        text.push_str("\nthe large one\n");
        for told in told.story {
            let _ = writeln!(text, "{}", wrapped("  ", told, INDENT));
        }
    }
    text.push('\n');
    text.push_str(SOURCES);
    if told.findings.is_empty() {
        let _ = writeln!(
            text,
            "\nNothing lost, nothing paid twice, every sum adds up. Took {:.1} s.",
            told.figures.wall_seconds
        );
    } else {
        text.push_str("\nNot well:\n");
        for finding in told.findings {
            let _ = writeln!(text, "{}", wrapped("  ", finding, INDENT));
        }
    }
    text
}

fn trade(told: &Told<'_>) -> String {
    format!(
        "{}, {} from {}, {} sub-merchants [platform]",
        counted(told.figures.payments, "payment"),
        counted(told.figures.days, "day"),
        day(told.plan.from),
        SHOPS.len()
    )
}

fn asked(figures: &Figures) -> String {
    format!(
        "{} acknowledged [callers]; {} arrived [platform]",
        grouped(figures.refunds.requested as u64),
        counted(figures.attempts, "submission")
    )
}

fn ended(figures: &Figures) -> String {
    format!("{} succeeded, {} still open [gateway]", figures.refunds.succeeded, figures.refunds.open)
}

fn endings(figures: &Figures) -> String {
    let Refunds { closed, abnormal, rejected, cancelled, .. } = figures.refunds;
    format!("{closed} closed, {abnormal} abnormal, {rejected} rejected, {cancelled} cancelled [gateway]")
}

fn waited(recount: &Recount) -> String {
    let waits = &recount.waits;
    match (waits.get(waits.len() / 2), waits.last()) {
        (Some(median), Some(longest)) => {
            format!(
                "accepted after {} in the median, {} at most [platform]",
                duration(*median),
                duration(*longest)
            )
        }
        _ => "nothing was accepted [platform]".to_owned(),
    }
}

/// The last day's forecast beside what came.
fn foreseen(happened: &Happened) -> String {
    match happened.forecasts.last() {
        Some(Forecast { at, expected_fen, came_fen }) => format!(
            "at {} {} expected by midnight [gateway]; {} came [platform]",
            instant(*at),
            fen(*expected_fen),
            fen(*came_fen)
        ),
        None => "none: it takes seven days of trade to begin with [gateway]".to_owned(),
    }
}

/// What went wrong on purpose.
fn network(plan: &Plan) -> String {
    let count = |which: &[Accident]| {
        let met = plan.refunds.iter().filter_map(|refund| refund.accident);
        met.filter(|accident| which.contains(accident)).count()
    };
    format!(
        "on purpose: {} cut off, {} mis-signed, {}, {} doubled",
        count(&[Accident::CutBefore, Accident::CutAfter]),
        count(&[Accident::WrongSignature]),
        counted(count(&[Accident::ServerError]), "server error"),
        count(&[Accident::Twice])
    )
}

fn unclear(figures: &Figures) -> String {
    format!(
        "unclear {} [gateway]; same number again {} [platform]",
        counted(figures.unclear, "time"),
        counted(figures.same_number_resends, "time")
    )
}

fn crash(told: &Told<'_>) -> String {
    let Happened { before_the_kill, at_the_kill, outage, .. } = told.happened;
    format!(
        "killed with {before_the_kill} of {at_the_kill} acknowledged, {} on their way; back in {:.1} s",
        told.evidence.orphaned,
        outage.as_secs_f64()
    )
}

fn lost(figures: &Figures) -> String {
    let requested = grouped(figures.refunds.requested as u64);
    format!("{} of {requested} acknowledgements lost [callers, gateway]", figures.lost)
}

fn payers(figures: &Figures) -> String {
    format!(
        "{} paid twice, {} refunded beyond what was paid [platform]",
        figures.paid_twice,
        counted(figures.over_refunded, "order")
    )
}

fn books(figures: &Figures) -> String {
    format!(
        "{}; {} and {} with money [platform]",
        if figures.ledger_balanced { "balanced" } else { "not balanced" },
        counted(figures.exchanges, "exchange"),
        counted(figures.payouts, "payout")
    )
}

/// Which certificates signed, and how much.
fn papers(told: &Told<'_>) -> String {
    let signed = told.happened.certificates.iter().map(|serial_no| {
        let count = told.evidence.signed_with.get(serial_no).copied().unwrap_or(0);
        format!("{} with {}", grouped(count as u64), in_short(serial_no))
    });
    let signed: Vec<String> = signed.collect();
    let refused = told.evidence.signatures_refused;
    format!("certificate requested, then changed: {} signed; {refused} refused [platform]", signed.join(", "))
}

fn tills(happened: &Happened) -> String {
    let waited: usize = happened.tills.values().sum();
    let heard: Vec<String> =
        happened.tills.iter().map(|(outcome, count)| format!("{count} {outcome}")).collect();
    let heard = if heard.is_empty() { String::new() } else { format!(": {}", heard.join(", ")) };
    format!("{waited} waited{heard}; {} asked again [callers]", happened.repeated)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::evidence::Evidence;
    use crate::screen::COLUMNS;
    use jiff::SignedDuration;
    use std::time::Duration;

    fn text(findings: &[String]) -> String {
        let plan = Plan::new("2026-01-05T09:00:00+08:00".parse().unwrap(), 2, 1);
        let refunds = Refunds { requested: 1020, succeeded: 1018, closed: 1, open: 1, ..Refunds::default() };
        let waits = [0, 60, 7200].map(SignedDuration::from_secs).to_vec();
        let recount =
            Recount { refunds, attempts: 1100, refused_not_enough: 41, waits, ..Recount::default() };
        let signed_with = [("5157F09E00000001".to_owned(), 700), ("5157F09E00000002".to_owned(), 400)];
        let evidence =
            Evidence { unclear: 12, orphaned: 3, signed_with: signed_with.into(), ..Evidence::default() };
        let figures = Figures::new(2, 1, &evidence, &recount, Duration::from_secs(9));
        let happened = Happened {
            kills: 1,
            rotations: 1,
            certificates: vec!["5157F09E00000001".to_owned(), "5157F09E00000002".to_owned()],
            before_the_kill: 9,
            at_the_kill: 24,
            outage: Duration::from_millis(412),
            repeated: 4,
            tills: [("accepted".to_owned(), 30)].into(),
            ..Happened::default()
        };
        let story = ["Tue 06 Jan 00:40  asked for".to_owned()];
        let told = Told {
            plan: &plan,
            evidence: &evidence,
            recount: &recount,
            figures: &figures,
            happened: &happened,
            story: &story,
            findings,
        };
        summary(&told)
    }

    #[test]
    fn every_figure_says_where_it_was_counted() {
        let text = text(&[]);
        for line in [
            "refunds      1,020 acknowledged [callers]; 1,100 submissions arrived [platform]\n",
            "             1018 succeeded, 1 still open [gateway]\n",
            "the tide     NOT ENOUGH 41 times [platform]\n",
            "             accepted after 1 min in the median, 2 h 00 min at most [platform]\n",
            "the network  on purpose: 6 cut off, 2 mis-signed, 2 server errors, 1 doubled\n",
            "the crash    killed with 9 of 24 acknowledged, 3 on their way; back in 0.4 s\n",
            "             0 of 1,020 acknowledgements lost [callers, gateway]\n",
            "the payers   0 paid twice, 0 orders refunded beyond what was paid [platform]\n",
            "the papers   certificate requested, then changed: 700 with …00000001, 400 with\n             …00000002 signed; 0 refused [platform]\n",
            "the tills    30 waited: 30 accepted; 4 asked again [callers]\n",
            "  Tue 06 Jan 00:40  asked for\n",
            "Nothing lost, nothing paid twice, every sum adds up. Took 9.0 s.\n",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }

    #[test]
    fn what_is_not_well_is_said_instead_of_praise() {
        let long = format!("not ended: R2{}", " and on it goes".repeat(9));
        let text = text(&["lost: R1".to_owned(), long]);
        assert!(text.contains("Not well:\n  lost: R1") && !text.contains("Nothing lost"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= COLUMNS), "{text}");
    }
}
