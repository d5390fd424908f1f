//! What people see while the days pass: a few lines that change in place, or a line a day where nobody watches.
//!
//! All of it goes to standard error; standard output is for the summary.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;

use crate::demo::gateway::Queue;
use crate::demo::words::{counted, day, instant};
use crate::screen::{COLUMNS, cut, fen, grouped, wrapped};

/// How often the picture changes at most.
const EVERY: Duration = Duration::from_millis(120);

/// A day of trade passes in four seconds, where somebody watches it.
const TIMES_AS_FAST: u32 = 24 * 3_600 / 4;

/// How far a line is indented that goes on.
const INDENT: usize = 2;

/// Lines of news that stay in view.
const NEWS: usize = 5;

/// What there is to see at an instant.
#[derive(Debug, Clone, Default)]
pub(crate) struct View {
    /// Payments so far.
    pub(crate) payments: usize,
    /// Refunds acknowledged so far.
    pub(crate) requested: usize,
    /// What a refund could be taken from.
    pub(crate) pool_fen: i64,
    /// What waits before the gate.
    pub(crate) queue: Queue,
    /// How many refunds stand where.
    pub(crate) standings: BTreeMap<String, usize>,
}

/// Where the view goes.
pub(crate) enum Screen {
    /// Nowhere.
    Dark,
    /// A line a day, and the news.
    Lines,
    /// Lines that change in place.
    Live(Box<Live>),
}

/// The lines of a terminal.
pub(crate) struct Live {
    lines: MultiProgress,
    clock: ProgressBar,
    pool: ProgressBar,
    gate: ProgressBar,
    refunds: ProgressBar,
    news: Vec<ProgressBar>,
    told: Vec<String>,
    highest_fen: i64,
    drawn: Option<Instant>,
    /// When the first instant was shown, and which.
    begun: Option<(Instant, Timestamp)>,
}

impl Screen {
    /// The screen for this process.
    pub(crate) fn new(headless: bool) -> Screen {
        if headless {
            Screen::Dark
        } else if std::io::stderr().is_terminal() {
            Screen::Live(Box::new(Live::new()))
        } else {
            Screen::Lines
        }
    }

    /// Whether it is time to look again at what there is to see.
    pub(crate) fn is_due(&self) -> bool {
        match self {
            Screen::Dark | Screen::Lines => false,
            Screen::Live(live) => live.drawn.is_none_or(|drawn| drawn.elapsed() >= EVERY),
        }
    }

    /// Whether anybody sees anything.
    pub(crate) fn is_dark(&self) -> bool {
        matches!(self, Screen::Dark)
    }

    /// How long to wait before going on from `now`, so that eyes can follow a day of trade; nothing if nobody watches.
    pub(crate) fn ahead_by(&mut self, now: Timestamp) -> Duration {
        let Screen::Live(live) = self else { return Duration::ZERO };
        let (begun, from) = *live.begun.get_or_insert_with(|| (Instant::now(), now));
        let passed = Duration::try_from(now.duration_since(from)).unwrap_or_default();
        (passed / TIMES_AS_FAST).saturating_sub(begun.elapsed())
    }

    /// Shows `view` as it was at `now`.
    pub(crate) fn show(&mut self, now: Timestamp, view: &View) {
        if let Screen::Live(live) = self {
            live.show(now, view);
        }
    }

    /// A day of trade is over.
    pub(crate) fn day_ended(&mut self, now: Timestamp, view: &View) {
        if let Screen::Lines = self {
            tell(&day_line(now, view));
        }
    }

    /// Something out of the ordinary happened.
    pub(crate) fn news(&mut self, now: Timestamp, text: &str) {
        let line = format!("{}  {text}", instant(now));
        match self {
            Screen::Dark => {}
            Screen::Lines => tell(&line),
            Screen::Live(live) => live.tell(line),
        }
    }
}

/// A line where nobody watches. Nobody may be reading either; the demo goes on all the same.
fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{}", wrapped("", line, INDENT));
}

/// `line` as far as most terminals have room for it.
fn fitting(line: &str) -> String {
    cut(line, COLUMNS)
}

impl Live {
    fn new() -> Live {
        let lines = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let line = |style: ProgressStyle| {
            let bar = lines.add(ProgressBar::new(1));
            bar.set_style(style);
            bar
        };
        let text = || style("{wide_msg}");
        let clock = line(text());
        clock.set_message("Tidegate     starting a sandbox and a gateway");
        Live {
            clock,
            pool: line(style("{prefix:13}{wide_bar}  {msg}")),
            gate: line(text()),
            refunds: line(text()),
            news: (0..NEWS).map(|_| line(text())).collect(),
            told: Vec::new(),
            highest_fen: 1,
            drawn: None,
            begun: None,
            lines,
        }
    }

    fn show(&mut self, now: Timestamp, view: &View) {
        self.drawn = Some(Instant::now());
        let View { payments, requested, pool_fen, queue, standings } = view;
        self.highest_fen = self.highest_fen.max(*pool_fen);
        let unsigned = |fen: i64| u64::try_from(fen).unwrap_or(0);
        self.clock.set_message(fitting(&format!(
            "{:<13}{} in China, {}",
            "Tidegate",
            instant(now),
            counted(*payments, "payment")
        )));
        self.pool.set_prefix("today's pool");
        self.pool.set_length(unsigned(self.highest_fen));
        self.pool.set_position(unsigned(*pool_fen));
        self.pool.set_message(fen(*pool_fen));
        self.gate.set_message(fitting(&format!("{:<13}{}", "at the gate", gate(*queue))));
        self.refunds.set_message(fitting(&format!(
            "{:<13}{} asked for; {}",
            "refunds",
            grouped(*requested as u64),
            standing(standings)
        )));
    }

    fn tell(&mut self, line: String) {
        self.told.push(line);
        let latest = self.told.iter().rev().take(NEWS).rev();
        for (bar, line) in self.news.iter().zip(latest) {
            bar.set_message(fitting(line));
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // The summary takes its place. A terminal that is gone needs no clearing.
        let _ = self.lines.clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|error| unreachable!("the templates in this file are well-formed: {error}"))
        // Water.
        .progress_chars("~~ ")
}

fn day_line(now: Timestamp, view: &View) -> String {
    let View { payments, requested, pool_fen, queue, standings } = view;
    format!(
        "{}: {}, {} asked for ({}); pool {}; {}",
        day(now),
        counted(*payments, "payment"),
        counted(*requested, "refund"),
        standing(standings),
        fen(*pool_fen),
        gate(*queue),
    )
}

fn gate(queue: Queue) -> String {
    match usize::try_from(queue.count).unwrap_or(usize::MAX) {
        0 => "nothing waits".to_owned(),
        count => format!("{} for {} waiting for the pool to rise", counted(count, "refund"), fen(queue.fen)),
    }
}

/// The way of a refund, so that nothing changes its place while it is watched.
const WAY: [&str; 14] = [
    "queued",
    "waiting_for_funds",
    "deferred",
    "submitting",
    "unclear",
    "withdrawing",
    "processing",
    "overdue",
    "needs_operator",
    "abnormal",
    "closed",
    "rejected",
    "cancelled",
    "succeeded",
];

/// `3 processing, 12 succeeded`.
fn standing(standings: &BTreeMap<String, usize>) -> String {
    let place = |status: &str| WAY.iter().position(|known| *known == status).unwrap_or(WAY.len());
    let mut listed: Vec<(&String, &usize)> = standings.iter().collect();
    listed.sort_by_key(|(status, _)| place(status));
    let parts: Vec<String> =
        listed.into_iter().map(|(status, count)| format!("{count} {}", status.replace('_', " "))).collect();
    if parts.is_empty() { "none yet".to_owned() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_one_line_that_says_where_everything_stands() {
        let standings =
            [("succeeded", 12), ("waiting_for_funds", 3), ("processing", 3)].map(|(s, n)| (s.to_owned(), n));
        let view = View {
            payments: 2143,
            requested: 18,
            pool_fen: 3_120_400,
            queue: Queue { count: 3, fen: 50_000 },
            standings: BTreeMap::from(standings),
        };
        assert_eq!(
            day_line("2026-01-10T15:59:59Z".parse().unwrap(), &view),
            "Sat 10 Jan: 2,143 payments, 18 refunds asked for (3 waiting for funds, 3 processing, 12 succeeded); \
             pool 31,204.00 CNY; 3 refunds for 500.00 CNY waiting for the pool to rise"
        );
    }
}
