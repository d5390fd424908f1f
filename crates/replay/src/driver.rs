//! What happens to an owner, one thing after the other, at the instants at which it happens.

use jiff::{SignedDuration, Timestamp};
use refunds::order::Source;
use refunds::policy::Policy;
use refunds::pool::past::Curve;
use store::intake::NewPastDay;
use wechatpay::china::{self, ChinaDay};
use wechatpay::money::Currency;

use crate::history::{Happening, Trial};
use crate::pool::Pool;
use crate::run::{Outcome, ReplayError, Run};
use crate::shell::Shell;
use crate::sight::Sight;
use crate::wechat::WechatPay;

/// A trial under way.
pub(crate) struct Driver<'h> {
    trial: Trial<'h>,
    sight: Sight,
    shell: Shell<'h>,
}

/// How long before the first day its owner begins: it starts without calls, and has them by then.
const BEGINS_BEFORE: SignedDuration = SignedDuration::from_mins(1);

/// When, on the day after, the statement of a day is there. Source: [operations 1.3].
const STATEMENT_AT: SignedDuration = SignedDuration::from_hours(10);

impl<'h> Driver<'h> {
    /// Before anything has happened.
    pub(crate) fn new(trial: &Trial<'h>, policy: &Policy, sight: Sight) -> Result<Driver<'h>, ReplayError> {
        let wechat = WechatPay::new(trial.refunds(), Pool::new(trial.first_day(), sight.leak));
        let begins = trial.first_day().start() - BEGINS_BEFORE;
        let shell = Shell::new(trial.refunds(), policy, wechat, begins)?;
        Ok(Driver { trial: *trial, sight, shell })
    }

    /// Lets it all happen. At one instant payments come first, then requests, then the statement, then the owner's own time.
    pub(crate) fn play(mut self) -> Result<Run, ReplayError> {
        let mut happenings = self.trial.happenings();
        let mut day = self.trial.first_day();
        loop {
            let happens = happenings.peek().map(|happening| happening.at());
            let states = day.end() + STATEMENT_AT;
            let wakes = self.shell.wake();
            let now = [happens, wakes].into_iter().flatten().fold(states, Timestamp::min);
            if now > self.trial.ends() {
                return self.ended();
            }
            if happens == Some(now) {
                if let Some(happening) = happenings.next() {
                    self.happen(happening)?;
                }
            } else if states == now {
                self.state(day, now)?;
                day = day.next();
            } else {
                self.shell.tick(now)?;
            }
        }
    }

    fn happen(&mut self, happening: Happening) -> Result<(), ReplayError> {
        match happening {
            Happening::Paid(n, payment) => {
                self.shell.wechat.pay(payment);
                if self.sight.sees(n) { self.shell.report(n, payment) } else { Ok(()) }
            }
            Happening::Asked(n, _) => match self.trial.refunds().get(n) {
                Some(refund) => self.shell.admit(n, refund),
                None => Ok(()),
            },
        }
    }

    /// The statement of `day` is there: it tells all that was paid and drawn, whoever saw it.
    fn state(&mut self, day: ChinaDay, now: Timestamp) -> Result<(), ReplayError> {
        let payments = self.trial.payments_of(day);
        let paid =
            Curve::of(payments.iter().map(|payment| (china::civil(payment.at).time(), payment.amount_fen)));
        let leaked = self.sight.leak.of(paid.total());
        let statement = NewPastDay {
            mchid: self.shell.mchid().clone(),
            pool: Currency::CNY,
            day,
            refunded: leaked + self.shell.wechat.accepted_on(day),
            paid,
            source: Source::Platform,
            at: now,
        };
        self.shell.record(statement, now)
    }

    fn ended(self) -> Result<Run, ReplayError> {
        let Driver { shell, trial, .. } = self;
        let promises: Vec<_> =
            (0..trial.refunds().len()).map(|n| shell.promise(n)).collect::<Result<_, _>>()?;
        let (accepted_at, attempts) = shell.wechat.into_record();
        let outcome = |(accepted_at, promise)| Outcome { accepted_at, promise };
        Ok(Run { attempts, refunds: accepted_at.into_iter().zip(promises).map(outcome).collect() })
    }
}
