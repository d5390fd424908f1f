//! The file with address and key, for who does not want to give them every time.

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;

/// What the file says.
#[derive(Debug, Default)]
pub(crate) struct ConfigFile {
    /// The gateway's address.
    pub(crate) url: Option<String>,
    /// The key for that address, and for no other.
    pub(crate) key: Option<SecretString>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    url: Option<String>,
    key: Option<String>,
}

/// Why the file cannot be used. The text around a mistake is left out: it may be the key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigFileError {
    /// It is there but cannot be read.
    #[error("`{}` cannot be read: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// It is not what it should be.
    #[error("`{}`, line {line}: {what}. It holds two lines: `url = \"…\"` and `key = \"…\"`", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What the parser said.
        what: String,
    },
}

/// What the file at `path` says; nothing if there is no file.
pub(crate) fn read(path: &Path) -> Result<ConfigFile, ConfigFileError> {
    match std::fs::read_to_string(path) {
        Ok(text) => parse(path, &text),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(ConfigFile::default()),
        Err(cause) => Err(ConfigFileError::Unreadable { path: path.to_owned(), cause }),
    }
}

fn parse(path: &Path, text: &str) -> Result<ConfigFile, ConfigFileError> {
    let Wire { url, key } =
        toml::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| ConfigFileError::Malformed {
            path: path.to_owned(),
            line: 1 + error
                .span()
                .map_or(0, |span| text.chars().take(span.start).filter(|&c| c == '\n').count()),
            what: error.message().to_owned(),
        })?;
    Ok(ConfigFile { url, key: key.map(SecretString::from) })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn the_file_holds_address_and_key() {
        let file = parse(Path::new("c.toml"), "url = \"http://h:1\"\nkey = \"tg_a\"\n").unwrap();
        assert_eq!(file.url.as_deref(), Some("http://h:1"));
        assert_eq!(file.key.unwrap().expose_secret(), "tg_a");
    }

    #[test]
    fn a_mistake_is_named_by_its_line_and_the_key_is_not_shown() {
        for (text, line) in
            [("url = \"http://h:1\"\nkey = tg_geheim\n", "line 2"), ("kye = \"tg_geheim\"\n", "line 1")]
        {
            let error = parse(Path::new("c.toml"), text).unwrap_err().to_string();
            assert!(error.contains(line) && error.contains("c.toml") && !error.contains("geheim"), "{error}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(&folder.path().join("client.toml")).unwrap().url.is_none());
    }
}
