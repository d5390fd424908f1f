//! A server in a temporary folder, and somebody who stops it whatever happens.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::error::ServerError;
use crate::guardian::Guardian;
use crate::programs::{Programs, ROLE, heard};

/// The port by which sockets in a folder are told from one another. There is one socket in ours.
const PORT: u16 = 5432;

/// A server.
#[derive(Debug)]
pub struct Server {
    folder: PathBuf,
    programs: Programs,
    settings: String,
    databases: AtomicU32,
    /// Templates are copied one at a time.
    templates: Mutex<Vec<String>>,
    _guardian: Guardian,
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
        Server::start_in(&std::env::temp_dir(), settings)
    }

    /// The same, with everything it keeps in `place`: on a disk that is small, or slow.
    pub fn start_in(place: &Path, settings: &[&str]) -> Result<Server, ServerError> {
        let (programs, folder) = Programs::find(place)?;
        let data = folder.path().join("data");
        let mut initdb = programs.command(&programs.path("initdb"));
        initdb.args(["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", "--username", ROLE]);
        heard(initdb.arg("-D").arg(&data))?;
        let socket = format!("-k {} -p {PORT}", folder.path().display());
        let own = ["listen_addresses=", "max_connections=500", "shared_buffers=32MB", "max_wal_size=256MB"];
        let settings: String = own.iter().chain(settings).map(|setting| format!(" -c {setting}")).collect();
        let guardian = Guardian::of(folder.path(), &programs)?;
        let server = Server {
            folder: folder.keep(),
            programs,
            settings: format!("{socket}{settings}"),
            databases: AtomicU32::new(0),
            templates: Mutex::default(),
            _guardian: guardian,
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

    /// A database of its own with what another one, by its address, holds at one moment, put back from a backup that was made
    /// while others worked there: its address.
    pub fn copy_of(&self, address: &str) -> Result<String, ServerError> {
        let copy = self.database()?;
        let file = self.folder.join(format!("{}.backup", self.new_name()));
        let mut dump = self.programs.command(&self.programs.path("pg_dump"));
        heard(dump.args(["--format=custom", "-d", address, "-f"]).arg(&file))?;
        let mut restore = self.programs.command(&self.programs.path("pg_restore"));
        heard(restore.args(["--exit-on-error", "-d", &copy]).arg(&file))?;
        Ok(copy)
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
        self.programs.psql(&address, sql)
    }
}
