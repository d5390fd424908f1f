//! What a backup lacks: nothing is submitted before the orders that it has were asked about, and what was found is on disk.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use refunds::key::{OrderKey, UpstreamNo};
use refunds::outcome::ListOutcome;
use refunds::owner::{Fact, Input, Question};

use crate::driver::DriverId;
use crate::history::Kind;
use crate::merchants::MerchantNo;
use crate::world::World;

/// What an owner has to do with it, since it began or began again.
#[derive(Debug, Default)]
pub(crate) struct Search {
    /// When that was.
    began_at: Option<Timestamp>,
    asked: BTreeSet<OrderKey>,
    told: BTreeSet<UpstreamNo>,
}

impl World {
    /// An owner asks.
    pub(crate) fn note_asked_list(&mut self, driver: DriverId, question: &Question) {
        if let Question::RefundsOf { order, .. } = question
            && let Some(driver) = self.driver_mut(driver)
        {
            driver.search.asked.insert(order.clone());
        }
    }

    /// An owner is told something.
    pub(crate) fn note_list(&mut self, driver: DriverId, input: &Input) {
        let now = self.now;
        let Some(driver) = self.driver_mut(driver) else { return };
        match input {
            Input::Holding(_) => driver.search = Search { began_at: Some(now), ..Search::default() },
            Input::Fact(Fact::Listed { order, outcome: ListOutcome::Listed { refunds, .. }, .. })
                if driver.search.asked.contains(order) =>
            {
                driver.search.told.extend(refunds.iter().map(|listed| listed.upstream_no.clone()));
            }
            _ => {}
        }
    }

    /// It is on disk that a merchant id's owner may submit again.
    pub(crate) fn judge_checked(&mut self, driver: DriverId) {
        let merchant = self.merchant_of(driver);
        let has: BTreeSet<OrderKey> = self.all_orders(merchant).into_iter().collect();
        let stored: BTreeSet<UpstreamNo> =
            self.all_refunds(merchant).into_iter().map(|refund| refund.upstream_no).collect();
        let (Some(search), Some(put_back)) =
            (self.driver(driver).map(|driver| &driver.search), &self.put_back)
        else {
            return;
        };
        // What cannot be asked about in time is left to its tenants; who goes by a clock that was set cannot tell, and every clock
        // drifts.
        let within = self.merchant(merchant).policy.recent_orders_within * 9 / 10;
        let took = search.began_at.map_or(SignedDuration::MAX, |began_at| self.now.duration_since(began_at));
        let may_leave_out = took >= within || self.was_clock_set(self.node_of(driver));
        let had = put_back.orders.get(&merchant).into_iter().flatten();
        let unasked = had.filter(|order| has.contains(*order)).find(|order| !search.asked.contains(*order));
        if let Some(order) = unasked.filter(|_| !may_leave_out).cloned() {
            self.judge(Kind::Send, || format!("{driver} submits again, and has not asked about {order}"));
        } else if let Some(number) = search.told.difference(&stored).next().cloned() {
            self.judge(Kind::Lost, || format!("{driver} was told of {number}, which is not in the store"));
        }
    }

    /// The orders of a merchant id that no other row took over.
    pub(crate) fn all_orders(&self, merchant: MerchantNo) -> Vec<OrderKey> {
        let mchid = &self.merchant(merchant).mchid;
        let orders = self.disk.model.recent_orders(mchid, None, usize::MAX).unwrap_or_default();
        orders.into_iter().map(|order| order.key).collect()
    }
}
