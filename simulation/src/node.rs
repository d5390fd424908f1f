//! Nodes: who drives owners, and what happens to them.
//!
//! A node does what its owner wants, one thing after the other, and may die after any of them. A paused node hears
//! nothing and does nothing; when it goes on it finds all that was said to it meanwhile, what it was about to send leaves
//! late, and it does not know that another one may have taken over.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use refunds::batch::Epoch;
use refunds::owner::{Input, Owner};

use crate::agenda::Event;
use crate::clocks::Clocks;
use crate::heartbeat::Heart;
use crate::history::Kind;
use crate::mutations::{Act, Mind, Mutation};
use crate::network::Letter;
use crate::world::World;

/// Names a node; a node that is started again is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(usize);

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node {}", self.0)
    }
}

/// One node that owns, or owned, the merchant id.
#[derive(Debug)]
pub(crate) struct Node {
    mind: Mind,
    epoch: Epoch,
    life: Life,
    pub(crate) clocks: Clocks,
    pub(crate) heart: Heart,
    /// Until when it does not reach the store.
    cut_off_until: Option<Timestamp>,
    /// The newest of the platform's keys that it knows.
    pub(crate) known_key: u32,
    pub(crate) fetched_keys_at: Option<Timestamp>,
    steps: u64,
    reads: u64,
    /// What it has not heard yet, because it was busy, stood still, or may not act.
    pub(crate) inbox: Vec<Input>,
    /// What it was about to send when it was stopped.
    held: Vec<Letter>,
    heard: u64,
    /// By its own clock.
    wake: Option<Timestamp>,
}

#[derive(Debug, PartialEq, Eq)]
enum Life {
    Up,
    Paused,
    Gone,
}

/// What happens to nodes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Trouble {
    /// The owner dies; another one starts.
    Crash,
    /// Another node takes over from an owner that goes on.
    Race,
    /// The owner stands still.
    Pause { lasts: SignedDuration },
    /// The owner does not reach the store.
    CutOff { lasts: SignedDuration },
    /// All is dark.
    PowerCut,
    /// The disk is copied.
    BackUp,
    /// The disk is lost, and the copy is put back.
    PutBack,
    /// A node takes over.
    TakeOver,
    /// A paused node goes on.
    Resume(NodeId),
    /// A node reaches the store again.
    Reach(NodeId),
    /// The owner's clock is set wrong, until somebody sees it.
    SetClock { by: SignedDuration, lasts: SignedDuration },
    /// A node's clock is set right.
    MendClock(NodeId),
}

impl World {
    pub(crate) fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0)
    }

    pub(crate) fn node_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        self.nodes.get_mut(id.0)
    }

    /// The node that took over last.
    pub(crate) fn newest(&self) -> Option<NodeId> {
        self.nodes.len().checked_sub(1).map(NodeId)
    }

    pub(crate) fn is_gone(&self, id: NodeId) -> bool {
        self.node(id).is_none_or(|node| node.life == Life::Gone)
    }

    pub(crate) fn is_up(&self, id: NodeId) -> bool {
        self.node(id).is_some_and(|node| node.life == Life::Up)
    }

    pub(crate) fn is_cut_off(&self, id: NodeId) -> bool {
        self.cut_off_until(id).is_some()
    }

    /// Until when a node does not reach the store.
    pub(crate) fn cut_off_until(&self, id: NodeId) -> Option<Timestamp> {
        self.node(id)?.cut_off_until
    }

    /// Whether nobody took over since this node did.
    pub(crate) fn owns(&self, id: NodeId) -> bool {
        let epoch = |node: &Node| node.epoch;
        self.node(id).map(epoch) == self.nodes.last().map(epoch)
    }

    pub(crate) fn trouble(&mut self, trouble: Trouble) {
        self.note(|| format!("{trouble:?}"));
        let newest = self.newest();
        match trouble {
            Trouble::Crash => newest.into_iter().for_each(|node| self.die(node)),
            Trouble::Race | Trouble::TakeOver => self.take_over(),
            Trouble::Pause { lasts } => newest.into_iter().for_each(|node| self.pause(node, lasts)),
            Trouble::CutOff { lasts } => newest.into_iter().for_each(|node| self.cut_off(node, lasts)),
            Trouble::PowerCut => self.cut_power(),
            Trouble::BackUp => self.back_up(),
            Trouble::PutBack => self.put_back(),
            Trouble::Resume(node) => self.resume(node),
            Trouble::Reach(node) => self.reach(node),
            Trouble::SetClock { by, lasts } => {
                newest.into_iter().for_each(|node| self.set_clock(node, by, lasts));
            }
            Trouble::MendClock(node) => self.mend_clock(node),
        }
    }

    pub(crate) fn take_over(&mut self) {
        let epoch = match self.disk.model.take_ownership(&self.mchid, "node") {
            Ok(epoch) => epoch,
            Err(error) => return self.found_wrong(&format!("ownership could not be taken: {error}")),
        };
        if self.nodes.iter().any(|node| node.epoch >= epoch) {
            self.judge(Kind::Lease, || {
                format!("{epoch:?} is given out, and is not higher than every one before")
            });
        }
        let id = NodeId(self.nodes.len());
        let skew = self.chance.millis(-2_000, 2_000, "skew", id, 0);
        let rate_ppm = if self.drifts { self.chance.between(-40, 40, "rate", id, 0) } else { 0 };
        let clocks = Clocks::new(self.now, skew, rate_ppm);
        // With its budgets as they would be had it begun long ago.
        let long_ago = SignedDuration::from_hours(1);
        let as_if = if self.has(Mutation::BudgetsFullAtTakeOver) { long_ago } else { SignedDuration::ZERO };
        let (owner, outputs) = Owner::new(
            self.mchid.clone(),
            epoch,
            self.is_direct,
            self.policy.clone(),
            self.calendar.clone(),
            clocks.wall(self.now) - as_if,
        );
        let mut mind = Mind::new(owner, self.mutation);
        let acts = mind.acts(outputs);
        self.nodes.push(Node {
            mind,
            epoch,
            life: Life::Up,
            clocks,
            heart: Heart::new(),
            cut_off_until: None,
            known_key: self.newest_key(),
            fetched_keys_at: None,
            steps: 0,
            reads: 0,
            inbox: vec![],
            held: vec![],
            heard: 0,
            wake: None,
        });
        self.steady_since = self.now;
        self.perform(id, acts);
        if self.chance.happens(self.weather.crashes_again, "crashes again", id, 0) {
            let soon = self.chance.millis(0, 300, "crashes again", id, 1);
            self.later(soon, Event::Trouble(Trouble::Crash));
        }
    }

    pub(crate) fn die(&mut self, id: NodeId) {
        let Some(node) = self.nodes.get_mut(id.0).filter(|node| node.life != Life::Gone) else { return };
        node.life = Life::Gone;
        node.held.clear();
        node.inbox.clear();
        self.tally.outages += 1;
        self.note(|| format!("{id} dies"));
        if self.newest() == Some(id) {
            // Others notice when its lease is over; without others it is started again.
            let (soonest, latest) = if self.has_other_nodes { (2_000, 5_000) } else { (200, 60_000) };
            let pause = self.chance.millis(soonest, latest, "restart", id, 0);
            self.later(pause, Event::Trouble(Trouble::TakeOver));
        }
    }

    pub(crate) fn everybody_dies(&mut self) {
        (0..self.nodes.len()).for_each(|node| self.die(NodeId(node)));
    }

    fn pause(&mut self, id: NodeId, lasts: SignedDuration) {
        let Some(node) = self.nodes.get_mut(id.0).filter(|node| node.life == Life::Up) else { return };
        node.life = Life::Paused;
        self.tally.outages += 1;
        self.is_unsteady_until(self.now + lasts);
        self.later(lasts, Event::Trouble(Trouble::Resume(id)));
        self.falls_silent(id);
    }

    fn resume(&mut self, id: NodeId) {
        let Some(node) = self.nodes.get_mut(id.0).filter(|node| node.life == Life::Paused) else { return };
        node.life = Life::Up;
        node.inbox.push(Input::Tick);
        let held = std::mem::take(&mut node.held);
        // What was being sent when the node was stopped goes on being sent before anything else can be thought of.
        held.into_iter().for_each(|letter| self.leave_late(letter));
        self.is_heard_again(id);
    }

    /// What a stopped node was about to send waits with it.
    pub(crate) fn holds_back(&mut self, from: NodeId, letter: &Letter) -> bool {
        let Some(node) = self.nodes.get_mut(from.0).filter(|node| node.life == Life::Paused) else {
            return false;
        };
        node.held.push(letter.clone());
        true
    }

    fn cut_off(&mut self, id: NodeId, lasts: SignedDuration) {
        let until = self.now + lasts;
        let Some(node) = self.nodes.get_mut(id.0).filter(|node| node.life == Life::Up) else { return };
        node.cut_off_until = Some(until);
        self.tally.outages += 1;
        self.is_unsteady_until(until);
        self.later(lasts, Event::Trouble(Trouble::Reach(id)));
        self.falls_silent(id);
    }

    fn reach(&mut self, id: NodeId) {
        if let Some(node) = self.nodes.get_mut(id.0).filter(|node| node.cut_off_until.is_some()) {
            node.cut_off_until = None;
            self.is_heard_again(id);
        }
    }

    fn set_clock(&mut self, id: NodeId, by: SignedDuration, lasts: SignedDuration) {
        let now = self.now;
        let Some(node) = self.nodes.get_mut(id.0).filter(|node| node.life != Life::Gone) else { return };
        node.clocks.set(now, by);
        self.tally.clock_jumps += 1;
        self.is_unsteady_until(now + lasts);
        self.later(lasts, Event::Trouble(Trouble::MendClock(id)));
        self.look_at_clock(id);
        self.sweep(id);
    }

    fn mend_clock(&mut self, id: NodeId) {
        let now = self.now;
        let Some(node) = self.nodes.get_mut(id.0) else { return };
        node.clocks.set(now, SignedDuration::ZERO);
        self.look_at_clock(id);
        self.sweep(id);
    }

    /// Every second an owner is told to look around, which is worth an event only when there is something to see.
    fn sweep(&mut self, id: NodeId) {
        self.later(self.until_sweep(), Event::Tell { node: id, input: Input::Hint });
    }

    pub(crate) fn was_clock_set(&self, id: NodeId) -> bool {
        self.node(id).is_some_and(|node| node.clocks.was_set(self.now))
    }

    /// Whoever waits for a time looks at the clock every second.
    pub(crate) fn look_at_clock(&mut self, id: NodeId) {
        if let Some(at) = self.node(id).and_then(|node| node.wake) {
            self.wake_at(id, at, SignedDuration::from_secs(1));
        }
    }

    /// All stand up, reach the store and know what time it is.
    pub(crate) fn everybody_is_well(&mut self) {
        for node in (0..self.nodes.len()).map(NodeId) {
            self.mend_clock(node);
            self.resume(node);
            self.reach(node);
        }
    }

    /// Something came in: the owner hears of it now, or by its next sweep.
    pub(crate) fn hint(&mut self) {
        let Some(node) = self.newest() else { return };
        self.hints += 1;
        let lost = self.chance.happens(self.weather.loses_hint, "hint", self.hints, 0);
        let after = if lost { self.until_sweep() } else { SignedDuration::from_millis(1) };
        self.later(after, Event::Tell { node, input: Input::Hint });
    }

    fn until_sweep(&self) -> SignedDuration {
        SignedDuration::from_millis(1_000 - self.now.as_millisecond().rem_euclid(1_000))
    }

    pub(crate) fn wake(&mut self, id: NodeId, at: Timestamp) {
        let now = self.now;
        let Some(node) = self.nodes.get_mut(id.0).filter(|node| node.wake == Some(at)) else { return };
        if node.clocks.wall(now) < at {
            // It is not yet that time: the clock was set back, or is slow.
            return self.wake_at(id, at, SignedDuration::ZERO);
        }
        node.wake = None;
        self.note(|| format!("{id} is woken"));
        self.tell(id, Input::Tick);
    }

    /// Enters a wake-up for when a node's clock shows `at`, and so much later.
    fn wake_at(&mut self, id: NodeId, at: Timestamp, late: SignedDuration) {
        let Some(node) = self.node(id) else { return };
        let soonest = self.now + SignedDuration::from_millis(1);
        let real = (at - node.clocks.error(self.now)).max(soonest) + late;
        self.agenda.enter(real, Event::Wake { node: id, at });
    }

    pub(crate) fn tell(&mut self, id: NodeId, input: Input) {
        let Some(node) = self.nodes.get_mut(id.0).filter(|node| node.life != Life::Gone) else { return };
        if let (Input::Committed(number), true) = (&input, node.cut_off_until.is_some()) {
            // It was written, and the answer finds no way back.
            let (lost, after) = (Input::CommitLost(*number), SignedDuration::from_secs(5));
            return self.later(after, Event::Tell { node: id, input: lost });
        }
        if let Input::CommitLost(_) = input {
            self.tally.lost_commits += 1;
        }
        let is_told = match &input {
            Input::Fact(fact) => Some(format!("{id} is told {fact:?}")),
            Input::CommitLost(_) | Input::LeaseLost => Some(format!("{id} is told {input:?}")),
            _ => None,
        }
        .filter(|_| self.trace.is_some());
        node.inbox.push(input);
        node.heard += 1;
        let heard = node.heard;
        self.note(|| is_told.unwrap_or_default());
        // A busy node hears several things at once.
        if self.chance.happens(self.weather.gathers, "gathers", (id, heard), 0) {
            let busy = self.chance.millis(1, 20, "gathers", (id, heard), 1);
            return self.later(busy, Event::Hear(id));
        }
        self.hear(id);
    }

    /// A node hears all that was said to it, if it is awake and trusts its lease.
    pub(crate) fn hear(&mut self, id: NodeId) {
        if !self.is_up(id) || !self.may_act(id) {
            return;
        }
        let now = self.now;
        let Some(node) = self.nodes.get_mut(id.0) else { return };
        let inbox = std::mem::take(&mut node.inbox);
        let acts = node.mind.handle_all(inbox, node.clocks.wall(now));
        self.perform(id, acts);
    }

    fn perform(&mut self, id: NodeId, acts: Vec<Act>) {
        for act in acts {
            self.perform_one(id, act);
            let Some(node) = self.nodes.get_mut(id.0) else { return };
            node.steps += 1;
            if self.chance.happens(self.weather.dies, "dies", (id, node.steps), 0) {
                self.die(id);
            }
            self.next_point();
            if self.is_gone(id) {
                return;
            }
        }
    }

    fn perform_one(&mut self, id: NodeId, act: Act) {
        let now = self.now;
        let Some(node) = self.nodes.get_mut(id.0) else { return };
        match act {
            Act::Commit(batch) => self.commit(id, batch),
            Act::Send(request) => {
                self.judge_lease(id);
                self.send(id, request);
            }
            Act::Ask(question) => {
                let signed_at = node.clocks.wall(now);
                self.judge_lease(id);
                self.ask(id, question, signed_at);
            }
            Act::Load(load) => {
                node.reads += 1;
                let n = node.reads;
                let travel = self.chance.millis(0, 2, "read", (id, n), 0);
                self.later(travel, Event::Read { node: id, load, n });
            }
            Act::WakeAt(at) => {
                let (steps, known) = (node.steps, node.wake == Some(at));
                node.wake = Some(at);
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
