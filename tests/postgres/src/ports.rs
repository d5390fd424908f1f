//! Ports that nobody listens on.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

/// The first one. All are below those that systems give out by themselves, so that nobody takes one while the program that
/// listens on it is away.
const FIRST: u32 = 10_000;

/// How many there are.
const COUNT: u32 = 5_000;

/// How many a process asks for at most, more or less: so far apart do two processes begin to look.
const STRIDE: u32 = 61;

/// A port of this machine that nobody listens on, another one each time.
pub(crate) fn free_port() -> std::io::Result<u16> {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    let begin = std::process::id().wrapping_mul(STRIDE);
    for _ in 0..COUNT {
        let n = begin.wrapping_add(TAKEN.fetch_add(1, Ordering::Relaxed)) % COUNT;
        let port = u16::try_from(FIRST + n).map_err(std::io::Error::other)?;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    Err(std::io::Error::other("no port is free"))
}
