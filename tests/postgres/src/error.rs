//! Why there is no server.

/// Why there is no server, or why it did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Programs are not installed.
    #[error("{program} is missing. Run: apt-get install {package}")]
    Missing {
        /// Which.
        program: &'static str,
        /// Debian's package that has them.
        package: &'static str,
    },
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
    /// A cluster does not come up.
    #[error("the cluster is not whole after {waited_s} s; the last words of its members:\n{log}")]
    NotWhole {
        /// How long was waited for it.
        waited_s: u64,
        /// The end of each member's log.
        log: String,
    },
}
