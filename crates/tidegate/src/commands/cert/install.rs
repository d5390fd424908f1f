//! `tidegate cert install`.

use std::io::{self, BufRead as _};
use std::path::{Path, PathBuf};

use certs::certificate::Validity;
use clap::Args;
use gateway::certificate_folder::{CertificateFolder, Holding, Installation, Installed};
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::ending::{Ending, Failure};
use super::request::warn;
use super::secret::{self, BundleOptions};
use super::{input, say};
use crate::screen::{plain, print};

/// Which certificate string, and into which folder.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The folder that was given to `tidegate cert request --out`.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// The file with the certificate string; `-` for the standard input. Without this you are asked to paste it.
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// Trust the certificates of this file (PEM, DER or PKCS#7) in the place of WeChat Pay's built-in keys: the chain file
    /// of a sandbox.
    #[arg(long, value_name = "FILE")]
    anchor: Option<PathBuf>,
    /// A file whose first line is the key's passphrase. Without this the environment variable `TIDEGATE_KEY_PASSPHRASE` is
    /// looked at, and at a terminal you are asked.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    #[command(flatten)]
    bundle: BundleOptions,
}

/// Installs the certificate.
pub(super) fn run(options: &Options) -> Result<Ending, Failure> {
    let folder = CertificateFolder::open(&options.dir)?;
    let anchors = input::anchors(options.anchor.as_ref())?;
    let pasted = match &options.certificate {
        Some(file) => input::read(file)?,
        None if secret::somebody_is_there() => {
            say("Paste the certificate string; it ends with its END line, or with an empty line.");
            Zeroizing::new(pasted(&mut io::stdin().lock())?.into_bytes())
        }
        None => {
            let sentence = "no certificate string is given, and nobody is here to paste it";
            return Err(Failure::new(Ending::Failed, sentence, "Give it with `--certificate FILE`."));
        }
    };
    let passphrase = key_passphrase(&folder, options.passphrase_file.as_ref())?;
    let bundle_password = options.bundle.password()?;
    let how = Installation {
        anchors: &anchors,
        passphrase: passphrase.as_deref().map(String::as_str),
        bundle_password: bundle_password.as_deref().map(String::as_str),
        cipher: options.bundle.cipher(),
        now: Timestamp::now(),
    };
    let installed = folder.install(&pasted, &how)?;
    print(&report(&folder, &installed, &how, passphrase.is_some()))?;
    folder.concerns().iter().for_each(warn);
    Ok(Ending::Well)
}

/// The passphrase of the folder's key, if it has one.
pub(super) fn key_passphrase(
    folder: &CertificateFolder,
    file: Option<&PathBuf>,
) -> Result<Option<Zeroizing<String>>, Failure> {
    let is_sealed = match folder.holding()? {
        Holding::Nothing => false,
        Holding::Awaiting(asked) => asked.key_is_sealed,
        Holding::Certificate(kept) => kept.key_is_sealed.unwrap_or(false),
    };
    match is_sealed {
        true => secret::known(file, secret::KEY_VARIABLE, Some("Passphrase of the key")),
        false => Ok(None),
    }
}

/// What somebody pastes: everything to the END line, or to an empty line after the beginning.
pub(super) fn pasted(from: &mut impl io::BufRead) -> Result<String, Failure> {
    let mut text = String::new();
    for line in from.lines() {
        let line = line?;
        if line.trim().is_empty() {
            if text.is_empty() {
                continue;
            }
            break;
        }
        text.push_str(&line);
        text.push('\n');
        if line.trim_end().ends_with("-----") && line.contains("-----END ") {
            break;
        }
    }
    Ok(text)
}

/// What was done.
pub(super) fn report(
    folder: &CertificateFolder,
    installed: &Installed,
    how: &Installation<'_>,
    key_is_sealed: bool,
) -> String {
    let Installed { certificate, merchant_id, replaced, verification } = installed;
    let mut lines = vec![format!(
        "Installed: the certificate of merchant {merchant_id}, serial number {}, valid through {}.",
        certificate.serial.hex(),
        certificate.not_after
    )];
    if certificate.validity_at(how.now) == Validity::NotYet {
        lines.push(format!(
            "It is not valid before {}; look at this machine's clock.",
            certificate.not_before
        ));
    }
    match replaced {
        Some(_) if installed.is_the_same_again() => lines.push(
            "It was installed before; if a renewed one was meant, the clipboard still held the old one."
                .to_owned(),
        ),
        Some(old) => lines.push(format!("It replaces serial number {}, kept under `.previous`.", old.hex())),
        None => {}
    }
    for check in &verification.checks {
        lines.push(format!("  {:<12} {}", check.question, check.outcome));
    }
    let password = match how.bundle_password {
        None => "password: the merchant id",
        Some(_) => "password: the one you gave",
    };
    for (path, what) in [
        (folder.key(), "the private key"),
        (folder.certificate(), "the certificate"),
        (folder.bundle(), password),
    ] {
        lines.push(format!("  {}  {what}", shown(&path)));
    }
    if key_is_sealed && how.bundle_password.is_none() {
        lines.push(
            "The key file has a passphrase, but the PKCS#12 file opens with the merchant id, which everybody can know; \
             give another password with `--p12-password-file` where software allows it."
                .to_owned(),
        );
    }
    let dir = shown(folder.path());
    lines.push(format!("Keep a copy: tidegate cert backup '{dir}' --out FILE"));
    lines.push(format!("For a running gateway: tidegate merchant certificate {merchant_id} --dir '{dir}'"));
    lines.join("\n") + "\n"
}

fn shown(path: &Path) -> String {
    plain(&path.display().to_string())
}
