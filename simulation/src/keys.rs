//! The platform's keys: it changes them now and then, and for some hours signs with the old one or with the new.
//!
//! A node believes nothing that is signed with a key it does not know, and fetches the list when it meets one, once a minute
//! at most.

use std::hash::Hash;

use jiff::{SignedDuration, Timestamp};

use crate::agenda::Event;
use crate::node::NodeId;
use crate::world::World;

/// How long old and new are both in use.
const OVERLAP: SignedDuration = SignedDuration::from_hours(3);
/// A node fetches the list once in this time at most.
const FETCHED_EVERY: SignedDuration = SignedDuration::from_mins(1);

impl World {
    /// The number of the newest key.
    pub(crate) fn newest_key(&self) -> u32 {
        self.keys_at(self.now)
    }

    fn keys_at(&self, at: Timestamp) -> u32 {
        let changed = self.key_changes.iter().filter(|&&change| change <= at).count();
        u32::try_from(changed).unwrap_or(u32::MAX)
    }

    /// With which key the platform signs what is named by `id` now.
    pub(crate) fn key_in_use(&self, id: impl Hash) -> u32 {
        let newest = self.newest_key();
        let is_old =
            self.keys_at(self.now - OVERLAP) < newest && self.chance.happens(500_000, "old key", id, 0);
        newest - u32::from(is_old)
    }

    /// Whether a node knows a key; if not, it fetches the list.
    pub(crate) fn knows_key(&mut self, id: NodeId, key: u32) -> bool {
        let now = self.now;
        let Some(node) = self.node_mut(id) else { return false };
        if key <= node.known_key {
            return true;
        }
        let is_fresh = |at: Timestamp| now.duration_since(at) < FETCHED_EVERY;
        if !node.fetched_keys_at.is_some_and(is_fresh) {
            node.fetched_keys_at = Some(now);
            self.tally.unknown_keys += 1;
            let takes = self.chance.millis(20, 3_000, "keys", (id, self.tally.events), 0);
            let is_lost =
                self.chance.happens(self.weather.loses_answer, "keys are lost", (id, self.tally.events), 0);
            if !is_lost && !self.weather.outage.has(now) {
                self.later(takes, Event::HasKeys(id));
            }
        }
        false
    }

    pub(crate) fn has_keys(&mut self, id: NodeId) {
        let newest = self.newest_key();
        if let Some(node) = self.node_mut(id) {
            node.known_key = newest;
        }
    }
}
