//! Stories as scripts: an owner on a store in memory, and WeChat Pay played by the lines.
//!
//! A line is `at HH:MM[:SS] verb …`, days are counted by lines `day N`, and `;` begins a remark. Time runs from line to
//! line, and the owner is woken whenever it asked to be. What it sends and asks must be told by a line at that very
//! time (to the second), in the order in which it happens; what is not told fails the story.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use refunds::batch::{Batch, Epoch, PoolDay};
use refunds::intake::{Admission, Command, NewRefund, Request};
use refunds::key::{Identity, NumberForm, OrderKey, RefundKey, UpstreamNo};
use refunds::order::{OrderFacts, OrderNames, Source};
use refunds::outcome::{
    Evidence, Fault, ListOutcome, Listed, OrderOutcome, OrderReport, QueryOutcome, Receipt, Refusal, Report,
    Standing, SubmitOutcome,
};
use refunds::owner::{Fact, FoundRefunds, Input, Load, Output, Owner, ProbeOutcome, Question};
use refunds::policy::{ConfirmBy, Policy};
use refunds::pool::ledger::{Account, Counted, Ledger, LedgerDay};
use refunds::pool::past::Curve;
use refunds::refund::{RequestBytes, Withdrawal};
use store::intake::{NewNotice, NewPastDay, NewPayment};
use store::memory::Model;
use store::merchant::Mode;
use store::reading::Listing;
use store::restoration::Restoration;
use wechatpay::calendar::Calendar;
use wechatpay::china::ChinaDay;
use wechatpay::ids::{Mchid, OutRefundNo, OutTradeNo, RefundId, SubMchid, TransactionId};
use wechatpay::money::{Currency, Money};
use wechatpay::wire::Wire;

use crate::sample::merchant;

/// Plays `script` on Monday 2026-03-02 and the days after.
pub(crate) fn check(script: &str) {
    check_with(Policy::default(), script);
}

/// The same with a policy; jitter is off.
pub(crate) fn check_with(policy: Policy, script: &str) {
    let mut story = Story::begin(Policy { jitter: SignedDuration::ZERO, ..policy });
    let mut day = 0;
    for line in script.lines() {
        let line = line.split(';').next().unwrap().trim();
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [] => {}
            ["day", n] => day = n.parse::<i32>().unwrap() - 1,
            ["at", time, rest @ ..] => {
                let at = clock(day, time);
                story.run_to(at);
                story.line(rest, line);
                story.run_now();
            }
            _ => panic!("no line of a story: {line}"),
        }
    }
    assert!(story.told.is_empty(), "it also did {:?}", story.told);
    story.check_books();
}

fn clock(day: i32, time: &str) -> Timestamp {
    let date = ChinaDay::from_date("2026-03-02".parse().unwrap()).plus_days(day);
    let time = if time.len() == 5 { format!("{time}:00") } else { time.to_owned() };
    format!("{date}T{time}+08:00").parse().unwrap()
}

/// `12.50` is CNY, `12.50USD` is not.
fn money(text: &str) -> Money {
    let digits = text.trim_end_matches(char::is_alphabetic);
    let currency =
        if digits == text { Currency::CNY } else { Currency::parse(&text[digits.len()..]).unwrap() };
    let (major, minor) = digits.split_once('.').unwrap();
    Money::new(major.parse::<i64>().unwrap() * 100 + minor.parse::<i64>().unwrap(), currency)
}

/// Something the owner did and no line has told yet.
#[derive(Debug)]
struct Told {
    at: Timestamp,
    what: String,
}

struct Story {
    mchid: Mchid,
    policy: Policy,
    model: Model,
    owner: Owner,
    now: Timestamp,
    wake: Option<Timestamp>,
    told: VecDeque<Told>,
    inputs: VecDeque<Input>,
    refunds: BTreeMap<String, RefundKey>,
    /// Attempt and time of the question, by name.
    sent: BTreeMap<String, (u32, UpstreamNo)>,
    asked: BTreeMap<String, Timestamp>,
    looked_up: BTreeMap<String, OrderKey>,
    /// Whether lines tell which refunds an order has; else it has none.
    lists_by_hand: bool,
    /// The questions about that, by the order's number, with an answer.
    listed: BTreeMap<String, Fact>,
    /// What is to be taken in.
    found: VecDeque<FoundRefunds>,
    lose_commit: Option<bool>,
    /// Whether answers of the store are kept on their way, while the store goes on.
    holds_reads: bool,
    held_reads: Vec<Input>,
    /// Batches that are not written yet.
    held_commits: Option<Vec<Batch>>,
    /// How WeChat Pay answers by itself, if it does.
    automatic: Option<SubmitOutcome>,
    /// What was answered by itself, and when.
    answered: Vec<Told>,
    backup: Option<Model>,
    keys: u32,
}

impl Story {
    fn begin(policy: Policy) -> Story {
        let mchid = Mchid::parse("1900000001").unwrap();
        let mut model = Model::new();
        let sub_mchids = ["101", "102"].map(|text| SubMchid::parse(text).unwrap());
        let merchant = merchant(mchid.clone(), Mode::Institution, NumberForm::Prefixed, sub_mchids);
        model.put_merchant(merchant).unwrap();
        let now = clock(0, "00:00:10");
        let (owner, _) = owner(&mchid, Epoch(0), &policy, now);
        let mut story = Story {
            mchid,
            policy,
            model,
            owner,
            now,
            wake: None,
            told: VecDeque::new(),
            inputs: VecDeque::new(),
            refunds: BTreeMap::new(),
            sent: BTreeMap::new(),
            asked: BTreeMap::new(),
            looked_up: BTreeMap::new(),
            lists_by_hand: false,
            listed: BTreeMap::new(),
            found: VecDeque::new(),
            lose_commit: None,
            holds_reads: false,
            held_reads: vec![],
            held_commits: None,
            automatic: None,
            answered: vec![],
            backup: None,
            keys: 0,
        };
        story.take_over();
        story
    }

    fn take_over(&mut self) {
        let epoch = self.model.take_ownership(&self.mchid, "node").unwrap();
        let (owner, outputs) = owner(&self.mchid, epoch, &self.policy, self.now);
        self.owner = owner;
        self.inputs.clear();
        self.perform(outputs);
        self.run_now();
    }

    fn run_to(&mut self, at: Timestamp) {
        while let Some(wake) = self.wake.filter(|&wake| wake < at) {
            self.now = wake.max(self.now);
            self.wake = None;
            self.inputs.push_back(Input::Tick);
            self.run_now();
        }
        self.now = at;
        self.run_now();
    }

    fn run_now(&mut self) {
        let mut steps = 0;
        loop {
            while let Some(input) = self.inputs.pop_front() {
                let outputs = self.owner.handle(input, self.now);
                self.perform(outputs);
            }
            if self.wake.is_none_or(|wake| wake > self.now) {
                return;
            }
            steps += 1;
            assert!(steps < 1000, "it wants to be woken again and again at {}", self.now);
            self.wake = None;
            self.inputs.push_back(Input::Tick);
        }
    }

    fn perform(&mut self, outputs: Vec<Output>) {
        let mut wake = None;
        for output in outputs {
            match output {
                Output::Commit(batch) if self.held_commits.is_some() => {
                    self.held_commits.as_mut().unwrap().push(batch)
                }
                Output::Commit(batch) => {
                    let number = batch.number;
                    let lost = self.lose_commit.take();
                    let written = lost == Some(false) || self.model.commit(batch).is_ok();
                    let lost = lost.is_some() || !written;
                    self.inputs.push_back(if lost {
                        Input::CommitLost(number)
                    } else {
                        Input::Committed(number)
                    });
                }
                Output::Send(submission) => {
                    let name = self.name(submission.refund());
                    let number = submission.upstream_no().clone();
                    if let Some(outcome) = self.automatic.clone() {
                        self.answered.push(Told { at: self.now, what: format!("sent {name}") });
                        let (refund, attempt) = (submission.refund().clone(), submission.attempt());
                        let evidence = Evidence::default();
                        self.inputs.push_back(Input::Fact(Fact::Answered {
                            refund,
                            attempt,
                            outcome,
                            evidence,
                        }));
                        continue;
                    }
                    self.tell(format!("sent {name}"));
                    let before = self.sent.insert(name, (submission.attempt(), number.clone()));
                    assert!(before.is_none_or(|(_, before)| before == number), "the number changed");
                }
                Output::Ask(Question::Refund { refund, asked_at, .. }) => {
                    let name = self.name(&refund);
                    if self.automatic.is_some() {
                        self.answered.push(Told { at: self.now, what: format!("asked {name}") });
                        let (outcome, evidence) = (QueryOutcome::Absent, Evidence::default());
                        self.inputs.push_back(Input::Fact(Fact::Asked {
                            refund,
                            asked_at,
                            outcome,
                            evidence,
                        }));
                        continue;
                    }
                    self.tell(format!("asked {name}"));
                    self.asked.insert(name, asked_at);
                }
                Output::Ask(Question::Order { order, names, .. }) => {
                    let name = match (names.out_trade_no, names.transaction_id) {
                        (_, Some(id)) => id.to_string(),
                        (name, None) => name.unwrap().to_string(),
                    };
                    self.tell(format!("looked up {name}"));
                    self.looked_up.insert(name, order);
                }
                Output::Ask(Question::RefundsOf { order, names, offset, asked_at, .. }) => {
                    let outcome = ListOutcome::Absent;
                    let asked = Fact::Listed { order, offset, asked_at, outcome };
                    if self.lists_by_hand {
                        let name = names.out_trade_no.unwrap().to_string();
                        self.tell(format!("listed {name} from {offset}"));
                        self.listed.insert(name, asked);
                    } else {
                        self.inputs.push_back(Input::Fact(asked));
                    }
                }
                Output::Ask(Question::Probe) => self.tell("probed".into()),
                Output::TakeIn(found) => {
                    let numbers: Vec<String> =
                        found.refunds.iter().map(|listed| listed.upstream_no.to_string()).collect();
                    self.tell(format!("takes in {}", numbers.join(" ")));
                    self.found.push_back(found);
                }
                Output::Load(load) => {
                    let holds = self.holds_reads && !matches!(load, Load::Holding);
                    let input = self.model.load(&self.mchid, &load, ChinaDay::of(self.now)).unwrap();
                    if holds {
                        self.held_reads.push(input);
                    } else {
                        self.inputs.push_back(input);
                    }
                }
                Output::WakeAt(at) => wake = Some(at),
            }
        }
        if wake.is_some() {
            self.wake = wake;
        }
    }

    fn tell(&mut self, what: String) {
        self.told.push_back(Told { at: self.now, what });
    }

    fn name(&self, key: &RefundKey) -> String {
        self.refunds.iter().find(|(_, known)| *known == key).unwrap().0.clone()
    }

    fn ulid(&mut self) -> String {
        self.keys += 1;
        format!("01JZ{:022}", self.keys)
    }

    fn line(&mut self, words: &[&str], line: &str) {
        match words {
            ["refund", name, amount, "of", order, total, more @ ..] => {
                self.refund(name, amount, order, total, more)
            }
            ["orders", "are", "asked", "about", "by", "hand"] => self.lists_by_hand = true,
            ["sent", ..] | ["asked", _] | ["looked", ..] | ["listed", ..] | ["takes", ..] | ["probed"] => {
                let told = self.told.pop_front().unwrap_or_else(|| panic!("nothing happened: {line}"));
                let late = self.now.duration_since(told.at).as_secs();
                assert!(
                    told.what == words.join(" ") && late == 0,
                    "`{line}`, but {told:?}; now {}",
                    self.now
                );
            }
            ["answer", name, with] => self.answer(name, with),
            ["found", name, standing] => {
                let report = self.report(name, standing);
                self.asked(name, QueryOutcome::Found(report));
            }
            ["absent", name] => self.asked(name, QueryOutcome::Absent),
            ["order", name, "has", refunds @ ..] => self.list(name, refunds),
            ["taken", "in"] => self.take_in(),
            ["silent", name] => self.asked(name, QueryOutcome::Unclear),
            ["order", name, "is", out_trade_no, transaction_id, total, payer @ ..] => {
                let report = OrderReport {
                    out_trade_no: OutTradeNo::parse(out_trade_no).unwrap(),
                    transaction_id: TransactionId::parse(transaction_id).unwrap(),
                    total: money(total),
                    payer_total: payer.first().map(|text| money(text)),
                    paid_at: Some(self.now - SignedDuration::from_hours(100)),
                };
                let order = self.looked_up[*name].clone();
                let fact = Fact::OrderAsked { order, outcome: OrderOutcome::Found(report) };
                self.inputs.push_back(Input::Fact(fact));
            }
            ["set-up", "changed"] => self.inputs.push_back(Input::SetUpChanged),
            ["probe", "fine"] => self.inputs.push_back(Input::Fact(Fact::Probed(ProbeOutcome::Fine))),
            ["paid", order, total] => self.pay(order, total, Source::Platform),
            ["reported", order, total] => self.pay(order, total, Source::Reported),
            ["hint", name] | ["notice", name, _] => {
                let report = match words[..] {
                    ["notice", _, standing] => Some(self.report(name, standing)),
                    _ => None,
                };
                let notice = NewNotice {
                    mchid: self.mchid.clone(),
                    id: self.ulid(),
                    upstream_no: self.sent[*name].1.clone(),
                    report,
                    raw: vec![],
                    at: self.now,
                };
                self.model.notice(notice).unwrap();
                self.inputs.push_back(Input::Hint);
            }
            ["statement", amount, "at", time] => self.state(amount, time),
            ["cancel", name] => self.command(name, Command::Cancel(Withdrawal::Tenant)),
            ["retry", name] => self.command(name, Command::Retry),
            ["check", name] => self.command(name, Command::Check),
            ["pause"] | ["resume"] => {
                self.model.pause(&self.mchid, words == ["pause"], self.now).unwrap();
                self.inputs.push_back(Input::Hint);
            }
            ["crash"] => self.take_over(),
            ["back", "up"] => self.backup = Some(self.model.clone()),
            ["put", "the", "backup", "back"] => {
                self.model = self.backup.clone().unwrap();
                let restoration = Restoration { generation: 1, at: self.now };
                self.model.restore(&self.mchid, restoration, self.now).unwrap();
                self.take_over();
            }
            ["lose", "the", "next", "commit"] => self.lose_commit = Some(true),
            ["lose", "the", "next", "answer", "to", "a", "commit"] => self.lose_commit = Some(false),
            ["from", "now", "all", "are", "accepted"] => {
                self.automatic = Some(SubmitOutcome::Accepted(Receipt {
                    refund_id: RefundId::parse("5030").unwrap(),
                    accepted_at: None,
                    payer_refund: None,
                }));
            }
            ["from", "now", "all", "are", "refused"] => {
                let refusal = Refusal { code: "order_not_found".into(), message: String::new() };
                self.automatic = Some(SubmitOutcome::Refused(refusal));
            }
            ["no", "second", "saw", "more", "than", limit, "sent"] => {
                let sent: Vec<Timestamp> = self
                    .answered
                    .iter()
                    .filter(|told| told.what.starts_with("sent"))
                    .map(|told| told.at)
                    .collect();
                let within = |from: &Timestamp| {
                    sent.iter().filter(|at| *at >= from && at.duration_since(*from).as_secs() == 0).count()
                };
                let most = sent.iter().map(within).max().unwrap_or(0);
                assert!(
                    most <= limit.parse().unwrap() && !sent.is_empty(),
                    "{line}, but {most} of {}",
                    sent.len()
                );
            }
            ["asked", "meanwhile", name] => {
                let what = format!("asked {name}");
                assert!(self.answered.iter().any(|told| told.what == what), "{line}");
            }
            [name, "needs", "attention"] => {
                let refund = self.model.refund(&self.refunds[*name]).unwrap().unwrap();
                assert!(refund.attention.is_some(), "{line}: {refund:?}");
            }
            ["hold", "reads"] => self.holds_reads = true,
            ["let", "new", "reads"] => self.holds_reads = false,
            ["let", "reads"] => {
                self.holds_reads = false;
                self.inputs.extend(self.held_reads.drain(..));
            }
            ["hold", "commits"] => self.held_commits = Some(vec![]),
            ["let", "commits"] => {
                for batch in self.held_commits.take().unwrap() {
                    self.inputs.push_back(Input::Committed(batch.number));
                    self.model.commit(batch).unwrap();
                }
            }
            ["lose", "commits"] => {
                let lost = self.held_commits.take().unwrap();
                self.inputs.extend(lost.into_iter().map(|batch| Input::CommitLost(batch.number)));
            }
            [name, "is", state] => {
                let refund = self.model.refund(&self.refunds[*name]).unwrap().unwrap();
                assert_eq!(refund.state.name(), *state, "{line}: {refund:?}");
            }
            ["books", "of", "day", n, sums @ ..] => {
                let day = ChinaDay::of(clock(n.parse::<i32>().unwrap() - 1, "00:00"));
                let kept = self.model.ledger(&self.mchid, Currency::CNY).unwrap();
                let kept = kept.into_iter().find(|kept| kept.day == day);
                let kept = kept.unwrap_or(LedgerDay::empty(Currency::CNY, day));
                let mut told = LedgerDay::empty(Currency::CNY, day);
                for pair in sums.chunks(2) {
                    let amount = money(pair[1]).minor();
                    match pair[0] {
                        "paid" => told.paid = amount,
                        "accepted" => told.accepted = amount,
                        "succeeded" => told.succeeded = amount,
                        "returned" => told.returned = amount,
                        _ => panic!("no movement: {line}"),
                    }
                }
                assert_eq!(kept, told, "{line}");
            }
            ["in", "transit", amount] => {
                let kept = self.model.ledger(&self.mchid, Currency::CNY).unwrap();
                let held = Ledger::of(kept, ChinaDay::of(self.now)).balance(Account::Transit);
                assert_eq!(held, money(amount).minor(), "{line}");
            }
            ["left", "of", order, amount] => {
                let names = names(order, &[]);
                let order = self.model.order(&self.mchid, Some(&sub("101")), &names).unwrap().unwrap().order;
                assert_eq!(order.refundable(), money(amount), "{line}");
            }
            _ => panic!("no line of a story: {line}"),
        }
    }

    /// What every story leaves in the books is what its orders and refunds say.
    fn check_books(&self) {
        let kept = self.model.ledger(&self.mchid, Currency::CNY).unwrap();
        let counted = self.model.recount_ledger(&self.mchid).unwrap();
        assert_eq!(kept, counted.into_iter().filter(|day| day.pool == Currency::CNY).collect::<Vec<_>>());
        let refunds = self.model.list(Listing::of(self.mchid.clone(), usize::MAX)).unwrap().refunds;
        let ledger = Ledger::of(kept, ChinaDay::of(self.now));
        assert_eq!(ledger.check(Counted::of(&refunds, Currency::CNY)), Ok(()));
        self.check_estimate();
    }

    /// What is estimated of today goes by what is posted on it.
    fn check_estimate(&self) {
        let today = ChinaDay::of(self.now);
        let estimated = self.model.pool_days(&self.mchid, Currency::CNY, today..=today).unwrap();
        let kept = self.model.ledger(&self.mchid, Currency::CNY).unwrap();
        let posted = kept.into_iter().find(|kept| kept.day == today);
        let posted = posted.unwrap_or(LedgerDay::empty(Currency::CNY, today));
        for PoolDay { confirmed, reported, accepted, returned, .. } in estimated {
            assert_eq!(confirmed + reported, posted.paid);
            assert_eq!((accepted, returned), (posted.accepted, posted.returned));
        }
    }

    /// `refund R1 3.00 of T1 10.00 [for 102] [as 4200…] [by HH:MM] [adopt] [refused] [completed]`
    fn refund(&mut self, name: &str, amount: &str, order: &str, total: &str, more: &[&str]) {
        let after = |word: &str| more.iter().position(|&found| found == word).map(|at| more[at + 1]);
        let sub_mchid = Some(sub(after("for").unwrap_or("101")));
        let identity = Identity {
            mchid: self.mchid.clone(),
            sub_mchid: sub_mchid.clone(),
            out_refund_no: OutRefundNo::parse(name.trim_start_matches("other-")).unwrap(),
        };
        let day = self.now.duration_since(clock(0, "00:00")).as_hours() / 24;
        let request = Request {
            order: names(order, more),
            amount: money(amount),
            total: money(total),
            reason: None,
            deadline: after("by").map(|time| clock(i32::try_from(day).unwrap(), time)),
            notify_url: None,
            metadata: None,
            adopt: more.contains(&"adopt").then(|| UpstreamNo::adopted(identity.out_refund_no.clone())),
            found: false,
            identity,
        };
        let formed = || UpstreamNo::of(&request.identity, NumberForm::Prefixed).unwrap();
        let upstream_no = request.adopt.clone().unwrap_or_else(formed);
        let (refund, order) = (self.ulid(), self.ulid());
        let new = NewRefund {
            key: RefundKey::new(&self.mchid, &refund).unwrap(),
            order_key: OrderKey::new(&self.mchid, &order).unwrap(),
            bytes: RequestBytes::new(Wire::V3, upstream_no.to_string().as_bytes()),
            upstream_no,
            request,
            at: self.now,
        };
        let key = new.key.clone();
        let admitted = self.model.admit(new).unwrap();
        if more.contains(&"completed") {
            assert_eq!(admitted.admission, Admission::Completed);
            assert_eq!(admitted.stored.unwrap().key, self.refunds[name]);
            return;
        }
        if more.contains(&"refused") {
            assert!(matches!(admitted.admission, Admission::Refused(_)), "{:?}", admitted.admission);
            return;
        }
        assert!(matches!(admitted.admission, Admission::Admitted { .. }), "{:?}", admitted.admission);
        self.refunds.insert(name.to_owned(), key);
        self.inputs.push_back(Input::Hint);
    }

    /// `order T1 has R1 3.00 R2 4.00 [and more]`, `order T1 has none`, `order T1 has silence`, `order T1 has no such question`, `order T1 has no permission`
    fn list(&mut self, name: &str, told: &[&str]) {
        let listed = |words: &[&str]| Listed {
            upstream_no: UpstreamNo::adopted(OutRefundNo::parse(&format!("101_{}", words[0])).unwrap()),
            amount: money(words[1]),
        };
        let of = |words: &[&str], more| ListOutcome::Listed {
            order: names(name, &[]),
            total: None,
            refunds: words.chunks(2).map(listed).collect(),
            more,
        };
        let told = match told {
            ["none"] => ListOutcome::Absent,
            ["silence"] => ListOutcome::Unclear,
            ["no", "such", "question"] => ListOutcome::NotOffered,
            ["no", "permission"] => ListOutcome::Misconfigured(Fault::Permission),
            [refunds @ .., "and", "more"] => of(refunds, true),
            refunds => of(refunds, false),
        };
        let Some(Fact::Listed { order, offset, asked_at, .. }) = self.listed.remove(name) else {
            panic!("nobody asked about {name}")
        };
        self.inputs.push_back(Input::Fact(Fact::Listed { order, offset, asked_at, outcome: told }));
    }

    /// What is to be taken in comes to disk.
    fn take_in(&mut self) {
        let found = self.found.pop_front().unwrap();
        for listed in &found.refunds {
            let request = found.request(&self.mchid, NumberForm::Prefixed, listed).unwrap();
            let (name, refund, order) =
                (request.identity.out_refund_no.to_string(), self.ulid(), self.ulid());
            let new = NewRefund {
                key: RefundKey::new(&self.mchid, &refund).unwrap(),
                order_key: OrderKey::new(&self.mchid, &order).unwrap(),
                bytes: RequestBytes::new(Wire::V3, listed.upstream_no.to_string().as_bytes()),
                upstream_no: listed.upstream_no.clone(),
                request,
                at: self.now,
            };
            let key = new.key.clone();
            match self.model.admit(new).unwrap().admission {
                Admission::Admitted { .. } => {
                    self.refunds.insert(name, key);
                }
                admission => assert_eq!(admission, Admission::Replay),
            }
        }
        self.inputs.push_back(Input::TakenIn { order: found.order, asked_at: found.asked_at });
    }

    fn answer(&mut self, name: &str, with: &str) {
        let refusal =
            |code: &str| SubmitOutcome::Refused(Refusal { code: code.into(), message: String::new() });
        let outcome = match with {
            "accepted" => SubmitOutcome::Accepted(Receipt {
                refund_id: RefundId::parse("5030").unwrap(),
                accepted_at: None,
                payer_refund: None,
            }),
            "NOT_ENOUGH" => SubmitOutcome::NotEnough,
            "unclear" => SubmitOutcome::Unclear,
            "FREQUENCY_LIMITED" => SubmitOutcome::SlowDown,
            "CERT_ERROR" => SubmitOutcome::Misconfigured(Fault::Certificate),
            "SIGN_ERROR" => SubmitOutcome::Misconfigured(Fault::Signature),
            "NO_AUTH" => SubmitOutcome::Misconfigured(Fault::Permission),
            code => refusal(code),
        };
        let (attempt, _) = self.sent[name];
        let refund = self.refunds[name].clone();
        let fact = Fact::Answered { refund, attempt, outcome, evidence: Evidence::default() };
        self.inputs.push_back(Input::Fact(fact));
    }

    fn asked(&mut self, name: &str, outcome: QueryOutcome) {
        let (refund, asked_at) = (self.refunds[name].clone(), self.asked[name]);
        let fact = Fact::Asked { refund, asked_at, outcome, evidence: Evidence::default() };
        self.inputs.push_back(Input::Fact(fact));
    }

    fn report(&self, name: &str, standing: &str) -> Report {
        let refund = self.model.refund(&self.refunds[name]).unwrap().unwrap();
        Report {
            standing: match standing {
                "processing" => Standing::Processing,
                "success" => Standing::Succeeded,
                "closed" => Standing::Closed,
                "abnormal" => Standing::Abnormal,
                _ => panic!("{standing}"),
            },
            refund_id: RefundId::parse("5030").unwrap(),
            amount: refund.amount,
            accepted_at: None,
            payer_refund: None,
            succeeded_at: None,
            received_in: None,
        }
    }

    fn pay(&mut self, order: &str, total: &str, source: Source) {
        let ulid = self.ulid();
        let order_key = OrderKey::new(&self.mchid, &ulid).unwrap();
        let payment = NewPayment {
            mchid: self.mchid.clone(),
            sub_mchid: Some(sub("101")),
            names: names(order, &[]),
            facts: OrderFacts {
                total: money(total),
                payer_total: None,
                paid_at: Some(self.now),
                bank_type: None,
            },
            source,
            order_key,
            at: self.now,
        };
        self.model.report_payment(payment).unwrap();
        self.inputs.push_back(Input::Hint);
    }

    /// The statement of the day before: so much was paid, all of it at `time`.
    fn state(&mut self, amount: &str, time: &str) {
        let paid = Curve::of([(format!("{time}:00").parse().unwrap(), money(amount).minor())]);
        let day = ChinaDay::of(self.now).plus_days(-1);
        let refunded = self.model.pool_days(&self.mchid, Currency::CNY, day..=day).unwrap();
        let new = NewPastDay {
            mchid: self.mchid.clone(),
            pool: Currency::CNY,
            day,
            paid,
            refunded: refunded.first().map_or(0, |books| books.accepted),
            source: Source::Platform,
            at: self.now,
        };
        self.model.record_past_day(new).unwrap();
        self.inputs.push_back(Input::Hint);
    }

    fn command(&mut self, name: &str, command: Command) {
        self.model.command(&self.mchid, &self.refunds[name], command, self.now).unwrap();
        self.inputs.push_back(Input::Hint);
    }
}

fn owner(mchid: &Mchid, epoch: Epoch, policy: &Policy, now: Timestamp) -> (Owner, Vec<Output>) {
    Owner::new(mchid.clone(), epoch, false, policy.clone(), Arc::new(Calendar::bundled()), now)
}

fn sub(text: &str) -> SubMchid {
    SubMchid::parse(text).unwrap()
}

/// The names of an order: WeChat Pay's begin with 42; `as` gives the second one.
fn names(order: &str, more: &[&str]) -> OrderNames {
    let given = |order: &str| match order.starts_with("42") {
        true => OrderNames { out_trade_no: None, transaction_id: Some(TransactionId::parse(order).unwrap()) },
        false => OrderNames { out_trade_no: Some(OutTradeNo::parse(order).unwrap()), transaction_id: None },
    };
    let second = more.iter().position(|&word| word == "as").map(|at| given(more[at + 1]));
    let mut names = given(order);
    if let Some(second) = second {
        names.out_trade_no = names.out_trade_no.or(second.out_trade_no);
        names.transaction_id = names.transaction_id.or(second.transaction_id);
    }
    names
}

/// A policy that takes a verified notification as proof.
pub(crate) fn trusting_notifications() -> Policy {
    Policy { confirm_by: ConfirmBy::VerifiedNotification, ..Policy::default() }
}
