//! `/v1/admin/merchants/{mchid}/ledger`: whether the ledger that is kept says what orders and refunds say, and putting it right.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::State;
use refunds::pool::ledger::LedgerDay;
use serde::Serialize;
use store::Store;
use store::error::StoreError;
use utoipa::ToSchema;
use wechatpay::china::ChinaDay;
use wechatpay::ids::Mchid;
use wechatpay::money::Currency;

use super::merchants::account;
use super::operator::{Office, Operator};
use super::trail::{self, Act};
use crate::api::problem::Problem;
use crate::api::request::path::Named;
use crate::gateway::Gateway;

/// The currencies that payers pay in: a ledger that is kept in one of them is looked at even if nothing at all should stand in
/// it.
const PAYERS: [Currency; 2] = [Currency::CNY, Currency::HKD];

/// A pool on a day.
type Place = (Currency, ChinaDay);

/// The ledger of a merchant id, beside what its orders and refunds say when they are counted anew.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LedgerCheck, example = json!({
    "mchid": "1900000001", "is_right": false,
    "differences": [{"currency": "CNY", "china_day": "2026-05-07",
        "kept": {"paid": 1_300_000, "accepted": 400_000, "succeeded": 380_000, "returned": 0},
        "counted": {"paid": 1_300_000, "accepted": 410_000, "succeeded": 380_000, "returned": 0}}],
    "moving": [{"currency": "CNY", "china_day": "2026-05-08"}]
}))]
pub(super) struct LedgerCheckView {
    /// The merchant id.
    mchid: String,
    /// Whether no day differs, as far as days could be compared.
    is_right: bool,
    /// The days that differ, by pool and day.
    differences: Vec<DifferenceView>,
    /// The days whose sums moved while they were counted, so that they could not be compared: ask again.
    moving: Vec<DayView>,
}

/// What became of the ledger of a merchant id.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LedgerRebuilding, example = json!({"mchid": "1900000001", "is_changed": true}))]
pub(super) struct LedgerRebuildingView {
    /// The merchant id.
    mchid: String,
    /// Whether it said something else before; false if it was right already.
    is_changed: bool,
}

/// A day on which the ledger says something else than orders and refunds.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LedgerDifference)]
struct DifferenceView {
    /// The pool, by the payer's currency.
    currency: String,
    /// The China day.
    china_day: String,
    /// What is kept.
    kept: SumsView,
    /// What orders and refunds say.
    counted: SumsView,
}

/// A day of a pool.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LedgerDay)]
struct DayView {
    /// The pool, by the payer's currency.
    currency: String,
    /// The China day.
    china_day: String,
}

/// The sums of a day, in minor units of the pool's currency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LedgerSums)]
struct SumsView {
    /// What payers paid.
    paid: i64,
    /// What refunds drew that WeChat Pay took.
    accepted: i64,
    /// What refunds brought to payers.
    succeeded: i64,
    /// What came back from refunds that were closed.
    returned: i64,
}

/// Check the ledger
///
/// Counts the ledger anew from all orders and refunds, and says on which days the one that is kept differs. It changes nothing. It
/// reads everything there is of the merchant id: not for every minute.
#[utoipa::path(
    get, path = "/v1/admin/merchants/{mchid}/ledger", operation_id = "check_ledger", tag = "operator",
    params(("mchid" = String, Path, description = "The merchant id.", example = "1900000001")),
    responses((status = 200, description = "What differs, if anything.", body = LedgerCheckView)),
    security(("key" = ["admin"])),
)]
pub(super) async fn check(
    State(office): State<Office>,
    _: Operator,
    Named(mchid): Named,
) -> Result<Json<LedgerCheckView>, Problem> {
    let account = account(&office.gateway, &mchid)?;
    let mchid = &account.merchant.mchid;
    let store = &*office.gateway.store;
    let mut pools = BTreeSet::from(PAYERS);
    loop {
        let before = kept(store, mchid, &pools).await?;
        let counted = by_place(store.recount_ledger(mchid).await?);
        let after = kept(store, mchid, &pools).await?;
        let known = pools.len();
        pools.extend(counted.keys().map(|(pool, _)| *pool));
        // What is kept of a pool that was not thought of is read as well.
        if pools.len() == known {
            return Ok(Json(compared(mchid, &before, &counted, &after)));
        }
    }
}

/// Rebuild the ledger
///
/// Puts what orders and refunds say in the place of the ledger that is kept, in one step: what is decided before and afterwards is
/// counted once. Refunds go on meanwhile. No money moves, and no decision rests on it: the ledger tells people, and statements are
/// held against it.
#[utoipa::path(
    post, path = "/v1/admin/merchants/{mchid}/ledger/rebuild", operation_id = "rebuild_ledger", tag = "operator",
    params(("mchid" = String, Path, description = "The merchant id.", example = "1900000001")),
    responses((status = 200, description = "It says what orders and refunds say.", body = LedgerRebuildingView)),
    security(("key" = ["admin"])),
)]
pub(super) async fn rebuild(
    State(office): State<Office>,
    Operator(actor): Operator,
    Named(mchid): Named,
) -> Result<Json<LedgerRebuildingView>, Problem> {
    let account = account(&office.gateway, &mchid)?;
    let mchid = &account.merchant.mchid;
    Ok(Json(rebuilt(&office.gateway, mchid, &actor).await?))
}

async fn rebuilt(gateway: &Gateway, mchid: &Mchid, actor: &str) -> Result<LedgerRebuildingView, StoreError> {
    let is_changed = gateway.store.rebuild_ledger(mchid).await?;
    let detail = if is_changed { "it said something else" } else { "it was right" };
    trail::record(gateway, mchid, Act { actor, action: "ledger.rebuild", detail }).await?;
    Ok(LedgerRebuildingView { mchid: mchid.to_string(), is_changed })
}

async fn kept(
    store: &impl Store,
    mchid: &Mchid,
    pools: &BTreeSet<Currency>,
) -> Result<BTreeMap<Place, LedgerDay>, StoreError> {
    let mut days = BTreeMap::new();
    for pool in pools {
        days.append(&mut by_place(store.ledger(mchid, *pool).await?));
    }
    Ok(days)
}

fn by_place(days: Vec<LedgerDay>) -> BTreeMap<Place, LedgerDay> {
    days.into_iter().map(|day| ((day.pool, day.day), day)).collect()
}

/// Holds what was counted against what was kept before and after the counting. Orders and refunds and the ledger are read one after
/// the other, while refunds go on: a day that moved in between proves nothing.
fn compared(
    mchid: &Mchid,
    before: &BTreeMap<Place, LedgerDay>,
    counted: &BTreeMap<Place, LedgerDay>,
    after: &BTreeMap<Place, LedgerDay>,
) -> LedgerCheckView {
    let sums = |days: &BTreeMap<Place, LedgerDay>, place: Place| {
        days.get(&place).copied().unwrap_or_else(|| LedgerDay::empty(place.0, place.1))
    };
    let places: BTreeSet<Place> =
        [before, counted, after].into_iter().flat_map(BTreeMap::keys).copied().collect();
    let (mut differences, mut moving) = (vec![], vec![]);
    for place in places {
        let (kept, counted) = (sums(after, place), sums(counted, place));
        if kept == counted {
            continue;
        }
        let (currency, china_day) = (place.0.code().to_owned(), place.1.to_string());
        if sums(before, place) == kept {
            differences.push(DifferenceView {
                currency,
                china_day,
                kept: SumsView::of(&kept),
                counted: SumsView::of(&counted),
            });
        } else {
            moving.push(DayView { currency, china_day });
        }
    }
    LedgerCheckView { mchid: mchid.to_string(), is_right: differences.is_empty(), differences, moving }
}

impl SumsView {
    fn of(day: &LedgerDay) -> SumsView {
        let LedgerDay { pool: _, day: _, paid, accepted, succeeded, returned } = *day;
        SumsView { paid, accepted, succeeded, returned }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(fen: i64) -> BTreeMap<Place, LedgerDay> {
        let day = ChinaDay::of("2026-05-07T04:00:00Z".parse().unwrap());
        by_place(vec![LedgerDay { paid: fen, ..LedgerDay::empty(Currency::CNY, day) }])
    }

    #[test]
    fn a_day_that_moves_while_it_is_counted_is_not_called_wrong() {
        let mchid = Mchid::parse("19").unwrap();
        let none = BTreeMap::new();
        // Kept before, counted, kept after; whether it is right, how many days differ, how many move.
        for (before, counted, after, expected) in [
            (&day(5), &day(5), &day(5), (true, 0, 0)),
            (&day(5), &day(6), &day(5), (false, 1, 0)),
            (&day(5), &none, &day(5), (false, 1, 0)),
            (&none, &day(5), &none, (false, 1, 0)),
            (&day(5), &day(6), &day(6), (true, 0, 0)),
            (&day(5), &day(5), &day(6), (true, 0, 1)),
            (&day(5), &day(6), &day(7), (true, 0, 1)),
        ] {
            let check = compared(&mchid, before, counted, after);
            let found = (check.is_right, check.differences.len(), check.moving.len());
            assert_eq!(found, expected, "{before:?} {counted:?} {after:?}");
        }
    }
}
