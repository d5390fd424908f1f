//! One run: a day of payments, a rush of refunds while nodes and PostgreSQL are disturbed, and days in which time runs on.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use super::disturbance::Disturbance;
use super::installation::{Installation, NODES};
use super::postgres::Postgres;
use super::summary::NodeSummary;
use crate::kills::figures::Figures;
use crate::kills::judge::judge;
use crate::kills::program::{ProgramError, panics};
use crate::kills::summary::{Killed, Summary};
use crate::kills::town::{Ground, LOOK_EVERY, Town};
use crate::kills::trade::faults;

/// How large a run with several nodes is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeFigures {
    /// What chance is drawn from.
    pub seed: u64,
    /// How many refunds are asked for.
    pub refunds: usize,
    /// How often something is done to a node or to PostgreSQL.
    pub disturbances: usize,
    /// What is done each time; drawn by chance if none.
    pub only: Option<Disturbance>,
}

/// Runs three of the program at `tidegate` on a database of `postgres` and disturbs them as `figures` say; `tell` hears of it.
pub async fn run(
    figures: NodeFigures,
    tidegate: &Path,
    postgres: &Postgres,
    tell: impl Fn(String),
) -> Result<NodeSummary, ProgramError> {
    let began = Instant::now();
    let NodeFigures { seed, refunds, disturbances, only } = figures;
    let figures = Figures { seed, refunds, kills: 0, at_each_point: 0 };
    let ground = Ground::prepare(&figures).await;
    let (database, is_cluster) = (postgres.database(), matches!(postgres, Postgres::Cluster(_)));
    let mut nodes = Installation::start(tidegate, &ground, postgres, &database).await?;
    let mut town = Town::begin(&ground, figures, nodes.urls()).await;
    // A clock that waits for a node that is paused would keep the others from working.
    town.time_passes = false;
    for rule in faults() {
        town.control.goes_wrong(&rule).await;
    }
    town.allowed.send_replace(0);
    let mut done = BTreeMap::<Disturbance, usize>::new();
    let rush = tokio::spawn(town.clone().rush());
    for n in 0..disturbances {
        // Each has its share of the refunds to disturb.
        town.allowed.send_replace(refunds * (n + 1) / disturbances);
        let draw = |limit, purpose: &str| town.chance.below(limit, purpose, "", n as u64);
        tokio::time::sleep(Duration::from_millis(draw(400, "pause before"))).await;
        let which = usize::try_from(draw(NODES.len() as u64, "which node")).unwrap_or(0);
        let disturbance = only.unwrap_or_else(|| Disturbance::drawn(&town.chance, n, is_cluster));
        nodes.still_runs()?;
        nodes.disturb(disturbance, which, &town).await?;
        town.control.advance(&format!("PT{}S", 1 + draw(90, "seconds"))).await;
        *done.entry(disturbance).or_default() += 1;
        tell(format!(
            "{}: {disturbance} {}; {} refunds acknowledged",
            n + 1,
            NODES[which],
            *town.book.acknowledged().borrow()
        ));
    }
    town.allowed.send_replace(usize::MAX);
    town.all_ended.send_replace(true);
    undisturbed(rush, &mut nodes).await?;
    let days = undisturbed(tokio::spawn(town.clone().days()), &mut nodes).await?;

    let taken_over = std::mem::take(&mut nodes.ownership.taken_over);
    let absences = std::mem::take(&mut nodes.absences);
    // What is judged is what an orderly end leaves and another start finds.
    let (program, last) = nodes.end().await?;
    let verdict = judge(&town.trade, &town.book, &town.tills.at(program.url()), &town.control).await;
    last.stop().await?;
    let mut findings = verdict.findings.clone();
    findings.extend(town.book.findings());
    findings.extend(panics(ground.folder.path()));
    let summary =
        Summary::new(figures, began.elapsed(), Killed::default(), days, &town.book, verdict, findings);
    Ok(NodeSummary { summary, disturbances: done, taken_over, absences })
}

/// What `task` comes to, as long as all nodes run.
async fn undisturbed<T>(
    task: tokio::task::JoinHandle<T>,
    nodes: &mut Installation<'_>,
) -> Result<T, ProgramError> {
    while !task.is_finished() {
        nodes.still_runs()?;
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(task.await.expect("what goes on does not panic"))
}
