//! The configuration file, in TOML: what must be known before the store is open. Merchant ids, keys and certificates live
//! in the store and are set up through the operator's interface.
//!
//! Every key may be left out. A key that nobody knows is refused: misspelt, it would be ignored in silence. Errors name
//! the file, the line and what to do. `docs/guide/configuration.md` has an example.

mod channels;
mod watch;

use std::fmt;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use reqwest::Url;
use serde::Deserialize;
use store::open::StoreUrl;
use toml::Spanned;
use tracing::Level;

use crate::gateway::World;
use crate::merchants::api_host::is_loopback;
use crate::watch::settings::{ChannelSettings, WatchSettings};

/// A whole configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where requests are taken.
    pub listen: SocketAddr,
    /// What people call this node among others that share the store.
    pub node_name: String,
    /// Where WeChat Pay reaches the gateway, without a slash at the end; none if it cannot.
    pub public_url: Option<String>,
    /// Where everything is kept.
    pub store: StoreUrl,
    /// The file of the keyset.
    pub keyset_file: PathBuf,
    /// A folder that new certificates are taken from; none if none is looked at.
    pub cert_dir: Option<PathBuf>,
    /// Whose certificates are taken.
    pub world: World,
    /// The file with the authority of the sandbox's TLS certificates; only in a sandbox's world.
    pub sandbox_tls_ca: Option<PathBuf>,
    /// What is logged, and how.
    pub log: Log,
    /// By which channels people are told that a certificate ends.
    pub channels: ChannelSettings,
    /// When they are told.
    pub certificate_watch: WatchSettings,
}

/// What is logged, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// The form of a line.
    pub format: LogFormat,
    /// What is less urgent than this is left out.
    pub level: Level,
}

/// The form of a line of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: a JSON object a line.
    Json,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration `{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The file is no TOML, or has keys that nobody knows.
    #[error("{place}: {why}")]
    Form {
        /// Where.
        place: Place,
        /// What is wrong.
        why: String,
    },
    /// A value that is not what its key is for.
    #[error("{place}: `{key}` {why}. {what_to_do}")]
    Value {
        /// Where.
        place: Place,
        /// The key.
        key: &'static str,
        /// What is wrong with its value.
        why: String,
        /// What to do about it.
        what_to_do: &'static str,
    },
}

/// A place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`, line {}", self.path.display(), self.line)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<Spanned<String>>,
    node_name: Option<Spanned<String>>,
    public_url: Option<Spanned<String>>,
    store: Option<Spanned<String>>,
    keyset_file: Option<Spanned<String>>,
    cert_dir: Option<Spanned<String>>,
    world: Option<Spanned<String>>,
    sandbox_tls_ca: Option<Spanned<String>>,
    log: Option<LogTable>,
    channels: Option<channels::Table>,
    certificate_watch: Option<watch::Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogTable {
    format: Option<Spanned<String>>,
    level: Option<Spanned<String>>,
}

const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 7070);
const STORE: &str = "tidegate.db";
const KEYSET_FILE: &str = "tidegate.keyset";
const LOG: Log = Log { format: LogFormat::Text, level: Level::INFO };

impl Config {
    /// The configuration in the file at `path`. Relative paths in it begin at the file's folder.
    pub fn read(path: &Path) -> Result<Config, ConfigError> {
        let text =
            fs::read_to_string(path).map_err(|source| ConfigError::Io { path: path.to_owned(), source })?;
        Config::parse(&text, path)
    }

    /// The configuration of whoever has no file; its paths begin at `folder`.
    pub fn usual(folder: &Path) -> Config {
        Config {
            listen: LISTEN,
            node_name: LISTEN.to_string(),
            public_url: None,
            store: StoreUrl::Sqlite(folder.join(STORE)),
            keyset_file: folder.join(KEYSET_FILE),
            cert_dir: None,
            world: World::Production,
            sandbox_tls_ca: None,
            log: LOG,
            channels: ChannelSettings::default(),
            certificate_watch: WatchSettings::default(),
        }
    }

    /// The configuration in `text`, which is the content of the file at `path`.
    pub fn parse(text: &str, path: &Path) -> Result<Config, ConfigError> {
        let source = Source { text, path };
        // The parser's own text shows the line as it stands, and a line may hold a password.
        let File {
            listen,
            node_name,
            public_url,
            store,
            keyset_file,
            cert_dir,
            world,
            sandbox_tls_ca,
            log,
            channels,
            certificate_watch,
        } = toml::from_str(text).map_err(|error| ConfigError::Form {
            place: source.place(error.span().map_or(0, |span| span.start)),
            why: error.message().to_owned(),
        })?;
        let LogTable { format, level } = log.unwrap_or(LogTable { format: None, level: None });
        let folder = path.parent().unwrap_or(Path::new(""));
        let usual = Config::usual(folder);

        let world = source.value(world, "world", world_of)?.unwrap_or(usual.world);
        let listen = source.value(listen, "listen", listen_of)?.unwrap_or(usual.listen);
        let node_name = source.value(node_name, "node_name", node_name_of)?;
        let public_url = source.value(public_url, "public_url", |text| public_url_of(text, world))?;
        let store = source.value(store, "store", |text| store_of(text, folder))?;
        let keyset_file = source.value(keyset_file, "keyset_file", |text| path_of(text, folder))?;
        let sandbox_tls_ca = source.value(sandbox_tls_ca, "sandbox_tls_ca", |text| match world {
            World::Sandbox => path_of(text, folder),
            World::Production => Err((
                "is only for a sandbox's world".to_owned(),
                "Leave it out: WeChat Pay's own certificates are of public authorities",
            )),
        })?;
        Ok(Config {
            listen,
            // Two on one machine differ at least in this.
            node_name: node_name.unwrap_or_else(|| listen.to_string()),
            public_url,
            store: store.unwrap_or(usual.store),
            keyset_file: keyset_file.unwrap_or(usual.keyset_file),
            cert_dir: source.value(cert_dir, "cert_dir", |text| path_of(text, folder))?,
            world,
            sandbox_tls_ca,
            log: Log {
                format: source.value(format, "log.format", format_of)?.unwrap_or(usual.log.format),
                level: source.value(level, "log.level", level_of)?.unwrap_or(usual.log.level),
            },
            channels: channels.unwrap_or_default().read(&source, folder)?,
            certificate_watch: certificate_watch.unwrap_or_default().read(&source)?,
        })
    }
}

/// What is wrong with a value, and what to do about it.
type Wrong = (String, &'static str);

struct Source<'a> {
    text: &'a str,
    path: &'a Path,
}

impl Source<'_> {
    fn value<T>(
        &self,
        given: Option<Spanned<String>>,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(given) = given else { return Ok(None) };
        let parsed = parse(given.get_ref());
        parsed.map(Some).map_err(|wrong| self.wrong(given.span().start, key, wrong))
    }

    /// The value at `byte`, which stands for `key`, is not what the key is for.
    fn wrong(&self, byte: usize, key: &'static str, (why, what_to_do): Wrong) -> ConfigError {
        ConfigError::Value { place: self.place(byte), key, why, what_to_do }
    }

    fn place(&self, byte: usize) -> Place {
        let before = self.text.as_bytes().get(..byte).unwrap_or_default();
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        Place { path: self.path.to_owned(), line }
    }
}

fn listen_of(text: &str) -> Result<SocketAddr, Wrong> {
    let what_to_do =
        "Give an IP address and a port, such as `127.0.0.1:7070`, or `0.0.0.0:7070` for all interfaces";
    text.parse().map_err(|_| ("is no address".to_owned(), what_to_do))
}

fn node_name_of(text: &str) -> Result<String, Wrong> {
    let is_name = !text.is_empty() && text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_name {
        Ok(text.to_owned())
    } else {
        Err((
            "is no name of a node".to_owned(),
            "Give 1 to 64 letters, digits or signs without spaces, such as `refunds-1`",
        ))
    }
}

fn world_of(text: &str) -> Result<World, Wrong> {
    match text {
        "production" => Ok(World::Production),
        "sandbox" => Ok(World::Sandbox),
        _ => Err(("is neither world".to_owned(), "Give `production` or `sandbox`")),
    }
}

fn public_url_of(text: &str, world: World) -> Result<String, Wrong> {
    let what_to_do =
        "Give what WeChat Pay reaches from outside, such as `https://refunds.example.com`, or leave it out";
    let wrong = |why: &str| (why.to_owned(), what_to_do);
    let url = Url::parse(text).map_err(|_| wrong("is no URL"))?;
    let is_local_sandbox = world == World::Sandbox && url.scheme() == "http" && is_loopback(&url);
    if url.scheme() != "https" && !is_local_sandbox {
        return Err(wrong("is not https, and WeChat Pay calls nothing else"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("has parameters, and WeChat Pay takes none"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("has a user name or a password in it"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn store_of(text: &str, folder: &Path) -> Result<StoreUrl, Wrong> {
    let url = StoreUrl::parse(text)
        .map_err(|error| (format!("cannot be used: {error}"), "The file is made if it is not there"))?;
    match url {
        StoreUrl::Sqlite(path) => Ok(StoreUrl::Sqlite(folder.join(path))),
        StoreUrl::Postgres(_) => Ok(url),
    }
}

fn path_of(text: &str, folder: &Path) -> Result<PathBuf, Wrong> {
    match text {
        "" => Err(("is empty".to_owned(), "Give a path, or leave it out")),
        path => Ok(folder.join(path)),
    }
}

fn format_of(text: &str) -> Result<LogFormat, Wrong> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(("is no form of a log".to_owned(), "Give `text` or `json`")),
    }
}

fn level_of(text: &str) -> Result<Level, Wrong> {
    match text {
        "error" => Ok(Level::ERROR),
        "warn" => Ok(Level::WARN),
        "info" => Ok(Level::INFO),
        "debug" => Ok(Level::DEBUG),
        "trace" => Ok(Level::TRACE),
        _ => Err(("is no level".to_owned(), "Give `error`, `warn`, `info`, `debug` or `trace`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse(text, Path::new("etc/tidegate.toml"))
    }

    #[test]
    fn an_empty_file_is_the_usual_configuration() {
        assert_eq!(parse("").unwrap(), Config::usual(Path::new("etc")));
    }

    #[test]
    fn relative_paths_begin_at_the_file() {
        let config = parse("store = \"sqlite:data/store.db\"\nkeyset_file = \"/run/keyset\"").unwrap();
        assert_eq!(config.store, StoreUrl::Sqlite("etc/data/store.db".into()));
        assert_eq!(config.keyset_file, Path::new("/run/keyset"));
    }

    #[test]
    fn the_example_of_the_guide_says_what_the_guide_says() {
        let guide = include_str!("../../../docs/guide/configuration.md");
        let (_, rest) = guide.split_once("```toml\n").unwrap();
        let (example, _) = rest.split_once("```").unwrap();
        let config = parse(example).unwrap();
        assert_eq!(config.listen, "0.0.0.0:7070".parse().unwrap());
        assert_eq!(config.public_url.as_deref(), Some("https://refunds.example.com"));
        assert_eq!(config.store, StoreUrl::Sqlite("etc/tidegate.db".into()));
        assert_eq!(config.log, Log { format: LogFormat::Json, level: Level::INFO });
        // Whatever the example sets, its comments say what is usual.
        let without_values = example.lines().filter(|line| line.starts_with('#') || line.starts_with('['));
        let without_values: String = without_values.flat_map(|line| [line, "\n"]).collect();
        assert_eq!(parse(&without_values).unwrap(), Config::usual(Path::new("etc")));
    }

    #[test]
    fn a_public_url_is_https_and_plain_only_for_a_sandbox_on_this_machine() {
        for (world, url, expected) in [
            ("production", "https://refunds.example.com/", Some("https://refunds.example.com")),
            ("production", "https://example.com/pay/", Some("https://example.com/pay")),
            ("production", "http://refunds.example.com", None),
            ("production", "http://127.0.0.1:7070", None),
            ("sandbox", "http://127.0.0.1:7070", Some("http://127.0.0.1:7070")),
            ("sandbox", "http://10.0.0.1:7070", None),
            ("production", "https://example.com?a=b", None),
            ("production", "https://me:secret@example.com", None),
            ("production", "refunds.example.com", None),
        ] {
            let config = parse(&format!("public_url = \"{url}\"\nworld = \"{world}\""));
            let found = config.ok().and_then(|config| config.public_url);
            assert_eq!(found.as_deref(), expected, "{world} {url}");
        }
    }

    #[test]
    fn every_mistake_is_told_with_its_line_and_what_to_do() {
        for (text, expected) in [
            ("\nlisten = \"7070\"", "line 2: `listen` is no address. Give an IP address and a port"),
            ("world = \"test\"", "line 1: `world` is neither world. Give `production` or `sandbox`"),
            ("store = \"mysql://me:hunter2@db\"", "line 1: `store` cannot be used: "),
            ("node_name = \"a b\"", "line 1: `node_name` is no name of a node. "),
            ("store = \"tidegate.db\"", "write `sqlite:PATH`"),
            ("keyset_file = \"\"", "line 1: `keyset_file` is empty. Give a path"),
            ("sandbox_tls_ca = \"ca.pem\"", "line 1: `sandbox_tls_ca` is only for a sandbox's world. Leave"),
            ("[log]\n\nformat = \"xml\"", "line 3: `log.format` is no form of a log. Give `text` or `json`"),
            ("[log]\nlevel = \"loud\"", "line 2: `log.level` is no level. Give `error`"),
            (
                "# ours\n\nlisen = \"127.0.0.1:7070\"",
                "line 3: unknown field `lisen`, expected one of `listen`",
            ),
            ("[log]\ncolour = true", "line 2: unknown field `colour`, expected `format` or `level`"),
            ("listen = 7070", "line 1: invalid type: integer"),
            ("listen = \"127.0.0.1:1\"\nlisten = \"127.0.0.1:2\"", "line 2: duplicate key"),
            ("store = \"sqlite:x", "line 1: "),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.starts_with("`etc/tidegate.toml`, line "), "{error}");
            assert!(error.contains(expected) && !error.contains("hunter2"), "{text:?}: {error}");
        }
    }
}
