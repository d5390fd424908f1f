//! `tidegate cert restore`.

use std::path::PathBuf;

use clap::Args;
use gateway::certificate_folder::Holding;
use gateway::certificate_folder::backup::Backup;

use super::ending::{Ending, Failure};
use super::{input, secret};
use crate::screen::{plain, print};

/// Which backup, and where the folder goes.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The file that `tidegate cert backup` wrote.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The folder that is made. One with something in it is left as it is.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// A file whose first line is the passphrase of the backup. Without this the environment variable
    /// `TIDEGATE_BACKUP_PASSPHRASE` is looked at, and at a terminal you are asked.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

/// Makes the folder again.
pub(super) fn run(options: &Options) -> Result<Ending, Failure> {
    let bytes = input::read(&options.file)?;
    let question = Some("Passphrase of the backup");
    let passphrase = secret::known(options.passphrase_file.as_ref(), secret::BACKUP_VARIABLE, question)?;
    let passphrase = passphrase.ok_or_else(super::backup::missing)?;
    let folder = Backup::open(&bytes, &passphrase)?.restore(&options.out)?;
    let what = match folder.holding()? {
        Holding::Nothing => "files".to_owned(),
        Holding::Awaiting(asked) => {
            format!("the key of merchant {}, which awaits its certificate string", asked.merchant_id)
        }
        Holding::Certificate(kept) => format!(
            "the certificate with serial number {}, valid through {}",
            kept.certificate.serial.hex(),
            kept.certificate.not_after
        ),
    };
    print(&format!("Restored into `{}`: {what}.\n", plain(&folder.path().display().to_string())))?;
    Ok(Ending::Well)
}
