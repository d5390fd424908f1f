//! What is done to nodes and to their PostgreSQL.

use std::fmt;

use platform::chance::Chance;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Disturbance {
    /// A node is ended by SIGKILL and started again.
    Kill,
    /// A node is stopped for twice its lease, and goes on as if nothing had been.
    Pause,
    /// Every connection to PostgreSQL is cut.
    Cut,
    /// The server is stopped as if it had crashed, and started again.
    Crash,
    /// The member of the cluster that takes writes is killed, and started again once the other has taken over.
    Failover,
    /// The member of the cluster that takes writes gives that to the other in order.
    Switchover,
}

impl Disturbance {
    /// The `n`-th disturbance of a run, by chance; `is_cluster` tells what their PostgreSQL is.
    pub(super) fn drawn(chance: &Chance, n: usize, is_cluster: bool) -> Disturbance {
        match (chance.below(10, "what is done", "", n as u64), is_cluster) {
            (0..=4, _) => Disturbance::Kill,
            (5..=6, _) | (7, false) => Disturbance::Pause,
            (7, true) => Disturbance::Switchover,
            (8, _) => Disturbance::Cut,
            (_, false) => Disturbance::Crash,
            (_, true) => Disturbance::Failover,
        }
    }

    /// Whether it can be done to one server, or to a cluster.
    pub fn suits(self, is_cluster: bool) -> bool {
        match self {
            Disturbance::Kill | Disturbance::Pause | Disturbance::Cut => true,
            Disturbance::Crash => !is_cluster,
            Disturbance::Failover | Disturbance::Switchover => is_cluster,
        }
    }
}

impl fmt::Display for Disturbance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Disturbance::Kill => "killed",
            Disturbance::Pause => "paused",
            Disturbance::Cut => "connections cut",
            Disturbance::Crash => "PostgreSQL crashed",
            Disturbance::Failover => "PostgreSQL failed over",
            Disturbance::Switchover => "PostgreSQL switched over",
        })
    }
}
