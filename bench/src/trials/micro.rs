//! Single steps of a refund, without HTTP around them: what they cost by themselves.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use refunds::batch::{Batch, BatchNo, Epoch};
use refunds::intake::Admission;
use refunds::step::Event;
use serde::Serialize;
use store::contract::Store;
use store::sqlite::SqliteStore;

use super::CALLERS;
use super::tenant::{Rulebook, Tenant};
use crate::error::BenchError;
use crate::figures::{Distribution, per_second};
use crate::world;

/// How many changes are in a batch that shares its cost among them.
const BATCH: usize = 64;

/// What single steps cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Micro {
    /// One refund taken into the store after the other: from the call to the answer.
    pub admit_alone: Option<Distribution>,
    /// As many a second as 32 at once can take in.
    pub admits_per_s: f64,
    /// A batch of one decision: from the call to the answer.
    pub commit_of_one: Option<Distribution>,
    /// A batch of 64 decisions: from the call to the answer.
    pub commit_of_64: Option<Distribution>,
}

/// Measures single steps for `each`, with a store in `folder`.
pub async fn micro(folder: &Path, each: Duration) -> Result<Micro, BenchError> {
    let place = tempfile::tempdir_in(folder)
        .map_err(|source| BenchError::File { path: folder.to_owned(), source })?;
    let store = Arc::new(SqliteStore::open(&place.path().join("store.db"))?);
    let mchid = world::merchants(1).pop().unwrap_or_default();
    let tenant = Tenant::new(&mchid)?;
    store.put_merchant(tenant.merchant()?).await?;
    let epoch = store.take_ownership(&tenant.mchid, "bench").await?;

    let (mut alone, mut n, began) = (vec![], 0, Instant::now());
    while began.elapsed() < each {
        let (new, began) = (tenant.refund(n)?, Instant::now());
        store.admit(new).await?;
        alone.push(began.elapsed());
        n += 1;
    }
    let (admitted, took) = crowd(&store, &tenant, n, each).await?;
    let rulebook = Rulebook::default();
    let n = n + admitted + CALLERS;
    let mut owner = Owner { store: &store, tenant: &tenant, rulebook, epoch, batch: 0, n };
    Ok(Micro {
        admit_alone: Distribution::of(alone),
        admits_per_s: per_second(admitted, took),
        commit_of_one: Distribution::of(owner.commits(1, each).await?),
        commit_of_64: Distribution::of(owner.commits(BATCH, each).await?),
    })
}

/// How many refunds 32 at once take in from number `first` on, and in what time.
async fn crowd(
    store: &Arc<SqliteStore>,
    tenant: &Tenant,
    first: usize,
    each: Duration,
) -> Result<(usize, Duration), BenchError> {
    let began = Instant::now();
    let callers = (0..CALLERS).map(|caller| {
        let (store, tenant) = (Arc::clone(store), tenant.clone());
        tokio::spawn(async move {
            let mut admitted = 0;
            while began.elapsed() < each {
                store.admit(tenant.refund(first + caller + admitted * CALLERS)?).await?;
                admitted += 1;
            }
            Ok::<usize, BenchError>(admitted)
        })
    });
    let callers: Vec<_> = callers.collect();
    let mut all = 0;
    for caller in callers {
        // One that panicked has said so.
        all += caller.await.unwrap_or(Ok(0))?;
    }
    Ok((all, began.elapsed()))
}

/// Decides on refunds that are taken in for it.
struct Owner<'a> {
    store: &'a SqliteStore,
    tenant: &'a Tenant,
    rulebook: Rulebook,
    epoch: Epoch,
    batch: u64,
    n: usize,
}

impl Owner<'_> {
    /// How long commits of `size` decisions take.
    async fn commits(&mut self, size: usize, each: Duration) -> Result<Vec<Duration>, BenchError> {
        let (mut took, began) = (vec![], Instant::now());
        while began.elapsed() < each {
            let batch = self.batch_of(size).await?;
            let began = Instant::now();
            self.store.commit(batch).await?;
            took.push(began.elapsed());
        }
        Ok(took)
    }

    async fn batch_of(&mut self, size: usize) -> Result<Batch, BenchError> {
        let mut changes = vec![];
        for _ in 0..size {
            // Each on an order of its own, far from those of the crowd.
            self.n += CALLERS;
            if let Admission::Admitted { refund, .. } =
                self.store.admit(self.tenant.refund(self.n)?).await?.admission
            {
                let now = Timestamp::now();
                changes.extend(self.rulebook.decide(&refund, Event::Released { signed_at: now }, now));
            }
        }
        let arrived = self.store.intake(&self.tenant.mchid, size).await?;
        let consumed = arrived.items.iter().map(|item| item.seq).collect();
        self.batch += 1;
        Ok(Batch {
            number: BatchNo(self.batch),
            mchid: self.tenant.mchid.clone(),
            epoch: self.epoch,
            consumed,
            changes,
            orders: vec![],
            pools: vec![],
            postings: vec![],
            contributions: vec![],
            merchant: None,
        })
    }
}
