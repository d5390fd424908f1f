//! What every part of the service has at hand.

use std::sync::Arc;

use store::open::OpenStore;
use wechatpay::calendar::Calendar;

use crate::activity::Activity;
use crate::api::known_keys::KnownKeys;
use crate::clock::WallClock;
use crate::merchants::registry::Merchants;
use crate::metrics::Metrics;
use crate::wechat::sandbox_ca::SandboxCa;
use crate::worker::nodes::Nodes;
use crate::worker::owners::Owners;

/// The parts of a running gateway that requests, callbacks and owners share. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Gateway {
    /// What is kept.
    pub store: Arc<OpenStore>,
    /// The platform's time.
    pub clock: WallClock,
    /// What is under way.
    pub activity: Activity,
    /// China's business days.
    pub calendar: Arc<Calendar>,
    /// The merchant ids that are set up, with the way to WeChat Pay of each.
    pub merchants: Merchants,
    /// Their owners.
    pub owners: Owners,
    /// This node among others.
    pub nodes: Nodes,
    /// What the operator decided.
    pub settings: Arc<Settings>,
    /// What was counted.
    pub metrics: Metrics,
    /// Keys of the API that were looked up a moment ago.
    pub known_keys: KnownKeys,
}

impl Gateway {
    /// A gateway on `store` that nobody has set up a merchant id in yet.
    pub fn new(
        store: OpenStore,
        clock: WallClock,
        activity: Activity,
        calendar: Calendar,
        settings: Settings,
    ) -> Gateway {
        let store = Arc::new(store);
        Gateway {
            clock,
            owners: Owners::none(store.clone(), activity.clone()),
            nodes: Nodes::new(!store.is_shared()),
            store,
            activity,
            calendar: Arc::new(calendar),
            merchants: Merchants::default(),
            settings: Arc::new(settings),
            metrics: Metrics::new(),
            known_keys: KnownKeys::default(),
        }
    }
}

/// What the operator decided for the whole installation.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where WeChat Pay reaches us, without a slash at the end, e.g. `https://refunds.example.com`; without one no
    /// notifications are asked for, and queries alone tell the results.
    pub public_url: Option<String>,
    /// Whose certificates are taken.
    pub world: World,
    /// Whose TLS certificates a sandbox shows. In production public authorities alone are believed, whatever stands here.
    pub sandbox_ca: Option<SandboxCa>,
}

/// The world an installation is set up for. A sandbox's certificates are refused in production, and the reverse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum World {
    /// WeChat Pay's.
    Production,
    /// A sandbox's: no real money.
    Sandbox,
}
