//! The store as a machine has it: what was written is there, what was on its way may be gone.
//!
//! The model stands for what is on disk. A write of intake waits for the next flush, which many share; a batch travels to
//! the disk by itself. A power cut takes whatever is still on its way. All merchant ids share the disk and its flushes.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use refunds::batch::{Batch, BatchNo};
use refunds::intake::{Command, NewRefund};
use refunds::key::RefundKey;
use refunds::owner::{Input, Load};
use store::error::CommitError;
use store::intake::{NewNotice, NewPayment};
use store::memory::Model;
use wechatpay::china::ChinaDay;

use crate::agenda::Event;
use crate::driver::DriverId;
use crate::history::Kind;
use crate::merchants::MerchantNo;
use crate::mutations::Mutation;
use crate::world::World;

/// How long an owner is kept from trying what the store just refused.
const BREATH: SignedDuration = SignedDuration::from_secs(1);

/// What is on disk, and what is on its way there.
#[derive(Debug)]
pub(crate) struct Disk {
    pub(crate) model: Model,
    waiting: Vec<Write>,
    /// Batches whose owner was told that nobody knows, and that will land yet.
    late: Vec<Flight>,
    /// Counts power cuts: what set out before the last one never arrives.
    pub(crate) cuts: u32,
    writes: u64,
}

/// A write that needs no owner.
#[derive(Debug, Clone)]
pub(crate) enum Write {
    Refund { ask: usize, new: Box<NewRefund> },
    Payment(Box<NewPayment>),
    Notice { new: Box<NewNotice>, id: platform::notify::NoticeId },
    Command { ask: usize, refund: RefundKey, command: Command },
    Pause { of: MerchantNo, paused: bool },
}

/// A batch on its way to disk.
#[derive(Debug, Clone)]
pub(crate) struct Flight {
    driver: DriverId,
    batch: Batch,
    cuts: u32,
    /// When its owner is told, counted from the landing; none if it was told that the batch is lost.
    answer: Option<SignedDuration>,
}

impl Disk {
    pub(crate) fn new(model: Model) -> Disk {
        Disk { model, waiting: vec![], late: vec![], cuts: 0, writes: 0 }
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }

    /// What is not on disk never arrives there. Returns how many writes waited.
    pub(crate) fn lose_what_is_under_way(&mut self) -> u64 {
        self.cuts += 1;
        std::mem::take(&mut self.waiting).len() as u64
    }
}

impl World {
    /// Hands in a write; the next flush takes it to disk.
    pub(crate) fn write(&mut self, write: Write) {
        if self.disk.waiting.is_empty() {
            self.disk.writes += 1;
            let longest = if self.weather.slow.has(self.now) { 8_000 } else { 15 };
            let pause = self.chance.millis(1, longest, "flush", self.disk.writes, 0);
            self.later(pause, Event::Flush { cuts: self.disk.cuts });
        }
        if let Write::Refund { ask, new } = &write
            && self.has(Mutation::AnswerBeforeFlush)
        {
            self.acknowledge(*ask, new.key.clone());
        }
        self.disk.waiting.push(write);
    }

    pub(crate) fn flush(&mut self, cuts: u32) {
        if cuts != self.disk.cuts {
            return;
        }
        let is_full = self.weather.full.has(self.now);
        let mut concerned = BTreeSet::new();
        for write in std::mem::take(&mut self.disk.waiting) {
            concerned.insert(self.concerned_by(&write));
            if is_full {
                self.refuse(write);
            } else {
                self.apply(write);
            }
        }
        concerned.into_iter().for_each(|merchant| self.hint(merchant));
    }

    fn concerned_by(&self, write: &Write) -> MerchantNo {
        match write {
            Write::Refund { ask, .. } | Write::Command { ask, .. } => self.asked_of(*ask),
            Write::Payment(new) => self.whose(&new.mchid),
            Write::Notice { new, .. } => self.whose(&new.mchid),
            Write::Pause { of, .. } => *of,
        }
    }

    /// The disk is full: a caller is answered 503 and asks again, the platform repeats its notification.
    fn refuse(&mut self, write: Write) {
        self.tally.refused_writes += 1;
        match write {
            Write::Refund { .. } | Write::Notice { .. } | Write::Pause { paused: true, .. } => {}
            write @ (Write::Payment(_) | Write::Command { .. } | Write::Pause { paused: false, .. }) => {
                self.later(SignedDuration::from_mins(1), Event::WritesAgain(write));
            }
        }
    }

    fn apply(&mut self, write: Write) {
        let now = self.now;
        match write {
            Write::Refund { ask, new } => {
                let (key, sent) = (new.key.clone(), new.request.clone());
                if let Some(admitted) = self.mistaken_for_neighbour(ask) {
                    return self.admitted(ask, &key, &sent, admitted);
                }
                match self.disk.model.admit(*new) {
                    Ok(admitted) => self.admitted(ask, &key, &sent, admitted),
                    Err(error) => self.found_wrong(&format!("a refund could not be taken in: {error}")),
                }
            }
            Write::Payment(new) => {
                if let Err(error) = self.disk.model.report_payment(*new) {
                    self.found_wrong(&format!("a payment could not be taken in: {error}"));
                }
            }
            Write::Notice { new, id } => {
                self.nudge(self.whose(&new.mchid), new.upstream_no.clone());
                match self.disk.model.notice(*new) {
                    Ok(_) => self.platform.notice_answered(now, id),
                    Err(error) => self.found_wrong(&format!("a notice could not be taken in: {error}")),
                }
            }
            Write::Command { ask, refund, command } => {
                let merchant = self.asked_of(ask);
                if let Ok(Some(refund)) = self.disk.model.refund(&refund) {
                    self.nudge(merchant, refund.upstream_no);
                }
                let mchid = self.merchant(merchant).mchid.clone();
                let commanded = self.disk.model.command(&mchid, &refund, command, now);
                if let Err(error) = commanded
                    && !self.was_forgotten(&refund)
                {
                    self.judge(Kind::Lost, || {
                        format!("R{ask} was acknowledged, and a command finds: {error}")
                    });
                }
            }
            Write::Pause { of, paused } => {
                for merchant in self.paused_with(of) {
                    let mchid = self.merchant(merchant).mchid.clone();
                    if let Err(error) = self.disk.model.pause(&mchid, paused, now) {
                        self.found_wrong(&format!("a pause could not be taken in: {error}"));
                    }
                }
            }
        }
    }

    /// A batch sets out for the disk.
    pub(crate) fn commit(&mut self, driver: DriverId, batch: Batch) {
        let (number, cuts) = (batch.number, self.disk.cuts);
        self.judge_batch_is_its_own(driver, &batch);
        let id = (driver, number.0);
        let longest = if self.weather.slow.has(self.now) { 30_000 } else { 12 };
        let travel = self.chance.millis(0, longest, "commit", id, 0);
        let back = self.chance.millis(0, 4, "commit", id, 1);
        if self.is_cut_off(self.node_of(driver)) {
            let lost = Event::Tell { driver, input: Input::CommitLost(number) };
            return self.later(SignedDuration::from_secs(5), lost);
        }
        if !self.chance.happens(self.weather.loses_commit, "commit is lost", id, 0) {
            self.later(travel, Event::Lands(Flight { driver, batch, cuts, answer: Some(back) }));
            return;
        }
        // Nobody knows: it was written, it was not, or it will be.
        let told = travel + self.chance.millis(0, 5_000, "commit is lost", id, 1);
        self.later(told, Event::Tell { driver, input: Input::CommitLost(number) });
        let flight = Flight { driver, batch, cuts, answer: None };
        match self.chance.below(3, "commit is lost", id, 2) {
            0 => self.later(travel, Event::Lands(flight)),
            1 => {}
            _ => {
                self.disk.late.push(flight);
                let landing = told + self.chance.millis(0, 3_000, "commit is lost", id, 3);
                self.later(landing, Event::LandsLate(self.merchant_of(driver)));
            }
        }
    }

    /// The batches of a merchant id that are late reach the disk. At the latest they do so before somebody reads what a new owner
    /// begins with: that waits for their hold on the row of the ownership.
    pub(crate) fn land_late(&mut self, merchant: MerchantNo) {
        let late = std::mem::take(&mut self.disk.late);
        let (landing, waiting) =
            late.into_iter().partition(|flight| self.merchant_of(flight.driver) == merchant);
        self.disk.late = waiting;
        let landing: Vec<Flight> = landing;
        landing.into_iter().for_each(|flight| self.land(flight));
    }

    /// A batch reaches the disk.
    pub(crate) fn land(&mut self, flight: Flight) {
        let Flight { driver, batch, cuts, answer } = flight;
        let number = batch.number;
        if cuts != self.disk.cuts {
            self.tally.cut_writes += 1;
            return;
        }
        if self.died_with_writes(driver, number) {
            return;
        }
        let written = self.write_batch(driver, batch);
        self.note(|| format!("batch {} of {driver}: {written:?}", number.0));
        if let Some(back) = answer {
            let (input, back) = match written {
                Ok(()) => (Input::Committed(number), back),
                Err(CommitError::Fenced) => (Input::LeaseLost, back),
                Err(_) => (Input::CommitLost(number), back + BREATH),
            };
            self.later(back, Event::Tell { driver, input });
        }
    }

    /// Whether the batch was still in its sender when that died.
    fn died_with_writes(&self, driver: DriverId, number: BatchNo) -> bool {
        self.is_gone(self.node_of(driver))
            && self.chance.happens(500_000, "dies with batch", (driver, number.0), 0)
    }

    fn write_batch(&mut self, driver: DriverId, batch: Batch) -> Result<(), CommitError> {
        let merchant = self.merchant_of(driver);
        if self.weather.full.has(self.now) {
            self.tally.refused_writes += 1;
            return Err(CommitError::Full);
        }
        let batch = if self.has(Mutation::EpochIgnored) { self.unguarded(batch) } else { batch };
        let batch = self.mistaken_write(batch);
        let before: Vec<_> = batch
            .changes
            .iter()
            .filter_map(|change| self.disk.model.refund(&change.refund.key).ok().flatten())
            .collect();
        let (was_halted, was_to_be_checked) = (self.asks_in_vain(merchant), self.is_to_be_checked(merchant));
        self.disk.model.commit(batch.clone())?;
        if was_to_be_checked && !self.is_to_be_checked(merchant) {
            self.judge_checked(driver);
        }
        if was_halted && !self.asks_in_vain(merchant) {
            // All that fell due meanwhile has its time from here on, however soon the judges look around.
            self.is_unsteady_until(merchant, self.now);
        }
        self.judge_batch(merchant, &batch, &before);
        Ok(())
    }

    fn is_to_be_checked(&self, merchant: MerchantNo) -> bool {
        let state = self.disk.model.merchant_state(&self.merchant(merchant).mchid);
        state.is_ok_and(|state| state.is_to_be_checked())
    }

    /// What a store with a planted mistake writes of a batch.
    fn mistaken_write(&self, mut batch: Batch) -> Batch {
        let (id, n) = (batch.epoch.0, batch.number.0);
        match self.mutation {
            Some(Mutation::HalfOfBatchWritten) if batch.changes.len() > 1 => {
                batch.changes.truncate(batch.changes.len() / 2);
            }
            Some(Mutation::PostingWrittenTwice) if self.chance.happens(100_000, "posted twice", id, n) => {
                batch.postings.extend(batch.postings.clone());
            }
            Some(Mutation::IntakeConsumedTwice) if self.chance.happens(100_000, "consumed", id, n) => {
                batch.consumed.clear();
            }
            _ => {}
        }
        batch
    }

    /// The batch with everything taken out of it that the store compares.
    fn unguarded(&self, mut batch: Batch) -> Batch {
        let (model, mchid) = (&self.disk.model, &batch.mchid);
        if let Ok(holding) = model.holding(mchid, ChinaDay::of(self.now)) {
            batch.epoch = holding.epoch;
        }
        if let Ok(page) = model.intake(mchid, usize::MAX) {
            batch.consumed.retain(|seq| page.items.iter().any(|item| item.seq == *seq));
        }
        for change in &mut batch.changes {
            if let Ok(Some(stored)) = model.refund(&change.refund.key) {
                change.expected_version = stored.version;
            }
        }
        batch
    }

    /// Reads a page as it is now; it is delivered after some time, and may be old by then.
    pub(crate) fn read(&mut self, driver: DriverId, load: Load, n: u64) {
        let (node, merchant) = (self.node_of(driver), self.merchant_of(driver));
        if self.is_gone(node) {
            return;
        }
        if let Some(until) = self.cut_off_until(node) {
            // It tries again and again; what comes of it is what comes of the first try that gets through.
            return self.agenda.enter(until.max(self.now) + BREATH, Event::Read { driver, load, n });
        }
        if matches!(load, Load::Holding) && !self.owns(driver) {
            // Another owner's epoch is no ground to go on; see `Store::holding`.
            self.later(SignedDuration::ZERO, Event::Tell { driver, input: Input::LeaseLost });
            return;
        }
        if matches!(load, Load::Holding) {
            self.land_late(merchant);
        }
        let read = self.merchant(self.whose_page(driver, &load, n));
        match self.disk.model.load(&read.mchid, &load, ChinaDay::of(self.now)) {
            Ok(input) => {
                self.judge_page(merchant, &input);
                let old = self.chance.happens(self.weather.ages_page, "page ages", (driver, n), 0);
                let is_slow = self.weather.slow.has(self.now);
                let longest = if is_slow {
                    20_000
                } else if old {
                    4_000
                } else {
                    3
                };
                let travel = self.chance.millis(0, longest, "page", (driver, n), 0);
                self.later(travel, Event::Tell { driver, input });
            }
            Err(error) => self.found_wrong(&format!("an owner could not read: {error}")),
        }
    }

    /// Everything that is not on disk is gone, and every node with it.
    pub(crate) fn cut_power(&mut self) {
        self.tally.power_cuts += 1;
        self.tally.cut_writes += self.disk.lose_what_is_under_way();
        self.note(|| "the power is cut".into());
        self.everybody_dies();
    }
}
