//! The store is lost, and a backup of it is put back.
//!
//! Once in a history at most. The backup is the disk as it was some minutes or hours before; every node ends, somebody says that
//! the store was put back, and a new node begins. The platform has gone on meanwhile, and so have tenants: they ask again for
//! what the store has forgotten, under the same numbers, as the guide says they must. An operator's last word on the pause is said
//! again, too.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use platform::refund::RefundStatus;
use refunds::intake::Admission;
use refunds::key::{OrderKey, RefundKey};
use refunds::owner::{FoundRefunds, Input};
use store::memory::Model;
use store::restoration::Restoration;
use wechatpay::ids::OutRefundNo;

use crate::agenda::Event;
use crate::disk::Write;
use crate::driver::DriverId;
use crate::faults::Fault;
use crate::history::Kind;
use crate::judges::restores::Remembered;
use crate::merchants::MerchantNo;
use crate::mutations::Mutation;
use crate::node::Trouble;
use crate::world::World;

/// In so many histories of a million.
const SHARE_PPM: u32 = 250_000;
/// How long a backup is there at most before it is put back.
const OLDEST: [i64; 3] = [10 * 60_000, 3 * 3_600_000, 12 * 3_600_000];

/// The disk at some moment.
#[derive(Debug)]
pub(crate) struct Backup {
    model: Model,
    remembered: BTreeMap<MerchantNo, Remembered>,
}

/// A backup that was put back.
#[derive(Debug)]
pub(crate) struct PutBack {
    pub(crate) at: Timestamp,
    /// How many news it has of each merchant id.
    pub(crate) news: BTreeMap<MerchantNo, u64>,
    /// The number after which the next ones are counted.
    pub(crate) counted_after: u64,
    /// The refunds that it lacks.
    pub(crate) keys: BTreeSet<RefundKey>,
    /// Their numbers at the platform, by what was asked for.
    pub(crate) numbers: BTreeMap<usize, OutRefundNo>,
    /// The orders that it has.
    pub(crate) orders: BTreeMap<MerchantNo, Vec<OrderKey>>,
}

impl World {
    /// Draws whether and when a backup is made and put back.
    pub(crate) fn plan_restore(&mut self, start: Timestamp, heal: Timestamp) {
        let (chance, name) = (self.chance, Fault::StorePutBack.name());
        if !self.without.has(Fault::StorePutBack) || !chance.happens(SHARE_PPM, name, "happens", 0) {
            return;
        }
        let asks = &self.traffic.asked_at;
        let ask = chance.below(i64::try_from(asks.len()).unwrap_or(0), name, "ask", 0);
        let asked_at = usize::try_from(ask).ok().and_then(|ask| asks.get(ask)).copied().unwrap_or(start);
        let made_at = asked_at
            + chance.millis(0, chance.pick(40, &[3_000, 600_000], name, "soon", 0), name, "after", 0);
        let [first, others @ ..] = OLDEST;
        let old = chance.millis(60_000, chance.pick(first, &others, name, "old", 0), name, "old", 1);
        let put_back_at = (made_at + old).min(heal - SignedDuration::from_secs(1));
        if made_at < put_back_at {
            self.agenda.enter(made_at, Event::Trouble(Trouble::BackUp));
            self.agenda.enter(put_back_at, Event::Trouble(Trouble::PutBack));
        }
    }

    pub(crate) fn back_up(&mut self) {
        let remembered = |no| (no, self.merchant(no).record.remembered());
        let remembered = self.merchant_nos().map(remembered).collect();
        self.backup = Some(Backup { model: self.disk.model.clone(), remembered });
    }

    pub(crate) fn put_back(&mut self) {
        let Some(Backup { model, remembered }) = self.backup.take() else { return };
        self.disk.lose_what_is_under_way();
        self.everybody_dies();
        self.merchant_nos().for_each(|merchant| self.is_unsteady_until(merchant, self.now));
        let lost = std::mem::replace(&mut self.disk.model, model);
        let counted_after = u64::try_from(self.now.as_microsecond()).unwrap_or(0);
        let mut news = BTreeMap::new();
        for merchant in self.merchant_nos() {
            let mchid = self.merchant(merchant).mchid.clone();
            let count = |model: &Model| model.feed(&mchid, 0, usize::MAX).map_or(0, |news| news.len() as u64);
            let given = count(&lost);
            news.insert(merchant, count(&self.disk.model));
            if given > counted_after {
                self.judge(Kind::Books, || {
                    format!("{given} news were given out, more than the clock has counted")
                });
            }
        }
        let (keys, numbers) = self.forgotten(&lost);
        self.tally.put_back += 1;
        self.tally.forgotten += keys.len() as u64;
        self.note(|| format!("the backup lacks {numbers:?}"));
        for (merchant, remembered) in remembered {
            self.merchant_mut(merchant).record.go_back(remembered);
        }
        let again: Vec<usize> = numbers.keys().copied().collect();
        let orders = self.merchant_nos().map(|no| (no, self.all_orders(no))).collect();
        self.put_back = Some(PutBack { at: self.now, news, counted_after, keys, numbers, orders });
        let restoration = Restoration { generation: 1, at: self.now };
        for merchant in self.merchant_nos() {
            let mchid = self.merchant(merchant).mchid.clone();
            if let Err(error) = self.disk.model.restore(&mchid, restoration, self.now) {
                self.found_wrong(&format!("the restoration could not be noted: {error}"));
            }
        }
        again.into_iter().for_each(|ask| self.asks_anew(ask));
        for of in self.merchant_nos() {
            if let Some(paused) = self.merchant(of).paused {
                self.write(Write::Pause { of, paused });
            }
        }
    }

    /// An owner's node takes in what was found of an order's refunds, perhaps twice.
    pub(crate) fn takes_in(&mut self, driver: DriverId, found: FoundRefunds, again: bool) {
        let node = self.node_of(driver);
        if self.is_gone(node) {
            return;
        }
        let no_sooner = self.cut_off_until(node).unwrap_or(self.now);
        if no_sooner > self.now || self.weather.full.has(self.now) {
            let later = no_sooner.max(self.now) + SignedDuration::from_secs(1);
            return self.agenda.enter(later, Event::TakesIn { driver, found, again });
        }
        let merchant = self.merchant_of(driver);
        let (mchid, form) = (self.merchant(merchant).mchid.clone(), self.merchant(merchant).number_form());
        let refunds = if self.has(Mutation::FoundLeftOut) { &[] } else { found.refunds.as_slice() };
        for listed in refunds {
            let Some(request) = found.request(&mchid, form, listed) else {
                self.found_wrong(&format!("{} is no number of {mchid}", listed.upstream_no));
                continue;
            };
            let wire = self.wire_of(merchant, listed.upstream_no.number());
            let new = self.new_refund(request, wire);
            match self.disk.model.admit(new).map(|admitted| admitted.admission) {
                Ok(Admission::Admitted { .. }) => self.tally.found += 1,
                Ok(Admission::Replay) => {}
                other => {
                    self.found_wrong(&format!("{} was found, and then: {other:?}", listed.upstream_no));
                }
            }
        }
        let id = (driver, found.order.as_str(), found.asked_at);
        let travel = self.chance.millis(0, 300, "taken in", id, u64::from(again));
        if !again && self.chance.happens(self.weather.loses_commit, "taken in", id, 2) {
            // Nobody knows whether it was written, so it is done once more.
            self.later(travel, Event::TakesIn { driver, found, again: true });
        } else {
            let input = Input::TakenIn { order: found.order, asked_at: found.asked_at };
            self.later(travel, Event::Tell { driver, input });
        }
    }

    /// The refunds of `lost` that the store lacks now, and their numbers by what was asked for.
    fn forgotten(&self, lost: &Model) -> (BTreeSet<RefundKey>, BTreeMap<usize, OutRefundNo>) {
        let stored = |(ask, asked): (usize, &crate::traffic::Ask)| Some((ask, asked.stored.clone()?));
        let is_lacking =
            |(_, key): &(usize, RefundKey)| self.disk.model.refund(key).is_ok_and(|found| found.is_none());
        let lacking: Vec<(usize, RefundKey)> =
            self.traffic.asks.iter().enumerate().filter_map(stored).filter(is_lacking).collect();
        let number = |(ask, key): &(usize, RefundKey)| {
            let refund = lost.refund(key).ok().flatten()?;
            Some((*ask, refund.upstream_no.number().clone()))
        };
        let numbers = lacking.iter().filter_map(number).collect();
        (lacking.into_iter().map(|(_, key)| key).collect(), numbers)
    }

    /// Whether a refund was acknowledged and then lost with the store; it may have been asked for again since.
    pub(crate) fn was_forgotten(&self, key: &RefundKey) -> bool {
        self.put_back.as_ref().is_some_and(|put_back| put_back.keys.contains(key))
    }

    /// What was asked of a merchant id under a number whose refund was lost with the store.
    pub(crate) fn forgotten_under(&self, merchant: MerchantNo, number: &OutRefundNo) -> Option<usize> {
        let mut numbers = self.put_back.as_ref()?.numbers.iter();
        let found = numbers.find(|(ask, forgotten)| *forgotten == number && self.asked_of(**ask) == merchant);
        found.map(|(ask, _)| *ask)
    }

    /// Whether money of a merchant id goes, or went, back under a number.
    pub(crate) fn is_taken(&self, merchant: MerchantNo, number: &OutRefundNo) -> bool {
        let index = self.platform.refunds().find(&self.merchant(merchant).mchid, number);
        let status = index.map(|index| self.platform.refunds().at(index).status());
        status.is_some_and(|status| status != RefundStatus::Closed)
    }
}
