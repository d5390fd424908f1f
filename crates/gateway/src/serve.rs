//! A gateway from start to end: store, keys, clock, owners, socket.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use store::error::StoreError;
use store::open::OpenStore;
pub use store::open::StoreUrl;
pub use store::sqlite::back_up;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use wechatpay::calendar::Calendar;
use wechatpay::ids::Mchid;
use zeroize::Zeroizing;

use crate::activity::Activity;
use crate::admin::init::InitError;
use crate::clock::WallClock;
use crate::config::Config;
use crate::gateway::{Gateway, Settings, World};
use crate::merchants::following::Follower;
use crate::merchants::registry::Accounts;
use crate::past_days::keeper as past_days;
use crate::restoring::{self, RestoringError};
use crate::sandbox_clock::{ALONE, SandboxClock, SandboxClockError};
use crate::sandbox_link::keyset as link_keyset;
use crate::sandbox_link::link::{Link, NoSandbox, PATIENCE};
use crate::sandbox_link::taking_in::{self, TakingInError};
use crate::sandbox_link::world_file::Clock;
use crate::secrets::canary::{self, CanaryError};
use crate::secrets::keyset::{Keyset, KeysetError};
use crate::secrets::sealer::Sealer;
use crate::watch::channel::{Channel, OpenChannelError};
use crate::watch::round::Watch;
use crate::watch::sandbox_phone;
use crate::watch::service::Service;
use crate::watch::settings::WatchSettings;
use crate::wechat::line::Line;
use crate::wechat::sandbox_ca::{SandboxCa, SandboxCaError};
use crate::worker::node::Node;
use crate::{admin, api, callbacks, certificate_dir, health, listener};

/// How a gateway is started.
#[derive(Debug)]
pub enum Start {
    /// By a configuration, for merchant ids that an operator set up.
    Configured {
        /// The configuration.
        config: Box<Config>,
        /// The keyset's text, if the environment holds it; else it is in the configuration's file.
        keyset: Option<Zeroizing<String>>,
    },
    /// For everything that a sandbox on this machine plays.
    WithSandbox {
        /// Where requests are taken.
        listen: SocketAddr,
        /// Where everything is kept. The keyset lies beside it.
        store: StoreUrl,
        /// The folder of the sandbox; `gateway.json` is written there.
        folder: PathBuf,
    },
}

/// Why a gateway does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's answer.
        source: io::Error,
    },
    /// The store cannot be opened, or failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store cannot be called restored.
    #[error(transparent)]
    Restoring(#[from] RestoringError),
    /// There is no keyset.
    #[error(transparent)]
    Keyset(#[from] KeysetError),
    /// The keyset is not the store's.
    #[error(transparent)]
    Canary(#[from] CanaryError),
    /// A channel for notices about certificates cannot be used.
    #[error(transparent)]
    Channel(#[from] OpenChannelError),
    /// The store of a gateway for a sandbox cannot be set up.
    #[error(transparent)]
    Init(#[from] InitError),
    /// Whose TLS certificates the sandbox shows cannot be read.
    #[error(transparent)]
    SandboxCa(#[from] SandboxCaError),
    /// There is no sandbox.
    #[error(transparent)]
    NoSandbox(#[from] NoSandbox),
    /// Its clock cannot be had.
    #[error(transparent)]
    Clock(#[from] SandboxClockError),
    /// Its merchants cannot be set up.
    #[error(transparent)]
    TakingIn(#[from] TakingInError),
    /// A task of the start did not come to its end.
    #[error("the start was cut short: {0}")]
    Cut(#[from] tokio::task::JoinError),
}

/// A running gateway. Dropped, it ends at once, which loses nothing; [`stop`](Running::stop) lets what is under way come to
/// its end.
pub struct Running {
    /// Where requests are taken.
    pub address: SocketAddr,
    /// What its parts share.
    pub gateway: Gateway,
    node: Node,
    /// Ends what takes requests.
    closing: CancellationToken,
    /// Ends the rest.
    ending: DropGuard,
    server: JoinHandle<()>,
    clock: Option<JoinHandle<()>>,
    /// What else runs until the end. Each holds the store, which nobody else can open before all of them have let go of it.
    errands: TaskTracker,
}

/// Starts a gateway, and comes back when it takes requests.
pub async fn start(start: Start) -> Result<Running, StartError> {
    begin(start, false, |store| store).await
}

/// As [`start`], on what `make` makes of the store once it is open: a test lets it fail there.
pub async fn start_on(
    start: Start,
    make: impl FnOnce(OpenStore) -> OpenStore,
) -> Result<Running, StartError> {
    begin(start, false, make).await
}

/// As [`start`], on a store that was just put back from a backup: it asks WeChat Pay about every open refund and the recent orders before
/// it submits anything. To be done once, by the first node that begins; whoever starts after it, this one again perhaps, goes on with that.
pub async fn start_restored(start: Start) -> Result<Running, StartError> {
    begin(start, true, |store| store).await
}

async fn begin(
    start: Start,
    is_restored: bool,
    make: impl FnOnce(OpenStore) -> OpenStore,
) -> Result<Running, StartError> {
    let (listen, store_url, node_name) = match &start {
        Start::Configured { config, .. } => (config.listen, config.store.clone(), config.node_name.clone()),
        Start::WithSandbox { listen, store, .. } => (*listen, store.clone(), listen.to_string()),
    };
    let bound = |source| StartError::Listen { address: listen, source };
    let socket = TcpListener::bind(listen).await.map_err(bound)?;
    let address = socket.local_addr().map_err(bound)?;
    let store = make(open(store_url.clone()).await?);

    let activity = Activity::none();
    let starting = activity.begin();
    let ending = CancellationToken::new();
    let guard = ending.clone().drop_guard();
    let cert_dir = match &start {
        Start::Configured { config, .. } => config.cert_dir.clone(),
        Start::WithSandbox { .. } => None,
    };
    // Each of several nodes takes part in a virtual clock of its own accord.
    let participant = if store.is_shared() { format!("{ALONE} {node_name}") } else { ALONE.to_owned() };
    let (gateway, sealer, watch, clock, link) = match start {
        Start::Configured { config, keyset } => {
            let watch = Watch::new(config.certificate_watch, Channel::open(&config.channels)?);
            let sealer = Sealer::new(Keyset::load(keyset, &config.keyset_file)?);
            canary::check(&store, &sealer).await?;
            let sandbox_ca = config.sandbox_tls_ca.as_deref().map(SandboxCa::read).transpose()?;
            let settings = Settings { public_url: config.public_url, world: config.world, sandbox_ca };
            let clock = WallClock::system(activity.clone());
            let gateway = Gateway::new(store, clock, activity, Calendar::bundled(), settings);
            (gateway, sealer, watch, None, None)
        }
        Start::WithSandbox { folder, .. } => {
            let link = Link::find(&folder, PATIENCE).await?;
            let sealer = link_keyset::open(&store, &link_keyset::beside(&store_url, &folder)).await?;
            let settings = Settings {
                public_url: Some(format!("http://{address}")),
                world: World::Sandbox,
                sandbox_ca: link.ca.clone(),
            };
            let (clock, followed) = clock_of(&link, &participant, &activity).await?;
            let gateway = Gateway::new(store, clock, activity, Calendar::bundled(), settings);
            let watch =
                Watch::new(WatchSettings::default(), Channel::open(&sandbox_phone::channels(&link.v3))?);
            (gateway, sealer, watch, followed, Some(link))
        }
    };
    if is_restored {
        restoring::begin(&gateway).await?;
    }
    let follower = Follower::begin(&gateway, &sealer).await?;

    let node = Node::new(&node_name, gateway.clone(), ending.child_token());
    if let Err(error) = node.join().await {
        node.stop().await;
        return Err(error.into());
    }
    let errands = TaskTracker::new();
    errands.spawn(node.clone().keep());
    if gateway.store.is_shared() {
        errands.spawn(follower.keep(ending.clone()));
        errands.spawn(gateway.owners.clone().hear_others(ending.clone()));
    }
    let keeper = Keeper { ending: ending.clone(), errands: errands.clone(), kept: BTreeMap::new() };
    errands.spawn(keeper.follow(gateway.clone()));
    let clock = clock.map(|clock| {
        tokio::spawn(clock.keep(gateway.clock.clone(), gateway.activity.clone(), ending.clone()))
    });
    if let Some(folder) = cert_dir {
        let every = certificate_dir::LOOK_EVERY;
        errands.spawn(certificate_dir::follow(
            gateway.clone(),
            sealer.clone(),
            folder,
            every,
            ending.clone(),
        ));
    }
    let closing = ending.child_token();
    let router = router(&gateway, sealer.clone());
    let server = tokio::spawn(listener::run(socket, router, closing.clone()));
    let running = Running { address, gateway, node, closing, ending: guard, server, clock, errands };
    let gateway = &running.gateway;
    if let Some(link) = link
        // Last: whoever finds the file may call at once.
        && let Err(error) = taking_in::take_in(&link, gateway, &sealer, &format!("http://{address}")).await
    {
        // Owners run already, and would go on without it.
        running.stop().await;
        return Err(error.into());
    }
    let watch = Service::new(gateway.clone(), sealer, watch);
    running.errands.spawn(watch.keep(ending.clone(), starting));
    Ok(running)
}

impl Running {
    /// Comes back with the reason once the store can no longer be trusted: then the process must end, and the one after
    /// it reads what is there.
    pub async fn broken(&self) -> String {
        self.node.broken().await
    }

    /// Takes no more requests, gives the answers under way, hears out what was sent, and ends.
    pub async fn stop(self) {
        self.closing.cancel();
        // What panicked there was said when it did.
        let _ = self.server.await;
        self.node.stop().await;
        drop(self.ending);
        self.errands.close();
        self.errands.wait().await;
        if let Some(clock) = self.clock {
            let _ = clock.await;
        }
    }
}

async fn open(url: StoreUrl) -> Result<OpenStore, StartError> {
    // It may have a migration to do, or a log to read.
    Ok(tokio::task::spawn_blocking(move || url.open()).await??)
}

/// The clock that a sandbox goes by, and what keeps it so if it is virtual.
async fn clock_of(
    link: &Link,
    name: &str,
    activity: &Activity,
) -> Result<(WallClock, Option<SandboxClock>), SandboxClockError> {
    match link.clock {
        Clock::Real => Ok((WallClock::system(activity.clone()), None)),
        Clock::Virtual => {
            let followed = SandboxClock::join(&link.control, name).await?;
            Ok((WallClock::standing_at(followed.now(), activity.clone()), Some(followed)))
        }
    }
}

/// Everything that is answered.
fn router(gateway: &Gateway, sealer: Sealer) -> Router {
    api::router(gateway.clone())
        .merge(admin::router::router(gateway.clone(), sealer))
        .merge(callbacks::router(gateway.clone()))
        .merge(health::router(gateway.clone()))
        .method_not_allowed_fallback(api::wrong_method)
}

/// Sees to it that every way out has its platform keys, and every merchant id with one its past days.
struct Keeper {
    ending: CancellationToken,
    errands: TaskTracker,
    /// The lines whose keys are kept and over which past days come, and what ends that.
    kept: BTreeMap<Mchid, (Arc<Line>, CancellationToken)>,
}

impl Keeper {
    async fn follow(mut self, gateway: Gateway) {
        let mut accounts = gateway.merchants.follow();
        loop {
            let now = accounts.borrow_and_update().clone();
            self.keep(&gateway, &now);
            tokio::select! {
                () = self.ending.cancelled() => return,
                changed = accounts.changed() => if changed.is_err() { return },
            }
        }
    }

    fn keep(&mut self, gateway: &Gateway, accounts: &Accounts) {
        for (mchid, account) in accounts {
            let Some(line) = &account.line else { continue };
            if self.kept.get(mchid).is_some_and(|(kept, _)| Arc::ptr_eq(kept, line)) {
                continue;
            }
            let ending = self.ending.child_token();
            self.errands.spawn(line.clone().keep_keys(ending.clone()));
            let mode = account.merchant.mode;
            self.errands.spawn(past_days::keep(gateway.clone(), mode, line.clone(), ending.clone()));
            if let Some((_, before)) = self.kept.insert(mchid.clone(), (line.clone(), ending)) {
                before.cancel();
            }
        }
    }
}
