//! A gateway in this process.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use gateway::serve::{Running, Start, StoreUrl, start};
use serde_json::Value;
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
        let running = start(Start::WithSandbox {
            listen: address.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
            store: store.clone(),
            folder: sandbox.to_owned(),
        });
        let running = running.await.unwrap();
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

    /// Ends it in an orderly way.
    pub(crate) async fn stop(self) {
        self.running.stop().await;
    }
}
