//! Nodes: the processes on which owners are driven, and what happens to them.
//!
//! A node has two clocks, a lease and the platform's keys for all merchant ids it owns, and loses them all together when it dies
//! or is taken for dead; another node may take a single one from it as well. A paused node hears nothing and does nothing; when
//! it goes on it finds all that was said to it meanwhile, what it was about to send leaves late, and it does not know that
//! another one may have taken over.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use refunds::owner::Input;

use crate::agenda::Event;
use crate::clocks::Clocks;
use crate::heartbeat::Heart;
use crate::merchants::MerchantNo;
use crate::network::Letter;
use crate::world::World;

/// In so many take-overs of a million that others could carry out it is a new node that does.
const NEW_NODE_PPM: u32 = 300_000;

/// Names a node; a node that is started again is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(usize);

impl NodeId {
    /// The one with which a history begins.
    pub(crate) const FIRST: NodeId = NodeId(0);
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "node {}", self.0)
    }
}

/// One node that owns, or owned, merchant ids.
#[derive(Debug)]
pub(crate) struct Node {
    life: Life,
    pub(crate) clocks: Clocks,
    /// Until when nobody sees that its clock was set wrong.
    pub(crate) wrong_until: Option<Timestamp>,
    pub(crate) heart: Heart,
    /// Until when it does not reach the store.
    cut_off_until: Option<Timestamp>,
    /// The newest of the platform's keys that it knows.
    pub(crate) known_key: u32,
    pub(crate) fetched_keys_at: Option<Timestamp>,
    /// What it was about to send when it was stopped.
    held: Vec<Letter>,
}

#[derive(Debug, PartialEq, Eq)]
enum Life {
    Up,
    Paused,
    Gone,
}

/// What happens to nodes. Which node is meant is said by a merchant id that it owns.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Trouble {
    /// The owner dies; another one starts.
    Crash(MerchantNo),
    /// Another node takes over from an owner that goes on.
    Race(MerchantNo),
    /// The owner stands still.
    Pause { of: MerchantNo, lasts: SignedDuration },
    /// The owner does not reach the store.
    CutOff { of: MerchantNo, lasts: SignedDuration },
    /// All is dark.
    PowerCut,
    /// The disk is copied.
    BackUp,
    /// The disk is lost, and the copy is put back.
    PutBack,
    /// A node takes over.
    TakeOver(MerchantNo),
    /// A paused node goes on.
    Resume(NodeId),
    /// A node reaches the store again.
    Reach(NodeId),
    /// The owner's clock is set wrong, until somebody sees it.
    SetClock { of: MerchantNo, by: SignedDuration, lasts: SignedDuration },
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

    /// The node that took over a merchant id last.
    pub(crate) fn owner_of(&self, merchant: MerchantNo) -> Option<NodeId> {
        self.newest(merchant).map(|driver| self.node_of(driver))
    }

    /// The merchant ids that nobody took over since this node did.
    pub(crate) fn owned_by(&self, id: NodeId) -> Vec<MerchantNo> {
        self.merchant_nos().filter(|merchant| self.owner_of(*merchant) == Some(id)).collect()
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

    pub(crate) fn trouble(&mut self, trouble: Trouble) {
        self.note(|| format!("{trouble:?}"));
        match trouble {
            Trouble::Crash(merchant) => self.owner_of(merchant).into_iter().for_each(|node| self.die(node)),
            Trouble::Race(merchant) | Trouble::TakeOver(merchant) => self.take_over(merchant),
            Trouble::Pause { of, lasts } => {
                self.owner_of(of).into_iter().for_each(|node| self.pause(node, lasts));
            }
            Trouble::CutOff { of, lasts } => {
                self.owner_of(of).into_iter().for_each(|node| self.cut_off(node, lasts));
            }
            Trouble::PowerCut => self.cut_power(),
            Trouble::BackUp => self.back_up(),
            Trouble::PutBack => self.put_back(),
            Trouble::Resume(node) => self.resume(node),
            Trouble::Reach(node) => self.reach(node),
            Trouble::SetClock { of, by, lasts } => {
                self.owner_of(of).into_iter().for_each(|node| self.set_clock(node, by, lasts));
            }
            Trouble::MendClock(node) => self.mend_clock(node),
        }
    }

    /// Who takes over a merchant id: a node that is well and has never had it, or else a new one.
    pub(crate) fn taker(&mut self, merchant: MerchantNo) -> NodeId {
        let is_well = |id: &NodeId| {
            let hears = self.is_up(*id) && !self.is_cut_off(*id);
            hears && self.node(*id).is_some_and(|node| node.heart.is_heard())
        };
        let had_it =
            |id: &NodeId| self.drivers.iter().any(|driver| driver.merchant == merchant && driver.node == *id);
        let others = (0..self.nodes.len()).map(NodeId);
        let others: Vec<NodeId> = others.filter(|id| is_well(id) && !had_it(id)).collect();
        let (taken, chance) = (self.drivers.len() as u64, self.merchant(merchant).chance);
        if let [first, rest @ ..] = others.as_slice()
            && !(self.has_other_nodes && chance.happens(NEW_NODE_PPM, "taker", "is new", taken))
        {
            return chance.pick(*first, rest, "taker", "which", taken);
        }
        self.start_node()
    }

    fn start_node(&mut self) -> NodeId {
        let id = NodeId(self.nodes.len());
        let skew = self.chance.millis(-2_000, 2_000, "skew", id, 0);
        let rate_ppm = if self.drifts { self.chance.between(-40, 40, "rate", id, 0) } else { 0 };
        self.nodes.push(Node {
            life: Life::Up,
            clocks: Clocks::new(self.now, skew, rate_ppm),
            wrong_until: None,
            heart: Heart::new(),
            cut_off_until: None,
            known_key: self.newest_key(),
            fetched_keys_at: None,
            held: vec![],
        });
        id
    }

    pub(crate) fn die(&mut self, id: NodeId) {
        let Some(node) = self.nodes.get_mut(id.0).filter(|node| node.life != Life::Gone) else { return };
        node.life = Life::Gone;
        node.held.clear();
        self.drivers_on_mut(id).for_each(|driver| driver.inbox.clear());
        self.tally.outages += 1;
        self.note(|| format!("{id} dies"));
        // Others notice when its lease is over; without others it is started again.
        let (soonest, latest) = if self.has_other_nodes { (2_000, 5_000) } else { (200, 60_000) };
        for merchant in self.owned_by(id) {
            let pause = self.merchant(merchant).chance.millis(soonest, latest, "restart", id, 0);
            self.later(pause, Event::Trouble(Trouble::TakeOver(merchant)));
        }
    }

    /// The node that last took over anything dies.
    pub(crate) fn newest_dies(&mut self) {
        if let Some(driver) = self.drivers.last() {
            self.die(driver.node);
        }
    }

    pub(crate) fn everybody_dies(&mut self) {
        (0..self.nodes.len()).for_each(|node| self.die(NodeId(node)));
    }

    fn pause(&mut self, id: NodeId, lasts: SignedDuration) {
        let Some(node) = self.nodes.get_mut(id.0).filter(|node| node.life == Life::Up) else { return };
        node.life = Life::Paused;
        self.tally.outages += 1;
        self.blames_nobody(id, self.now + lasts);
        self.later(lasts, Event::Trouble(Trouble::Resume(id)));
        self.falls_silent(id);
    }

    fn resume(&mut self, id: NodeId) {
        let Some(node) = self.nodes.get_mut(id.0).filter(|node| node.life == Life::Paused) else { return };
        node.life = Life::Up;
        let held = std::mem::take(&mut node.held);
        self.drivers_on_mut(id).for_each(|driver| driver.inbox.push(Input::Tick));
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
        self.blames_nobody(id, until);
        self.later(lasts, Event::Trouble(Trouble::Reach(id)));
        self.falls_silent(id);
    }

    fn reach(&mut self, id: NodeId) {
        if let Some(node) = self.nodes.get_mut(id.0).filter(|node| node.cut_off_until.is_some()) {
            node.cut_off_until = None;
            self.is_heard_again(id);
        }
    }

    /// Until `until` nobody is blamed for what is late of all that a node owns.
    fn blames_nobody(&mut self, id: NodeId, until: Timestamp) {
        self.owned_by(id).into_iter().for_each(|merchant| self.is_unsteady_until(merchant, until));
    }

    fn set_clock(&mut self, id: NodeId, by: SignedDuration, lasts: SignedDuration) {
        let now = self.now;
        let Some(node) = self.nodes.get_mut(id.0).filter(|node| node.life != Life::Gone) else { return };
        node.clocks.set(now, by);
        node.wrong_until = Some(now + lasts);
        self.tally.clock_jumps += 1;
        self.blames_nobody(id, now + lasts);
        self.later(lasts, Event::Trouble(Trouble::MendClock(id)));
        self.see_the_clock(id);
    }

    fn mend_clock(&mut self, id: NodeId) {
        let now = self.now;
        let Some(node) = self.nodes.get_mut(id.0) else { return };
        node.clocks.set(now, SignedDuration::ZERO);
        node.wrong_until = None;
        self.see_the_clock(id);
    }

    fn see_the_clock(&mut self, id: NodeId) {
        for driver in self.drivers_on(id) {
            self.look_at_clock(driver);
            self.sweep(driver);
        }
    }

    pub(crate) fn was_clock_set(&self, id: NodeId) -> bool {
        self.node(id).is_some_and(|node| node.clocks.was_set(self.now))
    }

    /// All stand up, reach the store and know what time it is.
    pub(crate) fn everybody_is_well(&mut self) {
        for node in (0..self.nodes.len()).map(NodeId) {
            self.mend_clock(node);
            self.resume(node);
            self.reach(node);
        }
    }
}
