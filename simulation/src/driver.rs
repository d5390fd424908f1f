//! Drivers: each tells one owner what happens and does what it wants, one thing after the other.
//!
//! A driver belongs to a node and to a merchant id, and lives as long as its node: whoever takes a merchant id over has a new
//! one. Its node may stop between any two things that it does.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use refunds::batch::Epoch;
use refunds::owner::{Input, Owner};

use crate::agenda::Event;
use crate::history::Kind;
use crate::judges::forgotten::Search;
use crate::merchants::MerchantNo;
use crate::mutations::{Act, Mind, Mutation};
use crate::node::{NodeId, Trouble};
use crate::world::World;

/// Names a driver, counted over all merchant ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct DriverId(usize);

impl fmt::Display for DriverId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "owner {}", self.0)
    }
}

/// Drives the owner of one merchant id on one node.
#[derive(Debug)]
pub(crate) struct Driver {
    pub(crate) merchant: MerchantNo,
    pub(crate) node: NodeId,
    mind: Mind,
    epoch: Epoch,
    steps: u64,
    reads: u64,
    /// What it has not heard yet, because its node was busy, stood still, or may not act.
    pub(crate) inbox: Vec<Input>,
    /// What it has to do with what a backup lacks, for the judges.
    pub(crate) search: Search,
    heard: u64,
    /// By its node's clock.
    wake: Option<Timestamp>,
}

impl World {
    pub(crate) fn driver(&self, id: DriverId) -> Option<&Driver> {
        self.drivers.get(id.0)
    }

    pub(crate) fn driver_mut(&mut self, id: DriverId) -> Option<&mut Driver> {
        self.drivers.get_mut(id.0)
    }

    /// On which node it is.
    pub(crate) fn node_of(&self, id: DriverId) -> NodeId {
        self.driver(id).map_or(NodeId::FIRST, |driver| driver.node)
    }

    /// Whom it drives an owner for.
    pub(crate) fn merchant_of(&self, id: DriverId) -> MerchantNo {
        self.driver(id).map_or(MerchantNo::FIRST, |driver| driver.merchant)
    }

    /// The drivers of a node.
    pub(crate) fn drivers_on(&self, node: NodeId) -> Vec<DriverId> {
        let drivers = self.drivers.iter().enumerate().filter(|(_, driver)| driver.node == node);
        drivers.map(|(id, _)| DriverId(id)).collect()
    }

    pub(crate) fn drivers_on_mut(&mut self, node: NodeId) -> impl Iterator<Item = &mut Driver> {
        self.drivers.iter_mut().filter(move |driver| driver.node == node)
    }

    /// The driver that took over a merchant id last.
    pub(crate) fn newest(&self, merchant: MerchantNo) -> Option<DriverId> {
        self.merchant(merchant).newest
    }

    /// Whether nobody took its merchant id over since this driver's node did.
    pub(crate) fn owns(&self, id: DriverId) -> bool {
        self.newest(self.merchant_of(id)) == Some(id)
    }

    /// A node takes over a merchant id.
    pub(crate) fn take_over(&mut self, merchant: MerchantNo) {
        let mchid = self.merchant(merchant).mchid.clone();
        let epoch = match self.disk.model.take_ownership(&mchid, "node") {
            Ok(epoch) => epoch,
            Err(error) => return self.found_wrong(&format!("ownership could not be taken: {error}")),
        };
        if self.drivers.iter().any(|driver| driver.merchant == merchant && driver.epoch >= epoch) {
            self.judge(Kind::Lease, || {
                format!("{epoch:?} is given out, and is not higher than every one before")
            });
        }
        let node = self.taker(merchant);
        let id = DriverId(self.drivers.len());
        // With its budgets as they would be had it begun long ago.
        let long_ago = SignedDuration::from_hours(1);
        let as_if = if self.has(Mutation::BudgetsFullAtTakeOver) { long_ago } else { SignedDuration::ZERO };
        let wall = self.node(node).map_or(self.now, |node| node.clocks.wall(self.now));
        let wrong_until = self.node(node).and_then(|node| node.wrong_until);
        let owned = self.merchant(merchant);
        let (policy, is_direct) = (owned.policy.clone(), owned.is_direct);
        let calendar = self.calendar.clone();
        let (owner, outputs) = Owner::new(mchid, epoch, is_direct, policy, calendar, wall - as_if);
        let mut mind = Mind::new(owner, self.mutation);
        let acts = mind.acts(outputs);
        self.drivers.push(Driver {
            merchant,
            node,
            mind,
            epoch,
            steps: 0,
            reads: 0,
            inbox: vec![],
            search: Search::default(),
            heard: 0,
            wake: None,
        });
        let now = self.now;
        let owned = self.merchant_mut(merchant);
        // Whoever takes over with a clock that was set wrong is late until that is seen.
        (owned.newest, owned.steady_since) = (Some(id), wrong_until.map_or(now, |until| until.max(now)));
        self.note(|| format!("{id} begins for {merchant:?} on {node}"));
        self.perform(id, acts);
        if self.chance.happens(self.weather.crashes_again, "crashes again", id, 0) {
            let soon = self.chance.millis(0, 300, "crashes again", id, 1);
            self.later(soon, Event::Trouble(Trouble::Crash(merchant)));
        }
    }

    /// Every second an owner is told to look around, which is worth an event only when there is something to see.
    pub(crate) fn sweep(&mut self, id: DriverId) {
        self.later(self.until_sweep(), Event::Tell { driver: id, input: Input::Hint });
    }

    /// Something came in for a merchant id: its owner hears of it now, or by its next sweep.
    pub(crate) fn hint(&mut self, merchant: MerchantNo) {
        let Some(driver) = self.newest(merchant) else { return };
        self.hints += 1;
        let lost = self.chance.happens(self.weather.loses_hint, "hint", self.hints, 0);
        let after = if lost { self.until_sweep() } else { SignedDuration::from_millis(1) };
        self.later(after, Event::Tell { driver, input: Input::Hint });
    }

    fn until_sweep(&self) -> SignedDuration {
        SignedDuration::from_millis(1_000 - self.now.as_millisecond().rem_euclid(1_000))
    }

    /// Whoever waits for a time looks at the clock every second.
    pub(crate) fn look_at_clock(&mut self, id: DriverId) {
        if let Some(at) = self.driver(id).and_then(|driver| driver.wake) {
            self.wake_at(id, at, SignedDuration::from_secs(1));
        }
    }

    pub(crate) fn wake(&mut self, id: DriverId, at: Timestamp) {
        if self.driver(id).is_none_or(|driver| driver.wake != Some(at)) {
            return;
        }
        if self.node(self.node_of(id)).is_some_and(|node| node.clocks.wall(self.now) < at) {
            // It is not yet that time: the clock was set back, or is slow.
            return self.wake_at(id, at, SignedDuration::ZERO);
        }
        self.driver_mut(id).into_iter().for_each(|driver| driver.wake = None);
        self.note(|| format!("{id} is woken"));
        self.tell(id, Input::Tick);
    }

    /// Enters a wake-up for when its node's clock shows `at`, and so much later.
    fn wake_at(&mut self, id: DriverId, at: Timestamp, late: SignedDuration) {
        let Some(node) = self.node(self.node_of(id)) else { return };
        let soonest = self.now + SignedDuration::from_millis(1);
        let real = (at - node.clocks.error(self.now)).max(soonest) + late;
        self.agenda.enter(real, Event::Wake { driver: id, at });
    }

    pub(crate) fn tell(&mut self, id: DriverId, input: Input) {
        let node = self.node_of(id);
        if self.is_gone(node) {
            return;
        }
        if let (Input::Committed(number), true) = (&input, self.is_cut_off(node)) {
            // It was written, and the answer finds no way back.
            let (lost, after) = (Input::CommitLost(*number), SignedDuration::from_secs(5));
            return self.later(after, Event::Tell { driver: id, input: lost });
        }
        if let Input::CommitLost(_) = input {
            self.tally.lost_commits += 1;
        }
        self.note_list(id, &input);
        self.note(|| match &input {
            Input::Fact(fact) => format!("{id} is told {fact:?}"),
            Input::CommitLost(_) | Input::LeaseLost => format!("{id} is told {input:?}"),
            _ => String::new(),
        });
        let Some(driver) = self.driver_mut(id) else { return };
        driver.inbox.push(input);
        driver.heard += 1;
        let heard = driver.heard;
        // A busy node hears several things at once.
        if self.chance.happens(self.weather.gathers, "gathers", (id, heard), 0) {
            let busy = self.chance.millis(1, 20, "gathers", (id, heard), 1);
            return self.later(busy, Event::Hear(id));
        }
        self.hear(id);
    }

    /// It hears all that was said to it, if its node is awake and trusts its lease.
    pub(crate) fn hear(&mut self, id: DriverId) {
        let node = self.node_of(id);
        if !self.is_up(node) || !self.may_act(node) {
            return;
        }
        let wall = self.node(node).map_or(self.now, |node| node.clocks.wall(self.now));
        let Some(driver) = self.driver_mut(id) else { return };
        let inbox = std::mem::take(&mut driver.inbox);
        let acts = driver.mind.handle_all(inbox, wall);
        self.perform(id, acts);
    }

    fn perform(&mut self, id: DriverId, acts: Vec<Act>) {
        let node = self.node_of(id);
        for act in acts {
            self.perform_one(id, act);
            let Some(driver) = self.driver_mut(id) else { return };
            driver.steps += 1;
            let steps = driver.steps;
            if self.chance.happens(self.weather.dies, "dies", (id, steps), 0) {
                self.die(node);
            }
            self.next_point();
            if self.is_gone(node) {
                return;
            }
        }
    }

    fn perform_one(&mut self, id: DriverId, act: Act) {
        let now = self.now;
        let Some(driver) = self.drivers.get_mut(id.0) else { return };
        match act {
            Act::Commit(batch) => self.commit(id, batch),
            Act::Send(request) => {
                self.judge_lease(id);
                self.send(id, request);
            }
            Act::Ask(question) => {
                let signed_at = self.node(self.node_of(id)).map_or(now, |node| node.clocks.wall(now));
                self.judge_lease(id);
                self.ask(id, question, signed_at);
            }
            Act::Load(load) => {
                driver.reads += 1;
                let n = driver.reads;
                let travel = self.chance.millis(0, 2, "read", (id, n), 0);
                self.later(travel, Event::Read { driver: id, load, n });
            }
            Act::TakeIn(found) => {
                self.later(SignedDuration::ZERO, Event::TakesIn { driver: id, found, again: false });
            }
            Act::WakeAt(at) => {
                let (steps, known) = (driver.steps, driver.wake == Some(at));
                driver.wake = Some(at);
                if !known {
                    // A wake-up that is lost comes with the next sweep.
                    let lost = self.chance.happens(self.weather.loses_hint, "wake", (id, steps), 0);
                    let late = if lost { SignedDuration::from_secs(1) } else { SignedDuration::ZERO };
                    self.wake_at(id, at, late);
                }
            }
        }
    }

    /// Whether this history has the mistake.
    pub(crate) fn has(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }
}
