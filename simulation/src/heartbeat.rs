//! Heartbeats, and who takes over from a node that is not heard.
//!
//! As long as nothing is in the way every heartbeat gets through, and none of them is an event: a day has 86,400 of them. When
//! a node falls silent, the last heartbeat that got through is drawn, the node's trust is counted from it, and others look
//! for the dead. When it is heard again, the store says whether it was given up. A node has one heartbeat for all that it owns:
//! whoever is given up has lost all of it.
//!
//! The lease itself is [`refunds::lease`].

use jiff::{SignedDuration, Timestamp};
use refunds::lease::{Lease, Trust};
use refunds::owner::Input;

use crate::agenda::Event;
use crate::driver::DriverId;
use crate::history::Kind;
use crate::mutations::Mutation;
use crate::node::NodeId;
use crate::world::World;

/// A node's lease.
#[derive(Debug)]
pub(crate) struct Heart {
    trust: Trust,
    silence: Option<Silence>,
    silences: u32,
    /// Whether others took over because it was not heard.
    is_given_up: bool,
}

/// While no heartbeat of a node gets through.
#[derive(Debug, Clone, Copy)]
struct Silence {
    n: u32,
    /// When the store noted the last one before, by its clock.
    noted_at: Timestamp,
    /// When that set out, by the clock of the node that tells the time: what no lease may be counted by.
    sent_at_by_the_wall: Timestamp,
}

impl Heart {
    pub(crate) fn new() -> Heart {
        Heart { trust: Trust::none(Lease::default()), silence: None, silences: 0, is_given_up: false }
    }

    /// Whether its heartbeats get through.
    pub(crate) fn is_heard(&self) -> bool {
        self.silence.is_none() && !self.is_given_up
    }
}

impl World {
    /// From now on no heartbeat of a node gets through.
    pub(crate) fn falls_silent(&mut self, id: NodeId) {
        let (now, chance, others) = (self.now, self.chance, self.has_other_nodes);
        let Some(node) = self.node_mut(id).filter(|node| node.heart.silence.is_none()) else { return };
        let heart = &mut node.heart;
        heart.silences += 1;
        let n = heart.silences;
        let sent_at = now - chance.millis(0, 999, "beat", (id, n), 0);
        let noted_at = (sent_at + chance.millis(0, 20, "beat", (id, n), 1)).min(now);
        heart.trust.taken(node.clocks.uptime(sent_at));
        let sent_at_by_the_wall = node.clocks.wall(sent_at);
        heart.silence = Some(Silence { n, noted_at, sent_at_by_the_wall });
        if others {
            let lease = SignedDuration::try_from(Lease::default().ttl).unwrap_or(SignedDuration::MAX);
            let look = noted_at + lease + chance.millis(1, 1_000, "finds dead", (id, n), 0);
            self.agenda.enter(look, Event::FindsDead { node: id, silence: n });
        }
    }

    /// Another node looks at the time of the last heartbeat.
    pub(crate) fn find_dead(&mut self, id: NodeId, silence: u32) {
        let now = self.now;
        let mut owned = self.owned_by(id);
        let Some(node) = self.node_mut(id).filter(|_| !owned.is_empty()) else { return };
        let Some(silent) = node.heart.silence.filter(|silent| silent.n == silence) else { return };
        if Lease::default().is_dead(silent.noted_at, now) {
            node.heart.is_given_up = true;
            self.tally.given_up += 1;
            self.note(|| format!("{id} is given up"));
            if self.has(Mutation::NeighbourLeftOwnerless) {
                owned.truncate(1);
            }
            owned.into_iter().for_each(|merchant| self.take_over(merchant));
        }
    }

    /// A heartbeat sets out again.
    pub(crate) fn is_heard_again(&mut self, id: NodeId) {
        let travel = self.chance.millis(1, 20, "heard again", (id, self.tally.events), 0);
        let sent_at = self.now;
        self.later(travel, Event::Beats { node: id, sent_at });
        // Who trusts all the same does not wait for the answer.
        self.all_hear(id);
    }

    fn all_hear(&mut self, id: NodeId) {
        self.drivers_on(id).into_iter().for_each(|driver| self.hear(driver));
    }

    /// The store answers a heartbeat that set out at `sent_at`.
    pub(crate) fn beat(&mut self, id: NodeId, sent_at: Timestamp) {
        let can_hear = self.is_up(id) && !self.is_cut_off(id);
        let Some(node) = self.node_mut(id).filter(|_| can_hear) else { return };
        if node.heart.is_given_up {
            node.heart.trust.over();
            node.heart.silence = None;
            self.drivers_on_mut(id).for_each(|driver| driver.inbox.insert(0, Input::LeaseLost));
        } else {
            node.heart.trust.taken(node.clocks.uptime(sent_at));
            node.heart.silence = None;
        }
        self.all_hear(id);
    }

    /// Whether a node may decide and send.
    pub(crate) fn may_act(&self, id: NodeId) -> bool {
        let Some(node) = self.node(id) else { return false };
        let Some(silent) = node.heart.silence else { return true };
        match self.mutation {
            Some(Mutation::LeaseNeverChecked) => true,
            Some(Mutation::LeaseByWallClock) => {
                let Lease { ttl, margin, .. } = Lease::default();
                let trusted = SignedDuration::try_from(ttl - margin).unwrap_or(SignedDuration::ZERO);
                node.clocks.wall(self.now) < silent.sent_at_by_the_wall + trusted
            }
            _ => node.heart.trust.holds(node.clocks.uptime(self.now)),
        }
    }

    /// A node sends or asks: nobody may do so for a merchant id that others took over because it was not heard.
    pub(crate) fn judge_lease(&mut self, id: DriverId) {
        let node = self.node_of(id);
        if self.node(node).is_some_and(|node| node.heart.is_given_up) {
            self.judge(Kind::Lease, || format!("{id} acts, and {node} was given up"));
        }
    }
}
