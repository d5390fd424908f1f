//! One part of the path.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use crate::api::problem::{Code, Problem};

/// The part of the path that the route leaves open, percent-decoded.
#[derive(Debug)]
pub struct Named(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Named, Problem> {
        match Path::<String>::from_request_parts(parts, state).await {
            Ok(Path(text)) => Ok(Named(text)),
            Err(_) => Err(Problem::new(Code::PathInvalid)),
        }
    }
}
