//! How large a run is.

/// The figures of a run. The same figures lead to the same trade, the same faults and the same plan of kills; at which
/// instruction a kill strikes is up to the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    /// What chance is drawn from.
    pub seed: u64,
    /// How many refunds are asked for.
    pub refunds: usize,
    /// How many gateways end by SIGKILL at a time drawn by chance.
    pub kills: usize,
    /// How many gateways end at each of the named points.
    pub at_each_point: usize,
}
