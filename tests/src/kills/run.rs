//! One run: a day of payments, a rush of refunds with gateways that are killed, and days in which time runs on.

use std::path::Path;
use std::time::{Duration, Instant};

use platform::chance::Chance;
use tokio::task::JoinSet;

use super::ends::{End, Ends, IN_A_FILE, ON_A_SERVER};
use super::figures::Figures;
use super::judge::judge;
use super::program::{Gateway, Program, ProgramError, panics};
use super::summary::{Killed, Summary};
use super::town::{Ground, LOOK_EVERY, Town};
use super::trade::faults;

/// Runs the program at `tidegate`, on the database at `database` or else on a file, and kills it as `figures` say; `tell` hears of
/// every kill.
pub async fn run(
    figures: Figures,
    tidegate: &Path,
    database: Option<&str>,
    tell: impl Fn(String),
) -> Result<Summary, ProgramError> {
    let began = Instant::now();
    let ground = Ground::prepare(&figures).await;
    let mut program = Program::new(tidegate, ground.folder.path(), &ground.data);
    if let Some(database) = database {
        program = program.on(database, "gateway");
    }
    // The very first one may leave anything between nothing and a store that is set up.
    let unborn = program.start(None)?;
    tokio::time::sleep(Duration::from_millis(Chance::new(figures.seed).below(300, "first kill", "", 0)))
        .await;
    unborn.kill().await?;
    let mut first = program.start(None)?;
    program.ready(&mut first).await?;
    let town = Town::begin(&ground, figures, vec![program.url()]).await;
    first.stop().await?;
    for rule in faults() {
        town.control.goes_wrong(&rule).await;
    }

    let points: &[&'static str] = if database.is_some() { &ON_A_SERVER } else { &IN_A_FILE };
    let ends = Ends::of(&figures, points);
    let mut killed = Killed::default();
    let rush = tokio::spawn(town.clone().rush());
    let mut returning = JoinSet::new();
    for (n, end) in ends.under_load.iter().enumerate() {
        let gateway = program.start(Some(end))?;
        comes_to(&town, &program, gateway, end).await?;
        killed.count(end);
        tell(format!(
            "gateway {}: {end}; {} refunds acknowledged",
            n + 1,
            *town.book.acknowledged().borrow()
        ));
        town.come_back(n, &mut returning);
    }
    town.all_ended.send_replace(true);
    let mut gateway = program.start(None)?;
    while !rush.is_finished() || !returning.is_empty() {
        gateway.still_runs()?;
        let _ = tokio::time::timeout(LOOK_EVERY, returning.join_next()).await;
    }
    rush.await.expect("the tills have asked for everything");

    let days = tokio::spawn(town.clone().days());
    for end in &ends.afterwards {
        comes_to(&town, &program, gateway, end).await?;
        killed.count(end);
        tell(format!("while time runs on: {end}"));
        gateway = program.start(None)?;
    }
    while !days.is_finished() {
        gateway.still_runs()?;
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let days = days.await.expect("the days went by");

    // What is judged is what an orderly end leaves and another start finds.
    gateway.stop().await?;
    let mut last = program.start(None)?;
    program.ready(&mut last).await?;
    let verdict = judge(&town.trade, &town.book, &town.tills, &town.control).await;
    last.stop().await?;
    let mut findings = verdict.findings.clone();
    findings.extend(killed.findings(&figures, points));
    findings.extend(town.book.findings());
    findings.extend(panics(ground.folder.path()));
    Ok(Summary::new(figures, began.elapsed(), killed, days, &town.book, verdict, findings))
}

/// Comes back when `gateway` has ended as `end` has it.
async fn comes_to(
    town: &Town,
    program: &Program,
    mut gateway: Gateway,
    end: &End,
) -> Result<(), ProgramError> {
    match *end {
        End::AtPoint { point, passing } => return gateway.ends_at(point, passing).await,
        End::WhileStarting { pause } => tokio::time::sleep(pause).await,
        End::Later { pause } => {
            program.ready(&mut gateway).await?;
            tokio::time::sleep(pause).await;
        }
        End::UnderLoad { acknowledged, pause } => {
            program.ready(&mut gateway).await?;
            let mut count = town.book.acknowledged();
            // One at least, also where gateways before it have taken more than their share.
            let wanted = acknowledged.max(*count.borrow() + 1);
            while *count.borrow_and_update() < wanted && !*town.all_asked.borrow() {
                gateway.still_runs()?;
                let _ = tokio::time::timeout(LOOK_EVERY, count.changed()).await;
            }
            tokio::time::sleep(pause).await;
        }
    }
    gateway.kill().await
}
