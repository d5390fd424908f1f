//! `DIR/world.json`, as far as a gateway needs it. What else stands there is the sandbox's business, and a merchant that
//! is not understood keeps nobody from the others.

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// What a sandbox tells of itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WorldFile {
    /// Where V3 answers, a full URL.
    pub v3: String,
    /// Where both versions answer with TLS, and where V2 looks at certificates, a full URL; none if it answers nowhere so.
    #[serde(default)]
    pub mtls: Option<String>,
    /// Where the control interface answers, a full URL.
    pub control: String,
    /// Which clock it goes by.
    pub clock: Clock,
    /// Who is there.
    pub merchants: Vec<WorldMerchant>,
}

/// Which clock a sandbox goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// The wall's.
    Real,
    /// One that is moved through the control interface; a gateway takes part in it.
    Virtual,
}

/// A merchant of a sandbox, in the words of the file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WorldMerchant {
    /// The merchant id. Its credentials lie in `credentials/<mchid>`.
    pub mchid: String,
    /// `direct`, `institution`, or what this gateway does not serve.
    pub mode: String,
    /// `v3` or `v2`, or what this gateway does not speak.
    pub wire: String,
    /// Its app id.
    pub appid: String,
    /// The currency it is settled in.
    pub settlement_currency: String,
    /// Whom it serves.
    #[serde(default)]
    pub sub_mchids: Vec<String>,
}

/// Why the file tells nothing.
#[derive(Debug, thiserror::Error)]
pub enum WorldFileError {
    /// It cannot be read.
    #[error("`{}` cannot be read: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// It is no such file.
    #[error("`{}` is no world of a sandbox: {source}", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
}

impl WorldFile {
    /// The file in the folder of a sandbox.
    pub fn read(folder: &Path) -> Result<WorldFile, WorldFileError> {
        let path = folder.join("world.json");
        let text =
            std::fs::read(&path).map_err(|source| WorldFileError::Io { path: path.clone(), source })?;
        serde_json::from_slice(&text).map_err(|source| WorldFileError::Form { path, source })
    }
}
