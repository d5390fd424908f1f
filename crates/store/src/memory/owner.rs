//! Reading as an owner.

use std::collections::BTreeSet;

use jiff::Timestamp;
use refunds::batch::IntakeSeq;
use refunds::intake::{Arrival, IntakeItem};
use refunds::key::{OrderKey, RefundKey};
use refunds::order::Order;
use refunds::outcome::OrderReport;
use refunds::owner::{
    DuePage, FrontPage, Holding, Input, IntakePage, Load, Namesakes, OpenAfter, OpenPage, Page,
};
use refunds::refund::State;
use wechatpay::china::ChinaDay;
use wechatpay::ids::{Mchid, SubMchid};

use super::model::{Model, Rows};
use crate::contract::Answer;
use crate::waiting::shares;

impl Model {
    /// What is found for `load` on `day`; see [`crate::owner::load`].
    pub fn load(&self, mchid: &Mchid, load: &Load, day: ChinaDay) -> Answer<Input> {
        Ok(match load {
            Load::Holding => Input::Holding(self.holding(mchid, day)?),
            Load::Intake { limit } => Input::Intake(self.intake(mchid, *limit)?),
            Load::Due { at, limit } => Input::Due(self.due(mchid, *at, *limit)?),
            Load::Front { limit } => Input::Front(self.front(mchid, *limit)?),
            Load::Open { after, limit } => Input::Open(self.open_refunds(mchid, after.as_ref(), *limit)?),
            Load::RecentOrders { before, limit } => {
                Input::RecentOrders(self.recent_orders(mchid, before.as_ref(), *limit)?)
            }
            Load::Refunds(keys) => Input::Refunds(self.refunds(keys)?),
            Load::PastDays { limit } => Input::PastDays(self.past_days(mchid, *limit)?),
            Load::Namesakes { order, sub_mchid, report } => {
                Input::Namesakes(self.namesakes(order, sub_mchid.as_ref(), report)?)
            }
        })
    }

    /// See [`Store::holding`](crate::Store::holding).
    pub fn holding(&self, mchid: &Mchid, day: ChinaDay) -> Answer<Holding> {
        let rows = self.rows(mchid.as_str())?;
        let days = day.plus_days(-1)..=day;
        Ok(Holding {
            epoch: rows.epoch,
            merchant: rows.state,
            pools: rows.pools.values().filter(|pool| days.contains(&pool.day)).cloned().collect(),
            contributions: rows.contributions.values().cloned().collect(),
            next_due: rows.index.due.first().map(|(due, _)| *due),
        })
    }

    /// See [`Store::intake`](crate::Store::intake).
    pub fn intake(&self, mchid: &Mchid, limit: usize) -> Answer<IntakePage> {
        let rows = self.rows(mchid.as_str())?;
        let items: Vec<IntakeItem> =
            rows.intake.iter().take(limit).map(|(seq, what)| rows.intake_item(*seq, what)).collect();
        let mut refunds = BTreeSet::new();
        let mut orders = BTreeSet::new();
        for item in &items {
            match &item.what {
                Arrival::Refund(refund)
                | Arrival::Notice { refund, .. }
                | Arrival::Command { refund, .. } => {
                    refunds.insert(refund);
                }
                Arrival::Payment(order) => {
                    orders.insert(order);
                }
                Arrival::PastDay(_) | Arrival::Pause(_) => {}
            }
        }
        let page = rows.page_with(refunds.into_iter(), orders.into_iter());
        Ok(IntakePage { page, more: rows.intake.len() > limit, items })
    }

    /// See [`Store::due`](crate::Store::due).
    pub fn due(&self, mchid: &Mchid, at: Timestamp, limit: usize) -> Answer<DuePage> {
        let rows = self.rows(mchid.as_str())?;
        let due = || rows.index.due.iter();
        let page: Vec<&RefundKey> =
            due().take(limit).take_while(|(due, _)| *due <= at).map(|(_, key)| key).collect();
        let next_due = due().nth(page.len()).map(|(due, _)| *due);
        Ok(DuePage { page: rows.page(page.into_iter()), next_due })
    }

    /// See [`Store::front`](crate::Store::front).
    pub fn front(&self, mchid: &Mchid, limit: usize) -> Answer<FrontPage> {
        let rows = self.rows(mchid.as_str())?;
        let counts: Vec<u64> = rows.index.waiting.values().map(|lane| lane.len() as u64).collect();
        let shares = shares(&counts, limit as u64);
        let front = rows.index.waiting.values().zip(&shares).flat_map(|(lane, share)| {
            lane.iter().take(usize::try_from(*share).unwrap_or(usize::MAX)).map(|(_, key)| key)
        });
        Ok(FrontPage { page: rows.page(front), complete: counts == shares })
    }

    /// See [`Store::open_refunds`](crate::Store::open_refunds).
    pub fn open_refunds(&self, mchid: &Mchid, after: Option<&OpenAfter>, limit: usize) -> Answer<OpenPage> {
        let rows = self.rows(mchid.as_str())?;
        let comes_before = |state: &&&str| after.is_some_and(|after| after.state != **state);
        let of_state = |state: &'static str| {
            let begin = after.filter(|after| after.state == state);
            let created = rows.index.created.iter();
            let comes_after = move |(at, key): &&(Timestamp, RefundKey)| {
                begin.is_none_or(|after| (*at, key) > (after.created_at, &after.refund))
            };
            created
                .filter(comes_after)
                .map(|(_, key)| key)
                .filter(move |key| rows.refunds.get(*key).is_some_and(|refund| refund.state.name() == state))
        };
        let states = State::OPEN.iter().skip_while(comes_before);
        let mut open: Vec<&RefundKey> = states.flat_map(|state| of_state(state)).take(limit + 1).collect();
        let more = open.len() > limit;
        open.truncate(limit);
        Ok(OpenPage { page: rows.page(open.into_iter()), more })
    }

    /// See [`Store::recent_orders`](crate::Store::recent_orders).
    pub fn recent_orders(
        &self,
        mchid: &Mchid,
        before: Option<&OrderKey>,
        limit: usize,
    ) -> Answer<Vec<Order>> {
        let latest_first = self.rows(mchid.as_str())?.orders.values().rev();
        let is_behind = |order: &&Order| before.is_none_or(|before| order.key < *before);
        let its_own = latest_first.filter(is_behind).filter(|order| order.merged_into.is_none());
        Ok(its_own.take(limit).cloned().collect())
    }

    /// See [`Store::refunds`](crate::Store::refunds).
    pub fn refunds(&self, keys: &[RefundKey]) -> Answer<Page> {
        match keys.first() {
            Some(key) => Ok(self.rows(key.mchid())?.page(keys.iter())),
            None => Ok(Page::default()),
        }
    }

    /// See [`Store::namesakes`](crate::Store::namesakes).
    pub fn namesakes(
        &self,
        order: &OrderKey,
        sub_mchid: Option<&SubMchid>,
        report: &OrderReport,
    ) -> Answer<Namesakes> {
        let rows = self.rows(order.mchid())?;
        let named = [
            rows.orders.get(order),
            rows.by_out_trade_no(sub_mchid, &report.out_trade_no),
            rows.by_transaction_id(sub_mchid, &report.transaction_id),
        ];
        let orders: BTreeSet<&OrderKey> = named.into_iter().flatten().map(|order| &order.key).collect();
        let refunds: Vec<&RefundKey> = orders
            .iter()
            .filter_map(|order| rows.index.of_order.get(*order))
            .flatten()
            .map(|(_, key)| key)
            .filter(|key| rows.waits_unattempted(key))
            .collect();
        let page = rows.page_with(refunds.into_iter(), orders.into_iter());
        Ok(Namesakes { order: order.clone(), report: report.clone(), page })
    }
}

impl Rows {
    /// The row as the owner should see it: a payment of an order that was taken over is the survivor's.
    fn intake_item(&self, seq: IntakeSeq, what: &Arrival) -> IntakeItem {
        let what = match what {
            Arrival::Payment(order) => Arrival::Payment(self.surviving(order).clone()),
            other => other.clone(),
        };
        IntakeItem { seq, what }
    }

    fn waits_unattempted(&self, key: &RefundKey) -> bool {
        self.refunds.get(key).is_some_and(|refund| refund.is_waiting() && refund.attempts.count == 0)
    }
}
