//! Which configuration a command goes by.

use std::path::{Path, PathBuf};

use gateway::config::{Config, ConfigError};

/// The configuration that is taken where none is named, if it lies in the folder one is in.
pub(crate) const CONFIG_FILE: &str = "tidegate.toml";

/// The file to go by: the one that is named, else the usual one, if it is there.
pub(crate) fn file(named: Option<PathBuf>) -> Option<PathBuf> {
    named.or_else(|| Some(PathBuf::from(CONFIG_FILE)).filter(|file| file.is_file()))
}

/// What `file` says; without one, what is usual in the folder one is in.
pub(crate) fn read(file: Option<&Path>) -> Result<Config, ConfigError> {
    // A folder that has no name any more is still the one that relative paths begin at.
    let here = || std::env::current_dir().unwrap_or_default();
    file.map_or_else(|| Ok(Config::usual(&here())), Config::read)
}
