//! The refunds that wait: put into the store of a gateway that does not run.

use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use refunds::batch::{Batch, BatchNo};
use refunds::intake::NewRefund;
use refunds::owner::IntakePage;
use refunds::refund::Why;
use refunds::step::Event;
use store::contract::Store as _;
use store::sqlite::SqliteStore;
use tokio::task::JoinSet;
use wechatpay::money::Money;

use crate::error::BenchError;
use crate::trials::tenant::{Rulebook, Tenant};
use crate::world::POOL_FEN;

/// How many are taken in at once, and decided on in one batch.
const AT_ONCE: usize = 512;

/// How many needs there are: refunds wait in as many lanes as their sizes make.
const NEEDS: usize = 50;

/// Until when they wait unless there is money before: no run is that long.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// When those that have a deadline have it.
const A_MONTH: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Lets refunds number 0 to `refunds`, the last one excluded, wait for money at `merchants`, in the store in `file`, which nobody
/// may have open. Each needs more than the pools here hold. Half of them have a deadline, and so a timer that is not due yet.
pub async fn fill(file: &Path, merchants: &[String], refunds: usize) -> Result<(), BenchError> {
    let store = Arc::new(SqliteStore::open(file)?);
    for (place, mchid) in merchants.iter().enumerate() {
        let numbers: Vec<usize> = (place..refunds).step_by(merchants.len()).collect();
        fill_one(&store, &Tenant::new(mchid)?, &numbers).await?;
    }
    Ok(())
}

async fn fill_one(store: &Arc<SqliteStore>, tenant: &Tenant, numbers: &[usize]) -> Result<(), BenchError> {
    let (mchid, rulebook) = (&tenant.mchid, Rulebook::default());
    let epoch = store.take_ownership(mchid, "bench").await?;
    for (batch, numbers) in (1..).zip(numbers.chunks(AT_ONCE)) {
        let now = Timestamp::now();
        let mut taken_in = JoinSet::new();
        for &n in numbers {
            let (store, new) = (Arc::clone(store), waiting(tenant, n, now)?);
            taken_in.spawn(async move { store.admit(new).await });
        }
        for admitted in taken_in.join_all().await {
            admitted?;
        }
        let IntakePage { items, page, more: _ } = store.intake(mchid, numbers.len()).await?;
        let held = Event::Held { why: Why::Funds, not_before: Some(now + A_DAY) };
        let changes = page.refunds.iter().filter_map(|refund| rulebook.decide(refund, held.clone(), now));
        store
            .commit(Batch {
                number: BatchNo(batch),
                mchid: mchid.clone(),
                epoch,
                consumed: items.iter().map(|item| item.seq).collect(),
                changes: changes.collect(),
                orders: vec![],
                pools: vec![],
                postings: vec![],
                contributions: vec![],
                merchant: None,
            })
            .await?;
    }
    store.give_up(mchid, epoch).await?;
    Ok(())
}

fn waiting(tenant: &Tenant, n: usize, now: Timestamp) -> Result<NewRefund, BenchError> {
    let mut new = tenant.refund(n)?;
    let times = i64::try_from(2 + n % NEEDS).unwrap_or(i64::MAX);
    let need = Money::fen(POOL_FEN.cast_signed().saturating_mul(times));
    (new.request.amount, new.request.total) = (need, need);
    new.request.deadline = n.is_multiple_of(2).then_some(now + A_MONTH);
    Ok(new)
}
