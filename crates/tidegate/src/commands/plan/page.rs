//! The figures for people.

use replay::figures::{Figures, Spread};
use replay::span::span;

use crate::commands::plan::replay::Replayed;
use crate::screen::{grouped, plain, table, wrapped};

/// The figures of `replayed`, and what their headings mean.
pub(super) fn page(replayed: &Replayed<'_>) -> String {
    let Replayed { trial, reference, history_days, policies } = replayed;
    let refunds = trial.refunds().len();
    let mut page = String::new();
    let mut say = |sentence: String| page.push_str(&format!("{}\n", wrapped("", &sentence, 0)));
    say(format!(
        "{} days with {} payments, the first {history_days} to learn from; {} refunds count.",
        count(usize::try_from(trial.days()).unwrap_or(0)),
        count(trial.payments().len()),
        count(refunds),
    ));
    say(format!(
        "Somebody who knew every payment could place {} of them at once. The other {} are hard: they wait {}{}.",
        count(refunds - reference.hard),
        count(reference.hard),
        spread(&reference.wait),
        if reference.never > 0 { format!(", and {} in vain", count(reference.never)) } else { String::new() },
    ));
    page.push('\n');
    page.push_str(&table(
        ["policy", "attempts", "wasted", "per hard", "delay", "p95", "never", "peak/s"],
        policies.iter().map(|policy| row(policy.name, &policy.figures)),
    ));
    for policy in policies {
        page.push_str(&shares(policy.name, &policy.figures));
    }
    page.push('\n');
    page.push_str(&wrapped(
        "",
        "Wasted are attempts that met NOT ENOUGH, per hard refund; delay is that of hard refunds against whoever knows every \
         payment, mean and p95; peak is the most refused calls in a second.",
        0,
    ));
    page.push('\n');
    page
}

fn row(name: &str, figures: &Figures) -> [String; 8] {
    [
        name.to_owned(),
        count(figures.attempts),
        count(figures.wasted),
        figures.wasted_per_hard.map_or("-".to_owned(), |wasted| format!("{wasted:.2}")),
        figures.delay.mean_s.map_or("-".to_owned(), span),
        figures.delay.p95_s.map_or("-".to_owned(), span),
        count(figures.never),
        count(figures.err_peak_per_s),
    ]
}

/// How each share fared; nothing if there are none.
fn shares(policy: &str, figures: &Figures) -> String {
    if figures.shares.is_empty() {
        return String::new();
    }
    let rows = figures.shares.iter().map(|(share, figures)| {
        let wait = |seconds: Option<f64>| seconds.map_or("-".to_owned(), span);
        [
            plain(share),
            count(figures.refunds),
            count(figures.accepted),
            wait(figures.wait.mean_s),
            wait(figures.wait.p95_s),
        ]
    });
    format!("\nUnder `{policy}`:\n{}", table(["share", "refunds", "accepted", "wait", "p95"], rows))
}

fn count(number: usize) -> String {
    grouped(number as u64)
}

fn spread(spread: &Spread) -> String {
    match (spread.mean_s, spread.p95_s) {
        (Some(mean), Some(p95)) => {
            format!("{} on average and {} at the 95th percentile", span(mean), span(p95))
        }
        _ => "for nothing that came".to_owned(),
    }
}
