//! Nodes: who drives owners, and what happens to them.
//!
//! A node does what its owner wants, one thing after the other, and may die after any of them. A paused node hears
//! nothing and does nothing; when it goes on it finds all that was said to it meanwhile, and does not know that another
//! one may have taken over.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use refunds::batch::Epoch;
use refunds::owner::{Input, Owner};

use crate::agenda::Event;
use crate::mutations::{Act, Mind, Mutation};
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
    /// How far its clock is off.
    skew: SignedDuration,
    steps: u64,
    reads: u64,
    /// What it has not heard yet, because it was busy when it was said.
    inbox: Vec<Input>,
    heard: u64,
    wake: Option<Timestamp>,
}

#[derive(Debug)]
enum Life {
    Up,
    /// What it was told meanwhile.
    Paused(Vec<Input>),
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
    Pause {
        lasts: SignedDuration,
        /// Whether another node takes over meanwhile.
        replaced: bool,
    },
    /// All is dark.
    PowerCut,
    /// A node takes over.
    TakeOver,
    /// A paused node goes on.
    Resume(NodeId),
}

impl World {
    /// The node that took over last.
    pub(crate) fn newest(&self) -> Option<NodeId> {
        self.nodes.len().checked_sub(1).map(NodeId)
    }

    pub(crate) fn is_gone(&self, node: NodeId) -> bool {
        self.nodes.get(node.0).is_none_or(|node| matches!(node.life, Life::Gone))
    }

    /// Whether nobody took over since this node did.
    pub(crate) fn owns(&self, node: NodeId) -> bool {
        let epoch = |node: &Node| node.epoch;
        self.nodes.get(node.0).map(epoch) == self.nodes.last().map(epoch)
    }

    pub(crate) fn trouble(&mut self, trouble: Trouble) {
        self.note(|| format!("{trouble:?}"));
        match trouble {
            Trouble::Crash => {
                if let Some(node) = self.newest() {
                    self.die(node);
                }
            }
            Trouble::Race | Trouble::TakeOver => self.take_over(),
            Trouble::Pause { lasts, replaced } => {
                if let Some(node) = self.newest() {
                    self.pause(node, lasts, replaced);
                }
            }
            Trouble::PowerCut => self.cut_power(),
            Trouble::Resume(node) => self.resume(node),
        }
    }

    pub(crate) fn take_over(&mut self) {
        let epoch = match self.disk.model.take_ownership(&self.mchid, "node") {
            Ok(epoch) => epoch,
            Err(error) => return self.found_wrong(&format!("ownership could not be taken: {error}")),
        };
        let id = NodeId(self.nodes.len());
        let skew = self.chance.millis(-2_000, 2_000, "skew", id, 0);
        let (owner, outputs) = Owner::new(
            self.mchid.clone(),
            epoch,
            self.is_direct,
            self.policy.clone(),
            self.calendar.clone(),
            self.now + skew,
        );
        let mut mind = Mind::new(owner, self.mutation);
        let acts = mind.acts(outputs);
        self.nodes.push(Node {
            mind,
            epoch,
            life: Life::Up,
            skew,
            steps: 0,
            reads: 0,
            inbox: vec![],
            heard: 0,
            wake: None,
        });
        self.steady_since = self.now;
        self.perform(id, acts);
    }

    fn die(&mut self, id: NodeId) {
        let Some(node) = self.nodes.get_mut(id.0).filter(|node| !matches!(node.life, Life::Gone)) else {
            return;
        };
        node.life = Life::Gone;
        self.tally.outages += 1;
        self.note(|| format!("{id} dies"));
        if self.newest() == Some(id) {
            let pause = self.chance.millis(200, 60_000, "restart", id, 0);
            self.later(pause, Event::Trouble(Trouble::TakeOver));
        }
    }

    pub(crate) fn everybody_dies(&mut self) {
        (0..self.nodes.len()).for_each(|node| self.die(NodeId(node)));
    }

    fn pause(&mut self, id: NodeId, lasts: SignedDuration, replaced: bool) {
        let Some(node) = self.nodes.get_mut(id.0).filter(|node| matches!(node.life, Life::Up)) else {
            return;
        };
        node.life = Life::Paused(vec![]);
        self.tally.outages += 1;
        self.steady_since = self.now + lasts;
        self.later(lasts, Event::Trouble(Trouble::Resume(id)));
        if replaced {
            self.later(SignedDuration::from_secs(4).min(lasts), Event::Trouble(Trouble::TakeOver));
        }
    }

    fn resume(&mut self, id: NodeId) {
        let Some(node) = self.nodes.get_mut(id.0) else { return };
        if let Life::Paused(inbox) = &mut node.life {
            let inbox = std::mem::take(inbox);
            node.life = Life::Up;
            inbox.into_iter().chain([Input::Tick]).for_each(|input| self.tell(id, input));
        }
    }

    pub(crate) fn everybody_resumes(&mut self) {
        (0..self.nodes.len()).for_each(|node| self.resume(NodeId(node)));
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
        if let Some(node) = self.nodes.get_mut(id.0).filter(|node| node.wake == Some(at)) {
            node.wake = None;
            self.note(|| format!("{id} is woken"));
            self.tell(id, Input::Tick);
        }
    }

    pub(crate) fn tell(&mut self, id: NodeId, input: Input) {
        let Some(node) = self.nodes.get_mut(id.0) else { return };
        match &mut node.life {
            Life::Gone => return,
            Life::Paused(inbox) => return inbox.push(input),
            Life::Up => {}
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

    /// A node hears all that was said to it.
    pub(crate) fn hear(&mut self, id: NodeId) {
        let Some(node) = self.nodes.get_mut(id.0).filter(|node| matches!(node.life, Life::Up)) else {
            return;
        };
        let inbox = std::mem::take(&mut node.inbox);
        let acts = node.mind.handle_all(inbox, self.now + node.skew);
        self.perform(id, acts);
    }

    fn perform(&mut self, id: NodeId, acts: Vec<Act>) {
        for act in acts {
            self.perform_one(id, act);
            let Some(node) = self.nodes.get_mut(id.0) else { return };
            node.steps += 1;
            if self.chance.happens(self.weather.dies, "dies", (id, node.steps), 0) {
                return self.die(id);
            }
        }
    }

    fn perform_one(&mut self, id: NodeId, act: Act) {
        let Some(node) = self.nodes.get_mut(id.0) else { return };
        match act {
            Act::Commit(batch) => self.commit(id, batch),
            Act::Send(request) => self.send(id, request),
            Act::Ask(question) => {
                let signed_at = self.now + node.skew;
                self.ask(id, question, signed_at);
            }
            Act::Load(load) => {
                node.reads += 1;
                let n = node.reads;
                let travel = self.chance.millis(0, 2, "read", (id, n), 0);
                self.later(travel, Event::Read { node: id, load, n });
            }
            Act::WakeAt(at) => {
                // The time is the node's own; a wake-up that is lost comes with the next sweep.
                let mut at = (at - node.skew).max(self.now + SignedDuration::from_millis(1));
                let lost = self.chance.happens(self.weather.loses_hint, "wake", (id, node.steps), 0);
                if lost {
                    at += SignedDuration::from_secs(1);
                }
                if node.wake != Some(at) {
                    node.wake = Some(at);
                    self.agenda.enter(at, Event::Wake { node: id, at });
                }
            }
        }
    }

    /// Whether this history has the mistake.
    pub(crate) fn has(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }
}
