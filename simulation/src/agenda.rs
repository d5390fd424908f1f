//! What happens when: all that is still to come, in order of time, and of entry where times are equal.

use std::collections::BTreeMap;

use jiff::Timestamp;
use refunds::owner::{FoundRefunds, Input, Load};

use crate::disk::{Flight, Write};
use crate::driver::DriverId;
use crate::merchants::MerchantNo;
use crate::network::{Answer, Letter, Signed};
use crate::node::{NodeId, Trouble};
use crate::traffic::Step;

/// One thing that happens.
#[derive(Debug)]
pub(crate) enum Event {
    /// Somebody outside does something.
    Traffic(Step),
    /// A caller that got no answer looks again.
    NoAnswer { ask: usize, post: u32 },
    /// The writes that wait go to disk.
    Flush { cuts: u32 },
    /// A write is tried again that the disk had no room for.
    WritesAgain(Write),
    /// A batch reaches the disk.
    Lands(Flight),
    /// Batches of a merchant id that nobody expects any more reach the disk.
    LandsLate(MerchantNo),
    /// A page is read.
    Read { driver: DriverId, load: Load, n: u64 },
    /// What was found of refunds that a backup lacks is taken in.
    TakesIn { driver: DriverId, found: FoundRefunds, again: bool },
    /// An owner is told something.
    Tell { driver: DriverId, input: Input },
    /// An owner whose node was busy hears what was said to it.
    Hear(DriverId),
    /// The time an owner asked to be woken at has come.
    Wake { driver: DriverId, at: Timestamp },
    /// A request leaves its sender.
    Leaves(Letter),
    /// A request reaches the platform.
    Arrives { letter: Letter, copy: u64 },
    /// An answer reaches the sender.
    Answers { letter: Letter, answer: Answer, signed: Signed },
    /// The sender waits no longer.
    TimesOut { letter: u64 },
    /// The platform has something to do by itself.
    Platform,
    /// A notification reaches a node.
    Notice { id: platform::notify::NoticeId, news: platform::notify::News, key: u32 },
    /// The store answers a node's heartbeat.
    Beats { node: NodeId, sent_at: Timestamp },
    /// Another node looks whether this one is still heard.
    FindsDead { node: NodeId, silence: u32 },
    /// A node has the platform's newest keys.
    HasKeys(NodeId),
    /// Something happens to the nodes.
    Trouble(Trouble),
    /// All faults end.
    Heal,
    /// The judges look around.
    Inspect,
}

/// All that is still to come.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    events: BTreeMap<(Timestamp, u64), Event>,
    entered: u64,
}

impl Agenda {
    pub(crate) fn enter(&mut self, at: Timestamp, event: Event) {
        self.entered += 1;
        self.events.insert((at, self.entered), event);
    }

    pub(crate) fn next(&mut self) -> Option<(Timestamp, Event)> {
        self.events.pop_first().map(|((at, _), event)| (at, event))
    }
}
