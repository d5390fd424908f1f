//! A sandbox from start to end: files, keys, sockets.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use platform::platform::Platform;
use platform::world::World;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use crate::clock::advance;
use crate::clock::shared::Clock;
use crate::control::router::router;
use crate::credentials::{self, Credentials, CredentialsError, Issuers, Now, TlsIdentity};
use crate::faces::v3::settings::FaceSettings;
use crate::faults::{Faults, Unkind};
use crate::listener;
use crate::merchant_platform;
use crate::notifier::{self, Notifier};
use crate::scene::Scene;
use crate::snapshot::{self, Snapshot, SnapshotError};
use crate::stage::Stage;
use crate::tls::{self, TlsError};
use crate::world_file::{self, WorldFileError};
use crate::world_json::{ClockKind, Urls, WorldJson};

/// Where a sandbox keeps itself from one start to the next, inside of the data folder.
const STATE: &str = "state.json";

/// Who holds the lock on this file has the folder.
const LOCK: &str = "sandbox.lock";

/// The seed of whoever names none.
const USUAL_SEED: u64 = 1;

/// How long a virtual clock waits for a participant.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long the end waits for answers under way.
const FAREWELL: Duration = Duration::from_secs(10);

/// How a sandbox is started.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where merchants call.
    pub listen: SocketAddr,
    /// Where merchants call by TLS, with a client certificate if they have one.
    pub mtls_listen: SocketAddr,
    /// Where the control interface listens; on this machine only.
    pub control: SocketAddr,
    /// The folder for keys, state and snapshots; made if missing.
    pub data: PathBuf,
    /// A file that describes the world; the world of the last time, or the default one, if left out.
    pub world: Option<PathBuf>,
    /// What chance is drawn from; that of the last time, or 1, if left out.
    pub seed: Option<u64>,
    /// The clock.
    pub clock: ClockMode,
    /// Whether everything that an earlier sandbox left in the folder, except its snapshots, is removed first.
    pub fresh: bool,
    /// How bad a day it is.
    pub unkind: Option<Unkind>,
}

/// Which clock a sandbox has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockMode {
    /// The wall's.
    Real,
    /// One that stands still until it is moved.
    Virtual {
        /// Where it stands in a new sandbox; a kept one goes on where it was.
        from: Timestamp,
    },
}

/// Why a sandbox does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The control interface can do everything to the sandbox, so it is not for other machines.
    #[error(
        "the control interface must listen on this machine, such as 127.0.0.1:7081; {address} is reachable from others"
    )]
    ControlNotLocal {
        /// The address asked for.
        address: SocketAddr,
    },
    /// An address is taken or not ours.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's answer.
        source: io::Error,
    },
    /// The file of the world does not describe one.
    #[error(transparent)]
    World(#[from] WorldFileError),
    /// Keys are not to be had.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The state of the last time cannot be read.
    #[error("{0}; start with --fresh to begin anew")]
    State(#[from] SnapshotError),
    /// The state of the last time is of another world or another seed.
    #[error("{} belongs to another {what}; start with --fresh to begin anew, or leave the option out to go on", file.display())]
    OtherState {
        /// The file.
        file: PathBuf,
        /// What differs.
        what: &'static str,
    },
    /// The old state cannot be removed.
    #[error("{} cannot be removed: {source}", file.display())]
    NotRemoved {
        /// The file.
        file: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// Two sandboxes in one folder would overwrite each other's world.
    #[error("another sandbox uses {}; give --data another folder, or end the other one", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// There is no TLS.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Nothing can be called.
    #[error("notifications cannot be sent: {0}")]
    Notifier(#[from] reqwest::Error),
    /// A task of the start did not come to its end.
    #[error("the start was cut short: {0}")]
    Cut(#[from] tokio::task::JoinError),
}

/// A running sandbox. Dropped, it ends at once and keeps nothing; [`stop`](Running::stop) ends it well.
pub struct Running {
    /// Where merchants call.
    pub v3: SocketAddr,
    /// Where merchants call by TLS.
    pub mtls: SocketAddr,
    /// Where the control interface listens.
    pub control: SocketAddr,
    stage: Arc<Stage>,
    tasks: JoinSet<()>,
    took: Duration,
    /// Held as long as the sandbox runs.
    _lock: File,
}

/// Starts a sandbox; it is ready when this comes back.
pub async fn start(config: Config) -> Result<Running, StartError> {
    let began = Instant::now();
    if !config.control.ip().is_loopback() {
        return Err(StartError::ControlNotLocal { address: config.control });
    }
    // The sockets first: they say at once if another sandbox is there, before any file is touched.
    let (v3_listener, v3) = bind(config.listen).await?;
    let (mtls_listener, mtls) = bind(config.mtls_listen).await?;
    let (control_listener, control) = bind(config.control).await?;
    let notifier = Notifier::new()?;
    let stage = tokio::task::spawn_blocking(move || {
        let lock = lock(&config.data)?;
        let (scene, clock, issuers, tls) = set(&config)?;
        let acceptor = tls::acceptor(&tls)?;
        let kind = if clock.as_virtual().is_some() { ClockKind::Virtual } else { ClockKind::Real };
        let urls = Urls {
            v3: format!("http://{v3}"),
            mtls: format!("https://{mtls}"),
            control: format!("http://{control}"),
            merchant_platform: merchant_platform_url(v3),
        };
        WorldJson::new(scene.platform.world(), urls, kind).write(&config.data)?;
        let stage = Stage::new(scene, clock, notifier, issuers, config.data);
        Ok::<(Stage, TlsAcceptor, File), StartError>((stage, acceptor, lock))
    });
    let (stage, acceptor, lock) = stage.await??;
    let stage = Arc::new(stage);

    let mut tasks = JoinSet::new();
    tasks.spawn(listener::run(v3_listener, None, stage.clone()));
    tasks.spawn(listener::run(mtls_listener, Some(acceptor), stage.clone()));
    tasks.spawn({
        let (router, ending) = (router(stage.clone()), stage.ending.clone());
        async move {
            let served =
                axum::serve(control_listener, router).with_graceful_shutdown(ending.cancelled_owned());
            if let Err(error) = served.await {
                tracing::error!(%error, "the control interface ended");
            }
        }
    });
    tasks.spawn(until_the_end(stage.clone(), notifier::run(stage.clone())));
    tasks.spawn(until_the_end(stage.clone(), {
        let stage = stage.clone();
        async move {
            if let Some(clock) = stage.clock.as_virtual() {
                advance::run(clock, &*stage).await;
            }
        }
    }));
    Ok(Running { v3, mtls, control, stage, tasks, took: began.elapsed(), _lock: lock })
}

impl Running {
    /// Where the Merchant Platform's pages are.
    pub fn merchant_platform(&self) -> String {
        merchant_platform_url(self.v3)
    }

    /// How long the start took.
    pub fn took(&self) -> Duration {
        self.took
    }

    /// What people read first: that it is a sandbox, where it answers, and who is there.
    pub fn banner(&self) -> String {
        let mut text = String::from("Tidegate sandbox: not WeChat Pay, no real money.\n\n");
        let mut line = |name: &str, value: &dyn std::fmt::Display| {
            // Writing to a text cannot fail.
            let _ = writeln!(text, "  {name:<10}{value}");
        };
        line("V3 and V2", &format!("http://{}", self.v3));
        line("with TLS", &format!("https://{}", self.mtls));
        line("control", &format!("http://{}", self.control));
        line("pages", &self.merchant_platform());
        line("clock", &format!("{}, {}", self.stage.clock.mode(), self.stage.clock.now()));
        line("data", &self.stage.data.display());
        self.stage.quietly(|scene, _| {
            line("seed", &scene.seed);
            for merchant in scene.platform.world().merchants.iter() {
                let subs: Vec<&str> = merchant.sub_mchids.iter().map(|sub| sub.as_str()).collect();
                let subs = if subs.is_empty() { String::new() } else { format!(", for {}", subs.join(" ")) };
                let mode = format!("{:?}", merchant.mode).to_lowercase();
                line(
                    "merchant",
                    &format!("{} {mode}, {}{subs}", merchant.mchid, merchant.settlement_currency),
                );
            }
        });
        let _ =
            writeln!(text, "\nReady after {} ms. Ctrl-C ends it and keeps its state.", self.took.as_millis());
        text
    }

    /// Ends it: answers under way are given, and the state is kept for the next start.
    pub async fn stop(mut self) -> Result<(), SnapshotError> {
        self.stage.ending.cancel();
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(FAREWELL, ended).await.is_err() {
            tracing::warn!("some connections did not end and are cut");
        }
        let file = self.stage.data.join(STATE);
        self.stage.quietly(|scene, now| snapshot::keep(scene, now, &file))
    }
}

fn merchant_platform_url(address: SocketAddr) -> String {
    format!("http://{address}{}", merchant_platform::BASE)
}

async fn until_the_end(stage: Arc<Stage>, work: impl Future<Output = ()>) {
    tokio::select! {
        () = stage.ending.cancelled() => {}
        () = work => {}
    }
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// The scene and its clock: as they were left the last time, or new.
fn set(config: &Config) -> Result<(Scene, Clock, Issuers, TlsIdentity), StartError> {
    let file = config.data.join(STATE);
    let asked_for = config.world.as_deref().map(world_file::read).transpose()?;
    if config.fresh {
        remove(&file)?;
    }
    let kept = match snapshot::read(&file) {
        Err(SnapshotError::Missing { .. }) => None,
        other => Some(other?),
    };
    let (scene, issuers, tls) = match kept {
        Some(kept) => go_on(config, &file, kept, asked_for)?,
        None => {
            let now = beginning(config.clock);
            let world = asked_for.unwrap_or_default();
            let seed = config.seed.unwrap_or(USUAL_SEED);
            let Credentials { keyring, issuers, tls } = keys(config, &world, now)?;
            let platform = Platform::new(world, seed, now);
            (Scene::new(platform, keyring, FaceSettings::default(), seed), issuers, tls)
        }
    };
    let clock = match config.clock {
        ClockMode::Real => Clock::real(),
        ClockMode::Virtual { .. } => Clock::standing_at(scene.platform.now(), PATIENCE),
    };
    Ok((with_faults(scene, config.unkind), clock, issuers, tls))
}

/// The scene of the last time.
fn go_on(
    config: &Config,
    file: &Path,
    kept: Snapshot<'_>,
    asked_for: Option<World>,
) -> Result<(Scene, Issuers, TlsIdentity), StartError> {
    let other = |what| StartError::OtherState { file: file.to_owned(), what };
    let world = kept.platform().world().clone();
    if asked_for.is_some_and(|asked| !kept.is_of(&asked)) {
        return Err(other("world"));
    }
    if config.seed.is_some_and(|seed| seed != kept.seed()) {
        return Err(other("seed"));
    }
    let now = kept.platform().now();
    let Credentials { keyring, issuers, tls } = keys(config, &world, now)?;
    let mut scene =
        Scene::new(Platform::new(world, kept.seed(), now), keyring, FaceSettings::default(), kept.seed());
    scene.generation = kept.generation();
    kept.enter(&mut scene);
    Ok((scene, issuers, tls))
}

/// Takes the data folder for this sandbox alone, as long as the file is open.
fn lock(folder: &Path) -> Result<File, StartError> {
    let path = folder.join(LOCK);
    let failed = |source| CredentialsError::Io { doing: "make the folder", path: path.clone(), source };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StartError::InUse { folder: folder.to_owned() }),
        Err(TryLockError::Error(error)) => Err(failed(error).into()),
    }
}

fn keys(config: &Config, world: &World, now: Timestamp) -> Result<Credentials, CredentialsError> {
    std::fs::create_dir_all(&config.data).map_err(|source| CredentialsError::Io {
        doing: "make the folder",
        path: config.data.clone(),
        source,
    })?;
    let now = Now { platform: now, real: Clock::real().now() };
    credentials::open(&config.data, world, config.fresh, now)
}

fn beginning(clock: ClockMode) -> Timestamp {
    match clock {
        ClockMode::Real => Clock::real().now(),
        ClockMode::Virtual { from } => from,
    }
}

/// Faults are off at every start, but for those asked for.
fn with_faults(mut scene: Scene, unkind: Option<Unkind>) -> Scene {
    scene.faults = Faults::new(scene.seed);
    for rule in unkind.map(Unkind::rules).unwrap_or_default() {
        scene.faults.add(rule);
    }
    scene
}

fn remove(file: &Path) -> Result<(), StartError> {
    match std::fs::remove_file(file) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(StartError::NotRemoved { file: file.to_owned(), source })
        }
        _ => Ok(()),
    }
}
