//! A store that fails when it is told to, around one that does not: what its callers make of that is seen without a disk that
//! is full or a server that is away.

use std::fmt::Debug;
use std::sync::Arc;

use crate::contract::Answer;
use crate::open::OpenStore;

/// Which operations fail, by their names in the contract.
pub trait Failure: Debug + Send + Sync + 'static {
    /// Asked before the store hears of `operation`. With an error it never does, and the caller is answered that.
    fn before(&self, operation: &'static str) -> Answer<()>;

    /// Asked after the store has carried out `operation`. With an error the caller is answered that, and what was written
    /// stays.
    fn after(&self, operation: &'static str) -> Answer<()>;
}

/// An open store whose operations may fail. Opening and hints do not.
#[derive(Debug)]
pub struct FailingStore {
    pub(crate) store: Box<OpenStore>,
    pub(crate) failure: Arc<dyn Failure>,
}

impl FailingStore {
    /// One that does what `store` does, unless `failure` lets it fail.
    pub fn around(store: OpenStore, failure: Arc<dyn Failure>) -> FailingStore {
        FailingStore { store: Box::new(store), failure }
    }
}
