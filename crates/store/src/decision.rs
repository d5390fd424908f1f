//! What the stores have in common about a batch: not how it is written, but what the rows are afterwards. All of it
//! is said by `refunds`; here is only which row meets which change.

use std::collections::{BTreeMap, BTreeSet};

use refunds::batch::{Batch, OrderChange, absorb};
use refunds::key::OrderKey;
use refunds::order::Order;
use refunds::refund::Refund;

use crate::error::CommitError;

/// A row that was taken over: its refunds draw on the survivor now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Merge {
    pub(crate) absorbed: OrderKey,
    pub(crate) survivor: OrderKey,
}

/// Refuses a batch that is no batch: it touches another merchant id, or one row twice.
pub(crate) fn check_form(batch: &Batch) -> Result<(), CommitError> {
    let mchid = batch.mchid.as_str();
    let mut refunds = BTreeSet::new();
    for change in &batch.changes {
        let key = &change.refund.key;
        if key.mchid() != mchid || !refunds.insert(key) {
            return Err(CommitError::conflict(key));
        }
    }
    let mut orders = BTreeSet::new();
    for order in order_keys(&batch.orders) {
        if order.mchid() != mchid || !orders.insert(order) {
            return Err(CommitError::conflict(order));
        }
    }
    Ok(())
}

/// All rows that `changes` are about, those to be taken over among them.
pub(crate) fn order_keys(changes: &[OrderChange]) -> impl Iterator<Item = &OrderKey> {
    let named = changes.iter().map(|change| &change.order);
    let absorbed = changes.iter().flat_map(|change| &change.absorbs).map(|absorbed| &absorbed.order);
    let named_too: BTreeSet<&OrderKey> = changes.iter().map(|change| &change.order).collect();
    // What a batch changes it may take over as well: the one row is named for two reasons.
    named.chain(absorbed.filter(move |order| !named_too.contains(order)))
}

/// Brings `rows`, which hold every row of [`order_keys`], to what they are after `changes`.
///
/// A row that goes takes its own changes along, and a change of the row that stays may count what it has taken over.
pub(crate) fn change_orders(
    changes: &[OrderChange],
    rows: &mut BTreeMap<OrderKey, Order>,
) -> Result<Vec<Merge>, CommitError> {
    for change in changes {
        expect_version(rows, &change.order, change.expected_version)?;
        for absorbed in &change.absorbs {
            expect_version(rows, &absorbed.order, Some(absorbed.expected_version))?;
        }
    }
    let goes: BTreeSet<&OrderKey> =
        changes.iter().flat_map(|change| &change.absorbs).map(|absorbed| &absorbed.order).collect();
    let (going, staying): (Vec<_>, Vec<_>) = changes.iter().partition(|change| goes.contains(&change.order));
    apply(&going, rows);
    let mut merges = vec![];
    for change in changes {
        for absorbed in &change.absorbs {
            let merge = Merge { absorbed: absorbed.order.clone(), survivor: change.order.clone() };
            take_over(rows, &merge)?;
            merges.push(merge);
        }
    }
    apply(&staying, rows);
    Ok(merges)
}

fn apply(changes: &[&OrderChange], rows: &mut BTreeMap<OrderKey, Order>) {
    for change in changes {
        if let Some(row) = rows.get_mut(&change.order) {
            change.apply(row);
        }
    }
}

/// A row that is gone takes no more changes: whoever still names it has not read what became of it.
fn expect_version(
    rows: &BTreeMap<OrderKey, Order>,
    key: &OrderKey,
    expected: Option<u64>,
) -> Result<(), CommitError> {
    match rows.get(key) {
        Some(row) if row.merged_into.is_none() && expected.is_none_or(|version| version == row.version) => {
            Ok(())
        }
        _ => Err(CommitError::conflict(key)),
    }
}

fn take_over(rows: &mut BTreeMap<OrderKey, Order>, merge: &Merge) -> Result<(), CommitError> {
    let Some(mut gone) = rows.remove(&merge.absorbed) else {
        return Err(CommitError::conflict(&merge.absorbed));
    };
    match rows.get_mut(&merge.survivor) {
        Some(survivor) if gone.merged_into.is_none() && survivor.merged_into.is_none() => {
            absorb(survivor, &mut gone);
            rows.insert(merge.absorbed.clone(), gone);
            Ok(())
        }
        _ => Err(CommitError::conflict(&merge.absorbed)),
    }
}

/// `stored` after a change to `now`. What was written once stays as it was written: no decision has a say in the
/// identity, the number, the amount and the bytes of a refund, nor in the order it draws on, which moves only when its
/// row is taken over.
pub(crate) fn changed(stored: &Refund, now: Refund) -> Refund {
    Refund {
        key: stored.key.clone(),
        identity: stored.identity.clone(),
        upstream_no: stored.upstream_no.clone(),
        order: stored.order.clone(),
        amount: stored.amount,
        deadline: stored.deadline,
        created_at: stored.created_at,
        request: stored.request.clone(),
        ..now
    }
}
