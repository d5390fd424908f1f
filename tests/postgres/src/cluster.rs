//! Two servers in a temporary folder, of which one has whatever the other has committed and takes over when it is lost.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::error::ServerError;
use crate::guardian::Guardian;
use crate::member::Member;
use crate::ports::free_port;
use crate::programs::{Programs, ROLE, on_search_path};

/// What the members are called. `first` and `any` mean something else where a standby is named.
const MEMBERS: [&str; 2] = ["left", "right"];

/// Making both servers takes ten seconds; a machine under load is given more.
const WHOLE_WITHIN: Duration = Duration::from_secs(90);

/// How often it is looked whether the cluster is whole.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A cluster of two servers under Patroni, which agree by a store of their own, etcd, who takes writes. A commit is answered when
/// both servers have it on disk.
///
/// A server that is lost is replaced after 20 seconds: the shortest time that Patroni takes.
#[derive(Debug)]
pub struct Cluster {
    members: [Member; 2],
    _etcd: Etcd,
    _guardian: Guardian,
    patroni: PathBuf,
    programs: Programs,
    databases: AtomicU32,
}

/// The process in which members agree.
#[derive(Debug)]
struct Etcd(Child);

impl Cluster {
    /// Starts a cluster with settings such as `fsync=off`. Returns when it is whole.
    pub fn start(settings: &[&str]) -> Result<Cluster, ServerError> {
        let missing = |program, package| ServerError::Missing { program, package };
        let patroni = on_search_path("patroni").ok_or(missing("Patroni", "patroni"))?;
        let etcd = on_search_path("etcd").ok_or(missing("etcd", "etcd-server"))?;
        let (programs, folder) = Programs::find(&std::env::temp_dir())?;
        let guardian = Guardian::of(folder.path(), &programs)?;
        let folder = folder.keep();
        let etcd_port = free_port()?;
        let etcd = Etcd::start(&etcd, &folder.join("etcd"), etcd_port, &programs)?;
        let [left, right] =
            MEMBERS.map(|name| Member::prepare(name, &folder, etcd_port, settings, &programs));
        let (members, databases) = ([left?, right?], AtomicU32::new(0));
        let cluster = Cluster { members, _etcd: etcd, _guardian: guardian, patroni, programs, databases };
        for member in &cluster.members {
            cluster.start_again(member)?;
        }
        let deadline = Instant::now() + WHOLE_WITHIN;
        while !cluster.is_whole() {
            if Instant::now() > deadline {
                return Err(ServerError::NotWhole {
                    waited_s: WHOLE_WITHIN.as_secs(),
                    log: cluster.last_words(),
                });
            }
            std::thread::sleep(LOOK_EVERY);
        }
        cluster.execute("postgres", "CREATE TABLE sign_of_life (at TIMESTAMPTZ NOT NULL)")?;
        Ok(cluster)
    }

    /// The member that takes writes, if there is one just now.
    pub fn leader(&self) -> Option<&Member> {
        self.members.iter().find(|member| member.leads())
    }

    /// Whether one member takes writes and the other has them all.
    pub fn is_whole(&self) -> bool {
        self.leader().is_some() && self.members.iter().any(Member::keeps_up)
    }

    /// Whether a write is taken just now.
    pub fn takes_writes(&self) -> bool {
        self.execute("postgres", "INSERT INTO sign_of_life VALUES (clock_timestamp())").is_ok()
    }

    /// SIGKILL for everything that belongs to a member, as if its machine had lost power. Returns when it is gone.
    pub fn kill(&self, member: &Member) -> Result<(), ServerError> {
        member.kill(&self.programs)
    }

    /// Has a member that takes writes give that to the other, as before work on its machine. Returns when the other does.
    pub fn hand_over(&self, leader: &Member) -> Result<(), ServerError> {
        leader.hand_over()
    }

    /// Starts a member after it was killed. It follows the other once it has caught up: see [`Cluster::is_whole`].
    pub fn start_again(&self, member: &Member) -> Result<(), ServerError> {
        member.start(&self.patroni, &self.programs)
    }

    /// An empty database of its own for a test: its address, which names both servers.
    pub fn database(&self) -> Result<String, ServerError> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.execute("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(self.url(&name))
    }

    /// The address of a database.
    pub fn url(&self, database: &str) -> String {
        let hosts = self.members.each_ref().map(|member| format!("127.0.0.1:{}", member.port));
        format!("postgres://{ROLE}@{}/{database}", hosts.join(","))
    }

    /// Carries out `sql` in a database, by name or address, at the member that takes writes; what it answers, one line a
    /// row, columns with `|` between them.
    pub fn execute(&self, database: &str, sql: &str) -> Result<String, ServerError> {
        let address = if database.contains(':') { database.to_owned() } else { self.url(database) };
        self.programs.psql(&format!("{address}?target_session_attrs=read-write"), sql)
    }

    /// The end of what each member has written down.
    pub fn last_words(&self) -> String {
        self.members.each_ref().map(Member::last_words).join("\n")
    }
}

impl Etcd {
    fn start(program: &Path, folder: &Path, port: u16, programs: &Programs) -> Result<Etcd, ServerError> {
        std::fs::create_dir(folder)?;
        programs.give(folder)?;
        let log = std::fs::File::create(folder.join("log"))?;
        let (clients, peers) =
            (format!("http://127.0.0.1:{port}"), format!("http://127.0.0.1:{}", free_port()?));
        let mut etcd = programs.command(program);
        etcd.args([
            "--name",
            "alone",
            "--data-dir",
            "agreed",
            "--initial-cluster",
            &format!("alone={peers}"),
        ])
        .args(["--listen-client-urls", &clients, "--advertise-client-urls", &clients])
        .args(["--listen-peer-urls", &peers, "--initial-advertise-peer-urls", &peers])
        .current_dir(folder)
        .process_group(0)
        .stdout(log.try_clone()?)
        .stderr(log);
        Ok(Etcd(etcd.spawn()?))
    }
}

impl Drop for Etcd {
    fn drop(&mut self) {
        // One that has ended is as good.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
