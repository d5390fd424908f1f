//! Runs seeds and says what the judges found. Exits with 1 if they found anything that was not planted, or missed what was.

use std::collections::BTreeMap;
use std::ops::Range;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use serde_json::json;
use simulation::campaign::{Findings, catch, run_all};
use simulation::{Kind, Mutation, Setup, Violation, run};

/// Seeded histories of owners, a store, a network and the platform, and what judges find in them.
#[derive(Debug, Parser)]
struct Arguments {
    /// The seeds to run, the last one excluded.
    #[arg(long, value_name = "A..B", default_value = "0..1000", value_parser = seeds)]
    seeds: Range<u64>,
    /// About how many refunds each history asks for.
    #[arg(long, default_value_t = 100)]
    refunds: u32,
    /// Plant every mistake in turn and look for it in these seeds, instead of running them without.
    #[arg(long)]
    mutations: bool,
    /// Plant this mistake in the history that `--trace` prints.
    #[arg(long, value_name = "NAME", requires = "trace", value_parser = mutation)]
    mutation: Option<Mutation>,
    /// Print one history line by line.
    #[arg(long, value_name = "SEED")]
    trace: Option<u64>,
    /// Print one JSON object instead of lines.
    #[arg(long)]
    json: bool,
}

fn seeds(text: &str) -> Result<Range<u64>, String> {
    let bounds = text.split_once("..").and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
    bounds.map(|(from, to)| from..to).ok_or_else(|| "seeds are given as `0..1000`".to_owned())
}

fn mutation(text: &str) -> Result<Mutation, String> {
    let named = Mutation::ALL.into_iter().find(|mutation| mutation.name() == text);
    named.ok_or_else(|| {
        let names: Vec<&str> = Mutation::ALL.into_iter().map(Mutation::name).collect();
        format!("the mistakes are {}", names.join(", "))
    })
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(seed) = arguments.trace {
        return trace(seed, &arguments);
    }
    let started = Instant::now();
    let (findings, mutations) = if arguments.mutations {
        (Findings::default(), caught(&arguments))
    } else {
        (run_all(arguments.seeds.clone(), arguments.refunds), BTreeMap::new())
    };
    let wall_seconds = started.elapsed().as_secs_f64();
    if arguments.json {
        println!("{}", as_json(&findings, &mutations, wall_seconds));
    } else {
        print_lines(&findings, &mutations, wall_seconds);
    }
    let all_is_well = findings.violations.is_empty() && mutations.values().all(Option::is_some);
    if all_is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

type Caught = BTreeMap<&'static str, Option<(u64, Violation)>>;

fn caught(arguments: &Arguments) -> Caught {
    let planted =
        |mutation: Mutation| (mutation.name(), catch(mutation, arguments.seeds.clone(), arguments.refunds));
    Mutation::ALL.into_iter().map(planted).collect()
}

fn trace(seed: u64, arguments: &Arguments) -> ExitCode {
    let setup = Setup { seed, refunds: arguments.refunds, mutation: arguments.mutation, trace: true };
    let history = run(setup);
    history.trace.iter().for_each(|line| println!("{line}"));
    println!("seed {seed}: {} refunds, state {:016x}, {:?}", history.refunds, history.hash, history.tally);
    match history.violation {
        None => ExitCode::SUCCESS,
        Some(violation) => {
            println!("{violation}");
            ExitCode::FAILURE
        }
    }
}

fn as_json(findings: &Findings, mutations: &Caught, wall_seconds: f64) -> serde_json::Value {
    let failing: Vec<u64> = findings.violations.keys().copied().collect();
    let mutations: BTreeMap<&str, bool> =
        mutations.iter().map(|(name, caught)| (*name, caught.is_some())).collect();
    json!({
        "seeds": findings.seeds,
        "refunds": findings.refunds,
        "lost": findings.of(Kind::Lost),
        "paid_twice": findings.of(Kind::PaidTwice),
        "order_sums_passed": findings.of(Kind::OrderSumPassed),
        "stuck": findings.of(Kind::Stuck),
        "failing_seeds": failing,
        "mutations": mutations,
        "wall_seconds": wall_seconds,
    })
}

fn print_lines(findings: &Findings, mutations: &Caught, wall_seconds: f64) {
    for (name, caught) in mutations {
        match caught {
            Some((seed, violation)) => println!("{name}: found in seed {seed}: {violation}"),
            None => println!("{name}: NOT FOUND"),
        }
    }
    if findings.seeds > 0 {
        println!("{} seeds, {} refunds", findings.seeds, findings.refunds);
        println!(
            "{} lost, {} paid twice, {} order sums passed, {} stuck",
            findings.of(Kind::Lost),
            findings.of(Kind::PaidTwice),
            findings.of(Kind::OrderSumPassed),
            findings.of(Kind::Stuck),
        );
        println!("{:?}", findings.tally);
    }
    for (seed, violation) in &findings.violations {
        println!("seed {seed} fails: {violation}");
    }
    println!("{wall_seconds:.1} s");
}
