//! What the certificate commands end with, for people and for monitors.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use certs::anchors::AnchorError;
use certs::bundle::BundleError;
use certs::material::{MaterialError, WrongKind};
use certs::private_key::PrivateKeyError;
use gateway::certificate_folder::files::FileError;
use gateway::certificate_folder::{BackupError, FolderError};

use crate::screen::plain;

/// The exit codes. They are published: a number keeps its meaning for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ending {
    /// It is done, and all is well.
    Well = 0,
    /// It could not be done.
    Failed = 1,
    /// What was given is wrong.
    Refused = 2,
    /// Nothing is wrong, but the proof is missing.
    NotProven = 3,
    /// A certificate needs somebody soon.
    Soon = 4,
    /// A certificate no longer works.
    Over = 5,
    /// A passphrase is missing or wrong.
    Passphrase = 6,
    /// Something is there already.
    Exists = 7,
}

impl Ending {
    const ALL: [Ending; 8] = [
        Ending::Well,
        Ending::Failed,
        Ending::Refused,
        Ending::NotProven,
        Ending::Soon,
        Ending::Over,
        Ending::Passphrase,
        Ending::Exists,
    ];

    /// The number.
    pub(super) fn code(self) -> u8 {
        self as u8
    }

    fn meaning(self) -> &'static str {
        match self {
            Ending::Well => "it is done, and all is well",
            Ending::Failed => "it could not be done: arguments, files, rights, a full disk",
            Ending::Refused => "what was given is wrong: a check failed, or it is not what belongs here",
            Ending::NotProven => "nothing is wrong, but something could not be checked (`verify`)",
            Ending::Soon => "a certificate needs somebody soon: it expires within 60 days (`status`)",
            Ending::Over => "a certificate no longer works (`status`)",
            Ending::Passphrase => "a passphrase or password is missing or wrong",
            Ending::Exists => "something is there already and was left as it is",
        }
    }
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> ExitCode {
        ExitCode::from(ending.code())
    }
}

/// The table of all endings, for the help.
pub(super) fn table() -> String {
    let line = |ending: &Ending| format!("  {}  {}\n", ending.code(), ending.meaning());
    let lines: String = Ending::ALL.iter().map(line).collect();
    format!("Exit codes:\n{lines}")
}

/// Why a command could not do what was asked: a sentence, and what to do about it.
#[derive(Debug)]
pub(super) struct Failure {
    ending: Ending,
    sentence: String,
    what_to_do: String,
}

impl Failure {
    /// A failure of this kind.
    pub(super) fn new(ending: Ending, sentence: impl fmt::Display, what_to_do: impl Into<String>) -> Failure {
        Failure { ending, sentence: sentence.to_string(), what_to_do: what_to_do.into() }
    }

    /// The same, about a file.
    pub(super) fn about(self, path: &Path) -> Failure {
        Failure { sentence: format!("`{}`: {}", path.display(), self.sentence), ..self }
    }

    /// What the program ends with.
    pub(super) fn ending(&self) -> Ending {
        self.ending
    }

    /// What is wrong.
    pub(super) fn sentence(&self) -> String {
        plain(&self.sentence)
    }

    /// What to do about it.
    pub(super) fn what_to_do(&self) -> &str {
        &self.what_to_do
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. {}", self.sentence(), plain(&self.what_to_do))
    }
}

impl From<FolderError> for Failure {
    fn from(error: FolderError) -> Failure {
        let ending = match &error {
            FolderError::PassphraseNeeded | FolderError::WrongPassphrase | FolderError::EmptyPassphrase => {
                Ending::Passphrase
            }
            FolderError::KeyExists { .. }
            | FolderError::BundleExists { .. }
            | FolderError::OtherMerchant { .. }
            | FolderError::OtherName { .. }
            | FolderError::HasCertificate { .. }
            | FolderError::File(FileError::Exists { .. }) => Ending::Exists,
            FolderError::KeyLost { .. }
            | FolderError::NothingAskedFor { .. }
            | FolderError::NobodysKey { .. }
            | FolderError::RequestString { .. }
            | FolderError::NoMerchant { .. }
            | FolderError::Material { .. }
            | FolderError::Misnamed { .. }
            | FolderError::OtherKey
            | FolderError::Paste(_)
            | FolderError::NotProven(_)
            | FolderError::Bundle(_) => Ending::Refused,
            FolderError::NotThere { .. }
            | FolderError::Busy { .. }
            | FolderError::File(_)
            | FolderError::KeyNotMade => Ending::Failed,
        };
        Failure::new(ending, &error, error.what_to_do())
    }
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Failure {
        let ending = match error {
            BackupError::Folder(error) => return error.into(),
            BackupError::File(error) => return error.into(),
            BackupError::ShortPassphrase { .. }
            | BackupError::MerchantIdAsPassphrase
            | BackupError::NotOpened => Ending::Passphrase,
            BackupError::Occupied { .. } => Ending::Exists,
            BackupError::Irregular { .. }
            | BackupError::NothingToKeep { .. }
            | BackupError::TooLarge { .. }
            | BackupError::NotBackup
            | BackupError::LaterVersion
            | BackupError::CutOff => Ending::Refused,
            BackupError::NotReadBack { .. } | BackupError::Machine => Ending::Failed,
        };
        Failure::new(ending, &error, error.what_to_do())
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Failure {
        let ending = match error {
            FileError::Exists { .. } => Ending::Exists,
            FileError::DiskFull { .. } | FileError::Io { .. } => Ending::Failed,
        };
        Failure::new(ending, &error, error.what_to_do())
    }
}

impl From<MaterialError> for Failure {
    fn from(error: MaterialError) -> Failure {
        let ending = match error {
            MaterialError::Bundle(BundleError::WrongPassword { .. })
            | MaterialError::PrivateKey(PrivateKeyError::WrongPassphrase) => Ending::Passphrase,
            _ => Ending::Refused,
        };
        Failure::new(ending, &error, error.what_to_do())
    }
}

impl From<WrongKind> for Failure {
    fn from(error: WrongKind) -> Failure {
        let ending = match error.found {
            certs::material::Kind::SealedKey if error.wanted == certs::material::Kind::PrivateKey => {
                Ending::Passphrase
            }
            _ => Ending::Refused,
        };
        Failure::new(ending, error, error.what_to_do())
    }
}

impl From<AnchorError> for Failure {
    fn from(error: AnchorError) -> Failure {
        Failure::new(Ending::Refused, &error, error.what_to_do())
    }
}

impl From<BundleError> for Failure {
    fn from(error: BundleError) -> Failure {
        MaterialError::from(error).into()
    }
}

/// Nobody is left to tell, as with `head`.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure::new(Ending::Failed, format!("the result could not be shown: {error}"), "Repeat the command.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_the_published_ones() {
        let codes: Vec<u8> = Ending::ALL.iter().map(|ending| ending.code()).collect();
        assert_eq!(codes, [0, 1, 2, 3, 4, 5, 6, 7]);
        let guide = include_str!("../../../../../docs/guide/certificates.md");
        for ending in Ending::ALL {
            let row = format!("| {} | {} |", ending.code(), ending.meaning());
            assert!(guide.contains(&row), "the guide lacks the row {row}");
        }
    }

    #[test]
    fn a_failure_is_one_line_whatever_a_file_is_called() {
        let failure = Failure::new(Ending::Failed, "a\nb", "Do.").about(Path::new("x\u{1b}[2J"));
        assert_eq!(failure.to_string(), "`x\\u{1b}[2J`: a\\nb. Do.");
    }
}
