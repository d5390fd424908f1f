//! Opening an address or a folder with the program that the desktop has for it.

use std::ffi::OsStr;
use std::time::Duration;

use tokio::time::timeout;

/// A program that could not be started says so within this time; one that runs may stay until it is closed.
const STARTING: Duration = Duration::from_secs(3);

/// Whether there is a desktop to open anything on. Without one, a browser for the terminal would take the terminal over.
pub fn is_there() -> bool {
    if cfg!(any(windows, target_os = "macos")) {
        return true;
    }
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") || is_set("WSL_DISTRO_NAME")
}

/// Opens `target`, an address or a folder. Says whether that went well, as far as is known soon.
pub async fn open(target: &OsStr) -> bool {
    let target = target.to_owned();
    let opening = tokio::task::spawn_blocking(move || opener::open(target).is_ok());
    match timeout(STARTING, opening).await {
        Ok(opened) => opened.unwrap_or(false),
        Err(_) => true,
    }
}
