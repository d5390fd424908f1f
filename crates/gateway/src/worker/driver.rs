//! One owner's loop.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use refunds::batch::Epoch;
use refunds::owner::{Input, Output, Owner};
use refunds::policy::Policy;
use refunds::weight::Weight;
use store::contract::Store;
use store::error::StoreError;
use store::merchant::Mode;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};
use tokio_util::sync::CancellationToken;
use wechatpay::ids::{Mchid, SubMchid};

use super::errands::{Errands, Told};
use super::standing::Standing;
use crate::activity::{Activity, Busy};
use crate::clock::WallClock;
use crate::gateway::Gateway;
use crate::merchants::registry::{Accounts, Merchants};
use crate::restoring;
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

/// What a driver is to drive, and on what ground.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) mchid: Mchid,
    /// The id of the node that drives.
    pub(super) node: String,
    /// The epoch under which the merchant id was found to be free.
    pub(super) since: Epoch,
    pub(super) standing: Standing,
}

/// Takes a merchant id over and drives its owner until `ending`, or until it is lost.
pub(super) async fn drive(
    gateway: Gateway,
    claim: Claim,
    ending: CancellationToken,
) -> Result<End, StoreError> {
    let Claim { mchid, node, since, standing } = claim;
    let is_direct = match gateway.merchants.get(&mchid) {
        Some(account) => account.merchant.mode == Mode::Direct,
        None => return Ok(End::Asked),
    };
    let busy = gateway.activity.begin();
    let since = restoring::take_note(&gateway, &mchid, since).await?;
    let Some(epoch) = gateway.store.take_over(&mchid, &node, since).await? else { return Ok(End::LeaseLost) };
    let mut hints = gateway.owners.connect(&mchid);
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
    let errands = Errands { gateway, mchid, epoch, told, under_way: Activity::none() };
    let alarm = Alarm { clock, at: None, rings: None };
    let mut driver = Driver { owner, errands, alarm, standing, sends: true };
    driver.perform(outputs, &busy);
    drop(busy);

    let mut sweep = interval(SWEEP);
    sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let told = tokio::select! {
            Some(told) = inbox.recv() => told,
            Some(busy) = hints.recv() => {
                // One look answers them all.
                while hints.try_recv().is_ok() {}
                Told { input: Ok(Input::Hint), busy }
            }
            busy = driver.alarm.rings() => Told { input: Ok(Input::Tick), busy },
            news = set_up.news() => Told { input: Ok(news), busy: activity.begin() },
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
    standing: Standing,
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
        let may_send = self.perform(outputs, &busy);
        Ok(is_lost || !may_send)
    }

    /// Has outputs done. Whether all of them could be: a request does not leave while the ownership may be another's.
    fn perform(&mut self, outputs: Vec<Output>, busy: &Busy) -> bool {
        let mut may_send = true;
        for output in outputs {
            match output {
                Output::Commit(batch) => self.errands.commit(batch, busy.and_one()),
                Output::Send(_) if self.sends && !self.standing.holds() => may_send = false,
                Output::Send(submission) if self.sends => self.errands.send(submission, busy.and_one()),
                // Its intent is on disk: whoever drives the owner next asks about it first.
                Output::Send(_) => {}
                Output::Ask(question) => self.errands.ask(question, busy.and_one()),
                Output::Load(load) => self.errands.load(load, busy.and_one()),
                Output::TakeIn(found) => self.errands.take_in(found, busy.and_one()),
                Output::WakeAt(at) => self.alarm.set(at),
            }
        }
        may_send
    }

    /// Sends nothing more, hears what comes back from what was sent, and leaves the merchant id to whoever wants it.
    async fn finish(mut self, inbox: UnboundedReceiver<Told>) -> Result<End, StoreError> {
        let (gateway, mchid, epoch) =
            (self.errands.gateway.clone(), self.errands.mchid.clone(), self.errands.epoch);
        let end = self.hear_out(inbox).await?;
        if end == End::Asked
            && let Err(error) = gateway.store.give_up(&mchid, epoch).await
        {
            tracing::warn!(%mchid, %error, "it was not given up, and is free once this node is gone");
        }
        Ok(end)
    }

    async fn hear_out(&mut self, mut inbox: UnboundedReceiver<Told>) -> Result<End, StoreError> {
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

/// What an owner is to know of how its merchant id is set up, now and after every change.
struct SetUp {
    accounts: watch::Receiver<Accounts>,
    mchid: Mchid,
    line: Option<Arc<Line>>,
    weights: BTreeMap<SubMchid, Weight>,
    /// What the owner has not been told yet.
    untold: VecDeque<Input>,
}

impl SetUp {
    fn follow(merchants: &Merchants, mchid: &Mchid) -> SetUp {
        let (accounts, mchid) = (merchants.follow(), mchid.clone());
        let mut set_up =
            SetUp { accounts, mchid, line: None, weights: BTreeMap::new(), untold: VecDeque::new() };
        set_up.look();
        // A new owner has tested nothing that a way out could change.
        set_up.untold.retain(|news| *news != Input::SetUpChanged);
        set_up
    }

    /// Comes back when there is news for the owner: another way out, or other weights; never if nobody can change them any
    /// more. Nothing is lost if it is dropped before.
    async fn news(&mut self) -> Input {
        loop {
            if let Some(news) = self.untold.pop_front() {
                return news;
            }
            if self.accounts.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
            self.look();
        }
    }

    /// Notes what is other than before.
    fn look(&mut self) {
        let account = self.accounts.borrow_and_update().get(&self.mchid).cloned();
        let line = account.as_ref().and_then(|account| account.line.clone());
        if line.as_ref().map(Arc::as_ptr) != self.line.as_ref().map(Arc::as_ptr) {
            self.line = line;
            self.untold.push_back(Input::SetUpChanged);
        }
        let weights = account.map_or_else(BTreeMap::new, |account| account.merchant.weights());
        if weights != self.weights {
            self.weights = weights.clone();
            self.untold.push_back(Input::Weighed(weights));
        }
    }
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

#[cfg(test)]
mod tests {
    use refunds::key::NumberForm;
    use store::merchant::Merchant;
    use wechatpay::ids::Appid;
    use wechatpay::money::Currency;
    use wechatpay::v3::caller::Region;
    use wechatpay::wire::Wire;

    use super::*;
    use crate::merchants::account::Account;

    fn account(weights: &[(&str, u64)]) -> Account {
        let sub_merchant = |(number, percent): &(&str, u64)| {
            (SubMchid::parse(number).unwrap(), Weight::of_percent(*percent).unwrap())
        };
        let merchant = Merchant {
            mchid: Mchid::parse("1900000001").unwrap(),
            mode: Mode::Institution,
            number_form: NumberForm::Prefixed,
            settlement_currency: Currency::USD,
            wire: Wire::V3,
            region: Region::Global,
            appid: Appid::parse("wx1").unwrap(),
            api_hosts: vec![],
            is_sandbox: true,
            sub_merchants: weights.iter().map(sub_merchant).collect(),
        };
        Account { merchant, line: None }
    }

    #[tokio::test]
    async fn an_owner_is_told_weights_at_its_beginning_and_whenever_they_change() {
        let merchants = Merchants::default();
        let two = account(&[("101", 100), ("102", 200)]);
        let mchid = two.merchant.mchid.clone();
        merchants.put(two.clone());
        let mut set_up = SetUp::follow(&merchants, &mchid);
        let weighed = |account: &Account| Input::Weighed(account.merchant.weights());
        assert_eq!(set_up.news().await, weighed(&two));
        // One that counts as usual is no news.
        merchants.put(account(&[("101", 100), ("102", 200), ("103", 100)]));
        set_up.accounts.changed().await.unwrap();
        set_up.look();
        assert!(set_up.untold.is_empty());
        for changed in [account(&[("101", 50), ("102", 200)]), account(&[("101", 100), ("102", 100)])] {
            merchants.put(changed.clone());
            assert_eq!(set_up.news().await, weighed(&changed));
        }
    }

    #[tokio::test]
    async fn an_owner_whose_sub_merchants_all_weigh_as_usual_is_told_nothing() {
        let merchants = Merchants::default();
        let usual = account(&[("101", 100)]);
        merchants.put(usual.clone());
        assert!(SetUp::follow(&merchants, &usual.merchant.mchid).untold.is_empty());
    }
}
