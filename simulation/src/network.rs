//! Between the senders and the platform: what is sent may be late, lost, doubled or out of order, and so may what is
//! answered.
//!
//! A sender waits half a minute and then says that nothing came back. What arrives at the platform later counts all the
//! same, unless the time stamp of its signature is more than five minutes off by then; on V2 there is none, and what arrives
//! counts.

use jiff::{SignedDuration, Timestamp};
use platform::notify::{News, NoticeId};
use refunds::key::UpstreamNo;
use refunds::order::OrderNames;
use refunds::outcome::{Evidence, Fault, ListOutcome, OrderOutcome, QueryOutcome, SubmitOutcome};
use refunds::owner::{Fact, Input, ProbeOutcome, Question};
use store::intake::NewNotice;
use wechatpay::ids::{Mchid, SubMchid};
use wechatpay::wire::Wire;

use crate::agenda::Event;
use crate::disk::Write;
use crate::driver::DriverId;
use crate::merchants::MerchantNo;
use crate::mutations::{Mutation, Request};
use crate::wire;
use crate::world::World;

/// The platform refuses requests whose time stamp is further off than this. Source: [official-skills].
const SIGNATURE_LIFE: SignedDuration = SignedDuration::from_mins(5);
/// A sender waits so long for an answer.
const PATIENCE: SignedDuration = SignedDuration::from_secs(30);
/// A request that was decided on so long ago is not sent any more.
const SENT_WITHIN: SignedDuration = SignedDuration::from_mins(4);
/// So few that some orders have more.
const REFUNDS_ON_A_PAGE: usize = 2;
/// What stands behind an answer that does not verify.
pub(crate) const GARBLED: &str = "200, but it does not verify";

/// A request on its way.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    pub(crate) id: u64,
    from: DriverId,
    errand: Errand,
    signed_at: Timestamp,
    left_at: Timestamp,
}

impl Letter {
    fn wire(&self) -> Wire {
        match &self.errand {
            Errand::Submit(request) => request.bytes.wire(),
            Errand::Ask(Question::Refund { wire, .. }) => *wire,
            Errand::Ask(Question::Order { .. } | Question::RefundsOf { .. } | Question::Probe) => Wire::V3,
        }
    }
}

#[derive(Debug, Clone)]
enum Errand {
    Submit(Request),
    Ask(Question),
}

/// What comes back.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Submit(SubmitOutcome),
    Query(QueryOutcome),
    Order(OrderOutcome),
    List(ListOutcome),
    Probe(ProbeOutcome),
    /// Something came back that proves nothing.
    Worthless(&'static str),
    SlowDown,
    Misconfigured(Fault),
}

/// What the platform's signature on an answer says besides.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signed {
    /// When it was made, by the platform's clock.
    at: Timestamp,
    /// With which of its keys.
    key: u32,
}

/// Requests that wait for their answers.
#[derive(Debug, Default)]
pub(crate) struct Network {
    letters: u64,
    open: std::collections::BTreeMap<u64, Letter>,
    /// Requests and answers anywhere between sender and platform.
    under_way: u64,
}

impl Network {
    pub(crate) fn is_idle(&self) -> bool {
        self.open.is_empty() && self.under_way == 0
    }
}

impl World {
    /// A node sends a request for a refund.
    pub(crate) fn send(&mut self, from: DriverId, request: Request) {
        self.tally.sends += 1;
        self.judge_send(self.merchant_of(from), &request);
        let signed_at = request.signed_at;
        self.post(from, Errand::Submit(request), signed_at);
    }

    /// A node asks a question.
    pub(crate) fn ask(&mut self, from: DriverId, question: Question, signed_at: Timestamp) {
        self.judge_question(from, &question);
        self.note_asked_list(from, &question);
        self.post(from, Errand::Ask(question), signed_at);
    }

    fn post(&mut self, from: DriverId, errand: Errand, signed_at: Timestamp) {
        self.network.letters += 1;
        self.network.under_way += 1;
        let id = self.network.letters;
        let letter = Letter { id, from, errand, signed_at, left_at: self.now };
        let stalls = self.chance.happens(self.weather.stalls_sender, "stalls", id, 0);
        let longest = match letter.wire() {
            _ if !stalls => 5,
            Wire::V3 => 15 * 60_000,
            // Its sender looks at the time before it writes, and nothing ends a request that was written; see `leave`.
            Wire::V2 => 8 * 60_000,
        };
        let pause = self.chance.millis(0, longest, "stalls", id, 1);
        self.later(pause, Event::Leaves(letter));
    }

    /// What a stopped node was about to send leaves now.
    pub(crate) fn leave_late(&mut self, letter: Letter) {
        self.network.under_way += 1;
        self.leave(letter);
    }

    pub(crate) fn leave(&mut self, mut letter: Letter) {
        self.network.under_way -= 1;
        let node = self.node_of(letter.from);
        if self.is_gone(node) || self.holds_back(node, &letter) {
            return;
        }
        if letter.wire() == Wire::V2 && self.is_stale(&letter) {
            return self.tell_answer(letter, Answer::Worthless("not sent: it is stale"));
        }
        if self.has(Mutation::SignsWhenLeaving) {
            letter.signed_at = self.now;
        }
        letter.left_at = self.now;
        let id = letter.id;
        self.note(|| format!("leaves: {:?}", letter.errand));
        self.network.open.insert(id, letter.clone());
        self.later(PATIENCE, Event::TimesOut { letter: id });
        let doubled = self.chance.happens(self.weather.doubles_request, "doubled", id, 0);
        for copy in 0..1 + u64::from(doubled) {
            if self.chance.happens(self.weather.loses_request, "request is lost", id, copy) {
                continue;
            }
            let travel = self.travel(&letter, copy);
            self.network.under_way += 1;
            self.later(travel, Event::Arrives { letter: letter.clone(), copy });
        }
    }

    /// Whether its sender takes a request for too old to be sent, by its own clock.
    fn is_stale(&self, letter: &Letter) -> bool {
        let now = self.node(self.node_of(letter.from)).map_or(self.now, |node| node.clocks.wall(self.now));
        now.duration_since(letter.signed_at) >= SENT_WITHIN
    }

    /// How long a request is on its way: minutes if it is late, and some hours, which V2's rule has no answer to.
    fn travel(&self, letter: &Letter, copy: u64) -> SignedDuration {
        let id = letter.id;
        let delayed = self.chance.happens(self.weather.delays_request, "request is late", id, copy);
        let by_hours = delayed
            && letter.wire() == Wire::V3
            && self.chance.happens(150_000, "request is very late", id, copy);
        let longest = if by_hours { 30 * 3_600_000 } else { 6 * 60_000 };
        self.chance.millis(5, if delayed { longest } else { 300 }, "request", id, copy)
    }

    pub(crate) fn arrive(&mut self, letter: Letter, copy: u64) {
        self.network.under_way -= 1;
        let (id, weather) = (letter.id, self.weather);
        let errs = self.chance.happens(weather.errs, "errs", id, copy) || weather.outage.has(self.now);
        let throttles = self.chance.happens(weather.throttles, "throttles", id, copy);
        let before = self.chance.happens(500_000, "before", id, copy) || weather.outage.has(self.now);
        let done = if (errs || throttles) && before { None } else { Some(self.answer(&letter)) };
        self.note(|| format!("arrives: letter {id}, answered {done:?}"));
        let garbled = self.chance.happens(weather.garbles_answer, "garbled", id, copy);
        let answer = match done {
            _ if errs => Answer::Worthless("500"),
            _ if throttles => Answer::SlowDown,
            Some(_) if garbled => Answer::Worthless(GARBLED),
            Some(answer) => answer,
            None => return,
        };
        if self.chance.happens(weather.loses_answer, "answer is lost", id, copy) {
            return;
        }
        let delayed = self.chance.happens(weather.delays_answer, "answer is late", id, copy);
        let longest = if delayed { 60_000 } else { 200 };
        let travel = self.chance.millis(5, longest, "answer", id, copy);
        self.network.under_way += 1;
        let signed = Signed { at: self.now, key: self.key_in_use((id, copy)) };
        self.later(travel, Event::Answers { letter, answer, signed });
    }

    /// What the platform does with a request.
    fn answer(&mut self, letter: &Letter) -> Answer {
        let is_off = self.now.duration_since(letter.signed_at).abs() > SIGNATURE_LIFE;
        if is_off && letter.wire() == Wire::V3 {
            self.tally.expired += 1;
            return Answer::Misconfigured(Fault::Signature);
        }
        let merchant = self.merchant_of(letter.from);
        if self.is_refused(merchant) {
            return Answer::Misconfigured(Fault::Certificate);
        }
        let (now, mchid) = (self.now, self.merchant(merchant).mchid.clone());
        let answer = match &letter.errand {
            Errand::Submit(request) => {
                let Some(parsed) = wire::parse(&mchid, &request.bytes) else {
                    self.found_wrong("a request that does not parse was sent");
                    return Answer::Worthless("400");
                };
                let is_new = self.platform.refunds().find(&mchid, &parsed.out_refund_no).is_none();
                let outcome = wire::submit_outcome(self.platform.submit_refund(now, &parsed));
                match outcome {
                    SubmitOutcome::Accepted(_) if is_new => self.judge_acceptance(merchant, &parsed),
                    SubmitOutcome::NotEnough => self.tally.not_enough += 1,
                    _ => {}
                }
                Answer::Submit(outcome)
            }
            Errand::Ask(Question::Refund { upstream_no, sub_mchid, .. }) => {
                let lag = self.query_lag(upstream_no);
                let answer =
                    self.platform.refund_by_number(now, &mchid, sub_mchid.as_ref(), upstream_no.number());
                Answer::Query(match answer {
                    Ok(refund) if refund.accepted_at + lag > now => QueryOutcome::Absent,
                    answer => wire::query_outcome(answer),
                })
            }
            Errand::Ask(Question::Order { sub_mchid, names, .. }) => match wire::order_ref(names) {
                Some(order) => Answer::Order(wire::order_outcome(self.platform.order(
                    now,
                    &mchid,
                    sub_mchid.as_ref(),
                    &order,
                ))),
                None => Answer::Order(OrderOutcome::Absent),
            },
            Errand::Ask(Question::RefundsOf { sub_mchid, names, offset, .. }) => {
                Answer::List(self.list(&mchid, sub_mchid.as_ref(), names, *offset))
            }
            Errand::Ask(Question::Probe) => Answer::Probe(ProbeOutcome::Fine),
        };
        self.watch_platform();
        answer
    }

    /// A page of an order's refunds.
    fn list(
        &mut self,
        mchid: &Mchid,
        sub_mchid: Option<&SubMchid>,
        names: &OrderNames,
        offset: u32,
    ) -> ListOutcome {
        let Some(order) = wire::order_ref(names) else { return ListOutcome::Absent };
        let begin = usize::try_from(offset).unwrap_or(usize::MAX);
        let total = self.platform.orders().find(mchid, sub_mchid, &order);
        let total = total.map(|index| self.platform.orders().at(index).price);
        let page =
            self.platform.refunds_of_order(self.now, mchid, sub_mchid, &order, begin, REFUNDS_ON_A_PAGE);
        wire::list_outcome(page, (names.clone(), total), begin)
    }

    /// How long the query does not see an acceptance.
    fn query_lag(&self, number: &UpstreamNo) -> SignedDuration {
        if self.chance.happens(self.weather.query_lags, "query lags", number, 0) {
            self.chance.millis(0, 8_000, "query lags", number, 1)
        } else {
            SignedDuration::ZERO
        }
    }

    pub(crate) fn answered(&mut self, letter: Letter, answer: Answer, signed: Signed) {
        self.network.under_way -= 1;
        let in_time = self.network.open.remove(&letter.id).is_some();
        // A late answer is dropped with its connection, but a proxy on the way may have kept that.
        let is_submission = matches!(letter.errand, Errand::Submit(_));
        if in_time || (is_submission && self.chance.happens(200_000, "late answer is told", letter.id, 0)) {
            let (letter, answer) = self.verified(letter, answer, signed);
            self.tell_answer(letter, answer);
        }
    }

    /// What is left of an answer once its signature was looked at. On V3 it says when it was made: that corrects the clock, and
    /// a question counts as asked no later.
    fn verified(&mut self, mut letter: Letter, answer: Answer, signed: Signed) -> (Letter, Answer) {
        let is_signed = match answer {
            Answer::Submit(_) | Answer::Query(_) | Answer::Order(_) | Answer::List(_) | Answer::Probe(_) => {
                true
            }
            Answer::Worthless(_) | Answer::SlowDown | Answer::Misconfigured(_) => false,
        };
        if letter.wire() == Wire::V2 || !is_signed {
            return (letter, answer);
        }
        let (now, took) = (self.now, self.now.duration_since(letter.left_at));
        let node = self.node_of(letter.from);
        if !self.knows_key(node, signed.key) {
            return (letter, Answer::Worthless("signed with a key that is not known"));
        }
        // The time of a signature has no fractions.
        let at = Timestamp::from_second(signed.at.as_second()).unwrap_or(signed.at);
        if let Some(node) = self.node_mut(node) {
            node.clocks.learn(now, at, took);
        }
        self.drivers_on(node).into_iter().for_each(|driver| self.look_at_clock(driver));
        if let Errand::Ask(Question::Refund { asked_at, .. }) = &mut letter.errand {
            *asked_at = at.min(*asked_at);
        }
        (letter, answer)
    }

    pub(crate) fn time_out(&mut self, id: u64) {
        if let Some(letter) = self.network.open.remove(&id) {
            self.tell_answer(letter, Answer::Worthless("no answer in time"));
        }
    }

    fn tell_answer(&mut self, letter: Letter, answer: Answer) {
        let Letter { from, errand, .. } = letter;
        let evidence = Evidence {
            request_id: None,
            answer: match &answer {
                Answer::Worthless(what) => Some((*what).to_owned()),
                _ => None,
            },
            certificate: None,
        };
        let fact = match errand {
            Errand::Submit(Request { refund, attempt, .. }) => {
                let outcome = match answer {
                    Answer::Submit(outcome) => outcome,
                    Answer::SlowDown => SubmitOutcome::SlowDown,
                    Answer::Misconfigured(fault) => SubmitOutcome::Misconfigured(fault),
                    _ => SubmitOutcome::Unclear,
                };
                self.tally.unclear += u64::from(outcome == SubmitOutcome::Unclear);
                Fact::Answered { refund, attempt, outcome, evidence }
            }
            Errand::Ask(Question::Refund { refund, asked_at, .. }) => {
                let outcome = match answer {
                    Answer::Query(outcome) => outcome,
                    Answer::SlowDown => QueryOutcome::SlowDown,
                    Answer::Misconfigured(fault) => QueryOutcome::Misconfigured(fault),
                    _ => QueryOutcome::Unclear,
                };
                Fact::Asked { refund, asked_at, outcome, evidence }
            }
            Errand::Ask(Question::Order { order, .. }) => {
                let outcome = match answer {
                    Answer::Order(outcome) => outcome,
                    Answer::Misconfigured(fault) => OrderOutcome::Misconfigured(fault),
                    _ => OrderOutcome::Unclear,
                };
                Fact::OrderAsked { order, outcome }
            }
            Errand::Ask(Question::RefundsOf { order, offset, asked_at, .. }) => {
                let outcome = match answer {
                    Answer::List(outcome) => outcome,
                    Answer::SlowDown => ListOutcome::SlowDown,
                    Answer::Misconfigured(fault) => ListOutcome::Misconfigured(fault),
                    _ => ListOutcome::Unclear,
                };
                Fact::Listed { order, offset, asked_at, outcome }
            }
            Errand::Ask(Question::Probe) => Fact::Probed(match answer {
                Answer::Probe(outcome) => outcome,
                Answer::Misconfigured(fault) => ProbeOutcome::Misconfigured(fault),
                _ => ProbeOutcome::Unclear,
            }),
        };
        let (told, fact) = self.whom_to_tell(from, fact);
        self.tell(told, Input::Fact(fact));
    }

    /// Whether the platform refuses every call of a merchant id because of the set-up.
    fn is_refused(&self, merchant: MerchantNo) -> bool {
        let is_refused_for_a_while =
            self.misconfigured == merchant && self.weather.misconfigured.has(self.now);
        is_refused_for_a_while || self.is_held_up_by_refusals(merchant)
    }

    /// The platform does what is due, and its notifications set out.
    pub(crate) fn run_platform(&mut self) {
        self.watched = None;
        self.platform.advance(self.now);
        while let Some((id, notice)) = self.platform.take_due_notice(self.now) {
            let (news, sent) = (notice.news, u64::from(notice.sent));
            if self.weather.outage.has(self.now) {
                continue;
            }
            let is_lost = self.chance.happens(self.weather.loses_notice, "notice", id_of(id), sent);
            let copies = if is_lost { self.chance.below(3, "notice copies", id_of(id), sent) } else { 1 };
            for copy in 0..copies {
                // A copy may come when much newer news has long been told.
                let longest = match copy {
                    0 => 500,
                    _ => self.chance.pick(60_000, &[6 * 3_600_000], "notice copies", id_of(id), 50 + sent),
                };
                let travel = self.chance.millis(5, longest, "notice", id_of(id), 100 + sent);
                let key = self.key_in_use((id_of(id), sent));
                self.later(travel, Event::Notice { id, news, key });
            }
        }
        self.watch_platform();
    }

    /// Sees to it that the platform's own events happen at their time.
    pub(crate) fn watch_platform(&mut self) {
        let Some(next) = self.platform.next_event() else { return };
        let next = next.max(self.now);
        if self.watched.is_none_or(|watched| next < watched) {
            self.watched = Some(next);
            self.agenda.enter(next, Event::Platform);
        }
    }

    /// A notification reaches a node, which verifies it and keeps it; on V2 nobody signed it, and it is a hint.
    pub(crate) fn noticed(&mut self, id: NoticeId, news: News, key: u32) {
        let News::Refund { refund: index, status } = news else { return };
        let refund = self.platform.refunds().at(index);
        let (merchant, number) = (self.whose(&refund.mchid), refund.out_refund_no.clone());
        let is_v2 = self.wire_of(merchant, &number) == Wire::V2;
        let Some(node) = self.owner_of(merchant).filter(|node| self.is_up(*node)) else { return };
        if !is_v2 && !self.knows_key(node, key) {
            // It is answered with an error, and comes again.
            return;
        }
        self.tally.notices += 1;
        let refund = self.platform.refunds().at(index);
        let mut report = wire::report(refund);
        if refund.status() != status {
            // It tells how things stood when it arose.
            report.standing = wire::standing(status);
            report.succeeded_at = None;
            report.received_in = None;
        }
        let (meant, number) = self.meant_by_notice(merchant, &refund.out_refund_no);
        let new = NewNotice {
            mchid: self.merchant(meant).mchid.clone(),
            id: id_of(id),
            upstream_no: UpstreamNo::adopted(number),
            report: (!is_v2).then_some(report),
            raw: vec![],
            at: self.now,
        };
        self.note(|| format!("notice of {}: {status:?}", new.upstream_no));
        self.write(Write::Notice { new: Box::new(new), id });
    }
}

fn id_of(id: NoticeId) -> String {
    format!("{id:?}")
}
