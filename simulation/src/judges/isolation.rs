//! Merchant ids that share a store: nothing of one is shown to another's owner or tenants, and no owner decides for two.
//!
//! What one of them is answered, posts and is paid is judged where it is for a single one; see the other judges.

use std::collections::BTreeSet;

use refunds::batch::Batch;
use refunds::key::{OrderKey, RefundKey};
use refunds::owner::{Input, Page};
use refunds::refund::Refund;
use store::reading::Scope;

use crate::driver::DriverId;
use crate::history::Kind;
use crate::merchants::MerchantNo;
use crate::world::World;

impl World {
    /// An owner is shown a page.
    pub(crate) fn judge_page(&mut self, merchant: MerchantNo, input: &Input) {
        let page = match input {
            Input::Intake(page) => &page.page,
            Input::Due(page) => &page.page,
            Input::Front(page) => &page.page,
            Input::Open(page) => &page.page,
            Input::Refunds(page) => page,
            Input::Namesakes(namesakes) => &namesakes.page,
            Input::RecentOrders(orders) => &Page { refunds: vec![], orders: orders.clone() },
            _ => return,
        };
        let Page { refunds, orders } = page;
        let refunds = refunds.iter().map(|refund| (&refund.key, &refund.order));
        self.judge_is_own(merchant, "is shown to its owner", refunds, orders.iter().map(|order| &order.key));
    }

    /// An owner hands in a batch.
    pub(crate) fn judge_batch_is_its_own(&mut self, driver: DriverId, batch: &Batch) {
        let merchant = self.merchant_of(driver);
        let mchid = &self.merchant(merchant).mchid;
        if batch.mchid != *mchid {
            let (decided, mchid) = (&batch.mchid, mchid.clone());
            self.judge(Kind::Isolation, || format!("the owner of {mchid} decides for {decided}"));
        }
        let refunds = batch.changes.iter().map(|change| (&change.refund.key, &change.refund.order));
        let orders = batch.orders.iter().map(|change| &change.order);
        self.judge_is_own(merchant, "is changed by its owner", refunds, orders);
    }

    fn judge_is_own<'a>(
        &mut self,
        merchant: MerchantNo,
        what: &str,
        refunds: impl Iterator<Item = (&'a RefundKey, &'a OrderKey)>,
        orders: impl Iterator<Item = &'a OrderKey>,
    ) {
        let mchid = self.merchant(merchant).mchid.as_str();
        let (keys, orders_of): (Vec<_>, Vec<_>) = refunds.unzip();
        let keys = keys.into_iter().map(|key| (key.mchid(), key.as_str()));
        let orders = orders.chain(orders_of).map(|key| (key.mchid(), key.as_str()));
        let anothers = keys.chain(orders).find(|(whose, _)| *whose != mchid).map(|(_, key)| key.to_owned());
        if let Some(key) = anothers {
            let mchid = mchid.to_owned();
            self.judge(Kind::Isolation, || format!("{key} {what}, and that is of {mchid}"));
        }
    }

    /// A tenant looks for a refund by its number: it finds that one, and whatever else its merchant id has under the number.
    pub(crate) fn judge_found_by_number(&mut self, merchant: MerchantNo, refund: &Refund) {
        let (mchid, number) = (&self.merchant(merchant).mchid, &refund.identity.out_refund_no);
        let found = self.disk.model.refunds_by_number(mchid, Scope::All, number).unwrap_or_default();
        let is_its_own = found.iter().all(|found| found.identity.mchid == *mchid);
        if !is_its_own || !found.iter().any(|found| found.key == refund.key) {
            let found: Vec<RefundKey> = found.into_iter().map(|found| found.key).collect();
            let mchid = mchid.clone();
            self.judge(Kind::Isolation, || format!("{mchid} finds {found:?} as {number}"));
        }
    }

    /// A list of a merchant id's refunds has those that were taken in from its tenants, and no others.
    pub(crate) fn judge_listed(&mut self, merchant: MerchantNo, refunds: &[Refund]) {
        let listed: BTreeSet<&RefundKey> = refunds.iter().map(|refund| &refund.key).collect();
        let asks = self.traffic.asks.iter().enumerate();
        let own = asks.filter(|(ask, _)| self.asked_of(*ask) == merchant);
        let taken_in: BTreeSet<&RefundKey> = own.filter_map(|(_, asked)| asked.stored.as_ref()).collect();
        let mchid = &self.merchant(merchant).mchid;
        let differing: Vec<String> =
            listed.symmetric_difference(&taken_in).map(|key| key.to_string()).collect();
        if !differing.is_empty() {
            let mchid = mchid.clone();
            self.judge(Kind::Isolation, || {
                format!("{mchid} took in, or lists, but not both: {}", differing.join(", "))
            });
        }
    }
}
