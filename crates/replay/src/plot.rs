//! The days of a replay, to look at: one SVG picture with a panel a policy.
//!
//! Each panel shows, over China time, what was in the pool, how many refunds waited, and how many attempts were taken and
//! refused. What falls into one column of the picture is drawn as one, so a long history makes no large file.

use jiff::{SignedDuration, Timestamp};
use wechatpay::china::ChinaDay;

use crate::history::{Happening, Trial};
use crate::pool::Pool;
use crate::run::Run;
use crate::sight::Share;

const LEFT: i64 = 96;
const RIGHT: i64 = 24;
const TOP: i64 = 44;
const PANEL: i64 = 350;
const POOL_HEIGHT: i64 = 120;
const WAITING_HEIGHT: i64 = 50;
const ATTEMPTS_HEIGHT: i64 = 90;
const GAP: i64 = 14;
/// The least room for the label of a day.
const LABEL_WIDTH: i64 = 52;

/// The days that count of `trial`, out of whose pool `leak` goes unseen, under each of these policies.
pub fn plot(trial: &Trial<'_>, leak: Share, runs: &[(&str, &Run)]) -> String {
    let axis = Axis::of(trial);
    let height = TOP + PANEL * i64::try_from(runs.len()).unwrap_or(0);
    let width = LEFT + axis.width + RIGHT;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"11\" fill=\"#222\">\n\
         <title>Replay of {} to {}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"24\" font-size=\"15\">Pool, waiting refunds and attempts, {} to {}, China time</text>\n",
        axis.first,
        ChinaDay::of(trial.ends()),
        axis.first,
        ChinaDay::of(trial.ends()),
    );
    let mut top = TOP;
    for (name, run) in runs {
        panel(&mut svg, &axis, top, name, &Columns::of(trial, leak, run, &axis));
        top += PANEL;
    }
    svg.push_str("</svg>\n");
    svg
}

/// Time from left to right, a column a pixel.
struct Axis {
    first: ChinaDay,
    days: i64,
    width: i64,
}

impl Axis {
    fn of(trial: &Trial<'_>) -> Axis {
        let first = trial.counts_from();
        let days = first.days_until(ChinaDay::of(trial.ends())) + 1;
        Axis { first, days, width: (days * 24).clamp(900, 2_400) }
    }

    /// The instant at which a column begins.
    fn begins(&self, column: usize) -> Timestamp {
        let column = i64::try_from(column).unwrap_or(i64::MAX).min(self.width);
        self.first.start() + SignedDuration::from_millis(column * self.days * DAY_MS / self.width)
    }
}

const DAY_MS: i64 = 24 * 3600 * 1000;

/// What happened within one column.
#[derive(Debug, Clone, Copy, Default)]
struct Column {
    /// The most that was in the pool, in fen.
    most: i64,
    /// What was in the pool at the end.
    left: i64,
    /// The most refunds that waited.
    waiting: i64,
    taken: i64,
    refused: i64,
}

struct Columns(Vec<Column>);

impl Columns {
    fn of(trial: &Trial<'_>, leak: Share, run: &Run, axis: &Axis) -> Columns {
        let mut columns = vec![Column::default(); usize::try_from(axis.width).unwrap_or(0)];
        let mut pool = Pool::new(trial.first_day(), leak);
        let mut waiting = 0;
        let mut happenings = trial.happenings().peekable();
        let mut attempts = run.attempts.iter().peekable();
        for (n, column) in columns.iter_mut().enumerate() {
            let (begins, ends) = (axis.begins(n), axis.begins(n + 1));
            column.waiting = waiting;
            // What came before the first column counts, and is not drawn.
            while let Some(happening) = happenings.next_if(|happening| happening.at() < begins) {
                if let Happening::Paid(_, payment) = happening {
                    pool.pay(payment);
                }
            }
            column.most = pool.left(begins);
            loop {
                let happens = happenings.peek().map(Happening::at).filter(|at| *at < ends);
                let tries = attempts.peek().map(|attempt| attempt.at).filter(|at| *at < ends);
                // At one instant nobody is tried before the money has come.
                if happens.is_some_and(|at| tries.is_none_or(|tried| at <= tried)) {
                    match happenings.next() {
                        Some(Happening::Paid(_, payment)) => pool.pay(payment),
                        Some(Happening::Asked(..)) | None => waiting += 1,
                    }
                } else if let Some(attempt) = tries.and_then(|_| attempts.next()) {
                    if attempt.accepted {
                        let amount =
                            trial.refunds().get(attempt.refund).map_or(0, |refund| refund.amount_fen);
                        pool.take(amount, attempt.at);
                        waiting -= 1;
                        column.taken += 1;
                    } else {
                        column.refused += 1;
                    }
                } else {
                    break;
                }
                column.waiting = column.waiting.max(waiting);
                let now = happens.into_iter().chain(tries).min().unwrap_or(begins);
                column.most = column.most.max(pool.left(now));
            }
            column.left = pool.left(ends - SignedDuration::from_millis(1));
        }
        Columns(columns)
    }

    fn greatest(&self, value: impl Fn(&Column) -> i64) -> i64 {
        self.0.iter().map(value).max().unwrap_or(0)
    }
}

fn panel(svg: &mut String, axis: &Axis, top: i64, name: &str, columns: &Columns) {
    let pool_base = top + 22 + POOL_HEIGHT;
    let waiting_base = pool_base + GAP + WAITING_HEIGHT;
    let attempts_base = waiting_base + GAP + ATTEMPTS_HEIGHT / 2;
    let bottom = attempts_base + ATTEMPTS_HEIGHT / 2;
    svg.push_str(&format!(
        "<g><title>{name}</title>\n<text x=\"{LEFT}\" y=\"{}\" font-size=\"13\" font-weight=\"bold\">{name}</text>\n",
        top + 14
    ));
    days(svg, axis, top + 22, bottom);

    let most = round_up(columns.greatest(|column| column.most).max(100));
    // At least a hundred fen, and so a whole number of CNY.
    scale(svg, axis, pool_base, POOL_HEIGHT, "In the pool", &format!("{} CNY", most / 100));
    let area = outline(columns, pool_base, POOL_HEIGHT, most, |column| column.most);
    svg.push_str(&format!(
        "<path d=\"M{LEFT} {pool_base}{area}V{pool_base}Z\" fill=\"#cfe3f5\" stroke=\"none\"/>\n"
    ));
    let line = outline(columns, pool_base, POOL_HEIGHT, most, |column| column.left);
    svg.push_str(&format!(
        "<path d=\"M{LEFT} {pool_base}{line}\" fill=\"none\" stroke=\"#1b5e9b\" stroke-width=\"0.8\"/>\n"
    ));

    let queue = round_up(columns.greatest(|column| column.waiting).max(1));
    scale(svg, axis, waiting_base, WAITING_HEIGHT, "Waiting", &queue.to_string());
    let line = outline(columns, waiting_base, WAITING_HEIGHT, queue, |column| column.waiting);
    svg.push_str(&format!(
        "<path d=\"M{LEFT} {waiting_base}{line}\" fill=\"none\" stroke=\"#6a3d9a\" stroke-width=\"1\"/>\n"
    ));

    let busiest = columns.greatest(|column| column.taken.max(column.refused)).max(1);
    let half = ATTEMPTS_HEIGHT / 2;
    scale(svg, axis, attempts_base, half, "Taken (up)", &busiest.to_string());
    svg.push_str(&label(LEFT - 6, attempts_base + half, "Refused (down)"));
    bars(svg, columns, attempts_base, -half, busiest, "#2e7d32", |column| column.taken);
    bars(svg, columns, attempts_base, half, busiest, "#c62828", |column| column.refused);
    svg.push_str("</g>\n");
}

/// A line at the start of every day, and as many dates below as there is room for.
fn days(svg: &mut String, axis: &Axis, top: i64, bottom: i64) {
    let every = LABEL_WIDTH * axis.days / axis.width + 1;
    let mut lines = String::new();
    for n in 0..=axis.days {
        let x = LEFT + n * axis.width / axis.days;
        lines.push_str(&format!("M{x} {top}V{bottom}"));
        if n < axis.days && n % every == 0 {
            let date = axis.first.plus_days(i32::try_from(n).unwrap_or(i32::MAX)).date();
            let shown = date.strftime("%m-%d");
            svg.push_str(&format!("<text x=\"{x}\" y=\"{}\" fill=\"#555\">{shown}</text>\n", bottom + 14));
        }
    }
    svg.push_str(&format!("<path d=\"{lines}\" stroke=\"#ddd\" stroke-width=\"0.6\" fill=\"none\"/>\n"));
}

/// A base line with what it is about and what the height above it stands for.
fn scale(svg: &mut String, axis: &Axis, base: i64, height: i64, what: &str, most: &str) {
    svg.push_str(&format!(
        "<path d=\"M{LEFT} {base}h{}M{LEFT} {base}v-{height}\" stroke=\"#888\" stroke-width=\"0.8\" fill=\"none\"/>\n",
        axis.width
    ));
    svg.push_str(&label(LEFT - 6, base - height + 8, most));
    svg.push_str(&label(LEFT - 6, base - height / 2 + 6, what));
    svg.push_str(&label(LEFT - 6, base, "0"));
}

fn label(x: i64, y: i64, text: &str) -> String {
    format!("<text x=\"{x}\" y=\"{y}\" text-anchor=\"end\">{text}</text>\n")
}

/// The steps of a value over the columns, as the middle of a path.
fn outline(columns: &Columns, base: i64, height: i64, most: i64, value: impl Fn(&Column) -> i64) -> String {
    let mut path = String::new();
    let (mut before, mut run) = (base, 0);
    for column in &columns.0 {
        let y = base - scaled(value(column), height, most);
        if y != before {
            path.push_str(&format!("h{run}V{y}"));
            (before, run) = (y, 0);
        }
        run += 1;
    }
    path.push_str(&format!("h{run}"));
    path
}

/// A bar in every column where there is something, upwards for a negative height.
fn bars(
    svg: &mut String,
    columns: &Columns,
    base: i64,
    height: i64,
    most: i64,
    colour: &str,
    value: impl Fn(&Column) -> i64,
) {
    let mut path = String::new();
    for (x, column) in (LEFT..).zip(&columns.0) {
        let count = value(column);
        if count > 0 {
            // One attempt among hundreds can still be seen.
            let length = scaled(count, height.abs(), most).max(3) * height.signum();
            path.push_str(&format!("M{x} {base}v{length}"));
        }
    }
    svg.push_str(&format!("<path d=\"{path}\" stroke=\"{colour}\" stroke-width=\"1\" fill=\"none\"/>\n"));
}

/// How much of `height` stands for `value` if all of it stands for `most`.
fn scaled(value: i64, height: i64, most: i64) -> i64 {
    let scaled = i128::from(value.max(0)) * i128::from(height) / i128::from(most.max(1));
    i64::try_from(scaled).unwrap_or(height).min(height)
}

/// The smallest of 1, 2 and 5 times a power of ten that is not below `value`, which is above zero.
fn round_up(value: i64) -> i64 {
    let mut power: i64 = 1;
    loop {
        for factor in [1, 2, 5] {
            let round = power.saturating_mul(factor);
            if round >= value {
                return round;
            }
        }
        power = power.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_end_at_round_figures() {
        let rounded = [1, 2, 3, 7, 10, 11, 99, 101, 512].map(round_up);
        assert_eq!(rounded, [1, 2, 5, 10, 10, 20, 100, 200, 1_000]);
    }
}
