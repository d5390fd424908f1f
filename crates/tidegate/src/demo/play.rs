//! The days passing: one moment of the plan after the other.
//!
//! The clock is moved from moment to moment, and while it moves the demo sends nothing: the sandbox waits at every step
//! until the gateway has done what is due. At each moment users pay, shops ask, and what shall go wrong does. After the
//! days of trade time runs on until every refund has ended.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::{JoinError, JoinSet};
use wechatpay::china::ChinaDay;

use crate::demo::call::CallError;
use crate::demo::certificates::{CertificateError, Issued, Office};
use crate::demo::client_log::{Acknowledged, ClientLog};
use crate::demo::gateway::{Answer, Gateway};
use crate::demo::plan::{Act, INSTITUTION, Moment, Payment, Plan, Refund, SHOPS};
use crate::demo::platform::{Platform, Request, SUBMISSION};
use crate::demo::processes::{GatewayProcess, ProcessError};
use crate::demo::screen::{Screen, View};
use crate::demo::words::{counted, instant};
use crate::screen::{fen, in_short};

/// Payments that are made at once.
const PAYING_AT_ONCE: usize = 8;

/// Requests for refunds that are under way at once, at the moment of the kill.
const ASKING_AT_ONCE: usize = 4;

/// The gateway is killed when it has acknowledged so many of the requests of that moment.
const KILLED_AFTER: usize = 9;

/// How often is looked for a submission before the kill, and with which pause.
const LOOKS: usize = 200;
const LOOK_AGAIN: Duration = Duration::from_millis(1);

/// How far into a day it is asked for its forecast: the statement of the day before is there from ten on.
const FORECAST_FROM: SignedDuration = SignedDuration::from_hours(11);

/// How long after the days of trade is waited for refunds to end, in half days.
const LONGEST_WAIT: i32 = 40;

/// Where a refund may stand when the demo ends.
const ENDED: [&str; 6] = ["succeeded", "closed", "abnormal", "rejected", "cancelled", "needs_operator"];

/// Why the demo cannot go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PlayError {
    /// A call did not do what it should.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A process is not there.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The list of acknowledgements cannot be kept.
    #[error("the client log cannot be written: {0}")]
    Log(io::Error),
    /// The gateway cannot be killed.
    #[error("the gateway cannot be killed: {0}")]
    Kill(io::Error),
    /// A certificate is not to be had.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A task broke off.
    #[error("a call was broken off: {0}")]
    Task(#[from] JoinError),
}

/// What the demo did and met, as far as it knows by itself.
#[derive(Debug, Default)]
pub(crate) struct Happened {
    /// How often the gateway was killed.
    pub(crate) kills: usize,
    /// Requests that were acknowledged in the moment of the kill before it.
    pub(crate) before_the_kill: usize,
    /// Requests of that moment in all.
    pub(crate) at_the_kill: usize,
    /// How long the gateway was away, in real time.
    pub(crate) outage: Duration,
    /// How often the platform changed its key.
    pub(crate) rotations: usize,
    /// The serial numbers of the institution's certificates, in the order in which they were taken.
    pub(crate) certificates: Vec<String>,
    /// Requests that were made again although they had been acknowledged.
    pub(crate) repeated: usize,
    /// What was forecast on the days of which there was a forecast.
    pub(crate) forecasts: Vec<Forecast>,
    /// What the tills that waited said.
    pub(crate) tills: BTreeMap<String, usize>,
    /// What is worth knowing and no mistake.
    pub(crate) notes: Vec<String>,
    /// What should not have happened.
    pub(crate) complaints: Vec<String>,
}

/// What payers were expected to pay on a day, and what they paid.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Forecast {
    /// When it was asked for.
    pub(crate) at: Timestamp,
    /// What was expected by midnight, less what others' refunds take.
    pub(crate) expected_fen: i64,
    /// What came.
    pub(crate) came_fen: i64,
}

/// The institution's certificate in force, and who asks for the next one.
pub(crate) struct Papers {
    /// Who asks.
    pub(crate) office: Office,
    /// The one in force.
    pub(crate) in_force: Issued,
}

/// The demo under way.
pub(crate) struct Play<'a> {
    plan: &'a Plan,
    platform: Platform,
    process: GatewayProcess,
    screen: Screen,
    papers: Papers,
    now: Timestamp,
    paid: usize,
    /// What was acknowledged.
    pub(crate) log: ClientLog,
    /// What happened.
    pub(crate) happened: Happened,
}

impl<'a> Play<'a> {
    /// The demo of `plan`, before it begins.
    pub(crate) fn new(
        plan: &'a Plan,
        platform: Platform,
        process: GatewayProcess,
        screen: Screen,
        papers: Papers,
        log: ClientLog,
    ) -> Play<'a> {
        let certificates = vec![papers.in_force.serial_no.clone()];
        let happened = Happened { certificates, ..Happened::default() };
        Play { plan, platform, process, screen, papers, now: plan.from, paid: 0, log, happened }
    }

    /// The way to the gateway.
    pub(crate) fn gateway(&self) -> &Gateway {
        &self.process.gateway
    }

    /// Plays it to the end; then the screen is dark, and the summary may take its place.
    pub(crate) async fn run(&mut self) -> Result<(), PlayError> {
        let told =
            format!("certificate {} is requested and installed", in_short(&self.papers.in_force.serial_no));
        self.screen.news(self.now, &told);
        for moment in &self.plan.moments {
            self.go_to(moment.at).await?;
            self.look_ahead().await?;
            self.act(moment).await?;
            tokio::time::sleep(self.screen.ahead_by(self.now)).await;
            if self.screen.is_due() {
                let view = self.look().await?;
                self.screen.show(self.now, &view);
            }
        }
        self.go_to(self.plan.until).await?;
        self.screen.news(self.now, "trade ends; time runs on until every refund has ended");
        for half_day in 1..=LONGEST_WAIT {
            let view = self.look().await?;
            self.screen.show(self.now, &view);
            if view.standings.keys().all(|status| ENDED.contains(&status.as_str())) {
                break;
            }
            self.go_to(self.plan.until + SignedDuration::from_hours(12) * half_day).await?;
        }
        self.screen = Screen::Dark;
        Ok(())
    }

    /// Asks once a day, when yesterday's statement is known, what is expected of the day.
    async fn look_ahead(&mut self) -> Result<(), PlayError> {
        let today = ChinaDay::of(self.now);
        let is_known =
            self.happened.forecasts.last().is_some_and(|forecast| ChinaDay::of(forecast.at) == today);
        if is_known || self.now < today.start() + FORECAST_FROM {
            return Ok(());
        }
        let Some(expected_fen) = self.gateway().expected_today(INSTITUTION).await? else { return Ok(()) };
        let of_today = |payment: &&Payment| ChinaDay::of(payment.at) == today;
        let came_fen = self.plan.payments.iter().filter(of_today).map(|payment| payment.total_fen).sum();
        self.happened.forecasts.push(Forecast { at: self.now, expected_fen, came_fen });
        Ok(())
    }

    /// Lets time pass, with a stop at the end of every day of trade to see how it went.
    async fn go_to(&mut self, at: Timestamp) -> Result<(), PlayError> {
        let end_of_day = ChinaDay::of(self.now).end();
        if at >= end_of_day && self.now < self.plan.until {
            self.advance(end_of_day - SignedDuration::from_secs(1)).await?;
            if !self.screen.is_dark() {
                let view = self.look().await?;
                self.screen.day_ended(self.now, &view);
            }
        }
        self.advance(at).await
    }

    async fn advance(&mut self, at: Timestamp) -> Result<(), PlayError> {
        let advanced = self.platform.advance_to(at).await?;
        self.now = at;
        for name in advanced.silent {
            // A busy machine, mostly. It shows in the figures if more than time was lost.
            self.happened.notes.push(format!("{}: the clock went on without `{name}`", instant(at)));
        }
        Ok(())
    }

    async fn look(&self) -> Result<View, PlayError> {
        let pools = self.platform.pools().await?;
        Ok(View {
            payments: self.paid,
            requested: self.log.count(),
            pool_fen: pools.pools.iter().map(|pool| pool.refundable.total).sum(),
            queue: self.gateway().queue(INSTITUTION).await?,
            standings: self.gateway().standings().await?,
        })
    }

    async fn act(&mut self, moment: &Moment) -> Result<(), PlayError> {
        let mut payments = Vec::new();
        let mut requests = Vec::new();
        for act in &moment.acts {
            match *act {
                Act::Pay(payment) => payments.push(payment),
                Act::RotateKeys => self.rotate_keys().await?,
                Act::ChangeCertificate => self.change_certificate().await?,
                Act::Ask(refund) => requests.push(refund),
                Act::Repeat(refund) => {
                    self.happened.repeated += 1;
                    requests.push(refund);
                }
                Act::Withdraw(refund) => self.withdraw(refund).await?,
                Act::Kill => {
                    self.pay(std::mem::take(&mut payments)).await?;
                    self.ask_and_kill(std::mem::take(&mut requests)).await?;
                }
            }
        }
        self.pay(payments).await?;
        self.ask(requests, usize::MAX).await.map(drop)
    }

    async fn rotate_keys(&mut self) -> Result<(), PlayError> {
        self.platform.rotate_keys().await?;
        self.happened.rotations += 1;
        self.screen.news(self.now, "the platform signs with a new key");
        Ok(())
    }

    /// A new key, a new request string, a new certificate; the gateway takes it while refunds are on their way.
    async fn change_certificate(&mut self) -> Result<(), PlayError> {
        let new = self.papers.office.changed(&self.papers.in_force, self.now).await?;
        let (certificate, key) = new.pair()?;
        self.gateway().renew(INSTITUTION, &certificate, &key).await?;
        self.happened.certificates.push(new.serial_no.clone());
        let (old, serial_no) = (in_short(&self.papers.in_force.serial_no), in_short(&new.serial_no));
        self.screen.news(self.now, &format!("certificate {serial_no} takes the place of {old}"));
        self.papers.in_force = new;
        Ok(())
    }

    async fn withdraw(&mut self, refund: usize) -> Result<(), PlayError> {
        // Whatever was turned away needs no withdrawing.
        let Some(id) = self.log.id(refund).map(str::to_owned) else { return Ok(()) };
        let text = if self.gateway().withdraw(&id).await? { "withdrawn" } else { "too late to withdraw" };
        self.screen.news(self.now, &format!("{}: {text}", named(&self.plan.refunds[refund])));
        Ok(())
    }

    /// Users pay, and the shops that report payments do.
    async fn pay(&mut self, payments: Vec<usize>) -> Result<(), PlayError> {
        self.paid += payments.len();
        let mut paying = JoinSet::new();
        for payment in payments {
            if paying.len() >= PAYING_AT_ONCE
                && let Some(done) = paying.join_next().await
            {
                done??;
            }
            let payment = self.plan.payments[payment].clone();
            let (platform, gateway) = (self.platform.clone(), self.gateway().clone());
            paying.spawn(async move {
                let paid = platform.pay(&payment).await?;
                if SHOPS[payment.shop].reports_payments {
                    gateway.report(&payment, &paid).await
                } else {
                    Ok(())
                }
            });
        }
        while let Some(done) = paying.join_next().await {
            done??;
        }
        Ok(())
    }

    /// Shops ask for refunds, some at a time, until `enough` are answered; gives those that are still being asked for.
    async fn ask(&mut self, mut refunds: Vec<usize>, enough: usize) -> Result<Asking, PlayError> {
        for &refund in &refunds {
            let planned = &self.plan.refunds[refund];
            if let Some(accident) = planned.accident.filter(|_| self.log.id(refund).is_none()) {
                self.platform.prepare(planned, accident).await?;
            }
        }
        refunds.reverse();
        let mut asking = Asking { under_way: JoinSet::new(), to_come: refunds };
        self.hear(&mut asking, enough).await?;
        Ok(asking)
    }

    /// Hears answers, and asks on as they come, until `enough` came.
    async fn hear(&mut self, asking: &mut Asking, enough: usize) -> Result<(), PlayError> {
        let mut heard = 0;
        loop {
            while asking.under_way.len() < ASKING_AT_ONCE
                && let Some(index) = asking.to_come.pop()
            {
                let refund = self.plan.refunds[index].clone();
                let payment = self.plan.payments[refund.order].clone();
                let gateway = self.gateway().clone();
                asking.under_way.spawn(async move { (index, gateway.ask(&refund, &payment).await) });
            }
            if heard >= enough {
                return Ok(());
            }
            let Some(answered) = asking.under_way.join_next().await else { return Ok(()) };
            let (refund, answer) = answered?;
            self.note(refund, answer?)?;
            heard += 1;
        }
    }

    /// Kills the gateway while it is being asked, and starts it again. Whoever got no answer asks until there is one.
    async fn ask_and_kill(&mut self, refunds: Vec<usize>) -> Result<(), PlayError> {
        let (before, count) = (self.log.count(), refunds.len());
        let seen = self.platform.requests().await?.last().map_or(0, |request| request.n);
        let mut asking = self.ask(refunds, KILLED_AFTER).await?;
        self.until_a_submission_arrives(seen).await?;
        self.process.kill().map_err(PlayError::Kill)?;
        let acknowledged = self.log.count() - before;
        self.screen.news(
            self.now,
            &format!("the gateway is killed: {acknowledged} of {} acknowledged", counted(count, "request")),
        );
        self.happened.outage = self.process.start_again().await?;
        self.happened.kills += 1;
        (self.happened.before_the_kill, self.happened.at_the_kill) = (acknowledged, count);
        self.screen.news(self.now, "the gateway is back on what it left");
        self.hear(&mut asking, usize::MAX).await
    }

    /// Waits until a submission arrives at the platform that was not there yet: the gateway has no answer to it then. Not
    /// for long: it may have nothing left to submit.
    async fn until_a_submission_arrives(&self, mut seen: u64) -> Result<(), PlayError> {
        for look in 0..LOOKS {
            let arrived = self.platform.requests_after(seen).await?;
            let is_submission = |request: &Request| request.call.as_deref() == Some(SUBMISSION);
            // What came before the first look may be answered already.
            if look > 0 && arrived.iter().any(is_submission) {
                break;
            }
            seen = arrived.last().map_or(seen, |request| request.n);
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }

    fn note(&mut self, refund: usize, answer: Answer) -> Result<(), PlayError> {
        let planned = &self.plan.refunds[refund];
        match answer {
            Answer::Acknowledged { shown } => {
                if planned.waits_s.is_some()
                    && let Some(till) = &shown.till
                {
                    *self.happened.tills.entry(till.outcome.clone()).or_default() += 1;
                }
                let acknowledged = Acknowledged {
                    refund,
                    at: self.now,
                    id: shown.id.clone(),
                    upstream_no: planned.upstream_no(),
                    amount_fen: planned.amount_fen,
                };
                if let Some(first) = self.log.note(acknowledged).map_err(PlayError::Log)? {
                    self.complain(format!("{} has two ids: {first} and {}", named(planned), shown.id));
                }
                if planned.is_large {
                    let amount = fen(planned.amount_fen);
                    self.screen.news(self.now, &format!("{} is asked for: {amount}", named(planned)));
                }
            }
            Answer::TurnedAway { status, body } => {
                self.complain(format!("{} was turned away with {status}: {body}", named(planned)));
            }
        }
        Ok(())
    }

    fn complain(&mut self, text: String) {
        self.screen.news(self.now, &text);
        self.happened.complaints.push(format!("{}: {text}", instant(self.now)));
    }
}

/// Requests being made.
struct Asking {
    under_way: JoinSet<(usize, Result<Answer, CallError>)>,
    /// The next one last.
    to_come: Vec<usize>,
}

/// A refund as the news calls it.
fn named(refund: &Refund) -> String {
    format!("refund {} of the {}", refund.out_refund_no, SHOPS[refund.shop].name)
}
