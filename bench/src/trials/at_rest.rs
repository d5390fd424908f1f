//! How long it takes from a refund's request to its arrival at WeChat Pay when nothing else is going on.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::setting::Setting;
use super::subject::{Subject, refund_of};
use super::{CALLERS, WINDOW};
use crate::callers::{Pace, call};
use crate::error::BenchError;
use crate::figures::Distribution;
use crate::world::ENDLESS_FEN;

/// How many of them a second, as with the peers.
const PER_S: u32 = 20;

/// Asks for so many refunds, number 0 and on, one by one. The way of each begins when its caller begins to send the request,
/// and ends when the sandbox has read its submission.
pub async fn at_rest(
    setting: &Setting,
    disk: &Path,
    refunds: usize,
) -> Result<Option<Distribution>, BenchError> {
    setting.pay_orders(0, refunds).await?;
    let pools = setting.fill_pools().await?;
    let subject = Subject::start(setting, disk).await?;
    subject.show_pools(&pools).await?;
    subject.wait_for_acceptance(pools.len()).await?;

    let access = subject.access();
    let post = move |n| (n < refunds).then(|| access.refund(n, ENDLESS_FEN)).flatten();
    let called = call(&subject.process.place, CALLERS, Pace::PerSecond(PER_S), Duration::MAX, post).await?;
    subject.wait_for_acceptance(pools.len() + refunds).await?;
    // The record of the last one is written after its answer.
    tokio::time::sleep(WINDOW).await;
    let arrivals = setting.arrivals(0).await?;
    subject.process.stop().await?;

    let mut arrived = BTreeMap::new();
    for arrival in arrivals {
        if let Some(n) = arrival.out_refund_no.as_deref().and_then(refund_of) {
            arrived.entry(n).or_insert(arrival.at);
        }
    }
    let ways = called.answered.iter().filter_map(|answered| {
        let asked_after = answered.after.saturating_sub(answered.took);
        let arrived = Duration::try_from(arrived.get(&answered.n)?.duration_since(called.began_at)).ok()?;
        Some(arrived.saturating_sub(asked_after))
    });
    Ok(Distribution::of(ways.collect()))
}
