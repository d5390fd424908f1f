//! Several gateways on one PostgreSQL, which are killed, paused and cut off from it again and again under load.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use throwaway_postgres::Server;

use super::figures::Figures;
use super::judge::judge;
use super::program::{Gateway, Program, ProgramError, panics};
use super::summary::{Killed, Summary};
use super::town::{Ground, Town};
use super::trade::faults;

/// What the nodes' logs are called.
const NODES: [&str; 3] = ["node-a", "node-b", "node-c"];

/// How long a node is paused: twice its lease.
const PAUSE: Duration = Duration::from_secs(6);

/// How long PostgreSQL is away when it has crashed.
const AWAY: Duration = Duration::from_millis(500);

/// What nobody has taken over by then is found missing at the end anyway.
const TAKEN_OVER_WITHIN: Duration = Duration::from_secs(30);

/// How often the store is asked who owns what.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How large a run with several nodes is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NodeFigures {
    /// What chance is drawn from.
    pub seed: u64,
    /// How many refunds are asked for.
    pub refunds: usize,
    /// How often something is done to a node or to PostgreSQL.
    pub disturbances: usize,
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Disturbance {
    /// A node is ended by SIGKILL and started again.
    Kill,
    /// A node is stopped for twice its lease, and goes on as if nothing had been.
    Pause,
    /// Every connection to PostgreSQL is cut.
    Cut,
    /// PostgreSQL is stopped as if it had crashed, and started again.
    Crash,
}

/// What a run with several nodes came to.
#[derive(Debug, Clone)]
pub struct NodeSummary {
    /// As of a run with one.
    pub summary: Summary,
    /// How often what was done.
    disturbances: BTreeMap<Disturbance, usize>,
    /// How long it took until what a lost node had owned was owned again, shortest first.
    pub taken_over: Vec<Duration>,
}

/// Runs three of the program at `tidegate` on a database of `server` and disturbs them as `figures` say; `tell` hears of it.
pub async fn run(
    figures: NodeFigures,
    tidegate: &Path,
    server: &Server,
    tell: impl Fn(String),
) -> Result<NodeSummary, ProgramError> {
    let began = Instant::now();
    let NodeFigures { seed, refunds, disturbances } = figures;
    let figures = Figures { seed, refunds, kills: 0, at_each_point: 0 };
    let ground = Ground::prepare(&figures).await;
    let database = server.database().unwrap_or_else(|error| panic!("{error}"));
    let program = |name| Program::new(tidegate, ground.folder.path(), &ground.data).on(&database, name);
    let mut programs = NODES.map(program);
    let mut nodes = Vec::new();
    for program in &mut programs {
        let mut node = program.start(None)?;
        program.ready(&mut node).await?;
        nodes.push(node);
    }
    let mut town = Town::begin(&ground, figures, programs.iter().map(Program::url).collect()).await;
    // A clock that waits for a node that is paused would keep the others from working.
    town.time_passes = false;
    for rule in faults() {
        town.control.goes_wrong(&rule).await;
    }
    town.allowed.send_replace(0);
    let mut ledger = Ledger { server, database: &database, taken_over: vec![] };
    let mut done = BTreeMap::<Disturbance, usize>::new();
    let rush = tokio::spawn(town.clone().rush());
    for n in 0..disturbances {
        // Each has its share of the refunds to disturb.
        town.allowed.send_replace(refunds * (n + 1) / disturbances);
        let draw = |limit, purpose: &str| town.chance.below(limit, purpose, "", n as u64);
        tokio::time::sleep(Duration::from_millis(draw(400, "pause before"))).await;
        let which = usize::try_from(draw(NODES.len() as u64, "which node")).unwrap_or(0);
        let disturbance = match draw(10, "what is done") {
            0..=4 => Disturbance::Kill,
            5..=7 => Disturbance::Pause,
            8 => Disturbance::Cut,
            _ => Disturbance::Crash,
        };
        for node in &mut nodes {
            node.still_runs()?;
        }
        match disturbance {
            Disturbance::Kill => {
                let node = nodes.remove(which);
                ledger.lost(&programs[which], async || node.kill().await).await?;
                nodes.insert(which, programs[which].start(None)?);
                programs[which].ready(&mut nodes[which]).await?;
            }
            Disturbance::Pause => {
                let paused_at = Instant::now();
                let node = &nodes[which];
                let pause = async || {
                    node.signal("-STOP").await;
                    Ok(())
                };
                ledger.lost(&programs[which], pause).await?;
                tokio::time::sleep(PAUSE.saturating_sub(paused_at.elapsed())).await;
                node.signal("-CONT").await;
            }
            Disturbance::Cut => {
                let others = "pid <> pg_backend_pid() AND datname = current_database()";
                ledger.ask(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"));
            }
            Disturbance::Crash => {
                server.stop_at_once().unwrap_or_else(|error| panic!("{error}"));
                tokio::time::sleep(AWAY).await;
                server.start_again().unwrap_or_else(|error| panic!("{error}"));
            }
        }
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

    // What is judged is what an orderly end leaves and another start finds.
    for node in nodes {
        node.stop().await?;
    }
    let [mut first, ..] = programs;
    let mut last = first.start(None)?;
    first.ready(&mut last).await?;
    let tills = town.tills.at(first.url());
    let verdict = judge(&town.trade, &town.book, &tills, &town.control).await;
    last.stop().await?;
    let mut findings = verdict.findings.clone();
    findings.extend(town.book.findings());
    findings.extend(panics(ground.folder.path()));
    let summary =
        Summary::new(figures, began.elapsed(), Killed::default(), days, &town.book, verdict, findings);
    ledger.taken_over.sort();
    Ok(NodeSummary { summary, disturbances: done, taken_over: ledger.taken_over })
}

/// What `task` comes to, as long as all nodes run.
async fn undisturbed<T>(task: tokio::task::JoinHandle<T>, nodes: &mut [Gateway]) -> Result<T, ProgramError> {
    while !task.is_finished() {
        nodes.iter_mut().try_for_each(Gateway::still_runs)?;
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(task.await.expect("what goes on does not panic"))
}

/// Who owns what, as the store has it.
struct Ledger<'a> {
    server: &'a Server,
    database: &'a str,
    taken_over: Vec<Duration>,
}

impl Ledger<'_> {
    /// Measures how long it takes until others own what the node of `program` owned, which `lose` takes away.
    async fn lost(
        &mut self,
        program: &Program,
        lose: impl AsyncFnOnce() -> Result<(), ProgramError>,
    ) -> Result<(), ProgramError> {
        let owned = format!(
            "SELECT count(*) FROM ownership WHERE node IN (SELECT id FROM nodes WHERE name = '{}')",
            program.node_name()
        );
        let had = self.ask(&owned);
        let id = self.ask(&format!("SELECT id FROM nodes WHERE name = '{}'", program.node_name()));
        lose().await?;
        if had == "0" {
            return Ok(());
        }
        let lost_at = Instant::now();
        let ids = id.lines().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(", ");
        let left = format!("SELECT count(*) FROM ownership WHERE node = '' OR node IN ({ids})");
        while lost_at.elapsed() < TAKEN_OVER_WITHIN {
            if self.ask(&left) == "0" {
                self.taken_over.push(lost_at.elapsed());
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        self.taken_over.push(TAKEN_OVER_WITHIN);
        Ok(())
    }

    fn ask(&self, sql: &str) -> String {
        let answer = self.server.execute(self.database, sql);
        answer.unwrap_or_else(|error| panic!("{error}")).trim().to_owned()
    }
}

impl fmt::Display for Disturbance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Disturbance::Kill => "killed",
            Disturbance::Pause => "paused",
            Disturbance::Cut => "connections cut",
            Disturbance::Crash => "PostgreSQL crashed",
        })
    }
}

impl fmt::Display for NodeSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done: Vec<String> = self.disturbances.iter().map(|(what, n)| format!("{what} {n}")).collect();
        writeln!(f, "{:<22}{}", "nodes", NODES.len())?;
        writeln!(f, "{:<22}{}", "disturbed", done.join(", "))?;
        let middle = self.taken_over.get(self.taken_over.len() / 2);
        if let (Some(middle), Some(longest)) = (middle, self.taken_over.last()) {
            let (middle, longest) = (middle.as_secs_f64(), longest.as_secs_f64());
            writeln!(
                f,
                "{:<22}{} times, {middle:.1} s in the median, {longest:.1} s at most",
                "taken over",
                self.taken_over.len()
            )?;
        }
        write!(f, "{}", self.summary)
    }
}
