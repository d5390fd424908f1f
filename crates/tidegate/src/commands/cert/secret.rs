//! Where passphrases and passwords come from: a file, the environment, or a prompt.
//!
//! Not from the command line alone: what stands there is seen by everybody on the machine (`ps`), and stays in the shell's
//! history.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use zeroize::Zeroizing;

use certs::bundle::Cipher;

use super::ending::{Ending, Failure};
use super::input;

/// Holds the passphrase of a private key.
pub(super) const KEY_VARIABLE: &str = "TIDEGATE_KEY_PASSPHRASE";
/// Holds the passphrase of a backup.
pub(super) const BACKUP_VARIABLE: &str = "TIDEGATE_BACKUP_PASSPHRASE";
/// Holds the password of a PKCS#12 file.
const BUNDLE_VARIABLE: &str = "TIDEGATE_P12_PASSWORD";

/// Whether somebody can be asked.
pub(super) fn somebody_is_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// The secret in a file: its first line. What editors put around it does not belong to it.
pub(super) fn from_file(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let bytes = input::read(path)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| {
        Failure::new(Ending::Passphrase, "the file with the secret is no text", "Save it as UTF-8.")
            .about(path)
    })?;
    let line = text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default();
    match line.is_empty() {
        true => Err(Failure::new(
            Ending::Passphrase,
            "the first line of the file, which is the secret, is empty",
            "Write the secret into the first line.",
        )
        .about(path)),
        false => Ok(Zeroizing::new(line.to_owned())),
    }
}

/// The secret in an environment variable, if it is set. Set to nothing, it is a mistake: whoever set it wanted a secret.
pub(super) fn from_environment(variable: &str) -> Result<Option<Zeroizing<String>>, Failure> {
    match std::env::var(variable).ok().map(Zeroizing::new) {
        Some(value) if value.is_empty() => Err(Failure::new(
            Ending::Passphrase,
            format!("the variable {variable} is set and empty"),
            "Set it to the secret, or unset it.",
        )),
        value => Ok(value),
    }
}

/// The secret that somebody types, unseen.
pub(super) fn ask(question: &str) -> Result<Zeroizing<String>, Failure> {
    let typed = rpassword::prompt_password(format!("{question}: "));
    typed.map(Zeroizing::new).map_err(|error| {
        Failure::new(Ending::Passphrase, format!("nothing could be typed ({error})"), "Give it by a file.")
    })
}

/// A new secret, typed twice.
pub(super) fn ask_for_new(question: &str) -> Result<Zeroizing<String>, Failure> {
    let first = ask(question)?;
    if first.is_empty() || *ask("The same again")? == *first {
        return Ok(first);
    }
    Err(Failure::new(Ending::Passphrase, "the two differ", "Begin again; nothing was changed."))
}

/// A passphrase that is there already, or none: from the file, the environment, or, if `needed`, a prompt.
pub(super) fn known(
    file: Option<&PathBuf>,
    variable: &str,
    needed: Option<&str>,
) -> Result<Option<Zeroizing<String>>, Failure> {
    if let Some(file) = file {
        return from_file(file).map(Some);
    }
    match (from_environment(variable)?, needed) {
        (Some(secret), _) => Ok(Some(secret)),
        (None, Some(question)) if somebody_is_there() => ask(question).map(Some),
        (None, _) => Ok(None),
    }
}

/// How a PKCS#12 file is to be written.
#[derive(Debug, Args)]
pub(super) struct BundleOptions {
    /// How the PKCS#12 file is encrypted.
    #[arg(long = "p12", value_name = "CIPHER", value_enum, default_value = "modern")]
    cipher: CipherName,
    /// Its password, in the place of the merchant id. Everybody on this machine can see it here: prefer
    /// `--p12-password-file` or `TIDEGATE_P12_PASSWORD`.
    #[arg(long, value_name = "PASSWORD", conflicts_with = "p12_password_file")]
    p12_password: Option<String>,
    /// A file whose first line is its password, in the place of the merchant id.
    #[arg(long, value_name = "FILE")]
    p12_password_file: Option<PathBuf>,
}

/// The ciphers by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CipherName {
    /// AES-256: what OpenSSL 3 writes; early versions of Java 8 and old Windows cannot read it.
    Modern,
    /// Triple DES: weaker, and read by everything.
    Compat,
    /// RC2 with 40 bits: protects nothing, for old systems alone; OpenSSL 3 refuses it.
    Legacy,
}

impl BundleOptions {
    /// How it is encrypted.
    pub(super) fn cipher(&self) -> Cipher {
        match self.cipher {
            CipherName::Modern => Cipher::Aes256,
            CipherName::Compat => Cipher::TripleDes,
            CipherName::Legacy => Cipher::Rc2,
        }
    }

    /// The password, if another one than the merchant id is wanted.
    pub(super) fn password(&self) -> Result<Option<Zeroizing<String>>, Failure> {
        match (&self.p12_password, &self.p12_password_file) {
            (Some(password), _) => Ok(Some(Zeroizing::new(password.clone()))),
            (None, Some(file)) => from_file(file).map(Some),
            (None, None) => from_environment(BUNDLE_VARIABLE),
        }
    }
}

impl Default for BundleOptions {
    fn default() -> BundleOptions {
        BundleOptions { cipher: CipherName::Modern, p12_password: None, p12_password_file: None }
    }
}

/// The passwords that may open a file.
#[derive(Debug, Args)]
pub(super) struct PasswordOptions {
    /// A password to try, for PKCS#12 files and encrypted keys; may be repeated. Everybody on this machine can see it here:
    /// for one that is no merchant id, prefer `--password-file` or `TIDEGATE_P12_PASSWORD`. Numbers in the file's path that
    /// look like merchant ids are tried anyway.
    #[arg(long = "password", value_name = "PASSWORD")]
    passwords: Vec<String>,
    /// A file whose first line is a password to try; may be repeated.
    #[arg(long = "password-file", value_name = "FILE")]
    password_files: Vec<PathBuf>,
}

impl PasswordOptions {
    /// All that are given.
    pub(super) fn passwords(&self) -> Result<Vec<Zeroizing<String>>, Failure> {
        let given = self.passwords.iter().map(|password| Ok(Zeroizing::new(password.clone())));
        let files = self.password_files.iter().map(|file| from_file(file));
        let environment = [BUNDLE_VARIABLE, KEY_VARIABLE]
            .into_iter()
            .filter_map(|variable| from_environment(variable).transpose());
        given.chain(files).chain(environment).collect()
    }
}
