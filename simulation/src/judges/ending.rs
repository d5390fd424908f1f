//! Everything once more, when all is over.

use std::collections::BTreeMap;

use platform::audit::Audit;
use refunds::key::RefundKey;
use refunds::refund::Refund;
use refunds::step::Cause;
use store::reading::{Lane, Listing, Waiting};
use store::waiting::counted_need;

use crate::history::Kind;
use crate::merchants::MerchantNo;
use crate::world::World;

impl World {
    pub(crate) fn judge_ending(&mut self) {
        self.judge_acknowledged();
        let audit = self.platform.audit();
        if let Some(violation) = audit.violations.first() {
            self.judge(Kind::Platform, || format!("the platform's own books: {violation:?}"));
        }
        for merchant in self.merchant_nos() {
            let refunds = self.all_refunds(merchant);
            let ended_as = |name| refunds.iter().filter(|refund| refund.state.name() == name).count() as u64;
            self.tally.succeeded += ended_as("succeeded");
            self.tally.abnormal += ended_as("abnormal");
            for refund in &refunds {
                self.judge_truth(refund);
                self.judge_journal(refund);
            }
            self.judge_listed(merchant, &refunds);
            self.judge_platform(merchant, &audit, &refunds);
            self.judge_feed(merchant);
            self.judge_waiting(merchant, &refunds);
            self.judge_ledger(merchant, &refunds);
            let keys: Vec<RefundKey> = refunds.iter().map(|refund| refund.key.clone()).collect();
            if let Ok(page) = self.disk.model.refunds(&keys) {
                page.orders.iter().for_each(|order| self.recount(merchant, order));
            }
        }
        for order in 0..self.traffic.orders.len() {
            self.judge_sum(order);
        }
    }

    pub(super) fn all_refunds(&self, merchant: MerchantNo) -> Vec<Refund> {
        let listing = Listing::of(self.merchant(merchant).mchid.clone(), usize::MAX);
        self.disk.model.list(listing).map(|listed| listed.refunds).unwrap_or_default()
    }

    /// Every refund that a caller was answered 202 for is there, as it was asked for.
    fn judge_acknowledged(&mut self) {
        for ask in 0..self.traffic.asks.len() {
            let Some(asked) = self.traffic.asks.get(ask) else { return };
            let Some(key) = &asked.acknowledged else { continue };
            let stored = self.disk.model.request(key).ok().flatten();
            if stored != asked.request {
                let key = key.clone();
                self.judge(Kind::Lost, || {
                    format!("R{ask} was acknowledged as {key}, which is not in the store")
                });
            }
        }
    }

    /// The platform accepted each of a merchant id's numbers once, for the amount asked for, and none that is not stored.
    fn judge_platform(&mut self, merchant: MerchantNo, audit: &Audit, refunds: &[Refund]) {
        let mchid = self.merchant(merchant).mchid.clone();
        let stored: BTreeMap<_, _> =
            refunds.iter().map(|refund| (refund.upstream_no.number().clone(), refund)).collect();
        for audited in audit.refunds.iter().filter(|audited| audited.mchid == mchid) {
            let number = &audited.out_refund_no;
            if audited.acceptances > 1 {
                self.judge(Kind::PaidTwice, || format!("{number} was paid {} times", audited.acceptances));
            }
            // Closed, it is as if it had never been, and its order's amount may be promised to another one.
            let is_left =
                self.forgotten_under(merchant, number).is_some() && !self.is_taken(merchant, number);
            if audited.acceptances > 0 && !stored.contains_key(number) && !is_left {
                self.judge(Kind::PaidTwice, || {
                    format!("{number} was paid, and no stored refund stands for it")
                });
            }
        }
        let amounts: Vec<_> = self
            .platform
            .refunds()
            .iter()
            .filter(|(_, refund)| refund.mchid == mchid)
            .map(|(_, refund)| (refund.out_refund_no.clone(), refund.part.price))
            .collect();
        for (number, paid) in amounts {
            if stored.get(&number).is_some_and(|refund| refund.amount != paid) {
                self.judge(Kind::PaidTwice, || {
                    format!("{number} was paid {paid}, which is not what was asked for")
                });
            }
        }
    }

    /// A journal without gaps, each line of which goes on where the one before ended.
    fn judge_journal(&mut self, refund: &Refund) {
        let lines = self.disk.model.timeline(&refund.key).unwrap_or_default();
        let number = &refund.upstream_no;
        let mut state = "";
        for (line, n) in lines.iter().zip(1..) {
            let entry = &line.entry;
            if entry.n != n || entry.from != state {
                self.judge(Kind::Books, || format!("line {n} of {number} does not follow: {entry:?}"));
            }
            state = entry.to;
        }
        if lines.len() as u64 != refund.version || state != refund.state.name() {
            self.judge(Kind::Books, || {
                format!(
                    "{number} is {} with version {}, its journal ends {state}",
                    refund.state.name(),
                    refund.version
                )
            });
        }
    }

    /// News without gaps but for the one at which the store was put back, in which nobody sees a refund go backwards.
    fn judge_feed(&mut self, merchant: MerchantNo) {
        let news = self.disk.model.feed(&self.merchant(merchant).mchid, 0, usize::MAX).unwrap_or_default();
        let mut states: BTreeMap<RefundKey, &'static str> = BTreeMap::new();
        for (news, n) in news.iter().zip(1..) {
            let seq = self.news_number(merchant, n);
            let entry = &news.entry;
            let known = states.insert(news.refund.clone(), entry.to);
            let follows = known.is_none_or(|known| known == entry.from);
            let proven = matches!(entry.cause, Cause::Found | Cause::Told | Cause::Accepted);
            let goes_back = known.is_some_and(|known| rank(known) > rank(entry.to) || rank(known) == 3);
            if news.seq != seq || !follows || (goes_back && !proven) {
                self.judge(Kind::Books, || format!("news {seq} after {known:?}: {news:?}"));
            }
        }
    }

    /// The number of a merchant id's `n`-th news.
    fn news_number(&self, merchant: MerchantNo, n: u64) -> u64 {
        let Some(put_back) = &self.put_back else { return n };
        let backed_up = put_back.news.get(&merchant).copied().unwrap_or(0);
        if n > backed_up { put_back.counted_after + (n - backed_up) } else { n }
    }

    /// The sums over the waiting are those of the waiting.
    fn judge_waiting(&mut self, merchant: MerchantNo, refunds: &[Refund]) {
        let mut lanes: BTreeMap<Lane, (u64, i64)> = BTreeMap::new();
        for refund in refunds {
            let Some(place) = refund.place() else { continue };
            let lane = Lane {
                pool: place.pool,
                class: place.class,
                sub_mchid: refund.identity.sub_mchid.clone(),
                bucket: place.bucket,
            };
            let (count, sum) = lanes.entry(lane).or_default();
            *count += 1;
            *sum += counted_need(refund.need.high);
        }
        let counted: Vec<Waiting> =
            lanes.into_iter().map(|(lane, (count, sum))| Waiting { lane, count, sum }).collect();
        let noted = self.disk.model.waiting(&self.merchant(merchant).mchid).unwrap_or_default();
        if noted != counted {
            self.judge(Kind::Books, || format!("waiting are noted as {noted:?}, counted are {counted:?}"));
        }
    }
}

/// How far a refund has come: not taken, taken, ended.
pub(super) fn rank(state: &str) -> u8 {
    match state {
        "processing" | "abnormal" => 2,
        "succeeded" | "closed" | "rejected" | "cancelled" => 3,
        _ => 1,
    }
}
