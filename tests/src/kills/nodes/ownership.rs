//! Who owns which merchant id, and how long it takes until others do.

use std::time::{Duration, Instant};

use super::postgres::Postgres;
use crate::kills::program::ProgramError;

/// What nobody has taken over by then is found missing at the end anyway.
const TAKEN_OVER_WITHIN: Duration = Duration::from_secs(30);

/// How often the store is asked who owns what.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Who owns what, as the store has it.
pub(super) struct Ownership<'a> {
    postgres: &'a Postgres,
    database: &'a str,
    /// How long it took each time until what a lost node had owned was owned again.
    pub(super) taken_over: Vec<Duration>,
}

impl<'a> Ownership<'a> {
    pub(super) fn of(postgres: &'a Postgres, database: &'a str) -> Ownership<'a> {
        Ownership { postgres, database, taken_over: vec![] }
    }

    /// Measures how long it takes until others own what the node called `name` owned, which `lose` takes away.
    pub(super) async fn lost(
        &mut self,
        name: &str,
        lose: impl AsyncFnOnce() -> Result<(), ProgramError>,
    ) -> Result<(), ProgramError> {
        let ids = self.ask(&format!("SELECT quote_literal(id) FROM nodes WHERE name = '{name}'"));
        // None of these is an id, and stands for a merchant id between two owners.
        let ids: Vec<&str> = ids.lines().chain(["''"]).collect();
        let missing = format!("SELECT count(*) FROM ownership WHERE node IN ({})", ids.join(", "));
        let had_any = self.ask(&missing) != "0";
        lose().await?;
        if !had_any {
            return Ok(());
        }
        let lost_at = Instant::now();
        while self.ask(&missing) != "0" && lost_at.elapsed() < TAKEN_OVER_WITHIN {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        self.taken_over.push(lost_at.elapsed());
        Ok(())
    }

    fn ask(&self, sql: &str) -> String {
        self.postgres.ask(self.database, sql)
    }
}
