//! `tidegate cert fingerprint`.

use std::path::PathBuf;

use certs::digests::{Digests, PUBLISHED_CHAINS, chain_with_digest, published_chain};
use clap::Args;
use serde::Serialize;

use super::ending::{Ending, Failure};
use super::input;
use crate::screen::{plain, print};

/// Which files, or which digest.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The files; `-` for the standard input.
    #[arg(value_name = "FILE", required_unless_present = "digest")]
    files: Vec<PathBuf>,
    /// A digest from elsewhere, SHA-256 or MD5: say which published chain file has it.
    #[arg(long, value_name = "HEX")]
    digest: Option<String>,
    /// Print an array with an object a file.
    #[arg(long)]
    json: bool,
}

/// A file and its digests.
#[derive(Serialize)]
struct Fingerprint {
    file: String,
    #[serde(flatten)]
    digests: Digests,
    /// The chain file that this is, byte for byte.
    published_chain: Option<&'static str>,
}

/// Shows the digests.
pub(super) fn run(options: &Options) -> Result<Ending, Failure> {
    let mut ending = Ending::Well;
    if let Some(text) = &options.digest {
        match chain_with_digest(text) {
            Some(chain) => print(&format!("It is the published digest of {}.\n", chain.file))?,
            None => {
                print("No published chain file has this digest.\n")?;
                ending = Ending::Refused;
            }
        }
    }
    let mut fingerprints = Vec::new();
    for file in &options.files {
        let bytes = input::read(file)?;
        let published = published_chain(&bytes).map(|chain| chain.file);
        // A file under a published name with other bytes is what this command is for.
        if published.is_none() && PUBLISHED_CHAINS.iter().any(|chain| file.ends_with(chain.file)) {
            ending = Ending::Refused;
        }
        fingerprints.push(Fingerprint {
            file: plain(&file.display().to_string()),
            digests: Digests::of(&bytes),
            published_chain: published,
        });
    }
    match options.json {
        true => print(&super::inspect::document(&fingerprints)?)?,
        false => fingerprints.iter().try_for_each(|fingerprint| print(&page(fingerprint)))?,
    }
    Ok(ending)
}

fn page(fingerprint: &Fingerprint) -> String {
    let Fingerprint { file, digests: Digests { sha256, sha1, md5 }, published_chain } = fingerprint;
    let published = match published_chain {
        Some(name) => format!("the published chain file {name}, byte for byte"),
        None => "none of the two chain files that WeChat Pay publishes".to_owned(),
    };
    format!("{file}\n  MD5      {md5}\n  SHA-1    {sha1}\n  SHA-256  {sha256}\n  This is  {published}\n")
}
