//! Ctrl-C, and the signal by which service managers end programs.

use std::io;

/// What ends a command that runs until it is ended. From the moment it is made no signal is missed.
pub(crate) struct Interruption {
    #[cfg(unix)]
    ctrl_c: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Interruption {
    /// Listens from now on.
    #[cfg(unix)]
    pub(crate) fn listen() -> io::Result<Interruption> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Interruption {
            ctrl_c: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Comes back when the command shall end.
    #[cfg(unix)]
    pub(crate) async fn comes(&mut self) -> io::Result<()> {
        tokio::select! {
            _ = self.ctrl_c.recv() => Ok(()),
            _ = self.terminate.recv() => Ok(()),
        }
    }

    /// Listens from the first wait on.
    #[cfg(not(unix))]
    pub(crate) fn listen() -> io::Result<Interruption> {
        Ok(Interruption {})
    }

    /// Comes back when the command shall end.
    #[cfg(not(unix))]
    pub(crate) async fn comes(&mut self) -> io::Result<()> {
        tokio::signal::ctrl_c().await
    }
}
