//! What a run with several nodes came to.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::disturbance::Disturbance;
use super::installation::NODES;
use crate::kills::summary::Summary;

/// What a run with several nodes came to.
#[derive(Debug, Clone)]
pub struct NodeSummary {
    /// As of a run with one.
    pub summary: Summary,
    /// How often what was done.
    pub disturbances: BTreeMap<Disturbance, usize>,
    /// How long it took until what a lost node had owned was owned again.
    pub taken_over: Vec<Duration>,
    /// How long PostgreSQL was away.
    pub absences: Vec<Absence>,
}

/// A time without a PostgreSQL that takes writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Absence {
    /// How long it took until it took writes again.
    pub postgres: Duration,
    /// How long it took after that until every node had written something.
    pub nodes: Duration,
}

impl fmt::Display for NodeSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = |name: &str, text: String| writeln!(f, "{name:<22}{text}");
        let done: Vec<String> = self.disturbances.iter().map(|(what, n)| format!("{what} {n}")).collect();
        row("nodes", NODES.len().to_string())?;
        row("disturbed", done.join(", "))?;
        let times = [
            ("taken over", self.taken_over.clone()),
            ("PostgreSQL was away", self.absences.iter().map(|absence| absence.postgres).collect()),
            ("and then the nodes", self.absences.iter().map(|absence| absence.nodes).collect()),
        ];
        for (name, times) in times {
            if let Some(spread) = spread(times) {
                row(name, spread)?;
            }
        }
        write!(f, "{}", self.summary)
    }
}

/// How many there are, and how long they are; none if there are none.
fn spread(mut times: Vec<Duration>) -> Option<String> {
    times.sort();
    let (middle, longest) = (times.get(times.len() / 2)?.as_secs_f64(), times.last()?.as_secs_f64());
    Some(format!("{} times, {middle:.1} s in the median, {longest:.1} s at most", times.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_by_their_median_and_the_longest() {
        let seconds = |seconds: &[u64]| seconds.iter().copied().map(Duration::from_secs).collect();
        assert_eq!(spread(seconds(&[])), None);
        let told = spread(seconds(&[30, 10, 20]));
        assert_eq!(told.as_deref(), Some("3 times, 20.0 s in the median, 30.0 s at most"));
    }
}
