//! Runs seeds and says what the judges found. Exits with 1 if they found anything that was not planted, or missed what was.

use std::collections::BTreeMap;
use std::ops::Range;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, ValueEnum};
use serde_json::json;
use simulation::campaign::{Findings, catch, run_all};
use simulation::every_step::{Again, Scenario, Walk, walk};
use simulation::shrinking::{replay_command, shrink};
use simulation::{Fault, Kind, Mutation, Setup, Violation, run};

/// How many failing seeds are made smaller for the report.
const SHRUNK_AT_MOST: usize = 3;

/// Seeded histories of owners, a store, a network and the platform, and what judges find in them.
#[derive(Debug, Parser)]
struct Arguments {
    /// The seeds to run, the last one excluded.
    #[arg(long, value_name = "A..B", default_value = "0..1000", value_parser = seeds)]
    seeds: Range<u64>,
    /// About how many refunds each history takes in.
    #[arg(long, default_value_t = 100)]
    refunds: u32,
    /// Plant every mistake in turn as well, and look for it in these seeds.
    #[arg(long)]
    mutations: bool,
    /// Plant this mistake in the history that `--trace` prints.
    #[arg(long, value_name = "NAME", requires = "trace", value_parser = mutation)]
    mutation: Option<Mutation>,
    /// Print one history line by line.
    #[arg(long, value_name = "SEED")]
    trace: Option<u64>,
    /// Leave these faults out of the history that `--trace` prints.
    #[arg(long, value_name = "FAULT,…", requires = "trace", value_delimiter = ',', value_parser = fault)]
    without: Vec<Fault>,
    /// Let only these refunds be asked for in the history that `--trace` prints.
    #[arg(long, value_name = "N,…", requires = "trace", value_delimiter = ',')]
    only: Vec<usize>,
    /// Let the owner die after these points of the history that `--trace` prints.
    #[arg(long, value_name = "N,…", requires = "trace", value_delimiter = ',')]
    crashes: Vec<u64>,
    /// Instead of running seeds, let the owner of some small histories die after every single thing that happens, and the next
    /// one soon after.
    #[arg(long, conflicts_with_all = ["trace", "mutations"])]
    every_step: bool,
    /// Which two points the owners of such a history die at.
    #[arg(long, value_enum, default_value_t = Pairs::Near, requires = "every_step")]
    pairs: Pairs,
    /// Print one JSON object instead of lines.
    #[arg(long)]
    json: bool,
}

/// How far apart two crashes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Pairs {
    /// Up to 21 points, in the first history of each kind.
    Near,
    /// Any number of points, in the shortest history of each kind.
    All,
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

fn fault(text: &str) -> Result<Fault, String> {
    let named = Fault::ALL.into_iter().find(|fault| fault.name() == text);
    named.ok_or_else(|| {
        let names: Vec<&str> = Fault::ALL.into_iter().map(Fault::name).collect();
        format!("the faults are {}", names.join(", "))
    })
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(seed) = arguments.trace {
        return trace(seed, &arguments);
    }
    let started = Instant::now();
    if arguments.every_step {
        return every_step(arguments.pairs, arguments.json, started);
    }
    let findings = run_all(arguments.seeds.clone(), arguments.refunds);
    let mutations = if arguments.mutations { caught(&arguments) } else { BTreeMap::new() };
    let wall_seconds = started.elapsed().as_secs_f64();
    if arguments.json {
        println!("{}", as_json(&findings, &mutations, wall_seconds));
    } else {
        print_lines(&findings, &mutations, arguments.refunds, wall_seconds);
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
    let mut setup = Setup { mutation: arguments.mutation, trace: true, ..Setup::of(seed, arguments.refunds) };
    setup.without.faults.extend(&arguments.without);
    setup.crashes.clone_from(&arguments.crashes);
    if !arguments.only.is_empty() {
        setup.without.asks.extend((0..setup.asks()).filter(|ask| !arguments.only.contains(ask)));
    }
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

fn every_step(pairs: Pairs, as_json: bool, started: Instant) -> ExitCode {
    let again = match pairs {
        Pairs::Near => Again::SOON,
        Pairs::All => Again::Anywhere,
    };
    let mut walks = BTreeMap::new();
    for scenario in Scenario::ALL {
        let (name, walk) = (format!("{scenario:?}"), walk(scenario, again));
        if !as_json {
            print_walk(&name, &walk);
        }
        walks.insert(name, walk);
    }
    let wall_seconds = started.elapsed().as_secs_f64();
    if as_json {
        let told = |Walk { seed, points, double, failing }: &Walk| json!({ "seed": seed, "points": points, "double": double, "failing": failing.len() });
        let scenarios: BTreeMap<&String, serde_json::Value> =
            walks.iter().map(|(name, walk)| (name, told(walk))).collect();
        println!("{}", json!({ "scenarios": scenarios, "wall_seconds": wall_seconds }));
    } else {
        println!("{wall_seconds:.1} s");
    }
    let all_is_well = walks.values().all(|walk| walk.points > 0 && walk.failing.is_empty());
    if all_is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn print_walk(name: &str, Walk { seed, points, double, failing }: &Walk) {
    let failed = failing.len();
    println!("{name}: seed {seed}, {points} points, {double} double crashes, {failed} fail");
    for (setup, violation) in failing.iter().take(SHRUNK_AT_MOST) {
        println!("{violation}\n{}", replay_command(setup));
    }
}

fn as_json(findings: &Findings, mutations: &Caught, wall_seconds: f64) -> serde_json::Value {
    let failing: Vec<u64> = findings.violations.keys().copied().collect();
    let found_in = |name: &str| mutations.get(name).and_then(|found| found.as_ref()).map(|(seed, _)| *seed);
    let found_in: BTreeMap<&str, Option<u64>> =
        mutations.keys().map(|name| (*name, found_in(name))).collect();
    let mutations: BTreeMap<&str, bool> =
        mutations.iter().map(|(name, caught)| (*name, caught.is_some())).collect();
    let violations: Vec<String> =
        findings.violations.iter().map(|(seed, violation)| format!("seed {seed}: {violation}")).collect();
    json!({
        "seeds": findings.seeds,
        "refunds": findings.refunds,
        "lost": findings.of(Kind::Lost),
        "paid_twice": findings.of(Kind::PaidTwice),
        "order_sums_passed": findings.of(Kind::OrderSumPassed),
        "stuck": findings.of(Kind::Stuck),
        "failing_seeds": failing,
        "violations": violations,
        "mutations": mutations,
        "found_in_seed": found_in,
        "wall_seconds": wall_seconds,
    })
}

fn print_lines(findings: &Findings, mutations: &Caught, refunds: u32, wall_seconds: f64) {
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
    for seed in findings.violations.keys().take(SHRUNK_AT_MOST) {
        let smaller = shrink(Setup::of(*seed, refunds));
        smaller.iter().for_each(|smaller| println!("smaller: {}", replay_command(smaller)));
    }
    println!("{wall_seconds:.1} s");
}
