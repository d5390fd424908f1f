//! All trials, on as many threads as are given.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::planner::frontier;
use crate::planner::further;
use crate::planner::merchant::Merchant;
use crate::planner::options::Options;
use crate::planner::report::{Report, Row};
use crate::planner::trial::{PlannerError, play};

/// Plays what `options` ask for.
pub fn run(options: &Options) -> Result<Report, PlannerError> {
    let (merchants, seeing, policies) = (options.merchants(), options.seeing(), options.policies());
    let seeds = || options.seeds.clone();
    let cases: Vec<(Merchant, u64)> =
        merchants.iter().flat_map(|&merchant| seeds().map(move |seed| (merchant, seed))).collect();
    let played = side_by_side(cases.len(), options.threads, |n| match cases.get(n) {
        Some((merchant, seed)) => play(merchant, *seed, &seeing, &policies),
        None => Ok(vec![]),
    })?;
    let mut rows: Vec<Row> = vec![];
    for merchant in merchants {
        let kinds = seeing.iter().flat_map(|&seeing| policies.iter().map(move |&policy| (seeing, policy)));
        let mut of_merchant: Vec<Row> =
            kinds.map(|(seeing, policy)| Row::empty(merchant, seeing, policy)).collect();
        let trials = cases.iter().zip(&played).filter(|((other, _), _)| other.name == merchant.name);
        for (_, tallies) in trials {
            for (row, tally) in of_merchant.iter_mut().zip(tallies) {
                row.tally.add(tally);
            }
        }
        rows.extend(of_merchant);
    }
    let further = if options.further { further::judge(options)? } else { vec![] };
    let frontier = if options.frontier { frontier::steps(options)? } else { vec![] };
    Ok(Report { further, frontier, ..Report::new(seeds(), rows) })
}

/// What comes of the first `count` jobs, in their order: each thread takes the next job that nobody has taken.
pub(super) fn side_by_side<T: Send>(
    count: usize,
    threads: NonZeroUsize,
    job: impl Fn(usize) -> Result<T, PlannerError> + Sync,
) -> Result<Vec<T>, PlannerError> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = vec![];
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= count {
                return Ok(done);
            }
            match job(n) {
                Ok(result) => done.push((n, result)),
                Err(error) => {
                    // Nobody needs the rest.
                    next.store(count, Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
    };
    let mut done = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.get()).map(|_| scope.spawn(work)).collect();
        let mut done = vec![];
        for worker in workers {
            done.extend(worker.join().map_err(|_| PlannerError::Thread)??);
        }
        Ok::<_, PlannerError>(done)
    })?;
    done.sort_by_key(|(n, _)| *n);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}
