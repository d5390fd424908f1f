//! What a key of the API may do.

use std::fmt;

/// One thing a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// See refunds.
    RefundsRead,
    /// Create, cancel and check refunds.
    RefundsWrite,
    /// Retry refunds, add notes, act on many at once.
    RefundsOperate,
    /// Report payments.
    PaymentsWrite,
    /// See the figures of a merchant id's pool.
    PoolsRead,
    /// Say where webhooks go.
    WebhooksWrite,
    /// Everything an operator does. Such a key belongs to no merchant id.
    Admin,
}

impl Scope {
    /// Everything a tenant's key may do: one that is bound to a merchant id and to no sub-merchant.
    pub const OF_A_TENANT: [Scope; 6] = [
        Scope::RefundsRead,
        Scope::RefundsWrite,
        Scope::RefundsOperate,
        Scope::PaymentsWrite,
        Scope::PoolsRead,
        Scope::WebhooksWrite,
    ];

    /// What a sub-merchant needs for its own refunds. To operate them spends attempts of the institution, so that is
    /// given on purpose only.
    pub const OF_A_SUB_MERCHANT: [Scope; 3] = [Scope::RefundsRead, Scope::RefundsWrite, Scope::PaymentsWrite];

    /// The scope called `name`.
    pub fn parse(name: &str) -> Option<Scope> {
        let known = Scope::OF_A_TENANT.into_iter().chain([Scope::Admin]);
        known.into_iter().find(|scope| scope.name() == name)
    }

    /// Its name in requests and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Scope::RefundsRead => "refunds:read",
            Scope::RefundsWrite => "refunds:write",
            Scope::RefundsOperate => "refunds:operate",
            Scope::PaymentsWrite => "payments:write",
            Scope::PoolsRead => "pools:read",
            Scope::WebhooksWrite => "webhooks:write",
            Scope::Admin => "admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
