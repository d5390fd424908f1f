//! The decider of one merchant id.
//!
//! All refunds of a merchant id share one pool, one rate budget and one error budget, so one owner decides for all of
//! them. It is a value that is told what happened and answers what is to be done; it does nothing itself:
//!
//! 1. It reads ([`Load`]), decides, and puts what it decided into a [`Batch`]. One batch is on its
//!    way to disk at a time; what is decided meanwhile goes into the next, so batches grow with load.
//! 2. A request leaves only when the batch that holds its intent is on disk: [`Output::Send`] carries a
//!    [`Submission`], which only [`Input::Committed`] can make.
//! 3. If the fate of a batch is not known, the owner forgets everything it read and decided and reads again. No code
//!    undoes a decision. Only the knowledge of its own requests under way stays: the network did not forget them.
//! 4. An answer is believed by what it proves, whenever it comes; see [`step`](crate::step).
//!
//! Memory is bounded: refunds in hand are those under way, those due now, and a front of the waiting. All others stay in
//! the store, found by their due time or their place.
//!
//! Read on: `answers`, `arrivals`, `front`, `posting`, `timers`, `planning`, `reserving`, `shares`, `night`, `look_up`, `halting`, and
//! `hand` for the bookkeeping.

mod answers;
mod arrivals;
mod front;
mod halting;
mod hand;
mod look_up;
mod night;
mod planning;
mod posting;
mod queue;
mod reading;
mod reserving;
mod shares;
mod timers;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use wechatpay::calendar::Calendar;
use wechatpay::china::ChinaDay;
use wechatpay::ids::{Mchid, SubMchid};
use wechatpay::money::Currency;
use wechatpay::wire::Wire;

use crate::batch::{Batch, BatchNo, Epoch, MerchantState, PoolDay, Submission};
use crate::intake::IntakeItem;
use crate::key::{OrderKey, RefundKey, UpstreamNo};
use crate::need::ObservedRate;
use crate::order::{Order, OrderNames};
use crate::outcome::{Evidence, Fault, OrderOutcome, OrderReport, QueryOutcome, SubmitOutcome};
use crate::policy::Policy;
use crate::pool::budget::{PacedCalls, burst};
use crate::pool::contribution::{Contribution, Contributor};
use crate::pool::estimate::Pool;
use crate::pool::explain::PAST_DAYS;
use crate::pool::outlook::Outlook;
use crate::pool::past::PastDay;
use crate::pool::plan::Budgets;
use crate::refund::Refund;
use crate::step::Rules;

use reading::Reading;

/// What an owner is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The answer to [`Load::Holding`].
    Holding(Holding),
    /// The answer to [`Load::Intake`].
    Intake(IntakePage),
    /// The answer to [`Load::Due`].
    Due(DuePage),
    /// The answer to [`Load::Front`].
    Front(FrontPage),
    /// The answer to [`Load::Refunds`].
    Refunds(Page),
    /// The answer to [`Load::Namesakes`].
    Namesakes(Namesakes),
    /// The answer to [`Load::PastDays`], oldest first.
    PastDays(Vec<PastDay>),
    /// Something came in; nothing depends on being told.
    Hint,
    /// The time it wanted to be woken at has come, or any other.
    Tick,
    /// The merchant id is set up another way, with a new certificate perhaps.
    SetUpChanged,
    /// An answer from WeChat Pay, verified, or what happened instead of one.
    Fact(Fact),
    /// This batch is on disk.
    Committed(BatchNo),
    /// This batch was not written, or nobody knows whether it was.
    CommitLost(BatchNo),
    /// Another owner may be deciding: this one never decides again.
    LeaseLost,
}

/// What an owner wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Write this, then say [`Input::Committed`] or [`Input::CommitLost`].
    Commit(Batch),
    /// Send this, then say [`Fact::Answered`], if only that nothing came back.
    Send(Submission),
    /// Ask this, then say what came back, if only that nothing did.
    Ask(Question),
    /// Read this, then say what was found.
    Load(Load),
    /// Say [`Input::Tick`] at this time at the latest; it replaces the time said before.
    WakeAt(Timestamp),
}

/// What an owner wants to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Load {
    /// Everything a new owner needs to begin.
    Holding,
    /// The oldest rows of intake.
    Intake {
        /// At most so many.
        limit: usize,
    },
    /// The refunds that are due at a time, longest due first.
    Due {
        /// The time.
        at: Timestamp,
        /// At most so many.
        limit: usize,
    },
    /// Waiting refunds: the oldest of each place, as many of each as fit.
    Front {
        /// At most so many in all.
        limit: usize,
    },
    /// These refunds.
    Refunds(Vec<RefundKey>),
    /// What the newest past days of the merchant id's pools have shown, each pool's by itself.
    PastDays {
        /// At most so many of each pool.
        limit: usize,
    },
    /// The rows that carry a name of an order WeChat Pay spoke of, with their refunds that were never attempted.
    Namesakes {
        /// The order asked about.
        order: OrderKey,
        /// Its sub-merchant.
        sub_mchid: Option<SubMchid>,
        /// What WeChat Pay said.
        report: OrderReport,
    },
}

/// What a new owner begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Its ownership.
    pub epoch: Epoch,
    /// The state of the merchant id.
    pub merchant: MerchantState,
    /// The pools of today and of the day before.
    pub pools: Vec<PoolDay>,
    /// What each sub-merchant has brought to each pool, as far as anything is known of that.
    pub contributions: Vec<Contribution>,
    /// When the first refund is due; none if none is.
    pub next_due: Option<Timestamp>,
}

/// Refunds and the orders they draw on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// Refunds.
    pub refunds: Vec<Refund>,
    /// Their orders.
    pub orders: Vec<Order>,
}

/// Rows of intake and what they speak of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IntakePage {
    /// The rows.
    pub items: Vec<IntakeItem>,
    /// The refunds and orders they name.
    pub page: Page,
    /// Whether there are more.
    pub more: bool,
}

/// Refunds that are due.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DuePage {
    /// They and their orders.
    pub page: Page,
    /// When the first one that is not on the page is due; none if none is.
    pub next_due: Option<Timestamp>,
}

/// Waiting refunds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FrontPage {
    /// They and their orders.
    pub page: Page,
    /// Whether these are all that wait.
    pub complete: bool,
}

/// Rows that may name one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namesakes {
    /// The order asked about.
    pub order: OrderKey,
    /// What WeChat Pay said.
    pub report: OrderReport,
    /// The rows, the one asked about among them, with their waiting refunds that were never attempted.
    pub page: Page,
}

/// What is to be asked of WeChat Pay. Asking changes nothing there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// What became of a refund.
    Refund {
        /// Which.
        refund: RefundKey,
        /// Its number at WeChat Pay.
        upstream_no: UpstreamNo,
        /// The version of the interface its request is written for.
        wire: Wire,
        /// Its sub-merchant.
        sub_mchid: Option<SubMchid>,
        /// The currency of its order's price, for answers that do not name it.
        currency: Currency,
        /// What is known of its order's names, to tell it from another refund of the same number; see
        /// [`QueryOutcome::found`].
        order: Option<OrderNames>,
        /// When it was decided to ask.
        asked_at: Timestamp,
    },
    /// What an order is.
    Order {
        /// Which.
        order: OrderKey,
        /// Its sub-merchant.
        sub_mchid: Option<SubMchid>,
        /// Its names; at least one is given.
        names: OrderNames,
        /// The currency of its price, for answers that do not name it.
        currency: Currency,
    },
    /// Anything harmless, to see whether a signed call is taken.
    Probe,
}

/// What came back from WeChat Pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// To a [`Submission`].
    Answered {
        /// The refund.
        refund: RefundKey,
        /// The attempt.
        attempt: u32,
        /// What it means.
        outcome: SubmitOutcome,
        /// What stands behind it.
        evidence: Evidence,
    },
    /// To [`Question::Refund`].
    Asked {
        /// The refund.
        refund: RefundKey,
        /// When it was decided to ask, or when WeChat Pay signed the answer by its own clock, whatever is earlier: an absence
        /// proves nothing later than both, even where our clock was set ahead.
        asked_at: Timestamp,
        /// What it means.
        outcome: QueryOutcome,
        /// What stands behind it.
        evidence: Evidence,
    },
    /// To [`Question::Order`].
    OrderAsked {
        /// The order.
        order: OrderKey,
        /// What it means.
        outcome: OrderOutcome,
    },
    /// To [`Question::Probe`]: the fault that remains; none if the call was taken or nothing came back that tells.
    Probed(ProbeOutcome),
}

/// What a probe tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeOutcome {
    /// The call was taken.
    Fine,
    /// It was not.
    Misconfigured(Fault),
    /// Nothing that tells.
    Unclear,
}

/// How many rows of intake, and how many due refunds, are read at a time.
const PAGE: usize = 512;

/// The decider of one merchant id. See the module's documentation.
#[derive(Debug)]
pub struct Owner {
    mchid: Mchid,
    policy: Policy,
    calendar: Arc<Calendar>,
    /// Whether the merchant id is a directly connected merchant, without sub-merchants.
    is_direct: bool,
    phase: Phase,
    epoch: Epoch,
    merchant: MerchantState,
    hand: hand::Hand,
    pending: hand::Pending,
    committing: Option<crate::batch::InDoubt>,
    last_batch: u64,
    /// Requests of ours that have left or will with their batch. Survives the loss of a commit.
    under_way: BTreeMap<RefundKey, UnderWay>,
    /// Orders WeChat Pay is being asked about.
    look_ups: BTreeMap<OrderKey, LookUp>,
    /// Orders about which nothing came back, and when to ask again.
    look_up_after: BTreeMap<OrderKey, Timestamp>,
    /// Answers for refunds that are not in hand.
    parked: BTreeMap<RefundKey, Vec<Fact>>,
    pools: BTreeMap<Currency, Pool>,
    /// Our own books of each pool of the day before today.
    yesterdays: BTreeMap<Currency, PoolDay>,
    /// What each sub-merchant has brought to each pool.
    contributions: BTreeMap<Contributor, Contribution>,
    /// Reports that WeChat Pay is asked about for no refund's sake, as they were posted.
    checks: BTreeMap<OrderKey, posting::Check>,
    /// What is expected of each pool of which enough past days are known.
    outlooks: BTreeMap<Currency, Outlook>,
    /// Pools whose figures have changed since the sleepers were last looked at, and behind whom to go on looking.
    refilled: BTreeMap<Currency, Option<queue::Rank>>,
    /// For whom the money of a pool is kept together.
    reservations: BTreeMap<Currency, reserving::KeptFor>,
    /// What a unit of each price currency cost payers today.
    rates: BTreeMap<Currency, (ChinaDay, ObservedRate)>,
    budgets: Budgets,
    questions: PacedCalls,
    reading: Reading,
    /// The page of the front that is being taken.
    taking: Option<front::Taking>,
    /// No refund outside the hand is due before this time, as far as is known.
    stored_due: Option<Timestamp>,
    faults: halting::Faults,
    plan_again: Option<Timestamp>,
    outputs: Vec<Output>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Waits for its holding.
    Reading,
    Deciding,
    /// Its lease is lost.
    Over,
}

/// A request of ours that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum UnderWay {
    Submission { attempt: u32, risky: bool, pool: Currency, promised: i64 },
    Question,
}

/// A question about an order.
#[derive(Debug, Clone)]
struct LookUp {
    sub_mchid: Option<SubMchid>,
    /// When it was asked, as pages count.
    since: reading::Moment,
}

/// What attempts under way may take out of `pool`.
fn promised(under_way: &BTreeMap<RefundKey, UnderWay>, pool: Currency) -> i64 {
    let promised = |under_way: &UnderWay| match under_way {
        UnderWay::Submission { pool: from, promised, .. } if *from == pool => *promised,
        UnderWay::Submission { .. } | UnderWay::Question => 0,
    };
    under_way.values().map(promised).sum()
}

/// Whether a request that was decided on may still leave at `now`, when its commit came back: not within the pause around
/// midnight, and not with a time stamp that WeChat Pay would take for stale.
fn may_leave(submission: &Submission, now: Timestamp) -> bool {
    let waited = now.duration_since(submission.signed_at());
    crate::pool::plan::midnight_pause(now).is_none() && waited < STALE_AFTER
}

/// How old the time stamp of a request may be when it leaves, well below the five minutes that WeChat Pay allows.
const STALE_AFTER: SignedDuration = SignedDuration::from_mins(2);

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
        let owner = Owner {
            mchid,
            is_direct,
            phase: Phase::Reading,
            epoch,
            merchant: MerchantState::default(),
            hand: hand::Hand::new(policy.shares),
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
            taking: None,
            stored_due: None,
            faults: halting::Faults::default(),
            plan_again: None,
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
        for input in inputs {
            self.take(input, now);
        }
        if self.phase == Phase::Deciding {
            self.take_more_of_front();
            self.probe(now);
            self.run_timers(now);
            self.plan(now);
            self.read_more(now);
            self.flush();
            let wake = self.next_wake(now);
            self.outputs.extend(wake.map(Output::WakeAt));
        }
        std::mem::take(&mut self.outputs)
    }

    fn take(&mut self, input: Input, now: Timestamp) {
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
            // What was asked for before everything was forgotten is not an answer to what is asked now.
            _ if self.phase == Phase::Reading => {}
            Input::Intake(page) => self.take_intake(page, now),
            Input::Due(page) => self.take_due(page, now),
            Input::Front(page) => self.take_front(page),
            Input::Refunds(page) => self.take_refunds(page, now),
            Input::Namesakes(namesakes) => self.take_namesakes(namesakes, now),
            Input::PastDays(days) => self.take_past_days(days, now),
        }
    }

    fn rules(&self) -> Rules<'_> {
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
        self.measure_shares(today);
        self.ask_for_parked();
    }

    fn committed(&mut self, number: BatchNo, now: Timestamp) {
        let Some(mut batch) = self.committing.take_if(|batch| batch.number == number) else { return };
        let changed = std::mem::take(&mut batch.changed);
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
        self.phase = Phase::Reading;
        self.outputs.push(Output::Load(Load::Holding));
    }

    /// Forgets everything read and decided. Requests that have left stay known.
    fn forget(&mut self) {
        self.hand = hand::Hand::new(self.policy.shares);
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
        self.taking = None;
        self.stored_due = None;
        self.plan_again = None;
        self.outputs.clear();
    }

    /// At the first sight of a new China day every pool is empty: yesterday's money is out of reach, unless nights have shown that
    /// it stays refundable for a while. Source: [refund-logic].
    fn roll_day(&mut self, now: Timestamp) {
        let today = ChinaDay::of(now);
        let mut rolled = self.outlooks.values().any(|outlook| outlook.day() < today);
        self.rates.retain(|_, (day, _)| *day == today);
        for (currency, pool) in &mut self.pools {
            if pool.today.day < today {
                let new = Pool { promised: pool.promised, ..Pool::empty(*currency, today) };
                self.yesterdays.insert(*currency, std::mem::replace(pool, new).today);
                rolled = true;
            }
        }
        if rolled {
            self.measure_shares(today);
            let past = std::mem::take(&mut self.outlooks);
            let past = past.into_iter().map(|(pool, outlook)| (pool, outlook.past().to_vec())).collect();
            self.look_ahead(past, now);
            if self.outlooks.is_empty() {
                self.hand.queue.wake_all();
            }
        }
    }

    fn take_past_days(&mut self, days: Vec<PastDay>, now: Timestamp) {
        let mut past: BTreeMap<Currency, Vec<PastDay>> = BTreeMap::new();
        for day in days {
            past.entry(day.pool).or_default().push(day);
        }
        self.look_ahead(past, now);
    }

    fn pool(&mut self, currency: Currency, now: Timestamp) -> &mut Pool {
        let (under_way, outlooks) = (&self.under_way, &self.outlooks);
        self.pools.entry(currency).or_insert_with(|| {
            let pool = Pool::empty(currency, ChinaDay::of(now));
            let outlook = outlooks.get(&currency);
            let carried = outlook.and_then(|outlook| outlook.overnight().carried(&pool.today, now));
            Pool { promised: promised(under_way, currency), carried, ..pool }
        })
    }

    /// Whether a submission may be decided on at `now`, and if not, from when it may; none if that is not a matter of
    /// time.
    fn may_submit(&self, now: Timestamp) -> Result<(), Option<Timestamp>> {
        if self.merchant.paused || self.merchant.halt.is_some() {
            return Err(None);
        }
        match crate::pool::plan::midnight_pause(now) {
            Some(end) => Err(Some(end)),
            None => Ok(()),
        }
    }

    /// Whether one more submission may be decided on. While a commit is under way only so many are, because all of them
    /// leave at once when it comes back.
    fn has_room_for_a_submission(&self, now: Timestamp) -> bool {
        let burst = usize::try_from(burst(self.policy.calls_per_second)).unwrap_or(1);
        let waiting = self.committing.as_ref().map(|batch| batch.intents.len() + self.pending.intents.len());
        let waits = waiting.is_some_and(|intents| intents >= burst);
        !waits && self.submissions_under_way() < self.submission_cap(now)
    }

    fn submissions_under_way(&self) -> usize {
        self.under_way.values().filter(|under_way| matches!(under_way, UnderWay::Submission { .. })).count()
    }

    fn questions_under_way(&self) -> usize {
        self.under_way.len() - self.submissions_under_way() + self.look_ups.len()
    }
}
