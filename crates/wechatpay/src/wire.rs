//! The two generations of WeChat Pay's interface.

/// A version of the interface. A refund's request is written for one of them and stays so for life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wire {
    /// XML that is signed with a shared key, and a client certificate. Source: [v2-rules].
    V2,
    /// JSON, and signatures in headers. Source: [global-rules].
    V3,
}
