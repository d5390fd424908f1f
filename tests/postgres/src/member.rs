//! A member of a cluster: a server, and a Patroni that looks after it.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::error::ServerError;
use crate::guardian::KILL_IN;
use crate::ports::free_port;
use crate::programs::{Programs, ROLE, heard};

/// How long Patroni may take to say what its server is.
const ANSWER: Duration = Duration::from_secs(2);

/// How long a change of the leader may take. Patroni itself waits for less.
const HANDED_OVER: Duration = Duration::from_secs(60);

/// How much of a log is shown.
const LAST_LINES: usize = 12;

/// A member of a cluster.
#[derive(Debug)]
pub struct Member {
    name: &'static str,
    folder: PathBuf,
    pub(crate) port: u16,
    /// Where Patroni answers.
    patroni_port: u16,
    patroni: Mutex<Option<Child>>,
}

impl Member {
    /// A member called `name`, which keeps everything in a folder of that name in `home`. `settings` are those of the cluster.
    pub(crate) fn prepare(
        name: &'static str,
        home: &Path,
        etcd_port: u16,
        settings: &[&str],
        programs: &Programs,
    ) -> Result<Member, ServerError> {
        let folder = home.join(name);
        std::fs::create_dir(&folder)?;
        programs.give(&folder)?;
        let (port, patroni_port) = (free_port()?, free_port()?);
        let member = Member { name, folder, port, patroni_port, patroni: Mutex::default() };
        std::fs::write(
            member.folder.join("patroni.yml"),
            member.configuration(etcd_port, settings, programs.folder()),
        )?;
        Ok(member)
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        self.name
    }

    /// The periods are the shortest that Patroni takes.
    fn configuration(&self, etcd_port: u16, settings: &[&str], programs: &Path) -> String {
        let Member { name, folder, port, patroni_port, .. } = self;
        let (folder, programs) = (folder.display(), programs.display());
        let own = ["max_connections=200", "shared_buffers=32MB", "max_wal_size=256MB"];
        let settings: Vec<String> =
            own.iter().chain(settings).map(|setting| setting.replacen('=', ": ", 1)).collect();
        let settings = settings.join(", ");
        format!(
            "
scope: throwaway
name: {name}
etcd3: {{hosts: ['127.0.0.1:{etcd_port}']}}
restapi: {{listen: '127.0.0.1:{patroni_port}', connect_address: '127.0.0.1:{patroni_port}'}}
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 1
    retry_timeout: 5
    synchronous_mode: true
    postgresql:
      use_pg_rewind: true
      parameters: {{{settings}}}
      pg_hba:
      - local all all trust
      - host all all 127.0.0.1/32 trust
      - host replication all 127.0.0.1/32 trust
  initdb: [encoding: UTF8, locale: C]
postgresql:
  listen: '127.0.0.1:{port}'
  connect_address: '127.0.0.1:{port}'
  bin_dir: '{programs}'
  data_dir: '{folder}/data'
  pgpass: '{folder}/pgpass'
  parameters: {{unix_socket_directories: '{folder}'}}
  authentication: {{superuser: {{username: {ROLE}}}, replication: {{username: replicator}}}}
"
        )
    }

    /// Starts Patroni, which starts the server.
    pub(crate) fn start(&self, patroni: &Path, programs: &Programs) -> Result<(), ServerError> {
        let log = std::fs::File::options().append(true).create(true).open(self.log())?;
        let mut command = programs.command(patroni);
        command.arg("patroni.yml").current_dir(&self.folder).process_group(0);
        let child = command.stdout(log.try_clone()?).stderr(log).spawn()?;
        *self.patroni.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
        Ok(())
    }

    /// SIGKILL for Patroni and every process of the server. Returns when they are gone.
    pub(crate) fn kill(&self, programs: &Programs) -> Result<(), ServerError> {
        let mut kill = programs.shell(&format!("{KILL_IN}\nkill_in \"$1\" \"$1/data\""));
        heard(kill.arg(&self.folder))?;
        if let Some(mut patroni) = self.patroni.lock().unwrap_or_else(PoisonError::into_inner).take() {
            patroni.wait()?;
        }
        Ok(())
    }

    /// Whether its server is the one that takes writes.
    pub(crate) fn leads(&self) -> bool {
        self.affirms("/primary")
    }

    /// Whether its server has everything that is committed, and will have what comes.
    pub(crate) fn keeps_up(&self) -> bool {
        self.affirms("/synchronous")
    }

    /// Has Patroni give the lead to the other member, in order. Returns when that has happened.
    pub(crate) fn hand_over(&self) -> Result<(), ServerError> {
        let body = format!("{{\"leader\": \"{}\"}}", self.name);
        match self.asked("POST", "/switchover", &body, HANDED_OVER) {
            Ok(status) if status.contains(" 200 ") => Ok(()),
            Ok(status) => Err(ServerError::Program { program: "Patroni".to_owned(), said: status }),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether Patroni answers 200 to a question about its server.
    fn affirms(&self, path: &str) -> bool {
        self.asked("GET", path, "", ANSWER).is_ok_and(|status| status.contains(" 200 "))
    }

    /// The first line of what Patroni answers.
    fn asked(&self, method: &str, path: &str, body: &str, within: Duration) -> std::io::Result<String> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.patroni_port));
        let mut stream = TcpStream::connect_timeout(&address, ANSWER)?;
        stream.set_read_timeout(Some(within))?;
        write!(stream, "{method} {path} HTTP/1.0\r\nContent-Length: {}\r\n\r\n{body}", body.len())?;
        let mut status = String::new();
        BufReader::new(stream).read_line(&mut status)?;
        Ok(status.trim_end().to_owned())
    }

    /// The end of what Patroni and the server have written down.
    pub(crate) fn last_words(&self) -> String {
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        format!("{}:\n{}", self.name, lines[lines.len().saturating_sub(LAST_LINES)..].join("\n"))
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        if let Some(mut patroni) = self.patroni.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // One that has ended is as good. The server goes on until the guardian ends it.
            drop(patroni.kill());
            drop(patroni.wait());
        }
    }
}
