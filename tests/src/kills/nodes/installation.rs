//! The gateways of a run, and what is done to them and to their PostgreSQL.

use std::path::Path;
use std::time::{Duration, Instant};

use super::disturbance::Disturbance;
use super::ownership::Ownership;
use super::postgres::{Loss, Postgres};
use super::summary::Absence;
use crate::kills::program::{Gateway, Program, ProgramError};
use crate::kills::town::{Ground, Town};

/// What the nodes' logs are called.
pub(super) const NODES: [&str; 3] = ["node-a", "node-b", "node-c"];

/// How long a node is paused: twice its lease.
const PAUSE: Duration = Duration::from_secs(6);

/// Gateways that share a database.
pub(super) struct Installation<'a> {
    programs: [Program; NODES.len()],
    gateways: Vec<Gateway>,
    postgres: &'a Postgres,
    database: &'a str,
    pub(super) ownership: Ownership<'a>,
    /// How long PostgreSQL was away each time.
    pub(super) absences: Vec<Absence>,
}

impl<'a> Installation<'a> {
    /// Starts the program at `tidegate` once for each node. Comes back when all can work.
    pub(super) async fn start(
        tidegate: &Path,
        ground: &Ground,
        postgres: &'a Postgres,
        database: &'a str,
    ) -> Result<Installation<'a>, ProgramError> {
        let program = |name| Program::new(tidegate, ground.folder.path(), &ground.data).on(database, name);
        let mut programs = NODES.map(program);
        let mut gateways = Vec::new();
        for program in &mut programs {
            let mut gateway = program.start(None)?;
            program.ready(&mut gateway).await?;
            gateways.push(gateway);
        }
        let ownership = Ownership::of(postgres, database);
        Ok(Installation { programs, gateways, postgres, database, ownership, absences: vec![] })
    }

    /// Where the nodes answer.
    pub(super) fn urls(&self) -> Vec<String> {
        self.programs.iter().map(Program::url).collect()
    }

    /// An error if one of them has ended by itself.
    pub(super) fn still_runs(&mut self) -> Result<(), ProgramError> {
        self.gateways.iter_mut().try_for_each(Gateway::still_runs)
    }

    /// Does something to the node with the index `which`, or to PostgreSQL. Comes back when all is as before.
    pub(super) async fn disturb(
        &mut self,
        disturbance: Disturbance,
        which: usize,
        town: &Town,
    ) -> Result<(), ProgramError> {
        match disturbance {
            Disturbance::Kill => self.kill(which).await,
            Disturbance::Pause => self.pause(which).await,
            Disturbance::Cut => {
                let others = "pid <> pg_backend_pid() AND datname = current_database()";
                let cut = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}");
                self.postgres.ask(self.database, &cut);
                Ok(())
            }
            Disturbance::Crash | Disturbance::Failover => {
                self.without(self.postgres.lose().await, town).await
            }
            Disturbance::Switchover => self.without(self.postgres.hand_over().await, town).await,
        }
    }

    async fn kill(&mut self, which: usize) -> Result<(), ProgramError> {
        let Installation { programs, gateways, ownership, .. } = self;
        let (program, gateway) = (&mut programs[which], gateways.remove(which));
        ownership.lost(&program.node_name(), async || gateway.kill().await).await?;
        gateways.insert(which, program.start(None)?);
        program.ready(&mut gateways[which]).await
    }

    async fn pause(&mut self, which: usize) -> Result<(), ProgramError> {
        let (name, gateway) = (self.programs[which].node_name(), &self.gateways[which]);
        let paused_at = Instant::now();
        let pause = async || {
            gateway.signal("-STOP").await;
            Ok(())
        };
        self.ownership.lost(&name, pause).await?;
        tokio::time::sleep(PAUSE.saturating_sub(paused_at.elapsed())).await;
        gateway.signal("-CONT").await;
        Ok(())
    }

    /// Measures how long the nodes need after PostgreSQL was away until each of them writes again.
    async fn without(&mut self, loss: Loss<'a>, town: &Town) -> Result<(), ProgramError> {
        let back_at = Instant::now();
        for (program, gateway) in self.programs.iter().zip(&mut self.gateways) {
            program.ready(gateway).await?;
            town.has_written(program.url()).await;
        }
        self.absences.push(Absence { postgres: loss.away, nodes: back_at.elapsed() });
        self.postgres.restore(loss).await;
        Ok(())
    }

    /// Ends all nodes in order, and starts one of them on what they leave.
    pub(super) async fn end(self) -> Result<(Program, Gateway), ProgramError> {
        for gateway in self.gateways {
            gateway.stop().await?;
        }
        let [mut first, ..] = self.programs;
        let mut last = first.start(None)?;
        first.ready(&mut last).await?;
        Ok((first, last))
    }
}
