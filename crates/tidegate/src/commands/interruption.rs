//! What ends a command that runs until it is ended: Ctrl-C, the signal by which service managers end programs, a terminal
//! that is closed, and, where that was asked for, the end of standard input.

use std::io::{self, Read as _};

use tokio::sync::oneshot;

/// What a command ends with that somebody broke off, as shells show it of a program that was ended by Ctrl-C.
pub(crate) const INTERRUPTED: u8 = 130;

/// What ends a command that runs until it is ended. From the moment it is made no signal is missed.
pub(crate) struct Interruption {
    #[cfg(unix)]
    signals: Signals,
    /// Is closed at the end of standard input; none if nobody looks there.
    input: Option<oneshot::Receiver<()>>,
}

impl Interruption {
    /// Listens for signals from now on.
    pub(crate) fn listen() -> io::Result<Interruption> {
        Ok(Interruption {
            #[cfg(unix)]
            signals: Signals::listen()?,
            input: None,
        })
    }

    /// The same; if `is_bound`, standard input is read, and its end is an interruption too. Whoever holds the other end of
    /// that pipe takes this process along when it is killed.
    pub(crate) fn bound_to_input(self, is_bound: bool) -> Interruption {
        if !is_bound {
            return self;
        }
        let (open, input) = oneshot::channel();
        // A thread of its own: no runtime waits for it when the program ends.
        std::thread::spawn(move || {
            let mut unread = [0; 64];
            while io::stdin().lock().read(&mut unread).is_ok_and(|read| read > 0) {}
            drop(open);
        });
        Interruption { input: Some(input), ..self }
    }

    /// Comes back when the command shall end.
    pub(crate) async fn comes(&mut self) -> io::Result<()> {
        let Interruption { input, .. } = self;
        let input_ends = async {
            match input {
                // Nothing is ever sent; it is closed.
                Some(input) => drop(input.await),
                None => std::future::pending().await,
            }
        };
        #[cfg(unix)]
        let signal = async {
            self.signals.comes().await;
            Ok(())
        };
        #[cfg(not(unix))]
        let signal = tokio::signal::ctrl_c();
        tokio::select! {
            came = signal => came,
            () = input_ends => Ok(()),
        }
    }
}

#[cfg(unix)]
struct Signals {
    ctrl_c: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    /// None if whoever started us has said that a closed terminal is no reason to end.
    hang_up: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            ctrl_c: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: if hang_up_is_ignored() { None } else { Some(signal(SignalKind::hangup())?) },
        })
    }

    async fn comes(&mut self) {
        let Signals { ctrl_c, terminate, hang_up } = self;
        let hangs_up = async {
            match hang_up {
                Some(hang_up) => drop(hang_up.recv().await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = ctrl_c.recv() => {}
            _ = terminate.recv() => {}
            () = hangs_up => {}
        }
    }
}

/// Whether we were started with `nohup`, which listening would undo. Only Linux says; elsewhere it counts as no.
#[cfg(unix)]
fn hang_up_is_ignored() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| ignores_hang_up(&status))
}

/// Whether the mask of ignored signals in `status`, a process's file of that name, has the first, which is SIGHUP.
#[cfg(unix)]
fn ignores_hang_up(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn nohup_is_seen_in_the_mask_of_ignored_signals() {
        for (status, expected) in [
            ("Name:\ttidegate\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000000000\n", true),
            ("Name:\ttidegate\nSigIgn:\t0000000000001000\nSigCgt:\t0000000000000001\n", false),
            ("Name:\ttidegate\n", false),
        ] {
            assert_eq!(ignores_hang_up(status), expected, "{status}");
        }
    }
}
