//! `tidegate cert convert`, also called `export`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use certs::bundle::{self, Bundle};
use certs::certificate::Certificate;
use certs::certificate_bag;
use certs::classification::classify;
use certs::csr::Csr;
use certs::material::{Item, Kind, WrongKind};
use certs::pem;
use certs::private_key::PrivateKey;
use clap::{Args, ValueEnum};
use gateway::certificate_folder::files::{write_new, write_over};
use gateway::certificate_folder::folder::{CERTIFICATE, KEY};
use gateway::certificate_folder::install::BUNDLE_NAME;
use gateway::certificate_folder::key;
use zeroize::Zeroizing;

use super::ending::{Ending, Failure};
use super::secret::{self, BundleOptions, PasswordOptions};
use super::{input, say};

/// What is converted into what.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Files in any form, or one certificate folder. Byte order marks, CR LF, wrong labels and text around PEM blocks are
    /// left behind.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The form that is wanted.
    #[arg(long, value_name = "FORM", value_enum)]
    to: Form,
    /// Where it goes; `-` for the standard output.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Take only this of what the files hold.
    #[arg(long, value_name = "WHAT", value_enum)]
    only: Option<Only>,
    /// Write over a file that is there; never over another private key.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    passwords: PasswordOptions,
    #[command(flatten)]
    bundle: BundleOptions,
    /// A file whose first line is a passphrase under which a private key is written (`pem`, `pkcs8`).
    #[arg(long, value_name = "FILE")]
    new_passphrase_file: Option<PathBuf>,
}

/// The forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Base64 between BEGIN and END, a block for each thing: key (PKCS#8), certificates, request.
    Pem,
    /// Binary, one thing.
    Der,
    /// The private key as `BEGIN RSA PRIVATE KEY`.
    Pkcs1,
    /// The private key as `BEGIN PRIVATE KEY`, or `BEGIN ENCRYPTED PRIVATE KEY` with a passphrase.
    Pkcs8,
    /// Key and certificate in one file under a password.
    P12,
    /// The certificates alone in one binary file, as chain files are.
    P7b,
}

/// Parts of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Only {
    /// The certificates.
    Certificate,
    /// The private key.
    Key,
    /// The request string.
    Request,
}

/// Everything that the files hold.
#[derive(Default)]
struct Found {
    key: Option<PrivateKey>,
    certificates: Vec<Certificate>,
    csr: Option<Csr>,
    public_keys: Vec<Vec<u8>>,
    /// There is a key that no passphrase opened.
    is_sealed: bool,
}

/// What is written.
struct Written {
    bytes: Zeroizing<Vec<u8>>,
    /// The key that is in it.
    key: Option<PrivateKey>,
}

/// Converts.
pub(super) fn run(options: &Options) -> Result<Ending, Failure> {
    let found = Found::in_files(options)?.only(options.only);
    let written = match options.to {
        Form::Pem => found.as_pem(options)?,
        Form::Der => found.as_der()?,
        Form::Pkcs1 => {
            let key = found.private_key()?;
            Written::with_key(key.pkcs1_pem().as_bytes(), key)
        }
        Form::Pkcs8 => {
            let key = found.private_key()?;
            Written::with_key(key_pem(key, options)?.as_bytes(), key)
        }
        Form::P12 => found.as_bundle(options)?,
        Form::P7b => found.as_bag()?,
    };
    written.put(options)?;
    Ok(Ending::Well)
}

impl Found {
    fn in_files(options: &Options) -> Result<Found, Failure> {
        let mut passwords = options.passwords.passwords()?;
        let found = Found::gathered(&options.files, &passwords)?;
        let wants_key =
            !matches!(options.only, Some(Only::Certificate | Only::Request)) && options.to != Form::P7b;
        if found.is_sealed && wants_key && secret::somebody_is_there() {
            passwords.push(secret::ask("Passphrase of the key")?);
            return Found::gathered(&options.files, &passwords);
        }
        Ok(found)
    }

    /// Everything in these files; of a folder its key and its certificate.
    fn gathered(files: &[PathBuf], passwords: &[Zeroizing<String>]) -> Result<Found, Failure> {
        let mut found = Found::default();
        for file in files {
            match file.is_dir() {
                true => {
                    let files = [file.join(KEY), file.join(CERTIFICATE)];
                    files
                        .iter()
                        .filter(|file| file.is_file())
                        .try_for_each(|file| found.take(file, passwords))?;
                }
                false => found.take(file, passwords)?,
            }
        }
        Ok(found)
    }

    fn take(&mut self, file: &Path, passwords: &[Zeroizing<String>]) -> Result<(), Failure> {
        for item in input::contents(file, passwords)?.items {
            match item {
                Item::PrivateKey(key) if self.key.as_ref().is_some_and(|known| *known != key) => {
                    let sentence = "the files hold two different private keys";
                    let remedy = "Give files of one key; `tidegate cert pair` says which belong together.";
                    return Err(Failure::new(Ending::Refused, sentence, remedy));
                }
                Item::PrivateKey(key) => self.key = Some(key),
                Item::Certificate(certificate) if self.certificates.contains(&certificate) => {}
                Item::SealedKey => self.is_sealed = true,
                Item::Certificate(certificate) => self.certificates.push(*certificate),
                Item::Csr(csr) => self.csr = Some(*csr),
                Item::PublicKey(key) => self.public_keys.push(key.spki().to_vec()),
            }
        }
        Ok(())
    }

    fn only(self, only: Option<Only>) -> Found {
        match only {
            None => self,
            Some(Only::Certificate) => Found { certificates: self.certificates, ..Found::default() },
            Some(Only::Key) => Found { key: self.key, is_sealed: self.is_sealed, ..Found::default() },
            Some(Only::Request) => Found { csr: self.csr, ..Found::default() },
        }
    }

    fn private_key(&self) -> Result<&PrivateKey, Failure> {
        let found = match (self.is_sealed, self.certificates.is_empty(), &self.csr) {
            (true, _, _) => Kind::SealedKey,
            (false, false, _) => Kind::Certificate,
            (false, true, Some(_)) => Kind::Csr,
            (false, true, None) => Kind::PublicKey,
        };
        self.key.as_ref().ok_or_else(|| WrongKind { wanted: Kind::PrivateKey, found }.into())
    }

    fn as_pem(&self, options: &Options) -> Result<Written, Failure> {
        if self.is_sealed && self.key.is_none() {
            self.private_key()?;
        }
        let mut text = Zeroizing::new(Vec::new());
        if let Some(key) = &self.key {
            text.extend_from_slice(key_pem(key, options)?.as_bytes());
        }
        for certificate in &self.certificates {
            text.extend_from_slice(certificate.pem().as_bytes());
        }
        if let Some(csr) = &self.csr {
            text.extend_from_slice(pem::encode("CERTIFICATE REQUEST", csr.der()).as_bytes());
        }
        for key in &self.public_keys {
            text.extend_from_slice(pem::encode("PUBLIC KEY", key).as_bytes());
        }
        match text.is_empty() {
            true => Err(nothing_of_it()),
            false => Ok(Written { bytes: text, key: self.key.clone() }),
        }
    }

    fn as_der(&self) -> Result<Written, Failure> {
        let key = self.key.iter().map(|key| Written::with_key(key.pkcs8(), key));
        let certificates =
            self.certificates.iter().map(|certificate| Written::without_key(certificate.der()));
        let csr = self.csr.iter().map(|csr| Written::without_key(csr.der()));
        let public = self.public_keys.iter().map(|key| Written::without_key(key));
        let mut things = key.chain(certificates).chain(csr).chain(public);
        match (things.next(), things.next()) {
            (Some(thing), None) => Ok(thing),
            (None, _) if self.is_sealed => self.private_key().and_then(|_| Err(nothing_of_it())),
            (None, _) => Err(nothing_of_it()),
            (Some(_), Some(_)) => Err(Failure::new(
                Ending::Refused,
                "DER holds one thing, and the files hold several",
                "Say which with `--only`, or take `--to pem`.",
            )),
        }
    }

    fn as_bundle(&self, options: &Options) -> Result<Written, Failure> {
        let key = self.private_key()?;
        let own = self.certificates.iter().find(|certificate| certificate.public_key == *key.public_key());
        let Some(own) = own else {
            let sentence = match self.certificates.is_empty() {
                true => "there is a key, but no certificate",
                false => "key and certificate do not belong together",
            };
            let remedy =
                "Give the certificate of this key; `tidegate cert pair` says which files belong together.";
            return Err(Failure::new(Ending::Refused, sentence, remedy));
        };
        let password = match (options.bundle.password()?, classify(own).merchant_id) {
            (Some(password), _) => password,
            (None, Some(merchant_id)) => Zeroizing::new(merchant_id),
            (None, None) => {
                return Err(Failure::new(
                    Ending::Passphrase,
                    "the certificate names no merchant id that could be the password",
                    "Give the password with `--p12-password-file FILE`; for WeChat Pay it is the merchant id.",
                ));
            }
        };
        let chain = self.certificates.iter().filter(|other| *other != own);
        let contents = Bundle {
            key: Zeroizing::new(key.pkcs8().to_vec()),
            certificate: own.der().to_vec(),
            chain: chain.map(|other| other.der().to_vec()).collect(),
        };
        let bytes = bundle::write(&contents, BUNDLE_NAME, &password, options.bundle.cipher())?;
        Ok(Written::with_key(&bytes, key))
    }

    fn as_bag(&self) -> Result<Written, Failure> {
        if self.certificates.is_empty() {
            return Err(nothing_of_it());
        }
        Ok(Written::without_key(&certificate_bag::write(&self.certificates)))
    }
}

impl Written {
    fn with_key(bytes: &[u8], key: &PrivateKey) -> Written {
        Written { bytes: Zeroizing::new(bytes.to_vec()), key: Some(key.clone()) }
    }

    fn without_key(bytes: &[u8]) -> Written {
        Written { bytes: Zeroizing::new(bytes.to_vec()), key: None }
    }

    fn put(&self, options: &Options) -> Result<(), Failure> {
        let (out, force) = (options.out.as_path(), options.force);
        if out == Path::new("-") {
            let mut stdout = std::io::stdout().lock();
            stdout.write_all(&self.bytes)?;
            return Ok(stdout.flush()?);
        }
        if !force {
            return write_new(out, &self.bytes).map_err(|error| {
                let failure = Failure::from(error);
                match failure.ending() {
                    Ending::Exists => Failure::new(
                        Ending::Exists,
                        failure.sentence(),
                        "Give another name, or `--force` to write over it.",
                    ),
                    _ => failure,
                }
            });
        }
        if let Ok(there) = std::fs::symlink_metadata(out) {
            if !there.is_file() {
                let sentence = format!("`{}` is no ordinary file", out.display());
                return Err(Failure::new(Ending::Exists, sentence, "Give the name of a file."));
            }
            if there.len() > 0 && self.would_bury_a_key(out, &options.passwords.passwords()?) {
                return Err(Failure::new(
                    Ending::Exists,
                    format!(
                        "`{}` holds a private key, or may hold one, and is never written over by anything else",
                        out.display()
                    ),
                    "Give another name.",
                ));
            }
        }
        write_over(out, &self.bytes)?;
        say(&format!("Written: `{}`", out.display()));
        Ok(())
    }

    /// Whether the file that is there has a key that what is written has not. One that cannot be read may have one: a key
    /// store under another password, or a backup.
    fn would_bury_a_key(&self, there: &Path, passwords: &[Zeroizing<String>]) -> bool {
        let Ok(there) = input::contents(there, passwords) else { return true };
        there.items.iter().any(|item| match item {
            Item::PrivateKey(key) => self.key.as_ref() != Some(key),
            Item::SealedKey => self.key.is_none(),
            Item::Certificate(_) | Item::Csr(_) | Item::PublicKey(_) => false,
        })
    }
}

fn key_pem(key: &PrivateKey, options: &Options) -> Result<Zeroizing<String>, Failure> {
    let passphrase = options.new_passphrase_file.as_deref().map(secret::from_file).transpose()?;
    Ok(key::pem(key, passphrase.as_deref().map(String::as_str))?)
}

fn nothing_of_it() -> Failure {
    Failure::new(
        Ending::Refused,
        "the files hold nothing of what was asked for",
        "`tidegate cert inspect FILE` shows what is in them.",
    )
}
