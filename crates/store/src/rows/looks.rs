//! What answers told of a pool on one day.

use refunds::pool::told::Told;
use serde::{Deserialize, Serialize};

use super::Document;
use super::value::At;

/// The document.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Looks {
    v: u32,
    looks: Vec<LookRow>,
}

impl Document for Looks {
    const NAME: &'static str = "looks into a pool";
    const VERSION: u32 = 1;

    fn version(&self) -> u32 {
        self.v
    }
}

impl Looks {
    /// The document of `told`.
    pub(crate) fn of(told: &[Told]) -> Looks {
        Looks { v: Looks::VERSION, looks: told.iter().map(LookRow::of).collect() }
    }

    /// What was told, oldest first.
    pub(crate) fn told(self) -> Vec<Told> {
        self.looks.into_iter().map(LookRow::told).collect()
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct LookRow {
    at: At,
    brought: i64,
    seen: i64,
    enough: bool,
}

impl LookRow {
    fn of(told: &Told) -> LookRow {
        let Told { at, brought, seen, enough } = *told;
        LookRow { at: At(at), brought, seen, enough }
    }

    fn told(self) -> Told {
        let LookRow { at, brought, seen, enough } = self;
        Told { at: at.0, brought, seen, enough }
    }
}
