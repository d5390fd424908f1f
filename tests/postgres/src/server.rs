//! A server in a temporary folder, and somebody who stops it whatever happens.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use tempfile::TempDir;

use crate::programs::{Programs, User};

/// The user that the server knows.
const ROLE: &str = "tidegate";

/// The port by which sockets in a folder are told from one another. There is one socket in ours.
const PORT: u16 = 5432;

/// Waits until nobody holds the other end of its input, that is until the tests have ended, however they did. Then it
/// stops the server and removes the folder.
const GUARDIAN: &str = r#"read -r _; "$1" stop -D "$2/data" -m immediate -s; rm -rf "$2""#;

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The programs are not installed.
    #[error("PostgreSQL is missing. Run: apt-get install postgresql")]
    Missing,
    /// The tests run as root, as whom the server does not, and there is nobody else.
    #[error("PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`")]
    NoUser,
    /// The system refused something.
    #[error("PostgreSQL could not be run: {0}")]
    System(#[from] std::io::Error),
    /// A program of PostgreSQL failed.
    #[error("{program} failed: {said}")]
    Program {
        /// Which.
        program: String,
        /// What it said.
        said: String,
    },
}

/// A server.
#[derive(Debug)]
pub struct Server {
    folder: PathBuf,
    programs: Programs,
    settings: String,
    databases: AtomicU32,
    /// Templates are copied one at a time.
    templates: Mutex<Vec<String>>,
    guardian: Child,
}

/// The server of this process. Nothing in it outlasts a power cut: it does not flush.
///
/// # Panics
///
/// If there is none to be had. A test that cannot run is a failed test.
pub fn shared() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(|| match Server::start(&["fsync=off", "full_page_writes=off"]) {
        Ok(server) => server,
        Err(error) => panic!("{error}"),
    })
}

impl Server {
    /// Starts a server with settings such as `fsync=off`.
    pub fn start(settings: &[&str]) -> Result<Server, ServerError> {
        let folder = TempDir::with_prefix("tidegate-postgres-")?;
        let programs = Programs::find(is_root(folder.path())?)?;
        if let Some(User { uid, gid }) = programs.user {
            std::os::unix::fs::chown(folder.path(), Some(uid), Some(gid))?;
        }
        let data = folder.path().join("data");
        let mut initdb = programs.command(&programs.path("initdb"));
        initdb.args(["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", "--username", ROLE]);
        heard(initdb.arg("-D").arg(&data))?;
        let socket = format!("-k {} -p {PORT}", folder.path().display());
        let own = ["listen_addresses=", "max_connections=500", "shared_buffers=32MB", "max_wal_size=256MB"];
        let settings: String = own.iter().chain(settings).map(|setting| format!(" -c {setting}")).collect();
        let mut guardian = programs.command(Path::new("/bin/sh"));
        guardian.arg("-c").arg(GUARDIAN).arg("guardian").arg(programs.path("pg_ctl")).arg(folder.path());
        let guardian = guardian.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let server = Server {
            // From here on it is the guardian's to remove.
            folder: folder.keep(),
            programs,
            settings: format!("{socket}{settings}"),
            databases: AtomicU32::new(0),
            templates: Mutex::default(),
            guardian,
        };
        server.start_again()?;
        Ok(server)
    }

    /// Starts it after it was stopped. Returns when it takes connections.
    pub fn start_again(&self) -> Result<(), ServerError> {
        let mut start = self.programs.command(&self.programs.path("pg_ctl"));
        start.args(["start", "-w", "-s", "-D"]).arg(self.folder.join("data"));
        heard(start.arg("-l").arg(self.folder.join("log")).arg("-o").arg(&self.settings))
    }

    /// Stops it as if it had crashed.
    pub fn stop_at_once(&self) -> Result<(), ServerError> {
        let mut stop = self.programs.command(&self.programs.path("pg_ctl"));
        heard(stop.args(["stop", "-s", "-m", "immediate", "-D"]).arg(self.folder.join("data")))
    }

    /// An empty database of its own for a test: its address.
    pub fn database(&self) -> Result<String, ServerError> {
        let name = self.new_name();
        self.execute("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(self.url(&name))
    }

    /// A database of its own for a test, with what `prepare` makes of an empty one by its address; that is done once for
    /// each `template`.
    pub fn database_like(&self, template: &str, prepare: impl FnOnce(&str)) -> Result<String, ServerError> {
        let name = self.new_name();
        let mut templates = self.templates.lock().unwrap_or_else(PoisonError::into_inner);
        if !templates.iter().any(|known| known == template) {
            self.execute("postgres", &format!("CREATE DATABASE {template}"))?;
            prepare(&self.url(template));
            templates.push(template.to_owned());
        }
        self.execute("postgres", &format!("CREATE DATABASE {name} TEMPLATE {template}"))?;
        Ok(self.url(&name))
    }

    fn new_name(&self) -> String {
        format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed))
    }

    /// The address of a database.
    pub fn url(&self, database: &str) -> String {
        let folder = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://{ROLE}@{folder}:{PORT}/{database}")
    }

    /// The socket that the server listens on.
    pub fn socket(&self) -> PathBuf {
        self.folder.join(format!(".s.PGSQL.{PORT}"))
    }

    /// Carries out `sql` in a database, by name or address; what it answers, one line a row, columns with `|` between them.
    pub fn execute(&self, database: &str, sql: &str) -> Result<String, ServerError> {
        let address = if database.contains(':') { database.to_owned() } else { self.url(database) };
        let mut psql = self.programs.command(&self.programs.path("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", &address, "-c", sql]);
        let output = psql.output()?;
        let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
        if output.status.success() {
            return Ok(said(&output.stdout));
        }
        Err(ServerError::Program { program: "psql".to_owned(), said: said(&output.stderr) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut end) = self.guardian.stdin.take() {
            // It waits for the end, with a line or without.
            drop(end.write_all(b"\n"));
        }
        drop(self.guardian.wait());
    }
}

/// Whether the tests run as root: whose is what they make?
fn is_root(made: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    Ok(std::fs::metadata(made)?.uid() == 0)
}

/// Runs a command to its end. What it starts keeps none of our pipes open, so what it says goes to a file.
fn heard(command: &mut Command) -> Result<(), ServerError> {
    let said = tempfile::tempfile()?;
    let status = command.stdout(Stdio::null()).stderr(said.try_clone()?).status()?;
    if status.success() {
        return Ok(());
    }
    let program = command.get_program().to_string_lossy().into_owned();
    Err(ServerError::Program { program, said: std::io::read_to_string(rewound(said)?)? })
}

fn rewound(mut file: std::fs::File) -> std::io::Result<std::fs::File> {
    std::io::Seek::rewind(&mut file)?;
    Ok(file)
}
