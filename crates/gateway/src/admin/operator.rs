//! Who may use the operator's interface.

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;

use crate::api::access::{Caller, Scope};
use crate::api::problem::{Code, Problem};
use crate::gateway::Gateway;
use crate::secrets::sealer::Sealer;

/// What the operator's interface works with.
#[derive(Debug, Clone)]
pub(super) struct Office {
    pub(super) gateway: Gateway,
    pub(super) sealer: Sealer,
}

impl FromRef<Office> for Gateway {
    fn from_ref(office: &Office) -> Gateway {
        office.gateway.clone()
    }
}

/// Somebody with a valid key that has the scope `admin`, as the audit trail names them.
#[derive(Debug)]
pub(super) struct Operator(pub(super) String);

impl FromRequestParts<Office> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, office: &Office) -> Result<Operator, Problem> {
        let caller = Caller::from_request_parts(parts, office).await?;
        caller.require(Scope::Admin)?;
        if !caller.is_operator() {
            return Err(Problem::new(Code::ScopeMissing));
        }
        Ok(Operator(caller.actor()))
    }
}
