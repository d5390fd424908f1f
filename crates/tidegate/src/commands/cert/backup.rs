//! `tidegate cert backup`.

use std::path::PathBuf;

use clap::Args;
use gateway::certificate_folder::CertificateFolder;

use super::ending::{Ending, Failure};
use super::secret;
use crate::screen::{plain, print};

/// Which folder, and where its backup goes.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The folder that was given to `tidegate cert request --out`.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// The file that is made; best on another disk. One that is there is not written over.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// A file whose first line is the passphrase of the backup, 12 characters or more. Without this the environment variable
    /// `TIDEGATE_BACKUP_PASSPHRASE` is looked at, and at a terminal you are asked.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

/// Writes the backup, and proves it.
pub(super) fn run(options: &Options) -> Result<Ending, Failure> {
    let folder = CertificateFolder::open(&options.dir)?;
    let known = secret::known(options.passphrase_file.as_ref(), secret::BACKUP_VARIABLE, None)?;
    let passphrase = match known {
        Some(known) => known,
        None if secret::somebody_is_there() => secret::ask_for_new("Passphrase for the backup")?,
        None => return Err(missing()),
    };
    let backup = folder.back_up_to(&options.out, &passphrase)?;
    print(&format!(
        "Written: `{}`, {} files. It was read back from the disk, opened and compared: it can be restored.\n\
         Keep it apart from its passphrase. To bring the folder back: tidegate cert restore FILE --out DIR\n",
        plain(&options.out.display().to_string()),
        backup.paths().count()
    ))?;
    Ok(Ending::Well)
}

/// A backup is never without one: what is copied to other places is read by others.
pub(super) fn missing() -> Failure {
    Failure::new(
        Ending::Passphrase,
        "no passphrase for the backup is given, and nobody is here to type it",
        "Give it with `--passphrase-file FILE` or in `TIDEGATE_BACKUP_PASSPHRASE`.",
    )
}
