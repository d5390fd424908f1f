//! Many refunds wait in the store: the owner reads the front of them, does a little at a time, and everybody leaves once money
//! comes.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use refunds::batch::Epoch;
use refunds::intake::{Admission, NewRefund};
use refunds::key::{Identity, NumberForm, OrderKey, RefundKey, UpstreamNo};
use refunds::order::{OrderFacts, OrderNames, Source};
use refunds::outcome::{Evidence, QueryOutcome, SubmitOutcome};
use refunds::owner::{Fact, Input, Load, Output, Owner, Question};
use refunds::policy::Policy;
use refunds::refund::RequestBytes;
use store::intake::NewPayment;
use store::memory::Model;
use store::merchant::Mode;
use wechatpay::calendar::Calendar;
use wechatpay::china::ChinaDay;
use wechatpay::ids::{Mchid, OutRefundNo, OutTradeNo};
use wechatpay::money::Money;
use wechatpay::wire::Wire;

use crate::sample::{merchant, noon, receipt, request};

const WAITING: u32 = 20_000;
const NEED: i64 = 100;
/// What a pool covers that is empty for everybody who waits.
const LITTLE: i64 = 10;
/// As many rows of intake as one page has: the most that one call of the owner may change.
const PAGE: usize = 512;

fn names(name: &str) -> OrderNames {
    OrderNames { out_trade_no: Some(OutTradeNo::parse(name).unwrap()), transaction_id: None }
}

/// An owner, its store, and a platform that takes what its pool covers.
struct World {
    owner: Owner,
    model: Model,
    now: Timestamp,
    wake: Option<Timestamp>,
    inputs: VecDeque<Input>,
    left: i64,
    accepted: u32,
    most_changed: usize,
    most_read: usize,
}

impl World {
    fn new() -> World {
        let mut model = Model::new();
        let merchant = merchant(mchid(), Mode::Direct, NumberForm::AsGiven, []);
        model.put_merchant(merchant).unwrap();
        (0..WAITING).for_each(|n| admit(&mut model, n, NEED));
        let epoch = model.take_ownership(&mchid(), "node").unwrap();
        let (owner, outputs) = owner(epoch, noon());
        let mut world = World {
            owner,
            model,
            now: noon(),
            wake: None,
            inputs: VecDeque::new(),
            left: 0,
            accepted: 0,
            most_changed: 0,
            most_read: 0,
        };
        world.perform(outputs);
        world
    }

    /// An order that nobody wants back is paid.
    fn is_paid(&mut self, amount: i64) {
        let ulid = format!("01JZ{:022}", 900_000);
        let payment = NewPayment {
            mchid: mchid(),
            sub_mchid: None,
            names: names("paid"),
            facts: OrderFacts {
                total: Money::fen(amount),
                payer_total: None,
                paid_at: Some(self.now),
                bank_type: None,
            },
            source: Source::Platform,
            order_key: OrderKey::new(&mchid(), &ulid).unwrap(),
            at: self.now,
        };
        self.model.report_payment(payment).unwrap();
        self.left += amount;
        self.inputs.push_back(Input::Hint);
    }

    /// The owner is gone, and another one begins.
    fn restart(&mut self) {
        let epoch = self.model.take_ownership(&mchid(), "node").unwrap();
        let (owner, outputs) = owner(epoch, self.now);
        (self.owner, self.wake, self.most_read) = (owner, None, 0);
        self.inputs.clear();
        self.perform(outputs);
    }

    fn pass(&mut self, time: SignedDuration) {
        let end = self.now + time;
        loop {
            while let Some(input) = self.inputs.pop_front() {
                let outputs = self.owner.handle(input, self.now);
                self.perform(outputs);
            }
            let Some(wake) = self.wake.take().filter(|&wake| wake <= end) else { break };
            self.now = self.now.max(wake);
            self.inputs.push_back(Input::Tick);
        }
        self.now = end;
        self.inputs.push_back(Input::Tick);
    }

    /// Lets the next thing happen, whatever time it takes.
    fn step(&mut self) {
        let input = self.inputs.pop_front().unwrap_or_else(|| {
            self.now = self.now.max(self.wake.take().expect("something is to come"));
            Input::Tick
        });
        let outputs = self.owner.handle(input, self.now);
        self.perform(outputs);
    }

    fn perform(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Commit(batch) => {
                    self.most_changed = self.most_changed.max(batch.changes.len());
                    self.inputs.push_back(Input::Committed(batch.number));
                    self.model.commit(batch).unwrap();
                }
                Output::Send(submission) => {
                    let (refund, attempt) = (submission.refund().clone(), submission.attempt());
                    let need =
                        self.model.refunds(std::slice::from_ref(&refund)).unwrap().refunds[0].amount.minor();
                    let takes = self.left >= need;
                    self.left -= if takes { need } else { 0 };
                    self.accepted += u32::from(takes);
                    let outcome =
                        if takes { SubmitOutcome::Accepted(receipt()) } else { SubmitOutcome::NotEnough };
                    let evidence = Evidence::default();
                    self.inputs.push_back(Input::Fact(Fact::Answered { refund, attempt, outcome, evidence }));
                }
                Output::Ask(Question::Refund { refund, asked_at, .. }) => {
                    let (outcome, evidence) = (QueryOutcome::Unclear, Evidence::default());
                    self.inputs.push_back(Input::Fact(Fact::Asked { refund, asked_at, outcome, evidence }));
                }
                Output::Ask(other) => panic!("nobody has to ask {other:?}"),
                Output::Load(load) => self.read(load),
                Output::TakeIn(found) => panic!("nothing was put back, and {found:?} is to be taken in"),
                Output::WakeAt(at) => self.wake = Some(at),
            }
        }
    }

    fn read(&mut self, load: Load) {
        let page = self.model.load(&mchid(), &load, ChinaDay::of(self.now)).unwrap();
        if let Input::Front(front) = &page {
            self.most_read = self.most_read.max(front.page.refunds.len());
        }
        self.inputs.push_back(page);
    }
}

#[test]
fn a_page_of_thousands_is_taken_in_portions_and_nobody_leaves_before_all_are_in_hand() {
    let mut world = World::new();
    while world.most_read == 0 {
        world.step();
    }
    let mut calls = 0;
    while world.most_changed == 0 {
        world.step();
        calls += 1;
    }
    assert!(calls >= 2 * world.most_read / PAGE, "{calls} calls for {} refunds and orders", world.most_read);
}

fn mchid() -> Mchid {
    Mchid::parse("1900000002").unwrap()
}

fn owner(epoch: Epoch, now: Timestamp) -> (Owner, Vec<Output>) {
    Owner::new(mchid(), epoch, true, Policy::default(), Arc::new(Calendar::bundled()), now)
}

fn admit(model: &mut Model, n: u32, need: i64) {
    let out_refund_no = OutRefundNo::parse(&format!("R{n}")).unwrap();
    let ulid = format!("01JZ{n:022}");
    let new = NewRefund {
        key: RefundKey::new(&mchid(), &ulid).unwrap(),
        order_key: OrderKey::new(&mchid(), &ulid).unwrap(),
        upstream_no: UpstreamNo::adopted(out_refund_no.clone()),
        request: request(
            Identity { mchid: mchid(), sub_mchid: None, out_refund_no },
            names(&format!("T{n}")),
            need,
            need,
        ),
        bytes: RequestBytes::new(Wire::V3, b"{}"),
        at: noon() - SignedDuration::from_hours(1) + SignedDuration::from_millis(i64::from(n)),
    };
    assert!(matches!(model.admit(new).unwrap().admission, Admission::Admitted { .. }));
}

#[test]
fn of_twenty_thousand_waiting_refunds_few_are_in_hand_and_all_leave_once_money_comes() {
    let mut world = World::new();
    world.pass(SignedDuration::from_secs(60));
    assert_eq!(world.accepted, 0);
    world.is_paid(i64::from(WAITING) * NEED * 2);
    for _ in 0..60 {
        world.pass(SignedDuration::from_secs(10));
        if world.accepted == WAITING {
            break;
        }
    }
    assert_eq!(world.accepted, WAITING, "all of them leave, and none twice");
    assert!(world.most_read <= Policy::default().front_limit, "{} on a page", world.most_read);
    assert!(world.most_changed <= PAGE, "{} changed by one call", world.most_changed);
}

#[test]
fn who_comes_in_before_anybody_of_a_full_front_sleeps_does_not_stand_behind_those_who_will() {
    let mut world = World::new();
    world.is_paid(LITTLE);
    world.pass(SignedDuration::from_secs(60));
    world.restart();
    while world.most_read == 0 {
        world.step();
    }
    // A part of the front is in hand.
    world.step();
    admit(&mut world.model, WAITING, LITTLE);
    world.inputs.push_back(Input::Hint);
    world.pass(SignedDuration::from_secs(60));
    assert_eq!(world.accepted, 1);
}
