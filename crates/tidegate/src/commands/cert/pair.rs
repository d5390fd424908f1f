//! `tidegate cert pair`.

use std::path::PathBuf;

use certs::material::Contents;
use certs::pair::{Pairing, Part, pair};
use clap::Args;

use super::ending::{Ending, Failure};
use super::input;
use super::secret::PasswordOptions;
use crate::screen::{plain, print, table};

/// Which files.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// Keys, certificates, request strings and PKCS#12 files, in any mix.
    #[arg(value_name = "FILE", required = true, num_args = 2..)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    passwords: PasswordOptions,
    /// Print the groups as JSON.
    #[arg(long)]
    json: bool,
}

/// Says which files belong together.
pub(super) fn run(options: &Options) -> Result<Ending, Failure> {
    let passwords = options.passwords.passwords()?;
    let contents: Vec<Contents> =
        options.files.iter().map(|file| input::contents(file, &passwords)).collect::<Result<_, _>>()?;
    let names: Vec<String> = options.files.iter().map(|file| plain(&file.display().to_string())).collect();
    let parts: Vec<Part<'_>> =
        names.iter().zip(&contents).map(|(name, contents)| Part { name, contents }).collect();
    let pairing = pair(&parts);
    match options.json {
        true => print(&super::inspect::document(&pairing)?)?,
        false => print(&page(&pairing))?,
    }
    Ok(if pairing.is_one_pair() { Ending::Well } else { Ending::Refused })
}

fn page(pairing: &Pairing) -> String {
    let rows = pairing.parts.iter().map(|part| {
        let group = part.group.map_or_else(|| "unknown".to_owned(), |group| format!("key {}", group + 1));
        [group, part.kind.to_owned(), part.name.clone()]
    });
    let verdict = match (pairing.is_one_pair(), pairing.keys) {
        (true, _) => "They belong together.",
        (false, 0 | 1) => "Whether they belong together cannot be told: a key is still encrypted.",
        (false, _) => "They do not belong together: use files of one key alone.",
    };
    format!("{}{verdict}\n", table(["key", "what", "file"], rows))
}
