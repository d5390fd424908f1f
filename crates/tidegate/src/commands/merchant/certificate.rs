//! `tidegate merchant certificate`.

use std::error::Error;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use certs::material::{self, Item, MaterialError};
use certs::private_key::PrivateKey;
use clap::Args;
use reqwest::StatusCode;
use zeroize::Zeroizing;

use crate::client::answers::Merchant;
use crate::client::gateway::Call;
use crate::client::requests::CertificateRequest;
use crate::commands::asking::Asking;
use crate::commands::merchant::show;
use crate::screen::{print, print_document};

const CERTIFICATE: &str = "apiclient_cert.pem";
const PRIVATE_KEY: &str = "apiclient_key.pem";

/// Holds the passphrase of a private key.
const VARIABLE: &str = "TIDEGATE_KEY_PASSPHRASE";

/// A longer file is neither a certificate nor a key.
const LONGEST: u64 = 64 * 1024;

/// Which merchant id, and where its new certificate lies.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The merchant id.
    #[arg(value_name = "MERCHANT_ID")]
    merchant_id: String,
    /// The folder with `apiclient_cert.pem` and `apiclient_key.pem`, as `tidegate cert install` leaves it.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// A file with the key's passphrase, if it has one. The gateway gets the key without: it seals it under its own.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

/// Why the folder has no certificate to give.
#[derive(Debug, thiserror::Error)]
enum FolderError {
    #[error("`{}` cannot be read: {source}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("`{}`: {error}. {}", path.display(), error.what_to_do())]
    Material { path: PathBuf, error: MaterialError },
    #[error("`{}` holds no private key; give the folder that `tidegate cert install` filled", path.display())]
    NoKey { path: PathBuf },
    #[error("the key `{}` is encrypted; give a file with its passphrase with `--passphrase-file`, or {VARIABLE} in the environment", path.display())]
    Sealed { path: PathBuf },
    #[error("the passphrase does not open the key `{}`; give the one that was chosen with `tidegate cert request`", path.display())]
    WrongPassphrase { path: PathBuf },
    #[error("`{}` awaits its certificate: paste the certificate string with `tidegate cert install` first", path.display())]
    Awaiting { path: PathBuf },
}

/// Gives the certificate to the gateway, and shows the merchant id as it is then.
pub(crate) fn run(asking: &Asking, options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    let is_awaited = options.dir.join(PRIVATE_KEY).exists() && !options.dir.join(CERTIFICATE).exists();
    if is_awaited {
        return Err(FolderError::Awaiting { path: options.dir.clone() }.into());
    }
    let certificate = read(&options.dir.join(CERTIFICATE))?;
    let passphrase = match &options.passphrase_file {
        Some(file) => Some(read(file)?),
        None => std::env::var(VARIABLE).ok().map(Zeroizing::new),
    };
    let key = private_key(&options.dir.join(PRIVATE_KEY), passphrase.as_deref().map(String::as_str))?;
    let request = CertificateRequest { certificate_pem: &certificate, private_key_pem: &key.pem() };
    asking.ask_as_operator(async |gateway| {
        let reply = gateway.ask(&Call::certificate(&options.merchant_id, &request)).await?;
        if asking.json {
            print_document(&reply.body)?;
            return Ok(ExitCode::SUCCESS);
        }
        let merchant: Merchant = gateway.read(&reply)?;
        let is_new = reply.status == StatusCode::CREATED;
        let told =
            if is_new { "The certificate is in force." } else { "This certificate was in force already." };
        print(&format!("{told}\n\n{}", show::sheet(&merchant)))?;
        Ok(ExitCode::SUCCESS)
    })
}

/// The key in the file, without its passphrase.
fn private_key(path: &Path, passphrase: Option<&str>) -> Result<PrivateKey, FolderError> {
    let text = read(path)?;
    let passphrases: Vec<&str> =
        passphrase.map(|text| text.trim_end_matches(['\r', '\n'])).into_iter().collect();
    let contents = material::read(text.as_bytes(), &passphrases)
        .map_err(|error| FolderError::Material { path: path.to_owned(), error })?;
    let path = path.to_owned();
    match (contents.private_key(), contents.items.contains(&Item::SealedKey), passphrases.is_empty()) {
        (Some(key), ..) => Ok(key.clone()),
        (None, true, true) => Err(FolderError::Sealed { path }),
        (None, true, false) => Err(FolderError::WrongPassphrase { path }),
        (None, false, _) => Err(FolderError::NoKey { path }),
    }
}

fn read(path: &Path) -> Result<Zeroizing<String>, FolderError> {
    let mut text = Zeroizing::new(String::new());
    let read = fs::File::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text));
    read.map(|_| text).map_err(|source| FolderError::Unreadable { path: path.to_owned(), source })
}
