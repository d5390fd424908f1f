//! One owner's loop.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use refunds::owner::{Input, Output, Owner};
use refunds::policy::Policy;
use store::contract::Store;
use store::error::StoreError;
use store::merchant::Mode;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};
use tokio_util::sync::CancellationToken;
use wechatpay::ids::Mchid;

use super::errands::{Errands, Told};
use crate::activity::{Activity, Busy};
use crate::clock::WallClock;
use crate::gateway::Gateway;
use crate::merchants::registry::{Accounts, Merchants};
use crate::wechat::line::Line;

/// How often an owner looks for itself, whether or not it was told anything; by a clock that is never virtual.
const SWEEP: Duration = Duration::from_secs(1);

/// How long the end waits for answers under way.
const FAREWELL: Duration = Duration::from_secs(10);

/// What an owner is told at once, at most.
const AT_ONCE: usize = 256;

/// Nobody is woken sooner than this, so that a wish in the past does not become a loop without a pause.
const SHORTEST_SLEEP: SignedDuration = SignedDuration::from_millis(1);

/// Why a driver came to its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It was asked to.
    Asked,
    /// Another owner has taken over.
    LeaseLost,
}

/// Takes the ownership of `mchid` and drives its owner until `ending`, or until it is lost.
pub(super) async fn drive(
    gateway: Gateway,
    mchid: Mchid,
    node: &str,
    ending: CancellationToken,
) -> Result<End, StoreError> {
    let is_direct = match gateway.merchants.get(&mchid) {
        Some(account) => account.merchant.mode == Mode::Direct,
        None => return Ok(End::Asked),
    };
    let busy = gateway.activity.begin();
    let epoch = gateway.store.take_ownership(&mchid, node).await?;
    let mut line = gateway.owners.connect(&mchid);
    let (told, mut inbox) = mpsc::unbounded_channel();
    let (owner, outputs) = Owner::new(
        mchid.clone(),
        epoch,
        is_direct,
        Policy::default(),
        gateway.calendar.clone(),
        gateway.clock.now(),
    );
    let clock = gateway.clock.clone();
    let activity = gateway.activity.clone();
    let mut set_up = SetUp::follow(&gateway.merchants, &mchid);
    let errands = Errands { gateway, mchid, epoch, told, decided: line.decided, under_way: Activity::none() };
    let mut driver = Driver { owner, errands, alarm: Alarm { clock, at: None, rings: None }, sends: true };
    driver.perform(outputs, &busy);
    drop(busy);

    let mut sweep = interval(SWEEP);
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let told = tokio::select! {
            Some(told) = inbox.recv() => told,
            Some(busy) = line.hints.recv() => {
                // One look answers them all.
                while line.hints.try_recv().is_ok() {}
                Told { input: Ok(Input::Hint), busy }
            }
            busy = driver.alarm.rings() => Told { input: Ok(Input::Tick), busy },
            () = set_up.changed() => Told { input: Ok(Input::SetUpChanged), busy: activity.begin() },
            _ = sweep.tick() => Told { input: Ok(Input::Hint), busy: activity.begin() },
            () = ending.cancelled() => return driver.finish(inbox).await,
        };
        if driver.tell(told, &mut inbox)? {
            return Ok(End::LeaseLost);
        }
    }
}

struct Driver {
    owner: Owner,
    errands: Errands,
    alarm: Alarm,
    /// Whether requests still leave.
    sends: bool,
}

impl Driver {
    /// Tells the owner what it was told, and what else has come meanwhile: what follows from all of it shares a batch.
    /// Whether the ownership is lost.
    fn tell(&mut self, first: Told, inbox: &mut UnboundedReceiver<Told>) -> Result<bool, StoreError> {
        let Told { input, busy } = first;
        let (mut inputs, mut also_busy) = (vec![input?], vec![]);
        while inputs.len() < AT_ONCE
            && let Ok(told) = inbox.try_recv()
        {
            inputs.push(told.input?);
            also_busy.push(told.busy);
        }
        let is_lost = inputs.contains(&Input::LeaseLost);
        let outputs = self.owner.handle_all(inputs, self.alarm.clock.now());
        self.perform(outputs, &busy);
        Ok(is_lost)
    }

    fn perform(&mut self, outputs: Vec<Output>, busy: &Busy) {
        for output in outputs {
            match output {
                Output::Commit(batch) => self.errands.commit(batch, busy.and_one()),
                Output::Send(submission) if self.sends => self.errands.send(submission, busy.and_one()),
                // Its intent is on disk: whoever drives the owner next asks about it first.
                Output::Send(_) => {}
                Output::Ask(question) => self.errands.ask(question, busy.and_one()),
                Output::Load(load) => self.errands.load(load, busy.and_one()),
                Output::WakeAt(at) => self.alarm.set(at),
            }
        }
    }

    /// Sends nothing more, and hears what comes back from what was sent.
    async fn finish(mut self, mut inbox: UnboundedReceiver<Told>) -> Result<End, StoreError> {
        self.sends = false;
        let deadline = Instant::now() + FAREWELL;
        loop {
            tokio::select! {
                biased;
                Some(told) = inbox.recv() => if self.tell(told, &mut inbox)? { return Ok(End::LeaseLost) },
                // What ended has been told before, so the inbox was looked at first.
                () = self.errands.under_way.quiet() => if inbox.is_empty() { return Ok(End::Asked) },
                _ = timeout_at(deadline, std::future::pending::<()>()) => return Ok(End::Asked),
            }
        }
    }
}

/// The way out of one merchant id, as it is set up now and after every change.
struct SetUp {
    accounts: watch::Receiver<Accounts>,
    mchid: Mchid,
    line: Option<Arc<Line>>,
}

impl SetUp {
    fn follow(merchants: &Merchants, mchid: &Mchid) -> SetUp {
        let mut accounts = merchants.follow();
        let line = line_of(&accounts.borrow_and_update(), mchid);
        SetUp { accounts, mchid: mchid.clone(), line }
    }

    /// Comes back when there is another way out than before; never if nobody can change it any more.
    async fn changed(&mut self) {
        while self.accounts.changed().await.is_ok() {
            let line = line_of(&self.accounts.borrow_and_update(), &self.mchid);
            let is_same = match (&self.line, &line) {
                (Some(before), Some(now)) => Arc::ptr_eq(before, now),
                (before, now) => before.is_none() && now.is_none(),
            };
            if !is_same {
                self.line = line;
                return;
            }
        }
        std::future::pending().await
    }
}

fn line_of(accounts: &Accounts, mchid: &Mchid) -> Option<Arc<Line>> {
    accounts.get(mchid)?.line.clone()
}

/// When an owner wants to be woken.
struct Alarm {
    clock: WallClock,
    at: Option<Timestamp>,
    rings: Option<Pin<Box<dyn Future<Output = Busy> + Send>>>,
}

impl Alarm {
    fn set(&mut self, at: Timestamp) {
        let at = at.max(self.clock.now() + SHORTEST_SLEEP);
        if self.at != Some(at) {
            self.at = Some(at);
            self.rings = Some(Box::pin(self.clock.sleep_until(at)));
        }
    }

    /// Comes back once when it is time; never if nobody wants to be woken.
    async fn rings(&mut self) -> Busy {
        match &mut self.rings {
            None => std::future::pending().await,
            Some(rings) => {
                let busy = rings.await;
                (self.at, self.rings) = (None, None);
                busy
            }
        }
    }
}
