//! What the interface's handlers share.

use std::sync::Arc;

use axum::extract::FromRef;

use super::refunds::hold::Places;
use super::refunds::recent_checks::RecentChecks;
use crate::gateway::Gateway;

/// The gateway, and what the interface itself remembers. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Api {
    /// The gateway.
    pub gateway: Gateway,
    /// Which refunds were checked a moment ago.
    pub checks: Arc<RecentChecks>,
    /// How many answers are held, by merchant id.
    pub places: Arc<Places>,
}

impl FromRef<Api> for Gateway {
    fn from_ref(api: &Api) -> Gateway {
        api.gateway.clone()
    }
}
