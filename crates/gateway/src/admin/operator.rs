//! Who may use the operator's interface.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use store::Store;

use super::api_key::{ApiKeyText, id_of};
use super::issuing;
use super::refusal::Refusal;
use super::scope::Scope;
use crate::gateway::Gateway;
use crate::secrets::sealer::Sealer;

/// What the operator's interface works with.
#[derive(Debug, Clone)]
pub(super) struct Office {
    pub(super) gateway: Gateway,
    pub(super) sealer: Sealer,
}

/// Somebody with a valid key that has the scope `admin`, as the audit trail names them.
#[derive(Debug)]
pub(super) struct Operator(pub(super) String);

impl FromRequestParts<Office> for Operator {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, office: &Office) -> Result<Operator, Refusal> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|header| header.to_str().ok());
        let bearer = header.and_then(|header| header.split_once(' '));
        let presented = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Bearer"));
        let (_, text) = presented.ok_or_else(Refusal::unauthorized)?;
        let hash = ApiKeyText::presented(text.trim()).hash();
        let key = office.gateway.store.api_key(&hash).await?.ok_or_else(Refusal::unauthorized)?;
        if !issuing::is_valid(&key, office.gateway.clock.now()) {
            return Err(Refusal::unauthorized());
        }
        if key.mchid.is_some() || !key.scopes.contains(Scope::Admin.name()) {
            return Err(Refusal::forbidden());
        }
        let id = id_of(&hash);
        // The beginning tells keys of one name apart.
        Ok(Operator(format!("{} ({})", key.name, id.get(..8).unwrap_or_default())))
    }
}
