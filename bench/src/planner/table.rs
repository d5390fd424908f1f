//! The report to look at: for a terminal, or as it stands in docs/planner.md.

use std::fmt;

use comfy_table::{CellAlignment, LineStyle, Table, presets};
use replay::span::span;

use crate::planner::frontier::Step;
use crate::planner::further::Further;
use crate::planner::points::Judged;
use crate::planner::report::{Report, Row};
use crate::planner::seeing::Seeing;

/// The headings of the figures.
const HEADINGS: [&str; 10] =
    ["kind", "policy", "hard", "wasted", "later", "delay", "p95", "never", "peak/s", "kept"];
/// The headings of what is wanted.
const POINT_HEADINGS: [&str; 5] = ["wanted", "limit", "worst", "of", "verdict"];

/// The headings of what keeping money and taking turns bring.
const FURTHER_HEADINGS: [&str; 6] = ["wanted", "sight", "limit", "without", "with", "verdict"];

/// The headings of what refusals buy.
const FRONTIER_HEADINGS: [&str; 7] =
    ["kind", "sight", "allowance", "wasted", "later to fixed60", "delay to fixed60", "delay to exponential"];

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Seeds {}..{}", self.seeds.start, self.seeds.end)?;
        for (seeing, rows) in self.by_sight() {
            writeln!(f, "\n{}\n{}", title(seeing), aligned(&HEADINGS, &rows, 2))?;
        }
        let points: Vec<_> = self.points.iter().map(point_cells).collect();
        write!(f, "\n{}", aligned(&POINT_HEADINGS, &points, POINT_HEADINGS.len()))?;
        for point in &self.points {
            if point.fails.len() > 1 {
                write!(f, "\n{}: fails for {}", point.point, point.fails.join("; "))?;
            }
        }
        if !self.further.is_empty() {
            write!(f, "\n\n{}", aligned(&FURTHER_HEADINGS, &self.further_cells(), 2))?;
        }
        if !self.frontier.is_empty() {
            write!(f, "\n\n{}", aligned(&FRONTIER_HEADINGS, &self.frontier_cells(), 2))?;
        }
        Ok(())
    }
}

impl Report {
    /// The tables in Markdown.
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        for (seeing, rows) in self.by_sight() {
            text.push_str(&format!("### {}\n\n{}\n", title(seeing), marked(&HEADINGS, &rows, 2)));
        }
        let points: Vec<_> = self.points.iter().map(point_cells).collect();
        text.push_str(&format!(
            "### What is wanted\n\n{}",
            marked(&POINT_HEADINGS, &points, POINT_HEADINGS.len())
        ));
        if !self.further.is_empty() {
            let further = marked(&FURTHER_HEADINGS, &self.further_cells(), 2);
            text.push_str(&format!("\n### Large refunds and neighbours\n\n{further}"));
        }
        if !self.frontier.is_empty() {
            let frontier = marked(&FRONTIER_HEADINGS, &self.frontier_cells(), 2);
            text.push_str(&format!("\n### What refusals buy\n\n{frontier}"));
        }
        text
    }

    fn further_cells(&self) -> Vec<[String; FURTHER_HEADINGS.len()]> {
        self.further.iter().map(further_cells).collect()
    }

    fn frontier_cells(&self) -> Vec<[String; FRONTIER_HEADINGS.len()]> {
        self.frontier.iter().map(frontier_cells).collect()
    }

    /// The rows of each sight that was played.
    fn by_sight(&self) -> impl Iterator<Item = (Seeing, Vec<[String; HEADINGS.len()]>)> {
        Seeing::EACH.into_iter().filter_map(|seeing| {
            let rows: Vec<_> = self.rows.iter().filter(|row| row.seeing == seeing).map(cells).collect();
            (!rows.is_empty()).then_some((seeing, rows))
        })
    }
}

fn title(seeing: Seeing) -> &'static str {
    match seeing {
        Seeing::All => "All payments seen",
        Seeing::Part => "Nine of ten payments seen, 3 % leak",
        Seeing::Blind => "No payment seen, 3 % leak",
    }
}

fn cells(row: &Row) -> [String; HEADINGS.len()] {
    let Row { merchant, policy, tally, .. } = row;
    let text = |figure: Option<f64>, show: fn(f64) -> String| figure.map_or("-".to_owned(), show);
    [
        merchant.name.to_owned(),
        (*policy).to_owned(),
        tally.hard.to_string(),
        text(tally.wasted_per_hard(), |figure| format!("{figure:.3}")),
        text(tally.later_per_hard(), |figure| format!("{figure:.3}")),
        text(tally.delay_mean_s(), span),
        text(tally.delay_p95_s(), span),
        tally.never.to_string(),
        tally.peak_per_s.to_string(),
        text(tally.kept_share(), |figure| format!("{:.0} %", 100.0 * figure)),
    ]
}

fn point_cells(point: &Judged) -> [String; POINT_HEADINGS.len()] {
    let verdict = match point.holds {
        Some(true) => "holds".to_owned(),
        Some(false) if point.fails.len() > 1 => format!("fails for {}", point.fails.len()),
        Some(false) => "fails".to_owned(),
        None => "not played".to_owned(),
    };
    [
        point.point.to_owned(),
        point.wanted.clone(),
        point.figure.map_or("-".to_owned(), |figure| format!("{figure:.3}")),
        point.of.clone(),
        verdict,
    ]
}

fn further_cells(further: &Further) -> [String; FURTHER_HEADINGS.len()] {
    let Further { wanted, sight, limit, without, with, holds } = further;
    let text = |figure: &Option<f64>| figure.map_or("-".to_owned(), |figure| format!("{figure:.2}"));
    let verdict = match holds {
        Some(true) => "holds",
        Some(false) => "fails",
        None => "not played",
    };
    [
        (*wanted).to_owned(),
        sight.name().to_owned(),
        format!("at most {limit}"),
        text(without),
        text(with),
        verdict.to_owned(),
    ]
}

fn frontier_cells(step: &Step) -> [String; FRONTIER_HEADINGS.len()] {
    let text = |figure: Option<f64>, digits: usize| {
        figure.map_or("-".to_owned(), |figure| format!("{figure:.digits$}"))
    };
    let allowance = match step.sight {
        Seeing::Blind => format!("{} in 100 h", step.allowance),
        Seeing::All | Seeing::Part => format!("at {} %", f64::from(step.allowance) / 10.0),
    };
    [
        step.kind.to_owned(),
        step.sight.name().to_owned(),
        if step.is_ours { format!("{allowance} (ours)") } else { allowance },
        text(step.wasted_per_hard, 3),
        text(step.later_to_fixed60, 3),
        text(step.delay_to_fixed60, 2),
        text(step.delay_to_exponential, 2),
    ]
}

/// A table for a terminal; the first `texts` columns begin at the left.
fn aligned<const COLUMNS: usize>(
    headings: &[&str; COLUMNS],
    rows: &[[String; COLUMNS]],
    texts: usize,
) -> Table {
    let mut table = Table::new();
    let line = LineStyle::none().fill('─').junction('─');
    table.load_style(presets::NOTHING.header_separator(line)).set_header(headings);
    table.add_rows(rows);
    for column in table.column_iter_mut().skip(texts) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// A table in Markdown; the first `texts` columns begin at the left.
fn marked<const COLUMNS: usize>(
    headings: &[&str; COLUMNS],
    rows: &[[String; COLUMNS]],
    texts: usize,
) -> String {
    let line = |cells: Vec<&str>| format!("| {} |\n", cells.join(" | "));
    let rule = (0..COLUMNS).map(|n| if n < texts { "---" } else { "---:" }).collect();
    let rows = rows.iter().map(|row| line(row.iter().map(String::as_str).collect()));
    [line(headings.to_vec()), line(rule)].into_iter().chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::merchant::MERCHANTS;
    use crate::planner::tally::Tally;

    fn report() -> Report {
        let tally = Tally { refunds: 9, hard: 4, wasted: 2, later_refused: 1, ..Tally::default() };
        let rows = ["default", "fixed60"]
            .map(|policy| Row { tally: tally.clone(), ..Row::empty(MERCHANTS[0], Seeing::Blind, policy) });
        Report::new(0..3, rows.to_vec())
    }

    #[test]
    fn only_what_was_played_has_a_table() {
        let text = report().to_string();
        for part in ["Seeds 0..3", "No payment seen", "0.500", "0.250", "not played", "holds"] {
            assert!(text.contains(part), "{part} in:\n{text}");
        }
        assert!(!text.contains("All payments seen"), "{text}");
    }

    #[test]
    fn markdown_has_the_same_rows() {
        let text = report().markdown();
        for line in [
            "| kind | policy | hard | wasted | later | delay | p95 | never | peak/s | kept |",
            "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
            "| cafe | default | 4 | 0.500 | 0.250 | - | - | 0 | 0 | - |",
        ] {
            assert!(text.lines().any(|other| other == line), "{line} in:\n{text}");
        }
    }

    #[test]
    fn spans_are_shown_in_the_units_that_matter() {
        let shown = [-0.01, 9.94, -12.0, 120.0, 17_362.0, 520_000.0].map(span);
        assert_eq!(shown, ["0.0 s", "9.9 s", "-12 s", "2 min", "4 h 49 min", "6 d 0 h"]);
    }
}
