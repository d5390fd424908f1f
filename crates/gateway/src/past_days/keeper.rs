//! The errand for one merchant id: brings its past days in, after a start the missing ones of eight weeks, then one a day.
//!
//! It asks for one day at a time and keeps what was answered before it asks for the next, so a restart goes on where it
//! stopped. Between two questions it waits by the platform's clock, and says that it does, so that a virtual one moves on.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use refunds::order::Source;
use refunds::pool::past::Curve;
use store::contract::{Answer, Store as _};
use store::intake::NewPastDay;
use store::merchant::Mode;
use store::open::OpenStore;
use tokio_util::sync::CancellationToken;
use wechatpay::china::ChinaDay;
use wechatpay::ids::Mchid;
use wechatpay::money::Currency;

use super::heard::Heard;
use super::review::{Review, Yesterday};
use super::{of_books, of_statement, which};
use crate::gateway::Gateway;
use crate::wechat::line::Line;
use crate::wechat::statement::{DayStatement, WhyNone};

/// How long after a start the first day is asked for: refunds that wait go first, and by then the platform's keys are there.
const BEGINS_AFTER: SignedDuration = SignedDuration::from_secs(5);

/// Between two questions: no more than four in a second.
const BETWEEN: SignedDuration = SignedDuration::from_millis(250);

/// After an answer that there is no statement yet. WeChat Pay says the same to whoever asks too often.
const AFTER_NOT_YET: SignedDuration = SignedDuration::from_mins(1);

/// How often a node that does not drive the owner looks whether it does by now.
const ELSEWHERE: SignedDuration = SignedDuration::from_mins(1);

/// How soon the store is asked again after it failed.
const AFTER_A_FAILURE: SignedDuration = SignedDuration::from_mins(1);

/// Brings in the past days of the merchant id of `line` until `ending`.
///
/// The time at which it begins counts from the call on, so that a virtual clock does not pass it by.
pub fn keep(
    gateway: Gateway,
    mode: Mode,
    line: Arc<Line>,
    ending: CancellationToken,
) -> impl Future<Output = ()> + Send {
    let mut waiting = gateway.clock.sleep_until(gateway.clock.now() + BEGINS_AFTER);
    let mut errand = Errand::new(gateway, mode, line);
    async move {
        loop {
            let busy = tokio::select! {
                () = ending.cancelled() => return,
                woken = waiting => woken,
            };
            let next = tokio::select! {
                () = ending.cancelled() => return,
                next = errand.once() => next,
            };
            waiting = errand.gateway.clock.sleep_until(next);
            drop(busy);
        }
    }
}

struct Errand {
    gateway: Gateway,
    mchid: Mchid,
    mode: Mode,
    line: Arc<Line>,
    /// What is kept in the store; read when it is first needed.
    heard: Option<Heard>,
    /// When a statement that was not ready is asked for again.
    late: BTreeMap<ChinaDay, Timestamp>,
    /// Unclear answers in a row.
    failures: usize,
    /// How many days were recorded since the last review.
    recorded: usize,
    /// The day on which there was a review last.
    reviewed: Option<ChinaDay>,
}

impl Errand {
    fn new(gateway: Gateway, mode: Mode, line: Arc<Line>) -> Errand {
        Errand {
            gateway,
            mchid: line.mchid().clone(),
            mode,
            line,
            heard: None,
            late: BTreeMap::new(),
            failures: 0,
            recorded: 0,
            reviewed: None,
        }
    }

    /// Asks for one day, if one is wanted. When to go on.
    async fn once(&mut self) -> Timestamp {
        let now = self.gateway.clock.now();
        if self.store().is_shared() && !self.gateway.owners.is_driven(&self.mchid) {
            // Whichever node drives its owner asks; what that has heard is read when it is this one.
            self.heard = None;
            return now + ELSEWHERE;
        }
        match self.ask(now).await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(mchid = %self.mchid, %error, "past days cannot be kept: the store fails");
                now + AFTER_A_FAILURE
            }
        }
    }

    async fn ask(&mut self, now: Timestamp) -> Answer<Timestamp> {
        let mut heard = match self.heard.take() {
            Some(heard) => heard,
            None => Heard::read(self.store(), &self.mchid).await?,
        };
        self.late.retain(|day, _| *day >= which::first_wanted(now));
        let is_due = |day: &ChinaDay| self.late.get(day).is_none_or(|at| *at <= now);
        let due = which::wanted(heard.days(), now).find(is_due);
        let Some(day) = due else {
            self.heard = Some(heard);
            self.review(now).await?;
            let next = which::next_day(now);
            return Ok(self.late.values().fold(next, |next, late| next.min(*late)));
        };
        let answer = self.line.statement(day, self.mode).await;
        self.gateway
            .metrics
            .past_day_asked(answer.as_ref().map_or_else(|none| in_a_word(&none.why), |_| "told"));
        let next = match answer {
            Ok(statement) => {
                self.take(statement, &mut heard).await?;
                BETWEEN
            }
            Err(none) => match none.why {
                WhyNone::NoTrade => {
                    if heard.no_trade(day) {
                        self.record(day, Curve::of([]), 0, Source::Platform).await?;
                    }
                    BETWEEN
                }
                WhyNone::NotYet => {
                    self.late.insert(day, which::again(day, now));
                    AFTER_NOT_YET
                }
                WhyNone::NotOverThisWire => {
                    self.by_our_books(now).await?;
                    self.heard = Some(heard);
                    self.review(now).await?;
                    return Ok(which::next_day(now));
                }
                WhyNone::Misconfigured(_) | WhyNone::Unclear => {
                    self.failures += 1;
                    let pause = which::pause_after(self.failures);
                    tracing::warn!(mchid = %self.mchid, %day, error = %none, evidence = ?none.evidence, ?pause,
                        "the statement of a past day was not fetched");
                    self.heard = Some(heard);
                    return Ok(now + pause);
                }
            },
        };
        self.failures = 0;
        if heard.days().contains(&day) {
            self.late.remove(&day);
            heard.forget_before(which::first_wanted(now));
            heard.keep(self.store(), &self.mchid).await?;
        }
        self.heard = Some(heard);
        Ok(now + next)
    }

    /// Records what `statement` says, and the days without trade that it gives a meaning to.
    async fn take(&mut self, statement: DayStatement, heard: &mut Heard) -> Answer<()> {
        let day = statement.day();
        // A long text takes too long for a thread that serves sockets.
        let read =
            tokio::task::spawn_blocking(move || of_statement::of_rows(statement.day(), &statement.rows()));
        // Whoever cannot come to an end is asked again by the next start.
        let Ok(told) = read.await else { return Ok(()) };
        let of_statement::Told { paid, payments, refunded, left_out, unread } = told;
        if left_out > 0 {
            let first = unread.map(|error| error.to_string());
            tracing::warn!(mchid = %self.mchid, %day, left_out, first, "a statement has records that are left out");
        }
        tracing::debug!(mchid = %self.mchid, %day, payments, "a statement was read");
        self.record(day, paid, refunded, Source::Platform).await?;
        for idle in heard.trade(day) {
            self.record(idle, Curve::of([]), 0, Source::Platform).await?;
        }
        Ok(())
    }

    /// Records the days that are not on record yet by our own books. Before the first payment we know of, nothing is said.
    async fn by_our_books(&mut self, now: Timestamp) -> Answer<()> {
        let limit = usize::try_from(which::WANTED_DAYS).unwrap_or(0);
        let past = self.store().past_days(&self.mchid, limit).await?;
        let on_record: BTreeSet<ChinaDay> =
            past.iter().filter(|past| past.pool == Currency::CNY).map(|past| past.day).collect();
        let mut days: Vec<ChinaDay> = which::wanted(&on_record, now).collect();
        days.reverse();
        let mut first = on_record.first().copied();
        for day in days {
            let known = of_books::known(self.store(), &self.mchid, day).await?;
            if known.is_nothing() && first.is_none_or(|first| day < first) {
                continue;
            }
            first = Some(first.map_or(day, |first| first.min(day)));
            self.record(day, known.paid, known.refunded, Source::Reported).await?;
        }
        Ok(())
    }

    async fn record(&mut self, day: ChinaDay, paid: Curve, refunded: i64, source: Source) -> Answer<()> {
        let (mchid, at) = (self.mchid.clone(), self.gateway.clock.now());
        let new = NewPastDay { mchid, pool: Currency::CNY, day, paid, refunded, source, at };
        if self.store().record_past_day(new).await? {
            self.recorded += 1;
            self.gateway.owners.hint(&self.mchid);
        }
        Ok(())
    }

    /// Brings the figures up to date, and says what was brought in, once a day or when there is news.
    async fn review(&mut self, now: Timestamp) -> Answer<()> {
        let today = ChinaDay::of(now);
        if self.recorded == 0 && self.reviewed == Some(today) {
            return Ok(());
        }
        let limit = usize::try_from(which::WANTED_DAYS).unwrap_or(0);
        let past = self.store().past_days(&self.mchid, limit).await?;
        let reconciled = self.store().reconciliations(&self.mchid, Currency::CNY, limit).await?;
        let review = Review::of(&past, &reconciled, today);
        self.gateway.metrics.past_days(&self.mchid, &review);
        if self.recorded > 0 {
            say(&self.mchid, self.recorded, &review);
        }
        (self.recorded, self.reviewed) = (0, Some(today));
        Ok(())
    }

    fn store(&self) -> &OpenStore {
        &self.gateway.store
    }
}

fn in_a_word(why: &WhyNone) -> &'static str {
    match why {
        WhyNone::NoTrade => "no_trade",
        WhyNone::NotYet => "not_yet",
        WhyNone::NotOverThisWire => "not_over_this_wire",
        WhyNone::Misconfigured(_) => "misconfigured",
        WhyNone::Unclear => "unclear",
    }
}

fn say(mchid: &Mchid, recorded: usize, review: &Review) {
    let Review { on_record, last: _, yesterday, reconciled, for_a_person } = review;
    match yesterday {
        Some(Yesterday { paid, seen, refunded }) => tracing::info!(
            %mchid, recorded, on_record, paid_fen = paid, seen_fen = seen, refunded_fen = refunded,
            "past days are on record; the figures are yesterday's"
        ),
        None => tracing::info!(%mchid, recorded, on_record, "past days are on record"),
    }
    if let Some(newest) = reconciled {
        tracing::info!(
            %mchid, day = %newest.day, payments_unseen_fen = newest.payments_unseen(),
            refunds_elsewhere_fen = newest.refunds_elsewhere(), "the newest statement was held against the books"
        );
    }
    if *for_a_person > 0 {
        tracing::warn!(%mchid, days = for_a_person, "our books have payments or refunds that statements lack");
    }
}
