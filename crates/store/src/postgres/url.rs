//! Where a database is, and how the store uses it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};

use super::hosts;
use super::tls::Verification;

/// How many connections a store makes by itself.
const CONNECTIONS: usize = 8;

/// The most connections a store makes. A server has about a hundred for everybody.
const MOST_CONNECTIONS: usize = 256;

/// How long one attempt at a connection may take.
const CONNECT: Duration = Duration::from_secs(2);

/// For how long what was sent may stay unacknowledged, and how long a silent connection is left alone before it is asked
/// for a sign of life.
const SILENCE: Duration = Duration::from_secs(5);

/// How strictly transactions are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// Each statement sees what is committed by then. Enough, since each transaction locks its merchant id first.
    ReadCommitted,
    /// As if they came one after the other, by the server's own account: slower, and right even if a lock were forgotten.
    Serializable,
}

/// The address of a database, `postgres://USER:PASSWORD@HOST/DATABASE`, as libpq reads it, with two parameters of ours:
/// `connections`, from 1 to 256 and 8 by itself, beside one for hints, and `isolation`, `read-committed` by itself or `serializable`.
///
/// `sslmode` is one of `disable`, `prefer` (by itself), `require` and `verify-full`. Only the last one makes sure that it is
/// the server that answers: by the certificates in the file `sslrootcert`, else by those the system trusts.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl {
    pub(super) config: Config,
    /// The same for each host alone, at least one.
    pub(super) hosts: Vec<Config>,
    pub(super) verification: Verification,
    pub(super) connections: usize,
    pub(super) isolation: Isolation,
}

/// Why a text is not the address of a database. None of it repeats the text, where a password stands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostgresUrlError {
    /// It is not written as an address of PostgreSQL.
    #[error("this is no address of PostgreSQL: write `postgres://USER:PASSWORD@HOST/DATABASE`")]
    Unreadable,
    /// It names no host.
    #[error("the address of the database names no host: write `postgres://USER:PASSWORD@HOST/DATABASE`")]
    NoHost,
    /// It names some hosts, and another number of ports or of `hostaddr`.
    #[error("the address of the database has another number of ports or of `hostaddr` than of hosts")]
    Uneven,
    /// A parameter has a value that it does not take.
    #[error("`{parameter}` of the database is {expected}")]
    Parameter {
        /// The parameter.
        parameter: &'static str,
        /// What it takes.
        expected: &'static str,
    },
}

impl PostgresUrl {
    /// The database that `text` names.
    pub fn parse(text: &str) -> Result<PostgresUrl, PostgresUrlError> {
        let (address, query) = text.split_once('?').unwrap_or((text, ""));
        let mut verification = Verification::None;
        let (mut connections, mut isolation) = (CONNECTIONS, Isolation::ReadCommitted);
        let (mut ssl_mode, mut roots) = (SslMode::Prefer, None);
        let mut others = vec![];
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match name {
                "connections" => connections = number_of_connections(value)?,
                "isolation" => isolation = isolation_of(value)?,
                "sslmode" => (ssl_mode, verification) = ssl_mode_of(value)?,
                "sslrootcert" => {
                    let path = percent_encoding::percent_decode_str(value).decode_utf8();
                    roots = Some(PathBuf::from(path.map_err(|_| PostgresUrlError::Unreadable)?.as_ref()));
                }
                // These spellings are theirs; ours above.
                _ => others.push(parameter),
            }
        }
        if verification == Verification::System
            && let Some(roots) = roots
        {
            verification = Verification::Roots(roots);
        }
        let theirs = format!("{address}?{}", others.join("&"));
        let mut config = Config::from_str(&theirs).map_err(|_| PostgresUrlError::Unreadable)?;
        if config.get_hosts().is_empty() {
            return Err(PostgresUrlError::NoHost);
        }
        config
            .ssl_mode(ssl_mode)
            // Of several servers the one that takes writes: the others may be behind.
            .target_session_attrs(TargetSessionAttrs::ReadWrite)
            .connect_timeout(CONNECT)
            .tcp_user_timeout(SILENCE)
            .keepalives_idle(SILENCE)
            .keepalives_interval(Duration::from_secs(1))
            .keepalives_retries(3);
        if config.get_application_name().is_none() {
            config.application_name("tidegate");
        }
        let hosts = hosts::each_alone(&config)?;
        Ok(PostgresUrl { config, hosts, verification, connections, isolation })
    }

    /// The same database with another isolation.
    pub fn isolated(self, isolation: Isolation) -> PostgresUrl {
        PostgresUrl { isolation, ..self }
    }
}

fn number_of_connections(value: &str) -> Result<usize, PostgresUrlError> {
    let expected = "a number from 1 to 256";
    let number = value.parse().ok().filter(|number| (1..=MOST_CONNECTIONS).contains(number));
    number.ok_or(PostgresUrlError::Parameter { parameter: "connections", expected })
}

fn isolation_of(value: &str) -> Result<Isolation, PostgresUrlError> {
    match value {
        "read-committed" => Ok(Isolation::ReadCommitted),
        "serializable" => Ok(Isolation::Serializable),
        _ => Err(PostgresUrlError::Parameter {
            parameter: "isolation",
            expected: "`read-committed` or `serializable`",
        }),
    }
}

fn ssl_mode_of(value: &str) -> Result<(SslMode, Verification), PostgresUrlError> {
    match value {
        "disable" => Ok((SslMode::Disable, Verification::None)),
        "prefer" => Ok((SslMode::Prefer, Verification::None)),
        "require" => Ok((SslMode::Require, Verification::None)),
        "verify-full" => Ok((SslMode::Require, Verification::System)),
        _ => Err(PostgresUrlError::Parameter {
            parameter: "sslmode",
            expected: "`disable`, `prefer`, `require` or `verify-full`",
        }),
    }
}

/// Hosts, database and user; never the password.
impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PostgresUrl { config, hosts: _, verification, connections, isolation } = self;
        f.debug_struct("PostgresUrl")
            .field("hosts", &config.get_hosts())
            .field("database", &config.get_dbname())
            .field("user", &config.get_user())
            .field("password", &config.get_password().map(|_| "***"))
            .field("ssl_mode", &config.get_ssl_mode())
            .field("verification", verification)
            .field("connections", connections)
            .field("isolation", isolation)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "postgres://tidegate:secret@db.example/refunds";

    #[test]
    fn an_address_is_read_as_libpq_does_and_our_own_parameters_beside_it() {
        let plain = PostgresUrl::parse(SECRET).unwrap();
        assert_eq!((plain.connections, plain.isolation), (8, Isolation::ReadCommitted));
        assert_eq!(
            (plain.config.get_ssl_mode(), &plain.verification),
            (SslMode::Prefer, &Verification::None)
        );
        assert_eq!(plain.config.get_dbname(), Some("refunds"));
        let text = format!(
            "{SECRET}?sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem&connections=3&isolation=serializable&options=-c%20search_path%3Dpay"
        );
        let whole = PostgresUrl::parse(&text).unwrap();
        assert_eq!((whole.connections, whole.isolation), (3, Isolation::Serializable));
        assert_eq!(whole.verification, Verification::Roots("/etc/ca.pem".into()));
        assert_eq!(whole.config.get_options(), Some("-c search_path=pay"));
        assert!(PostgresUrl::parse("postgresql://u@%2Frun%2Fpostgresql/refunds").is_ok());
    }

    #[test]
    fn what_is_no_address_is_refused_and_nothing_of_it_repeated() {
        for text in [
            "postgres://",
            "postgres://tidegate:secret@db:port/refunds",
            &format!("{SECRET}?sslmode=secret"),
            &format!("{SECRET}?connections=0"),
            &format!("{SECRET}?isolation=secret"),
            &format!("{SECRET}?secret=1"),
            &format!("{SECRET}?host=secret&port=1&port=2"),
        ] {
            let error = PostgresUrl::parse(text).unwrap_err();
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn the_password_is_in_no_debug_text() {
        let text = format!("{:?}", PostgresUrl::parse(SECRET));
        assert!(text.contains("refunds") && !text.contains("secret"), "{text}");
    }
}
