//! An institution with its owner, a store in memory, and WeChat Pay with one pool behind it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use jiff::civil::time;
use jiff::{SignedDuration, Timestamp};
use refunds::batch::{Batch, BatchNo, PoolDay};
use refunds::intake::NewRefund;
use refunds::key::{Identity, NumberForm, OrderKey, RefundKey, UpstreamNo};
use refunds::order::{OrderFacts, OrderNames, Source};
use refunds::outcome::{
    Evidence, OrderOutcome, OrderReport, QueryOutcome, Receipt, Report, Standing, SubmitOutcome,
};
use refunds::owner::{Fact, Input, Output, Owner, ProbeOutcome, Question};
use refunds::policy::{Policy, Sharing};
use refunds::pool::estimate::Pool;
use refunds::pool::past::Curve;
use refunds::refund::{RequestBytes, State, Why};
use refunds::weight::Weight;
use store::intake::{NewPastDay, NewPayment};
use store::memory::Model;
use store::merchant::Mode;
use store::reading::Listing;
use wechatpay::calendar::Calendar;
use wechatpay::china::ChinaDay;
use wechatpay::ids::{Mchid, OutRefundNo, OutTradeNo, RefundId, SubMchid, TransactionId};
use wechatpay::money::{Currency, Money};
use wechatpay::wire::Wire;

use crate::sample::{merchant, request};

/// The sub-merchants it serves.
pub(crate) const SUB_MERCHANTS: [&str; 4] = ["101", "102", "103", "109"];
/// What each of three sub-merchants brings every half hour.
pub(crate) const HONEST: i64 = 15_000;
pub(crate) const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// How WeChat Pay speaks of orders it is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// As it knows them.
    Answered,
    /// Never, so that nobody's word is ever judged.
    InVain,
}

pub(crate) struct World {
    mchid: Mchid,
    model: Model,
    policy: Policy,
    owner: Owner,
    now: Timestamp,
    wake: Option<Timestamp>,
    weights: BTreeMap<SubMchid, Weight>,
    asked: Asked,
    /// What was really paid, by the order's number.
    paid: BTreeMap<OutTradeNo, (i64, Timestamp)>,
    /// What is left of today's money.
    pool: (ChinaDay, i64),
    /// Whose refunds were taken, in turn.
    pub(crate) left: Vec<String>,
    accepted: BTreeSet<RefundKey>,
    pub(crate) wasted: usize,
    pub(crate) questions: usize,
    names: usize,
}

impl World {
    pub(crate) fn new(asked: Asked, sharing: Sharing) -> World {
        let policy = Policy { jitter: SignedDuration::ZERO, shares: sharing, ..Policy::default() };
        let mchid = Mchid::parse("1900000001").unwrap();
        let now: Timestamp = "2026-03-02T08:00:00+08:00".parse().unwrap();
        let mut model = Model::new();
        let merchant =
            merchant(mchid.clone(), Mode::Institution, NumberForm::AsGiven, SUB_MERCHANTS.map(sub));
        model.put_merchant(merchant).unwrap();
        has_seen_all_of_its_past(&mut model, &mchid, now);
        let (owner, outputs) = begin(&mut model, &mchid, &policy, now);
        let mut world = World {
            mchid,
            model,
            policy,
            owner,
            now,
            wake: None,
            weights: BTreeMap::new(),
            asked,
            paid: BTreeMap::new(),
            pool: (ChinaDay::of(now), 0),
            left: vec![],
            accepted: BTreeSet::new(),
            wasted: 0,
            questions: 0,
            names: 0,
        };
        world.perform(outputs);
        // A new owner begins without any calls left.
        world.run_to(now + MINUTE);
        world
    }

    /// Another owner takes over.
    pub(crate) fn crash(&mut self) {
        let (owner, outputs) = begin(&mut self.model, &self.mchid, &self.policy, self.now);
        self.owner = owner;
        self.perform(outputs);
        self.tell(Input::Weighed(self.weights.clone()));
        self.run_to(self.now + MINUTE);
    }

    /// The operator gives a sub-merchant a weight, in per cent.
    pub(crate) fn weigh(&mut self, sub_mchid: &str, percent: u64) {
        self.weights.insert(sub(sub_mchid), Weight::of_percent(percent).unwrap());
        self.tell(Input::Weighed(self.weights.clone()));
    }

    fn ulid(&mut self) -> String {
        self.names += 1;
        format!("01JZ{:022}", self.names)
    }

    pub(crate) fn refund(&mut self, sub_mchid: &str, fen: i64) {
        let ulid = self.ulid();
        let key = RefundKey::new(&self.mchid, &ulid).unwrap();
        let out_refund_no = OutRefundNo::parse(&format!("R{}", self.names)).unwrap();
        let identity = Identity { mchid: self.mchid.clone(), sub_mchid: Some(sub(sub_mchid)), out_refund_no };
        let out_trade_no = Some(OutTradeNo::parse(&format!("OLD{}", self.names)).unwrap());
        self.model
            .admit(NewRefund {
                key,
                order_key: OrderKey::new(&self.mchid, &ulid).unwrap(),
                upstream_no: UpstreamNo::of(&identity, NumberForm::AsGiven).unwrap(),
                request: request(identity, OrderNames { out_trade_no, transaction_id: None }, fen, fen),
                bytes: RequestBytes::new(Wire::V3, b"{}"),
                at: self.now,
            })
            .unwrap();
        self.tell(Input::Hint);
    }

    /// A sub-merchant reports a payment, which somebody made or nobody.
    pub(crate) fn report(&mut self, sub_mchid: &str, fen: i64, is_paid: bool) -> OutTradeNo {
        let out_trade_no = OutTradeNo::parse(&format!("T{}", self.names)).unwrap();
        if is_paid {
            self.paid.insert(out_trade_no.clone(), (fen, self.now));
            self.pool = (ChinaDay::of(self.now), self.money() + fen);
        }
        self.say(sub_mchid, &out_trade_no, fen, Source::Reported);
        out_trade_no
    }

    pub(crate) fn say(&mut self, sub_mchid: &str, out_trade_no: &OutTradeNo, fen: i64, source: Source) {
        let ulid = self.ulid();
        self.model
            .report_payment(NewPayment {
                mchid: self.mchid.clone(),
                sub_mchid: Some(sub(sub_mchid)),
                names: OrderNames { out_trade_no: Some(out_trade_no.clone()), transaction_id: None },
                facts: OrderFacts {
                    total: Money::fen(fen),
                    payer_total: None,
                    paid_at: Some(self.now),
                    bank_type: None,
                },
                source,
                order_key: OrderKey::new(&self.mchid, &ulid).unwrap(),
                at: self.now,
            })
            .unwrap();
        self.tell(Input::Hint);
    }

    fn money(&self) -> i64 {
        if self.pool.0 == ChinaDay::of(self.now) { self.pool.1 } else { 0 }
    }

    pub(crate) fn run_to(&mut self, at: Timestamp) {
        while let Some(wake) = self.wake.filter(|&wake| wake < at) {
            self.now = wake.max(self.now + SignedDuration::from_millis(1));
            self.wake = None;
            self.tell(Input::Tick);
        }
        self.now = at;
        self.tell(Input::Tick);
    }

    fn tell(&mut self, input: Input) {
        let outputs = self.owner.handle(input, self.now);
        self.perform(outputs);
    }

    fn perform(&mut self, outputs: Vec<Output>) {
        let mut wanted = VecDeque::from(outputs);
        while let Some(output) = wanted.pop_front() {
            let answer = match output {
                Output::Commit(batch) => {
                    let number = batch.number;
                    self.model.commit(batch).unwrap();
                    Input::Committed(number)
                }
                Output::Send(submission) => {
                    let refund = self.model.refund(submission.refund()).unwrap().unwrap();
                    let left = self.money() - refund.amount.minor();
                    let outcome = if left < 0 {
                        self.wasted += 1;
                        SubmitOutcome::NotEnough
                    } else {
                        self.pool = (ChinaDay::of(self.now), left);
                        self.accepted.insert(refund.key.clone());
                        self.left.push(refund.identity.sub_mchid.as_ref().unwrap().to_string());
                        let refund_id = RefundId::parse("5030").unwrap();
                        SubmitOutcome::Accepted(Receipt { refund_id, accepted_at: None, payer_refund: None })
                    };
                    let (refund, attempt) = (refund.key, submission.attempt());
                    Input::Fact(Fact::Answered { refund, attempt, outcome, evidence: Evidence::default() })
                }
                Output::Ask(question) => Input::Fact(self.answer(question)),
                Output::Load(load) => self.model.load(&self.mchid, &load, ChinaDay::of(self.now)).unwrap(),
                Output::TakeIn(found) => panic!("nothing was put back, and {found:?} is to be taken in"),
                Output::WakeAt(at) => {
                    self.wake = Some(at);
                    continue;
                }
            };
            wanted.extend(self.owner.handle(answer, self.now));
        }
    }

    fn answer(&mut self, question: Question) -> Fact {
        match question {
            Question::Refund { refund, asked_at, .. } => {
                let outcome = if self.accepted.contains(&refund) {
                    QueryOutcome::Found(Report {
                        standing: Standing::Succeeded,
                        refund_id: RefundId::parse("5030").unwrap(),
                        amount: self.model.refund(&refund).unwrap().unwrap().amount,
                        accepted_at: None,
                        payer_refund: None,
                        succeeded_at: None,
                        received_in: None,
                    })
                } else {
                    QueryOutcome::Absent
                };
                Fact::Asked { refund, asked_at, outcome, evidence: Evidence::default() }
            }
            Question::Order { order, names, .. } => {
                let out_trade_no = names.out_trade_no.unwrap();
                let is_report = out_trade_no.as_str().starts_with('T');
                self.questions += usize::from(is_report);
                let outcome = match (self.asked, self.paid.get(&out_trade_no)) {
                    (Asked::InVain, _) => OrderOutcome::Unclear,
                    (Asked::Answered, None) => OrderOutcome::Absent,
                    (Asked::Answered, Some(&(fen, at))) => OrderOutcome::Found(OrderReport {
                        transaction_id: TransactionId::parse(&format!("42{out_trade_no}")).unwrap(),
                        out_trade_no,
                        total: Money::fen(fen),
                        payer_total: Some(Money::fen(fen)),
                        paid_at: Some(at),
                    }),
                };
                Fact::OrderAsked { order, outcome }
            }
            Question::RefundsOf { .. } => panic!("nothing was put back"),
            Question::Probe => Fact::Probed(ProbeOutcome::Fine),
        }
    }

    /// Until when the one refund there is waits for funds.
    pub(crate) fn not_before(&self) -> Timestamp {
        let listed = self.model.list(Listing::of(self.mchid.clone(), 1)).unwrap();
        match listed.refunds.first().map(|refund| refund.state.clone()) {
            Some(State::Waiting { why: Why::Funds, not_before: Some(at), .. }) => at,
            state => panic!("it does not wait for funds: {state:?}"),
        }
    }

    /// What the owner's books say of today's payments: confirmed and reported.
    pub(crate) fn books(&self) -> (i64, i64) {
        let today = ChinaDay::of(self.now);
        let books = self.model.pool_days(&self.mchid, Currency::CNY, today..=today).unwrap();
        books.first().map_or((0, 0), |day| (day.confirmed, day.reported))
    }

    /// What the ledger says of today's payments, which is what the orders say.
    pub(crate) fn posted(&self) -> i64 {
        let kept = self.model.ledger(&self.mchid, Currency::CNY).unwrap();
        assert_eq!(self.model.recount_ledger(&self.mchid).unwrap(), kept);
        let today = ChinaDay::of(self.now);
        kept.into_iter().find(|kept| kept.day == today).map_or(0, |kept| kept.paid)
    }
}

/// Eight weeks on which the honest sub-merchants brought what they always bring, and nearly all of it was reported.
fn has_seen_all_of_its_past(model: &mut Model, mchid: &Mchid, now: Timestamp) {
    let epoch = model.take_ownership(mchid, "node").unwrap();
    let mut pools = vec![];
    for past in 1..=56 {
        let day = ChinaDay::of(now).plus_days(-past);
        let paid = Curve::of((0..24).map(|n| (time(9, 25, 0, 0) + MINUTE * 30 * n, HONEST * 3)));
        let reported = paid.total() + paid.total() / 100 * i64::from(past % 7 - 3);
        pools.push(PoolDay { reported, ..Pool::empty(Currency::CNY, day).today });
        let (mchid, pool, source) = (mchid.clone(), Currency::CNY, Source::Platform);
        model.record_past_day(NewPastDay { mchid, pool, day, paid, refunded: 0, source, at: now }).unwrap();
    }
    let batch = Batch {
        number: BatchNo(1),
        mchid: mchid.clone(),
        epoch,
        consumed: vec![],
        changes: vec![],
        orders: vec![],
        pools,
        postings: vec![],
        contributions: vec![],
        merchant: None,
    };
    model.commit(batch).unwrap();
}

fn begin(model: &mut Model, mchid: &Mchid, policy: &Policy, now: Timestamp) -> (Owner, Vec<Output>) {
    let epoch = model.take_ownership(mchid, "node").unwrap();
    Owner::new(mchid.clone(), epoch, false, policy.clone(), Arc::new(Calendar::bundled()), now)
}

fn sub(text: &str) -> SubMchid {
    SubMchid::parse(text).unwrap()
}
