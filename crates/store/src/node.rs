//! Who shares a store, and who owns what.

use std::time::Duration;

use jiff::Timestamp;
use refunds::batch::Epoch;
use wechatpay::ids::Mchid;

/// A process that drives owners, as it says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its name for as long as it lives: another one each time it starts, or joins again after it was given up.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The program's version.
    pub version: String,
}

/// That a node is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beat {
    /// The node.
    pub node: Node,
    /// Whether it was not there before. Who is there already cannot join, and who is not there cannot go on.
    pub joins: bool,
    /// After what silence a node is given up; see [`Lease::ttl`](refunds::lease::Lease::ttl).
    pub ttl: Duration,
}

/// A node, as the store heard of it. Times are the store's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// What it said of itself.
    pub node: Node,
    /// Whether it shall take nothing more and give up what it has.
    pub draining: bool,
    /// When it joined.
    pub joined_at: Timestamp,
    /// When it was heard last.
    pub heard_at: Timestamp,
}

/// Who owns a merchant id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owned {
    /// The merchant id.
    pub mchid: Mchid,
    /// The id of the node that took it last, which may be gone; none if it gave it up, or nobody ever took it.
    pub node: Option<String>,
    /// Under which epoch it was taken.
    pub epoch: Epoch,
    /// How often the way it is set up was changed: it, its sub-merchants, its secrets. Whoever knows it by a smaller number knows
    /// an older set-up.
    pub set_up: u64,
}
