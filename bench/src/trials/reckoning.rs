//! What the gateway left on disk, read after it has ended: nobody's word, and no load on what was measured.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use refunds::key::RefundKey;
use refunds::refund::{Refund, State};
use store::contract::Store;
use store::reading::Listing;
use store::sqlite::SqliteStore;
use wechatpay::ids::Mchid;

use super::subject::refund_of;
use crate::error::BenchError;
use crate::figures::whole;

/// How much is read at once.
const PAGE: usize = 1_000;

/// The states of [`State::name`] that the journal of a kind life goes through.
const SUBMITTING: &str = "submitting";
const PROCESSING: &str = "processing";
const SUCCEEDED: &str = "succeeded";

/// The refunds of a store by their number, except those that show a pool, and how many are in which state.
#[derive(Debug, Default)]
pub struct Reckoning {
    /// Their lives.
    pub lives: BTreeMap<usize, Life>,
    /// How many are in which state.
    pub states: BTreeMap<&'static str, usize>,
    /// How many attempts were made for them.
    pub attempts: u64,
}

/// When what happened to a refund was decided, by the gateway's clock. It was on disk a commit later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// It was taken in.
    pub created: Timestamp,
    /// Its first attempt was decided on.
    pub submitting: Option<Timestamp>,
    /// WeChat Pay had accepted it.
    pub processing: Option<Timestamp>,
    /// WeChat Pay had said that the payer has the money.
    pub succeeded: Option<Timestamp>,
}

impl Reckoning {
    /// How many attempts were made for each refund; one, if none had to be repeated.
    pub fn attempts_per_refund(&self) -> f64 {
        u32::try_from(self.attempts).map_or(f64::MAX, f64::from) / whole(self.lives.len().max(1))
    }
}

/// Reads the store in `file`, which nobody may have open.
pub async fn reckon(file: &Path, merchants: &[String]) -> Result<Reckoning, BenchError> {
    let store = SqliteStore::open(file)?;
    let mut reckoning = Reckoning::default();
    for mchid in merchants {
        let mchid = Mchid::parse(mchid).map_err(|error| BenchError::Name(error.to_string()))?;
        let numbers = read_refunds(&store, &mchid, &mut reckoning).await?;
        read_news(&store, &mchid, &numbers, &mut reckoning.lives).await?;
    }
    Ok(reckoning)
}

async fn read_refunds(
    store: &SqliteStore,
    mchid: &Mchid,
    reckoning: &mut Reckoning,
) -> Result<BTreeMap<RefundKey, usize>, BenchError> {
    let mut numbers = BTreeMap::new();
    let mut listing = Listing::of(mchid.clone(), PAGE);
    loop {
        let listed = store.list(listing.clone()).await?;
        for refund in listed.refunds {
            let Some(n) = refund_of(refund.identity.out_refund_no.as_str()) else { continue };
            let Refund { key, created_at, state, attempts, .. } = refund;
            *reckoning.states.entry(State::name(&state)).or_default() += 1;
            reckoning.attempts += u64::from(attempts.count);
            let life = Life { created: created_at, submitting: None, processing: None, succeeded: None };
            reckoning.lives.insert(n, life);
            numbers.insert(key, n);
        }
        match listed.next {
            Some(next) => listing.after = Some(next),
            None => return Ok(numbers),
        }
    }
}

async fn read_news(
    store: &SqliteStore,
    mchid: &Mchid,
    numbers: &BTreeMap<RefundKey, usize>,
    lives: &mut BTreeMap<usize, Life>,
) -> Result<(), BenchError> {
    let mut after = 0;
    loop {
        let news = store.feed(mchid, after, PAGE).await?;
        let Some(last) = news.last() else { return Ok(()) };
        after = last.seq;
        for one in news {
            let Some(life) = numbers.get(&one.refund).and_then(|n| lives.get_mut(n)) else { continue };
            let moment = match one.entry.to {
                SUBMITTING => &mut life.submitting,
                PROCESSING => &mut life.processing,
                SUCCEEDED => &mut life.succeeded,
                _ => continue,
            };
            moment.get_or_insert(one.entry.at);
        }
    }
}
