//! Where a channel's password or token lies: in a file or in the environment, never in the configuration itself.

use std::fmt;
use std::fs;
use std::io;
use std::path::PathBuf;

use secrecy::SecretString;

/// Where a secret is read from, when the channel is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// A file that holds nothing else. White space around the secret does not count.
    File(PathBuf),
    /// A variable of the environment.
    Variable(String),
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretSource::File(path) => write!(f, "the file `{}`", path.display()),
            SecretSource::Variable(name) => write!(f, "the environment variable {name}"),
        }
    }
}

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file cannot be read.
    #[error("{source_of} cannot be read: {source}")]
    Io {
        /// Where it should be.
        source_of: SecretSource,
        /// The system's answer.
        source: io::Error,
    },
    /// The variable is not set, or is no text.
    #[error("{0} is not set")]
    NotSet(SecretSource),
    /// There is nothing in it.
    #[error("{0} is empty")]
    Empty(SecretSource),
}

impl SecretSource {
    /// The secret.
    pub fn read(&self) -> Result<SecretString, SecretError> {
        let text = match self {
            SecretSource::File(path) => fs::read_to_string(path)
                .map_err(|source| SecretError::Io { source_of: self.clone(), source })?,
            SecretSource::Variable(name) => {
                std::env::var(name).map_err(|_| SecretError::NotSet(self.clone()))?
            }
        };
        match text.trim() {
            "" => Err(SecretError::Empty(self.clone())),
            secret => Ok(SecretString::from(secret)),
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_secret_is_what_stands_in_the_file_without_the_end_of_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        let source = SecretSource::File(file.clone());
        assert!(matches!(source.read(), Err(SecretError::Io { .. })));
        fs::write(&file, " \n").unwrap();
        assert!(matches!(source.read(), Err(SecretError::Empty(_))));
        fs::write(&file, "t0ken\r\n").unwrap();
        assert_eq!(source.read().unwrap().expose_secret(), "t0ken");
        assert!(!format!("{:?}", source.read()).contains("t0ken"));
    }

    #[test]
    fn a_variable_that_is_not_set_is_named() {
        let source = SecretSource::Variable("TIDEGATE_TEST_NOBODY_SETS_THIS".to_owned());
        let error = source.read().unwrap_err().to_string();
        assert_eq!(error, "the environment variable TIDEGATE_TEST_NOBODY_SETS_THIS is not set");
    }
}
