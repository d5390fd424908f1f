//! Days of an owner's life, each of its calls timed.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use refunds::intake::Arrival;
use refunds::outcome::{
    Evidence, ListOutcome, OrderOutcome, QueryOutcome, Receipt, Report, Standing, SubmitOutcome,
};
use refunds::owner::{Fact, Input, Output, Owner, ProbeOutcome, Question};
use refunds::policy::Policy;
use serde::{Deserialize, Serialize};
use wechatpay::calendar::Calendar;
use wechatpay::china::ChinaDay;
use wechatpay::ids::RefundId;

use super::event::Event;
use super::merchant::{LEAST_NEED, Merchant};
use super::rows::{EPOCH, Rows};
use crate::error::BenchError;
use crate::processes::usage::{Usage, thread_cpu};

/// How long an answer of WeChat Pay is under way.
const ANSWER: SignedDuration = SignedDuration::from_millis(200);
/// A wake-up so soon belongs to what led to it: the owner put off a part of its work.
const SOON: SignedDuration = SignedDuration::from_millis(1);
/// What about a hundred refunds need together, in fen.
const MANY: i64 = 1_600_000;
/// How often each event happens on a day: payments for one, and others of their kind.
const OFTEN: usize = 20;
/// How often what is seldom.
const SELDOM: usize = 3;

/// What was measured of one owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// Each call of the owner, by what it was for.
    pub calls: BTreeMap<Event, Vec<Call>>,
    /// The one that was longest on a CPU, and when that was by the owner's clock; none if there was none.
    pub longest: Option<(Call, Event, Timestamp)>,
    /// How many refunds each payment released that was to release many.
    pub released: Vec<usize>,
    /// By how much more memory the process has than with an owner for whom nobody waits, in bytes; at the end of the first
    /// start, at the end of all, and at most.
    pub memory: Memory,
}

/// How long one call of the owner took. Small, because they are kept beside the owner whose memory is measured; none takes
/// longer than four seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// On a CPU, in nanoseconds; by the wall's clock where the system does not tell.
    pub on_cpu_ns: u32,
    /// By the wall's clock, in nanoseconds: whatever else the machine did meanwhile counts.
    pub took_ns: u32,
}

/// Memory in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Memory {
    /// Once the owner has looked at all it has read.
    pub started: u64,
    /// In the end.
    pub ended: u64,
    /// At most, with pages on their way to it.
    pub peak: u64,
}

/// An owner, its store, and WeChat Pay.
struct Trade {
    owner: Owner,
    rows: Rows,
    now: Timestamp,
    wake: Option<Timestamp>,
    on_the_way: VecDeque<(Timestamp, Fact)>,
    /// Whether WeChat Pay refuses whatever comes next.
    refuses: bool,
    sent: usize,
    calls: BTreeMap<Event, Vec<Call>>,
    longest: Option<(Call, Event, Timestamp)>,
}

/// Lets `waiting` refunds wait for an owner that lives for `days`.
pub fn measure(waiting: u32, sees_payments: bool, days: u32) -> Result<Measured, BenchError> {
    let merchant = Merchant::new(sees_payments)?;
    let noon = merchant.first_day.start() + SignedDuration::from_hours(12);
    let rows = Rows::new(merchant, waiting, noon);
    let (owner, _) = new_owner(&rows, noon);
    let mut trade = Trade {
        owner,
        rows,
        now: noon,
        wake: None,
        on_the_way: VecDeque::new(),
        refuses: false,
        sent: 0,
        calls: BTreeMap::new(),
        longest: None,
    };
    // A page of nobody, so that only what is read differs afterwards.
    let empty = usage();
    trade.restart()?;
    trade.pass(SignedDuration::from_mins(1))?;
    let started = usage().resident.saturating_sub(empty.resident);
    let mut released = vec![];
    for _ in 0..days {
        trade.afternoon(&mut released)?;
        trade.night()?;
        trade.restart()?;
    }
    let end = usage();
    let memory = Memory {
        started,
        ended: end.resident.saturating_sub(empty.resident),
        peak: end.peak.saturating_sub(empty.resident),
    };
    Ok(Measured { calls: trade.calls, longest: trade.longest, released, memory })
}

impl Trade {
    /// What happens from noon on.
    fn afternoon(&mut self, released: &mut Vec<usize>) -> Result<(), BenchError> {
        let second = SignedDuration::from_secs(1);
        for _ in 0..OFTEN {
            self.is_paid(Event::PaymentForNobody, 1)?;
            self.pass(second)?;
        }
        for _ in 0..OFTEN {
            self.is_paid(Event::PaymentForOne, LEAST_NEED * 3 / 2)?;
            self.pass(second)?;
        }
        for _ in 0..SELDOM {
            let sent = self.sent;
            self.is_paid(Event::PaymentForMany, MANY)?;
            self.pass(second * 20)?;
            released.push(self.sent - sent);
        }
        for _ in 0..OFTEN {
            self.rows.comes_in(self.now)?;
            self.happens(Event::NewRefund, Input::Hint)?;
            self.pass(second)?;
        }
        for _ in 0..SELDOM {
            self.refuses = true;
            self.is_paid(Event::PaymentForOne, LEAST_NEED * 3 / 2)?;
            self.pass(second)?;
            self.refuses = false;
        }
        for _ in 0..SELDOM {
            self.rows.arrives(Arrival::PastDay(ChinaDay::of(self.now).plus_days(-1)));
            self.happens(Event::Statement, Input::Hint)?;
            self.pass(second)?;
        }
        Ok(())
    }

    /// What happens until the next noon.
    fn night(&mut self) -> Result<(), BenchError> {
        let midnight = ChinaDay::of(self.now).end();
        self.pass_to(midnight, Event::WakeUp)?;
        self.pass_to(midnight + SignedDuration::from_secs(8), Event::Midnight)?;
        self.pass_to(midnight + SignedDuration::from_hours(12), Event::WakeUp)
    }

    fn restart(&mut self) -> Result<(), BenchError> {
        self.pass(SignedDuration::from_secs(2))?;
        self.on_the_way.clear();
        self.wake = None;
        let (owner, outputs) = new_owner(&self.rows, self.now);
        self.owner = owner;
        let inputs = self.perform(outputs)?;
        self.run(Event::Restart, inputs)
    }

    fn is_paid(&mut self, event: Event, fen: i64) -> Result<(), BenchError> {
        self.rows.is_paid(fen, self.now)?;
        self.happens(event, Input::Hint)
    }

    fn happens(&mut self, event: Event, input: Input) -> Result<(), BenchError> {
        self.run(event, vec![input])
    }

    /// Hands `inputs` to the owner and does what it wants, until there is nothing more to do at once.
    fn run(&mut self, event: Event, inputs: Vec<Input>) -> Result<(), BenchError> {
        let mut inputs = VecDeque::from(inputs);
        loop {
            while let Some(input) = inputs.pop_front() {
                let is_front = matches!(input, Input::Front(_)) && event != Event::Restart;
                let event = if is_front { Event::Front } else { event };
                let (began, began_on_cpu) = (Instant::now(), thread_cpu());
                let outputs = self.owner.handle(input, self.now);
                let (ended_on_cpu, took) = (thread_cpu(), began.elapsed());
                let on_cpu = ended_on_cpu.zip(began_on_cpu).map_or(took, |(end, began)| end - began);
                self.note(event, Call { on_cpu_ns: nanoseconds(on_cpu), took_ns: nanoseconds(took) });
                inputs.extend(self.perform(outputs)?);
            }
            match self.wake.filter(|&wake| wake <= self.now + SOON) {
                Some(wake) => {
                    self.now = self.now.max(wake);
                    self.wake = None;
                    inputs.push_back(Input::Tick);
                }
                None => return Ok(()),
            }
        }
    }

    fn note(&mut self, event: Event, call: Call) {
        self.calls.entry(event).or_default().push(call);
        if self.longest.is_none_or(|(longest, ..)| longest.on_cpu_ns < call.on_cpu_ns) {
            self.longest = Some((call, event, self.now));
        }
    }

    fn perform(&mut self, outputs: Vec<Output>) -> Result<Vec<Input>, BenchError> {
        let mut inputs = vec![];
        for output in outputs {
            match output {
                Output::Commit(batch) => {
                    inputs.push(Input::Committed(batch.number));
                    self.rows.write(batch)?;
                }
                Output::Send(submission) => {
                    self.sent += 1;
                    let (refund, attempt) = (submission.refund().clone(), submission.attempt());
                    let needs = self.rows.refund(&refund)?.need.high;
                    let fits = needs <= self.left() && !self.refuses;
                    let receipt = Receipt { refund_id: refund_id()?, accepted_at: None, payer_refund: None };
                    let outcome =
                        if fits { SubmitOutcome::Accepted(receipt) } else { SubmitOutcome::NotEnough };
                    let evidence = Evidence::default();
                    self.answers(Fact::Answered { refund, attempt, outcome, evidence });
                }
                Output::Ask(question) => self.is_asked(question)?,
                Output::Load(load) => inputs.push(self.rows.read(load, self.now)?),
                // No backup is ever put back here.
                Output::TakeIn(found) => {
                    inputs.push(Input::TakenIn { order: found.order, asked_at: found.asked_at });
                }
                Output::WakeAt(at) => self.wake = Some(at),
            }
        }
        Ok(inputs)
    }

    /// What is in the pool.
    fn left(&self) -> i64 {
        let (pool, is_seen) = (&self.rows.pool, self.rows.merchant.sees_payments);
        let hidden = if is_seen { 0 } else { self.rows.merchant.brought_unseen(self.now) };
        let drawn = if pool.day == ChinaDay::of(self.now) { pool.accepted - pool.confirmed } else { 0 };
        hidden - drawn
    }

    fn is_asked(&mut self, question: Question) -> Result<(), BenchError> {
        let fact = match question {
            Question::Refund { refund, asked_at, .. } => {
                let report = Report {
                    standing: Standing::Succeeded,
                    refund_id: refund_id()?,
                    amount: self.rows.refund(&refund)?.amount,
                    accepted_at: None,
                    payer_refund: None,
                    succeeded_at: None,
                    received_in: None,
                };
                let outcome = QueryOutcome::Found(report);
                Fact::Asked { refund, asked_at, outcome, evidence: Evidence::default() }
            }
            Question::Order { order, .. } => Fact::OrderAsked { order, outcome: OrderOutcome::Unclear },
            Question::RefundsOf { order, offset, asked_at, .. } => {
                Fact::Listed { order, offset, asked_at, outcome: ListOutcome::NotOffered }
            }
            Question::Probe => Fact::Probed(ProbeOutcome::Fine),
        };
        self.answers(fact);
        Ok(())
    }

    fn answers(&mut self, fact: Fact) {
        self.on_the_way.push_back((self.now + ANSWER, fact));
    }

    fn pass(&mut self, time: SignedDuration) -> Result<(), BenchError> {
        self.pass_to(self.now + time, Event::WakeUp)
    }

    /// Lets time pass; what the owner does when it is woken is put down to `event`.
    fn pass_to(&mut self, end: Timestamp, event: Event) -> Result<(), BenchError> {
        loop {
            let answer = self.on_the_way.front().map(|(at, _)| *at);
            let next = [answer, self.wake].into_iter().flatten().min();
            let Some(next) = next.filter(|&next| next < end) else { break };
            self.now = self.now.max(next);
            if answer == Some(next)
                && let Some((_, fact)) = self.on_the_way.pop_front()
            {
                self.happens(kind(&fact), Input::Fact(fact))?;
            } else {
                self.wake = None;
                self.happens(event, Input::Tick)?;
            }
        }
        self.now = self.now.max(end);
        Ok(())
    }
}

fn kind(fact: &Fact) -> Event {
    match fact {
        Fact::Answered { outcome: SubmitOutcome::NotEnough, .. } => Event::Refusal,
        Fact::Answered { .. } => Event::Acceptance,
        Fact::Asked { .. } | Fact::OrderAsked { .. } | Fact::Listed { .. } | Fact::Probed(_) => {
            Event::Confirmation
        }
    }
}

fn new_owner(rows: &Rows, now: Timestamp) -> (Owner, Vec<Output>) {
    let (policy, calendar) = (Policy::default(), Arc::new(Calendar::bundled()));
    Owner::new(rows.merchant.mchid.clone(), EPOCH, false, policy, calendar, now)
}

fn refund_id() -> Result<RefundId, BenchError> {
    RefundId::parse("50300000000000000000000001").map_err(|error| BenchError::Name(error.to_string()))
}

fn usage() -> Usage {
    Usage::of(std::process::id()).unwrap_or_default()
}

fn nanoseconds(time: Duration) -> u32 {
    u32::try_from(time.as_nanos()).unwrap_or(u32::MAX)
}
