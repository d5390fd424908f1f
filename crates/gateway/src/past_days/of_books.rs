//! A past day by our own books, where WeChat Pay's cannot be had: over V2 alone, and on the mainland branch.

use jiff::Timestamp;
use refunds::order::{Order, Source};
use refunds::pool::past::Curve;
use store::contract::{Answer, Store};
use store::reading::PaidListing;
use wechatpay::china::{self, ChinaDay};
use wechatpay::ids::Mchid;
use wechatpay::money::Currency;

/// So many orders are read at once.
const PAGE: usize = 1_000;

/// What our own books say of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// What payers paid, as far as we heard of it.
    pub paid: Curve,
    /// What our own refunds drew, in fen, less what was closed again.
    pub refunded: i64,
}

impl Known {
    /// Whether nothing is known of that day: that says nothing of the day.
    pub fn is_nothing(&self) -> bool {
        self.paid.total() == 0 && self.refunded == 0
    }
}

/// What `store` knows of the CNY pool of `mchid` on `day`.
pub async fn known(store: &impl Store, mchid: &Mchid, day: ChinaDay) -> Answer<Known> {
    let (from, until) = (day.start(), day.end());
    let mut listing = PaidListing { mchid: mchid.clone(), from, until, after: None, limit: PAGE };
    let mut paid = vec![];
    loop {
        let page = store.payments(listing.clone()).await?;
        paid.extend(page.orders.iter().filter_map(payment));
        listing.after = page.next;
        if listing.after.is_none() {
            break;
        }
    }
    let books = store.pool_days(mchid, Currency::CNY, day..=day).await?;
    let refunded = books.iter().map(|books| books.accepted.saturating_sub(books.returned)).sum();
    let paid = paid.into_iter().map(|(at, fen)| (china::civil(at).time(), fen));
    Ok(Known { paid: Curve::of(paid), refunded })
}

/// The order's payment in CNY and its time, if more than a claim says that it was paid.
pub fn payment(order: &Order) -> Option<(Timestamp, i64)> {
    let paid_at = order.paid_at.as_ref().filter(|paid_at| paid_at.source >= Source::Reported)?;
    payer_fen(order).map(|fen| (paid_at.value, fen))
}

/// What the payer paid, if that is CNY and known: of a report, as much as it counts.
fn payer_fen(order: &Order) -> Option<i64> {
    let paid = order.payer_total.as_ref().map_or(order.total.value, |known| known.value);
    let counted = order.posted.map_or(paid.minor(), |posted| posted.counted);
    (paid.currency() == Currency::CNY).then_some(counted)
}
