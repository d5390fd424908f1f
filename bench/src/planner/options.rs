//! What is played.

use std::num::NonZeroUsize;
use std::ops::Range;

use clap::Args;
use clap::builder::PossibleValuesParser;
use replay::policies;

use crate::planner::merchant::{MERCHANTS, Merchant, names};
use crate::planner::seeing::Seeing;

/// Which trials, and how they are shown.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// The seeds of the trials: `0..20` for the first twenty.
    #[arg(long, value_name = "A..B", value_parser = seeds, default_value = "0..20")]
    pub seeds: Range<u64>,
    /// The merchants, apart by commas. All of them if none is named.
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = PossibleValuesParser::new(names()))]
    kind: Vec<String>,
    /// What is seen of their trade, apart by commas. Each if none is named.
    #[arg(long, value_name = "SIGHT", value_delimiter = ',')]
    sight: Vec<Seeing>,
    /// The policies, apart by commas. All of them if none is named.
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = PossibleValuesParser::new(policies::names()))]
    policy: Vec<String>,
    /// Also play what keeping money for large refunds and turns among sub-merchants bring.
    #[arg(long)]
    pub further: bool,
    /// Also play the planner with other allowances of refusals, to show what they buy.
    #[arg(long)]
    pub frontier: bool,
    /// On how many threads. It changes nothing but the time it takes.
    #[arg(long, value_name = "N", default_value_t = cores())]
    pub threads: NonZeroUsize,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
    /// Print the tables as they stand in docs/planner.md.
    #[arg(long, conflicts_with = "json")]
    pub markdown: bool,
}

impl Options {
    /// The merchants that are asked for.
    pub fn merchants(&self) -> Vec<Merchant> {
        let is_wanted = |name: &str| self.kind.is_empty() || self.kind.iter().any(|wanted| wanted == name);
        MERCHANTS.into_iter().filter(|merchant| is_wanted(merchant.name)).collect()
    }

    /// What is seen of their trade.
    pub fn seeing(&self) -> Vec<Seeing> {
        let is_wanted = |seeing: &Seeing| self.sight.is_empty() || self.sight.contains(seeing);
        Seeing::EACH.into_iter().filter(is_wanted).collect()
    }

    /// The policies that are asked for.
    pub fn policies(&self) -> Vec<&'static str> {
        let is_wanted =
            |name: &&str| self.policy.is_empty() || self.policy.iter().any(|wanted| wanted == name);
        policies::names().filter(is_wanted).collect()
    }
}

fn cores() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// A range of seeds, the last one left out.
fn seeds(text: &str) -> Result<Range<u64>, String> {
    let bounds = text.split_once("..").and_then(|(first, end)| Some(first.parse().ok()?..end.parse().ok()?));
    bounds
        .filter(|seeds: &Range<u64>| !seeds.is_empty())
        .ok_or_else(|| "must be two numbers as in `0..20`, the second one greater".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_a_range_that_holds_some() {
        assert_eq!(seeds("3..5"), Ok(3..5));
        for wrong in ["5", "5..5", "6..5", "..5", "a..b", "0..=3", "-1..3"] {
            assert!(seeds(wrong).is_err(), "{wrong}");
        }
    }
}
