//! What is wanted of the planner, and whether it holds.
//!
//! The baselines are the measure: seeing payments is worth so much that next to nothing may be wasted, and a planner that sees
//! nothing must still beat whoever only counts time.

use serde::Serialize;

use crate::planner::report::Row;
use crate::planner::seeing::Seeing;
use crate::planner::tally::Tally;

/// Our planner's policy, and those it is measured against.
const OURS: &str = "default";
const HOURLY: &str = "fixed60";
const EXPONENTIAL: &str = "exponential";
const DAILY: &str = "daily";

/// Something that is wanted.
struct Point {
    what: &'static str,
    /// Under which sight; under each if none is given.
    seeing: Option<Seeing>,
    limit: Limit,
    figure: Figure,
}

/// What a figure may be.
#[derive(Clone, Copy)]
enum Limit {
    AtMost(f64),
    Below(f64),
    Between(f64, f64),
}

/// What is looked at.
#[derive(Clone, Copy)]
enum Figure {
    /// A figure of ours for each merchant.
    Each(Measure),
    /// A figure of ours against that of another policy, for each merchant.
    Against(&'static str, Measure),
    /// A figure of ours, all merchants counted together.
    Together(Measure),
}

type Measure = fn(&Tally) -> Option<f64>;

/// All that is wanted.
const POINTS: [Point; 13] = [
    Point {
        what: "all seen: refused attempts a hard refund",
        seeing: Some(Seeing::All),
        limit: Limit::AtMost(0.01),
        figure: Figure::Each(Tally::wasted_per_hard),
    },
    Point {
        what: "all seen: mean delay in seconds",
        seeing: Some(Seeing::All),
        limit: Limit::AtMost(2.0),
        figure: Figure::Each(Tally::delay_mean_s),
    },
    Point {
        what: "part seen: refused attempts a hard refund",
        seeing: Some(Seeing::Part),
        limit: Limit::AtMost(0.5),
        figure: Figure::Each(Tally::wasted_per_hard),
    },
    Point {
        what: "part seen: mean delay against fixed60",
        seeing: Some(Seeing::Part),
        limit: Limit::AtMost(0.25),
        figure: Figure::Against(HOURLY, Tally::delay_mean_s),
    },
    Point {
        what: "blind: later refusals against fixed60",
        seeing: Some(Seeing::Blind),
        limit: Limit::AtMost(0.2),
        figure: Figure::Against(HOURLY, later_refused),
    },
    Point {
        what: "blind: mean delay against fixed60",
        seeing: Some(Seeing::Blind),
        limit: Limit::AtMost(2.0),
        figure: Figure::Against(HOURLY, Tally::delay_mean_s),
    },
    Point {
        what: "blind: later refusals against exponential",
        seeing: Some(Seeing::Blind),
        limit: Limit::Below(1.0),
        figure: Figure::Against(EXPONENTIAL, later_refused),
    },
    Point {
        what: "blind: mean delay against exponential",
        seeing: Some(Seeing::Blind),
        limit: Limit::Below(1.0),
        figure: Figure::Against(EXPONENTIAL, Tally::delay_mean_s),
    },
    Point {
        what: "blind: later refusals against daily",
        seeing: Some(Seeing::Blind),
        limit: Limit::Below(1.0),
        figure: Figure::Against(DAILY, later_refused),
    },
    Point {
        what: "blind: mean delay against daily",
        seeing: Some(Seeing::Blind),
        limit: Limit::Below(1.0),
        figure: Figure::Against(DAILY, Tally::delay_mean_s),
    },
    Point {
        what: "never accepted, though the reference placed them",
        seeing: None,
        limit: Limit::AtMost(0.0),
        figure: Figure::Each(|tally| Some(tally.never as f64)),
    },
    Point {
        what: "the most refused calls in a second",
        seeing: None,
        limit: Limit::AtMost(3.0),
        figure: Figure::Each(|tally| Some(tally.peak_per_s as f64)),
    },
    Point {
        what: "promises kept, of those with 90 % certainty",
        seeing: None,
        limit: Limit::Between(0.85, 0.95),
        figure: Figure::Together(Tally::kept_share),
    },
];

fn later_refused(tally: &Tally) -> Option<f64> {
    Some(tally.later_refused as f64)
}

/// A point, and whether it holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judged {
    /// What is wanted.
    pub point: &'static str,
    /// What the figure may be.
    pub wanted: String,
    /// Whether it holds; none if what it takes was not played.
    pub holds: Option<bool>,
    /// The figure that is worst.
    pub figure: Option<f64>,
    /// Whose that is; empty if all are counted together.
    pub of: String,
    /// Where it does not hold, with the figures there.
    pub fails: Vec<String>,
}

/// Judges by `rows`.
pub fn judge(rows: &[Row]) -> Vec<Judged> {
    POINTS.iter().map(|point| point.judge(rows)).collect()
}

impl Point {
    fn judge(&self, rows: &[Row]) -> Judged {
        let ours = rows
            .iter()
            .filter(|row| row.policy == OURS && self.seeing.is_none_or(|seeing| seeing == row.seeing));
        let mut figures: Vec<(String, f64)> = match self.figure {
            Figure::Together(measure) => {
                let mut all = Tally::default();
                ours.for_each(|row| all.add(&row.tally));
                measure(&all).map(|figure| (String::new(), figure)).into_iter().collect()
            }
            Figure::Each(measure) => {
                ours.filter_map(|row| Some((self.place(row), measure(&row.tally)?))).collect()
            }
            Figure::Against(policy, measure) => ours
                .filter_map(|row| {
                    let other = rows.iter().find(|other| other.is_of(&row.merchant, row.seeing, policy))?;
                    Some((self.place(row), against(measure(&row.tally)?, measure(&other.tally)?)))
                })
                .collect(),
        };
        // The worst first; of equals the first that was played.
        figures
            .sort_by(|(_, one), (_, other)| self.limit.badness(*other).total_cmp(&self.limit.badness(*one)));
        let fails = figures.iter().filter(|(_, figure)| !self.limit.allows(*figure));
        let fails: Vec<String> =
            fails.map(|(place, figure)| format!("{place} {figure:.3}").trim().to_owned()).collect();
        let worst = figures.first();
        Judged {
            point: self.what,
            wanted: self.limit.text(),
            holds: worst.map(|_| fails.is_empty()),
            figure: worst.map(|(_, figure)| *figure),
            of: worst.map(|(place, _)| place.clone()).unwrap_or_default(),
            fails,
        }
    }

    /// Where a figure was found, as far as the point does not say so itself.
    fn place(&self, row: &Row) -> String {
        let merchant = row.merchant.name;
        if self.seeing.is_some() { merchant.to_owned() } else { format!("{merchant}, {}", row.seeing.name()) }
    }
}

impl Limit {
    fn allows(self, figure: f64) -> bool {
        match self {
            Limit::AtMost(most) => figure <= most,
            Limit::Below(bound) => figure < bound,
            Limit::Between(least, most) => (least..=most).contains(&figure),
        }
    }

    /// Grows as a figure gets worse.
    fn badness(self, figure: f64) -> f64 {
        match self {
            Limit::AtMost(_) | Limit::Below(_) => figure,
            Limit::Between(least, most) => (figure - least.midpoint(most)).abs(),
        }
    }

    fn text(self) -> String {
        match self {
            Limit::AtMost(most) => format!("at most {most}"),
            Limit::Below(bound) => format!("below {bound}"),
            Limit::Between(least, most) => format!("{least} to {most}"),
        }
    }
}

/// How many times theirs goes into ours. Where theirs is nothing, ours is nothing as well or beyond all measure.
fn against(ours: f64, theirs: f64) -> f64 {
    match (ours > 0.0, theirs > 0.0) {
        (_, true) => ours / theirs,
        (false, false) => 0.0,
        (true, false) => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planner::merchant::MERCHANTS;

    /// Two merchants, blind, whose later refusals are these for ours and for fixed60.
    fn rows(refused: [(usize, usize); 2]) -> Vec<Row> {
        let row = |n: usize, policy, later_refused| {
            let tally = Tally { hard: 10, later_refused, ..Tally::default() };
            Row { tally, ..Row::empty(MERCHANTS[n], Seeing::Blind, policy) }
        };
        let rows = refused.into_iter().enumerate();
        rows.flat_map(|(n, (ours, hourly))| [row(n, OURS, ours), row(n, HOURLY, hourly)]).collect()
    }

    fn later_against_hourly(rows: &[Row]) -> Judged {
        judge(rows).into_iter().find(|point| point.point == "blind: later refusals against fixed60").unwrap()
    }

    #[test]
    fn a_point_holds_if_it_holds_for_every_merchant() {
        let judged = later_against_hourly(&rows([(1, 100), (20, 100)]));
        assert_eq!((judged.holds, judged.figure), (Some(true), Some(0.2)));
        assert_eq!((judged.of.as_str(), judged.fails), ("shop", vec![]));
    }

    #[test]
    fn a_point_that_fails_says_where_the_worst_first() {
        let judged = later_against_hourly(&rows([(30, 100), (1, 0)]));
        assert_eq!((judged.holds, judged.figure), (Some(false), Some(f64::INFINITY)));
        assert_eq!(judged.fails, ["shop inf", "cafe 0.300"]);
    }

    #[test]
    fn what_was_not_played_is_not_judged() {
        let judged = judge(&rows([(0, 1), (0, 1)]));
        let of = |what: &str| judged.iter().find(|point| point.point == what).unwrap().holds;
        assert_eq!(of("blind: later refusals against daily"), None);
        assert_eq!(of("all seen: mean delay in seconds"), None);
        assert_eq!(of("the most refused calls in a second"), Some(true));
    }

    #[test]
    fn promises_are_judged_together() {
        for (kept, holds) in [(84, false), (85, true), (95, true), (96, false)] {
            let mut rows = rows([(0, 1), (0, 1)]);
            rows[0].tally.promises = 100;
            rows[0].tally.kept = kept;
            let judged = judge(&rows).into_iter().last().unwrap();
            assert_eq!((judged.holds, judged.of.as_str()), (Some(holds), ""), "{kept}");
        }
    }
}
