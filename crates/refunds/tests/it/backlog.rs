//! After an outage a hundred thousand accepted refunds are due at once: all of them are asked about in turn, within WeChat
//! Pay's limit, and new refunds do not wait for them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use refunds::batch::{Batch, Epoch, IntakeSeq, MerchantState};
use refunds::intake::{Admission, Arrival, Found, IntakeItem, NewRefund, admit};
use refunds::key::{Identity, OrderKey, RefundKey, UpstreamNo};
use refunds::order::{Order, OrderNames};
use refunds::outcome::{
    Evidence, Fault, OrderOutcome, OrderReport, QueryOutcome, Receipt, Report, Standing, SubmitOutcome,
};
use refunds::owner::{
    DuePage, Fact, FrontPage, Holding, Input, IntakePage, Load, Namesakes, Output, Owner, Page, ProbeOutcome,
    Question,
};
use refunds::policy::Policy;
use refunds::refund::{Acceptance, Refund, RequestBytes, State};
use wechatpay::calendar::Calendar;
use wechatpay::ids::{Mchid, OutRefundNo, OutTradeNo, RefundId, TransactionId};
use wechatpay::money::Money;
use wechatpay::wire::Wire;

use crate::sample::{noon, request, seconds};

const BACKLOG: u32 = 100_000;
/// WeChat Pay's limit of queries a second.
const LIMIT: usize = 150;
/// How often time goes on.
const TICK: SignedDuration = SignedDuration::from_millis(25);
/// How long an answer is under way.
const ANSWER: SignedDuration = SignedDuration::from_millis(250);
/// Every how many ticks a new refund comes in meanwhile; every second one names its order in a way that must be asked
/// about first.
const NEW_EVERY: usize = 200;

/// An owner, a store that holds refunds in maps, and a platform that takes everything.
struct World {
    owner: Owner,
    now: Timestamp,
    wake: Option<Timestamp>,
    refunds: BTreeMap<RefundKey, Refund>,
    orders: BTreeMap<OrderKey, Order>,
    due: BTreeSet<(Timestamp, RefundKey)>,
    intake: BTreeMap<IntakeSeq, Arrival>,
    inputs: Vec<Input>,
    /// Answers of WeChat Pay, by when they come.
    on_the_way: BTreeMap<Timestamp, Vec<Fact>>,
    /// Whether WeChat Pay takes the signature.
    is_set_up: bool,
    /// Every question, when it left; look-ups of orders have no refund.
    asked: Vec<(Timestamp, Option<RefundKey>)>,
    probes: usize,
    most_under_way: usize,
    /// Refunds that were asked about.
    known: BTreeSet<RefundKey>,
    /// Due refunds that were read and never asked about.
    read_ahead: BTreeSet<RefundKey>,
    most_read_ahead: usize,
    sent: BTreeMap<RefundKey, Timestamp>,
    names: i64,
}

impl World {
    fn new() -> World {
        let (owner, outputs) =
            Owner::new(mchid(), Epoch(1), true, Policy::default(), Arc::new(Calendar::bundled()), noon());
        let mut world = World {
            owner,
            now: noon(),
            wake: None,
            refunds: BTreeMap::new(),
            orders: BTreeMap::new(),
            due: BTreeSet::new(),
            intake: BTreeMap::new(),
            inputs: vec![],
            on_the_way: BTreeMap::new(),
            is_set_up: true,
            asked: vec![],
            probes: 0,
            most_under_way: 0,
            known: BTreeSet::new(),
            read_ahead: BTreeSet::new(),
            most_read_ahead: 0,
            sent: BTreeMap::new(),
            names: 0,
        };
        world.perform(outputs);
        world
    }

    /// A refund that WeChat Pay took yesterday and that was due a minute later.
    fn owes_an_answer(&mut self, n: u32) -> RefundKey {
        let at = noon() - SignedDuration::from_hours(30) + SignedDuration::from_millis(i64::from(n) * 100);
        let refund_id = RefundId::parse(&format!("50{n:08}")).unwrap();
        let key = self.take_in(true);
        let refund = self.refunds.get_mut(&key).unwrap();
        refund.attempts.count = 1;
        refund.state = State::Processing(Acceptance { refund_id, at, payer_refund: None });
        refund.ask_at = Some(at + seconds(60));
        self.due.insert((at + seconds(60), key.clone()));
        key
    }

    /// A refund that WeChat Pay has just taken and that is not due yet.
    fn is_followed(&mut self, n: u32) -> RefundKey {
        let key = self.owes_an_answer(n);
        let refund = self.refunds.get_mut(&key).unwrap();
        self.due.remove(&(refund.ask_at.unwrap(), key.clone()));
        refund.ask_at = Some(noon() + SignedDuration::from_hours(1));
        self.due.insert((noon() + SignedDuration::from_hours(1), key.clone()));
        key
    }

    /// A notification speaks of a refund.
    fn is_told_of(&mut self, key: &RefundKey) {
        let seq = IntakeSeq(1_000_000 + i64::try_from(self.intake.len()).unwrap());
        self.intake.insert(seq, Arrival::Notice { refund: key.clone(), report: None });
        self.inputs.push(Input::Hint);
    }

    /// A refund comes in now.
    fn comes_in(&mut self, by_the_merchants_number: bool) -> RefundKey {
        let key = self.take_in(by_the_merchants_number);
        self.intake.insert(IntakeSeq(self.names), Arrival::Refund(key.clone()));
        self.inputs.push(Input::Hint);
        key
    }

    fn take_in(&mut self, by_the_merchants_number: bool) -> RefundKey {
        self.names += 1;
        let (n, ulid) = (self.names, format!("01JZ{:022}", self.names));
        let out_refund_no = OutRefundNo::parse(&format!("R{n}")).unwrap();
        let wechat_pays_number = || TransactionId::parse(&format!("4200{n}")).unwrap();
        let names = OrderNames {
            out_trade_no: by_the_merchants_number.then(|| out_trade_no(&n.to_string())),
            transaction_id: (!by_the_merchants_number).then(wechat_pays_number),
        };
        let new = NewRefund {
            key: RefundKey::new(&mchid(), &ulid).unwrap(),
            order_key: OrderKey::new(&mchid(), &ulid).unwrap(),
            request: request(
                Identity { mchid: mchid(), sub_mchid: None, out_refund_no: out_refund_no.clone() },
                names,
                100,
                100,
            ),
            upstream_no: UpstreamNo::adopted(out_refund_no),
            bytes: RequestBytes::new(Wire::V3, b"{}"),
            at: self.now,
        };
        let Admission::Admitted { refund, order, .. } = admit(&new, Found::default()) else {
            panic!("nothing stands against it")
        };
        self.orders.insert(order.key.clone(), *order);
        self.refunds.insert(new.key.clone(), *refund);
        new.key
    }

    /// Time goes on by one tick.
    fn ticks(&mut self) {
        self.now += TICK;
        while let Some(came) = self.on_the_way.first_entry().filter(|first| *first.key() <= self.now) {
            self.inputs.extend(came.remove().into_iter().map(Input::Fact));
        }
        if self.wake.is_some_and(|at| at <= self.now) {
            self.wake = None;
            self.inputs.push(Input::Tick);
        }
        while !self.inputs.is_empty() {
            let inputs = std::mem::take(&mut self.inputs);
            let outputs = self.owner.handle_all(inputs, self.now);
            self.perform(outputs);
        }
        self.most_under_way = self.most_under_way.max(self.questions_under_way());
        self.most_read_ahead = self.most_read_ahead.max(self.read_ahead.len());
    }

    fn perform(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Commit(batch) => self.write(batch),
                Output::Send(submission) => {
                    let (refund, attempt) = (submission.refund().clone(), submission.attempt());
                    self.sent.entry(refund.clone()).or_insert(self.now);
                    let outcome = SubmitOutcome::Accepted(Receipt {
                        refund_id: RefundId::parse("5030").unwrap(),
                        accepted_at: None,
                        payer_refund: None,
                    });
                    let evidence = Evidence::default();
                    self.answers(Fact::Answered { refund, attempt, outcome, evidence });
                }
                Output::Ask(question) => self.is_asked(question),
                Output::Load(load) => {
                    let page = self.read(load);
                    self.inputs.extend(page);
                }
                Output::TakeIn(found) => panic!("nothing was put back, and {found:?} is to be taken in"),
                Output::WakeAt(at) => self.wake = Some(at),
            }
        }
    }

    fn is_asked(&mut self, question: Question) {
        match question {
            Question::Refund { refund, asked_at, .. } => {
                self.asked.push((self.now, Some(refund.clone())));
                self.read_ahead.remove(&refund);
                self.known.insert(refund.clone());
                let outcome = match self.is_set_up {
                    true => QueryOutcome::Found(report(&self.refunds[&refund])),
                    false => QueryOutcome::Misconfigured(Fault::Signature),
                };
                self.answers(Fact::Asked { refund, asked_at, outcome, evidence: Evidence::default() });
            }
            Question::Order { order, names, .. } => {
                self.asked.push((self.now, None));
                let transaction_id = names.transaction_id.unwrap();
                let report = OrderReport {
                    out_trade_no: out_trade_no(&transaction_id.as_str()[4..]),
                    transaction_id,
                    total: Money::fen(100),
                    payer_total: None,
                    paid_at: None,
                };
                self.answers(Fact::OrderAsked { order, outcome: OrderOutcome::Found(report) });
            }
            Question::RefundsOf { .. } => panic!("nothing was put back"),
            Question::Probe => {
                self.probes += 1;
                self.answers(Fact::Probed(match self.is_set_up {
                    true => ProbeOutcome::Fine,
                    false => ProbeOutcome::Misconfigured(Fault::Signature),
                }));
            }
        }
    }

    fn answers(&mut self, fact: Fact) {
        self.on_the_way.entry(self.now + ANSWER).or_default().push(fact);
    }

    fn write(&mut self, batch: Batch) {
        for seq in &batch.consumed {
            self.intake.remove(seq);
        }
        for change in batch.orders {
            change.apply(self.orders.get_mut(&change.order).unwrap());
        }
        for change in batch.changes {
            let key = change.refund.key.clone();
            let due = change.refund.due();
            let before = self.refunds.insert(key.clone(), change.refund).unwrap();
            before.due().map(|due| self.due.remove(&(due, key.clone())));
            self.due.extend(due.map(|due| (due, key)));
        }
        self.inputs.push(Input::Committed(batch.number));
    }

    fn read(&mut self, load: Load) -> Option<Input> {
        Some(match load {
            Load::Holding => Input::Holding(Holding {
                epoch: Epoch(1),
                merchant: MerchantState::default(),
                pools: vec![],
                contributions: vec![],
                next_due: Some(noon() - SignedDuration::from_hours(30)),
            }),
            Load::Intake { limit } => {
                let rows = self.intake.iter().take(limit);
                let items: Vec<IntakeItem> =
                    rows.map(|(&seq, what)| IntakeItem { seq, what: what.clone() }).collect();
                let page = self.page(items.iter().filter_map(|item| match &item.what {
                    Arrival::Refund(key) | Arrival::Notice { refund: key, .. } => Some(key),
                    _ => None,
                }));
                Input::Intake(IntakePage { more: items.len() < self.intake.len(), items, page })
            }
            Load::Due { at, limit } => {
                let due = self.due.iter().take_while(|(due, _)| *due <= at).take(limit);
                let keys: Vec<RefundKey> = due.map(|(_, key)| key.clone()).collect();
                let next_due = self.due.iter().nth(keys.len()).map(|(due, _)| *due);
                let page = self.page(keys.iter());
                self.read_ahead.extend(keys.into_iter().filter(|key| !self.known.contains(key)));
                Input::Due(DuePage { page, next_due })
            }
            Load::Front { .. } => Input::Front(FrontPage { page: Page::default(), complete: true }),
            Load::Open { .. } | Load::RecentOrders { .. } => panic!("nothing was put back"),
            Load::Refunds(keys) => Input::Refunds(self.page(keys.iter())),
            Load::PastDays { .. } => Input::PastDays(vec![]),
            Load::Namesakes { order, report, .. } => {
                let key =
                    self.refunds.values().rev().find(|refund| refund.order == order).unwrap().key.clone();
                Input::Namesakes(Namesakes { order, report, page: self.page([&key].into_iter()) })
            }
        })
    }

    fn page<'a>(&self, keys: impl Iterator<Item = &'a RefundKey>) -> Page {
        let refunds: Vec<Refund> = keys.map(|key| self.refunds[key].clone()).collect();
        let orders = refunds.iter().map(|refund| self.orders[&refund.order].clone()).collect();
        Page { refunds, orders }
    }

    fn questions_under_way(&self) -> usize {
        let is_question = |fact: &&Fact| !matches!(fact, Fact::Answered { .. });
        self.on_the_way.values().flatten().filter(is_question).count()
    }

    /// The most questions in any second.
    fn most_a_second(&self) -> usize {
        let (mut most, mut from) = (0, 0);
        for (to, (at, _)) in self.asked.iter().enumerate() {
            while at.duration_since(self.asked[from].0) >= seconds(1) {
                from += 1;
            }
            most = most.max(to - from + 1);
        }
        most
    }
}

fn mchid() -> Mchid {
    Mchid::parse("1900000002").unwrap()
}

fn out_trade_no(n: &str) -> OutTradeNo {
    OutTradeNo::parse(&format!("T{n}")).unwrap()
}

/// The payer has the money.
fn report(refund: &Refund) -> Report {
    Report {
        refund_id: refund.acceptance().unwrap().refund_id.clone(),
        amount: refund.amount,
        ..crate::sample::report(Standing::Succeeded)
    }
}

#[test]
fn a_backlog_of_a_hundred_thousand_is_asked_about_in_turn_within_the_limit_and_delays_nobody_new() {
    let mut world = World::new();
    let owing: Vec<RefundKey> = (0..BACKLOG).map(|n| world.owes_an_answer(n)).collect();
    let mut left: BTreeSet<&RefundKey> = owing.iter().collect();
    let mut came: BTreeMap<RefundKey, Timestamp> = BTreeMap::new();
    let mut seen = 0;
    for tick in 1.. {
        if tick % NEW_EVERY == 0 {
            let key = world.comes_in(came.len().is_multiple_of(2));
            came.insert(key, world.now);
        }
        world.ticks();
        for (_, key) in &world.asked[seen..] {
            key.as_ref().map(|key| left.remove(key));
        }
        seen = world.asked.len();
        if left.is_empty() {
            break;
        }
        assert!(tick < 72_000, "{} are left after half an hour", left.len());
    }

    let (took, questions) = (world.now.duration_since(noon()).as_secs_f64(), world.asked.len() as f64);
    assert!(took <= questions / LIMIT as f64 * 1.2, "{took} s for {questions}");
    assert!(world.most_a_second() <= LIMIT, "{}", world.most_a_second());
    assert!(world.most_under_way <= Policy::default().queries_in_flight, "{}", world.most_under_way);
    assert!(world.most_read_ahead <= 512, "{} in hand", world.most_read_ahead);
    // Longest due first, and nobody twice.
    let asked = world.asked.iter().filter_map(|(_, key)| key.as_ref());
    assert!(asked.filter(|key| !came.contains_key(key)).eq(&owing));
    for (key, at) in came.iter().filter(|(_, at)| world.now.duration_since(**at) > seconds(1)) {
        let delay = world.sent[key].duration_since(*at);
        assert!(delay <= seconds(1), "{key} was sent after {delay:#}");
    }
}

#[test]
fn a_flood_of_notifications_is_asked_about_within_the_limit_and_does_not_fill_the_hand() {
    let mut world = World::new();
    let owing: Vec<RefundKey> = (0..5_000).map(|n| world.is_followed(n)).collect();
    for key in &owing {
        world.is_told_of(key);
    }
    for _ in 0..50 * 40 {
        world.ticks();
    }
    assert!(world.most_a_second() <= LIMIT, "{}", world.most_a_second());
    let asked: BTreeSet<&RefundKey> = world.asked.iter().filter_map(|(_, key)| key.as_ref()).collect();
    assert!(asked.into_iter().eq(&owing), "each of them");
    assert_eq!(world.asked.len(), owing.len(), "once");
    assert!(world.most_read_ahead > 0, "those it let go of are read again in their turn");
}

#[test]
fn while_no_call_is_taken_nobody_is_asked_about_and_as_soon_as_the_probe_is_taken_everybody_is() {
    let mut world = World::new();
    world.is_set_up = false;
    let owing: BTreeSet<RefundKey> = (0..1_000).map(|n| world.owes_an_answer(n)).collect();
    let minute = 60 * 40;
    for _ in 0..4 * minute {
        world.ticks();
    }
    // Those that were under way when the second refusal came.
    let refused = world.asked.len();
    assert!(refused <= Policy::default().queries_in_flight, "{refused}");
    world.is_set_up = true;
    for _ in 0..2 * minute {
        world.ticks();
    }
    assert_eq!(world.probes, 1);
    let asked: BTreeSet<RefundKey> =
        world.asked[refused..].iter().filter_map(|(_, key)| key.clone()).collect();
    assert_eq!(asked, owing);
}
