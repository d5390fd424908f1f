//! The decider itself: what it keeps in mind, and what it does with what it is told.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use wechatpay::calendar::Calendar;
use wechatpay::china::ChinaDay;
use wechatpay::ids::{Mchid, SubMchid};
use wechatpay::money::Currency;

use super::reading::Reading;
use super::under_way::{LookUp, UnderWay, may_leave, promised};
use super::{Fact, Holding, Input, Load, Output, front, halting, hand, posting, queue, reserving, restoring};
use crate::batch::{BatchNo, Epoch, MerchantState, PoolDay};
use crate::key::{OrderKey, RefundKey};
use crate::need::ObservedRate;
use crate::outcome::{Evidence, SubmitOutcome};
use crate::policy::{Policy, Sharing};
use crate::pool::budget::PacedCalls;
use crate::pool::contribution::{Contribution, Contributor};
use crate::pool::estimate::Pool;
use crate::pool::explain::PAST_DAYS;
use crate::pool::outlook::Outlook;
use crate::pool::plan::Budgets;
use crate::step::Rules;
use crate::weight::Weight;

/// The decider of one merchant id. See [the module's documentation](super).
#[derive(Debug)]
pub struct Owner {
    pub(super) mchid: Mchid,
    pub(super) policy: Policy,
    pub(super) calendar: Arc<Calendar>,
    /// Whether the merchant id is a directly connected merchant, without sub-merchants.
    pub(super) is_direct: bool,
    /// What sub-merchants' shares count for, where not as usual.
    pub(super) weights: BTreeMap<SubMchid, Weight>,
    pub(super) phase: Phase,
    pub(super) epoch: Epoch,
    pub(super) merchant: MerchantState,
    pub(super) hand: hand::Hand,
    pub(super) pending: hand::Pending,
    pub(super) committing: Option<crate::batch::InDoubt>,
    pub(super) last_batch: u64,
    /// Requests of ours that have left or will with their batch. Survives the loss of a commit.
    pub(super) under_way: BTreeMap<RefundKey, UnderWay>,
    /// Orders WeChat Pay is being asked about.
    pub(super) look_ups: BTreeMap<OrderKey, LookUp>,
    /// Orders about which nothing came back, and when to ask again.
    pub(super) look_up_after: BTreeMap<OrderKey, Timestamp>,
    /// Answers for refunds that are not in hand.
    pub(super) parked: BTreeMap<RefundKey, Vec<Fact>>,
    pub(super) pools: BTreeMap<Currency, Pool>,
    /// Our own books of each pool of the day before today.
    pub(super) yesterdays: BTreeMap<Currency, PoolDay>,
    /// What each sub-merchant has brought to each pool.
    pub(super) contributions: BTreeMap<Contributor, Contribution>,
    /// Reports that WeChat Pay is asked about for no refund's sake, as they were posted.
    pub(super) checks: BTreeMap<OrderKey, posting::Check>,
    /// What is expected of each pool of which enough past days are known.
    pub(super) outlooks: BTreeMap<Currency, Outlook>,
    /// Pools whose figures have changed since the sleepers were last looked at, and behind whom to go on looking.
    pub(super) refilled: BTreeMap<Currency, Option<queue::Rank>>,
    /// For whom the money of a pool is kept together.
    pub(super) reservations: BTreeMap<Currency, reserving::KeptFor>,
    /// What a unit of each price currency cost payers today.
    pub(super) rates: BTreeMap<Currency, (ChinaDay, ObservedRate)>,
    pub(super) budgets: Budgets,
    pub(super) questions: PacedCalls,
    pub(super) reading: Reading,
    /// How many answers of the store are still to come. Survives the loss of a commit, for they come all the same.
    reads_under_way: usize,
    /// The page of the front that is being taken.
    pub(super) taking: Option<front::Taking>,
    /// No refund outside the hand is due before this time, as far as is known.
    pub(super) stored_due: Option<Timestamp>,
    pub(super) faults: halting::Faults,
    /// How far the check after a restoring has come.
    pub(super) check: restoring::Check,
    pub(super) plan_again: Option<Timestamp>,
    /// What the clock showed last.
    pub(super) latest: Timestamp,
    pub(super) outputs: Vec<Output>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Has forgotten everything and waits for what it asked the store for before.
    Forgetful,
    /// Waits for its holding.
    Reading,
    Deciding,
    /// Its lease is lost.
    Over,
}

impl Owner {
    /// An owner of `mchid`, by the ownership taken as `epoch`, that begins at `now`, and the first thing it wants.
    pub fn new(
        mchid: Mchid,
        epoch: Epoch,
        is_direct: bool,
        policy: Policy,
        calendar: Arc<Calendar>,
        now: Timestamp,
    ) -> (Owner, Vec<Output>) {
        // Whoever is alone need not take turns.
        let shares = if is_direct { Sharing::Off } else { policy.shares };
        let policy = Policy { shares, ..policy };
        let owner = Owner {
            mchid,
            is_direct,
            weights: BTreeMap::new(),
            phase: Phase::Reading,
            epoch,
            merchant: MerchantState::default(),
            hand: hand::Hand::new(&policy),
            pending: hand::Pending::default(),
            committing: None,
            last_batch: 0,
            under_way: BTreeMap::new(),
            look_ups: BTreeMap::new(),
            look_up_after: BTreeMap::new(),
            rates: BTreeMap::new(),
            parked: BTreeMap::new(),
            pools: BTreeMap::new(),
            yesterdays: BTreeMap::new(),
            contributions: BTreeMap::new(),
            checks: BTreeMap::new(),
            outlooks: BTreeMap::new(),
            refilled: BTreeMap::new(),
            reservations: BTreeMap::new(),
            budgets: Budgets::none_left(&policy, now),
            questions: PacedCalls::of_questions(policy.calls_per_second, now),
            reading: Reading::default(),
            // The holding.
            reads_under_way: 1,
            taking: None,
            stored_due: None,
            faults: halting::Faults::default(),
            check: restoring::Check::default(),
            plan_again: None,
            latest: now,
            outputs: vec![],
            policy,
            calendar,
        };
        (owner, vec![Output::Load(Load::Holding)])
    }

    /// Takes in what happened and says what is to be done. `now` is the platform's time, as well as it is known.
    pub fn handle(&mut self, input: Input, now: Timestamp) -> Vec<Output> {
        self.handle_all([input], now)
    }

    /// As [`handle`](Owner::handle), for several things that happened by now: what they lead to goes into one batch.
    pub fn handle_all(&mut self, inputs: impl IntoIterator<Item = Input>, now: Timestamp) -> Vec<Output> {
        // First of all: what came in after midnight is of the new day, and draws on yesterday's money only while that is refundable.
        self.roll_day(now);
        self.let_go_of_yesterday(now);
        self.heed_clock(now);
        for input in inputs {
            self.take(input, now);
        }
        if self.phase == Phase::Deciding {
            self.take_more_of_front(now);
            self.ask_for_forgotten(now);
            self.end_check();
            self.probe(now);
            self.run_timers(now);
            self.plan(now);
            self.read_more(now);
            self.flush();
            let wake = self.next_wake(now);
            self.outputs.extend(wake.map(Output::WakeAt));
        }
        let outputs = std::mem::take(&mut self.outputs);
        self.reads_under_way += outputs.iter().filter(|output| matches!(output, Output::Load(_))).count();
        outputs
    }

    fn take(&mut self, input: Input, now: Timestamp) {
        if input.answers_a_load() {
            self.reads_under_way = self.reads_under_way.saturating_sub(1);
        }
        match input {
            Input::LeaseLost => {
                self.phase = Phase::Over;
                self.forget();
            }
            _ if self.phase == Phase::Over => {}
            Input::Holding(holding) => self.begin(holding, now),
            Input::Committed(number) => self.committed(number, now),
            Input::CommitLost(number) => self.commit_lost(number),
            Input::Fact(fact) => self.take_fact(fact, now),
            Input::Hint => self.reading.intake_wanted = true,
            Input::Tick => {}
            Input::SetUpChanged => self.set_up_changed(),
            Input::Weighed(weights) => self.weigh(weights),
            // What was asked for before everything was forgotten is not an answer to what is asked now.
            _ if self.phase != Phase::Deciding => self.read_again(),
            Input::Intake(page) => self.take_intake(page, now),
            Input::Due(page) => self.take_due(page, now),
            Input::Front(page) => self.take_front(page),
            Input::Open(page) => self.take_open(page, now),
            Input::RecentOrders(orders) => self.take_recent_orders(orders, now),
            Input::TakenIn { order, asked_at } => self.taken_in(&order, asked_at, now),
            Input::Refunds(page) => self.take_refunds(page, now),
            Input::Namesakes(namesakes) => self.take_namesakes(namesakes, now),
            Input::PastDays(days) => self.take_past_days(days, now),
        }
    }

    pub(super) fn rules(&self) -> Rules<'_> {
        Rules { policy: &self.policy, calendar: &self.calendar }
    }

    fn begin(&mut self, holding: Holding, now: Timestamp) {
        if self.phase != Phase::Reading {
            return;
        }
        if holding.epoch != self.epoch {
            // Somebody else owns the merchant id by now.
            self.phase = Phase::Over;
            return;
        }
        self.phase = Phase::Deciding;
        self.merchant = holding.merchant;
        // Another node's clock may have been ahead.
        self.no_fault_lies_ahead(now);
        self.stored_due = holding.next_due;
        self.reading.intake_wanted = true;
        self.reading.front_wanted = true;
        let today = ChinaDay::of(now);
        self.outputs.push(Output::Load(Load::PastDays { limit: PAST_DAYS }));
        for day in holding.pools {
            if day.day == today {
                let promised = promised(&self.under_way, day.pool);
                self.pools.insert(day.pool, Pool { promised, ..Pool::of(day) });
            } else {
                self.yesterdays.insert(day.pool, day);
            }
        }
        let contributors = holding.contributions.into_iter();
        self.contributions = contributors.map(|one| (one.contributor(), one)).collect();
        self.hand.deal_turns(&self.weights);
        self.measure_shares(today);
        self.ask_for_parked();
    }

    fn committed(&mut self, number: BatchNo, now: Timestamp) {
        let Some(mut batch) = self.committing.take_if(|batch| batch.number == number) else { return };
        let (changed, orders) = (std::mem::take(&mut batch.changed), std::mem::take(&mut batch.orders));
        for submission in batch.committed() {
            if may_leave(&submission, now) {
                self.outputs.push(Output::Send(submission));
            } else {
                // It stays here, and is asked about like any other that nobody heard of.
                let (refund, attempt) = (submission.refund().clone(), submission.attempt());
                let evidence = Evidence {
                    answer: Some("not sent: its commit took too long".into()),
                    ..Evidence::default()
                };
                self.take_fact(
                    Fact::Answered { refund, attempt, outcome: SubmitOutcome::Unclear, evidence },
                    now,
                );
            }
        }
        for key in changed {
            self.let_go_if_settled(&key, now);
            if self.merchant.is_to_be_checked() {
                // It could not make room while this was on its way.
                self.make_room_for(key);
            }
        }
        // Of those not in hand any more, a page that was read before now may not show what the batch did.
        for key in orders {
            self.let_go_of_idle_order(&key);
            if self.hand.order(&key).is_none() {
                self.reading.let_go_of_order(key);
            }
        }
    }

    fn commit_lost(&mut self, number: BatchNo) {
        let Some(batch) = self.committing.take_if(|batch| batch.number == number) else { return };
        // Neither these requests nor those of the batch after it will ever leave.
        for intent in batch.intents.iter().chain(&self.pending.intents) {
            if let Some(UnderWay::Submission { risky: true, .. }) = self.under_way.remove(&intent.refund) {
                self.budgets.refusals.accepted();
            }
        }
        self.forget();
        self.phase = Phase::Forgetful;
        self.read_again();
    }

    /// Begins again once nothing old is to come: a page that was read before the lost batch reached the disk after all would pass
    /// for one that is read now, and what the batch did would be done once more.
    fn read_again(&mut self) {
        if self.phase == Phase::Forgetful && self.reads_under_way == 0 {
            self.phase = Phase::Reading;
            self.outputs.push(Output::Load(Load::Holding));
        }
    }

    /// Forgets everything read and decided. Requests that have left stay known.
    fn forget(&mut self) {
        self.hand = hand::Hand::new(&self.policy);
        self.pending = hand::Pending::default();
        self.committing = None;
        self.look_ups.clear();
        self.look_up_after.clear();
        self.pools.clear();
        self.yesterdays.clear();
        self.contributions.clear();
        self.checks.clear();
        self.outlooks.clear();
        self.refilled.clear();
        self.reservations.clear();
        self.rates.clear();
        self.reading = Reading::default();
        self.check = restoring::Check::default();
        self.taking = None;
        self.stored_due = None;
        self.plan_again = None;
        self.outputs.clear();
    }
}
