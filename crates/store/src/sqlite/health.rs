//! Whether the store can still be trusted.

use std::sync::OnceLock;

use crate::error::StoreError;

/// Set once, when an I/O error met a commit or a flush.
#[derive(Debug, Default)]
pub(super) struct Health(OnceLock<String>);

impl Health {
    /// Nothing is believed after `error`.
    pub(super) fn broke(&self, error: &impl ToString) {
        // Later errors follow from the first.
        self.0.get_or_init(|| error.to_string());
    }

    /// Refuses if something broke.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        match self.0.get() {
            Some(why) => Err(StoreError::Broken { why: why.clone() }),
            None => Ok(()),
        }
    }
}
