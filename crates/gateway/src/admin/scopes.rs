//! What the keys of tenants and of their sub-merchants may usually do.

use crate::api::access::Scope;

/// Everything a tenant's key may do: one that is bound to a merchant id and to no sub-merchant.
pub const OF_A_TENANT: [Scope; 6] = [
    Scope::RefundsRead,
    Scope::RefundsWrite,
    Scope::RefundsOperate,
    Scope::PaymentsWrite,
    Scope::PoolsRead,
    Scope::WebhooksWrite,
];

/// What a sub-merchant needs for its own refunds. To operate them spends attempts of the institution, so that is given on
/// purpose only.
pub const OF_A_SUB_MERCHANT: [Scope; 3] = [Scope::RefundsRead, Scope::RefundsWrite, Scope::PaymentsWrite];
