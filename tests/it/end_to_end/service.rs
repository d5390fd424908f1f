//! A gateway in this process.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use gateway::serve::{Running, Start, StartError, StoreUrl, start, start_on};
use serde_json::Value;
use store::failing::{FailingStore, Failure};
use store::open::OpenStore;
use wechatpay::ids::Mchid;

/// A gateway that runs, and the keys that its tenants have.
pub(crate) struct Service {
    running: Running,
    /// Where it answers.
    pub(crate) url: String,
    /// An API key for each merchant id and sub-merchant.
    pub(crate) keys: Value,
    /// The operator's key.
    pub(crate) admin_key: String,
}

impl Service {
    /// Starts one on `store`, for the sandbox in `sandbox`; at `address` if that is given.
    pub(crate) async fn start(store: &StoreUrl, sandbox: &Path, address: Option<SocketAddr>) -> Service {
        let running = start(with_sandbox(store, sandbox, address)).await;
        Service::with_keys(running.unwrap(), sandbox)
    }

    /// The same, at any address, on a store that fails as `failure` says.
    pub(crate) async fn start_failing(
        store: &StoreUrl,
        sandbox: &Path,
        failure: Arc<dyn Failure>,
    ) -> Result<Service, StartError> {
        let around = |store| OpenStore::Failing(FailingStore::around(store, failure));
        let running = start_on(with_sandbox(store, sandbox, None), around).await?;
        Ok(Service::with_keys(running, sandbox))
    }

    fn with_keys(running: Running, sandbox: &Path) -> Service {
        let text = std::fs::read(sandbox.join("gateway.json")).unwrap();
        let file: Value = serde_json::from_slice(&text).unwrap();
        Service {
            url: format!("http://{}", running.address),
            running,
            keys: file["keys"].clone(),
            admin_key: file["admin_key"].as_str().unwrap().to_owned(),
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.running.address
    }

    /// Whether it drives the owner of a merchant id.
    pub(crate) fn drives(&self, mchid: &str) -> bool {
        self.running.gateway.owners.is_driven(&Mchid::parse(mchid).unwrap())
    }

    /// Comes back with the reason once its store can no longer be trusted.
    pub(crate) async fn broken(&self) -> String {
        self.running.broken().await
    }

    /// Ends it in an orderly way.
    pub(crate) async fn stop(self) {
        self.running.stop().await;
    }
}

fn with_sandbox(store: &StoreUrl, sandbox: &Path, address: Option<SocketAddr>) -> Start {
    Start::WithSandbox {
        listen: address.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
        store: store.clone(),
        folder: sandbox.to_owned(),
    }
}
