//! `tidegate cert`: a file a command.
//!
//! [`ending`] is what each of them ends with, [`secret`] where passwords come from, [`input`] how files are read. The
//! folder in which a certificate is asked for and kept is `gateway::certificate_folder`'s, what a file means is `certs`'s.

mod backup;
mod browser;
mod convert;
mod ending;
mod fingerprint;
mod input;
mod inspect;
mod install;
mod pair;
mod request;
mod restore;
mod secret;
mod status;
mod verify;
mod watch;
mod wizard;

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Args, Subcommand};

/// What to do with certificates.
#[derive(Debug, Args)]
#[command(after_help = ending::table(), after_long_help = ending::table())]
pub(crate) struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Go through all steps with questions and answers: merchant, request string, certificate string, files.
    Wizard(wizard::Options),
    /// Make a private key and the request string for the Merchant Platform. The same command again shows the same string.
    Request(request::Options),
    /// Put the certificate string that came back into the folder of its request, or a renewed one in its place.
    Install(install::Options),
    /// Say whether a certificate is genuine, valid, that of a key and that of a merchant id.
    Verify(verify::Options),
    /// Show what is in files: certificates, keys, request strings, PKCS#12, PKCS#7.
    Inspect(inspect::Options),
    /// Say which files belong together: those with the same key.
    Pair(pair::Options),
    /// Write what is in files in another form: PEM, DER, PKCS#1, PKCS#8, PKCS#12, PKCS#7.
    #[command(visible_alias = "export")]
    Convert(convert::Options),
    /// Keep a whole folder in one encrypted file, and prove that it can be brought back.
    Backup(backup::Options),
    /// Bring a folder back from its backup.
    Restore(restore::Options),
    /// Tell how long certificates last, what may be done today and which notices are due.
    Status(status::Options),
    /// Watch certificates in folders, and tell people in time that one ends.
    Watch(watch::Options),
    /// Show the digests of files, and whether they are chain files that WeChat Pay publishes.
    Fingerprint(fingerprint::Options),
}

/// Does it.
pub(crate) fn run(options: Options) -> Result<ExitCode, Box<dyn Error>> {
    let done = match options.action {
        Action::Wizard(options) => wizard::run(&options),
        Action::Request(options) => request::run(&options),
        Action::Install(options) => install::run(&options),
        Action::Verify(options) => verify::run(&options),
        Action::Inspect(options) => inspect::run(&options),
        Action::Pair(options) => pair::run(&options),
        Action::Convert(options) => convert::run(&options),
        Action::Backup(options) => backup::run(&options),
        Action::Restore(options) => restore::run(&options),
        Action::Status(options) => status::run(&options),
        Action::Watch(options) => watch::run(&options),
        Action::Fingerprint(options) => fingerprint::run(&options),
    };
    let ending = done.unwrap_or_else(|failure| {
        // The terminal may be what has ended it.
        let _ = writeln!(io::stderr(), "tidegate: {failure}");
        failure.ending()
    });
    Ok(ending.into())
}

/// Says something beside the result, so that the result alone can be given to another program.
fn say(text: &str) {
    // Nobody may be reading.
    let _ = writeln!(io::stderr(), "{text}");
}
