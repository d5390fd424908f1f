//! Reading what somebody names on the command line.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use certs::anchors::Anchors;
use certs::inspection::{self, Subject};
use certs::lifecycle::Policy;
use certs::material::Contents;
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::ending::{Ending, Failure};

/// More bytes than any certificate, key or chain file has.
const MOST_BYTES: u64 = 16 << 20;

/// What is in a file; `-` is the standard input.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mut bytes = Zeroizing::new(Vec::new());
    let failed = |error: io::Error| {
        let remedy = match error.kind() {
            io::ErrorKind::NotFound => "Check the path; a relative one begins at the folder you are in.",
            io::ErrorKind::PermissionDenied => {
                "Check the rights of the file, and as whom you run this: the user of a service often may not read it."
            }
            _ => "Check the file.",
        };
        Failure::new(Ending::Failed, format!("the file cannot be read ({error})"), remedy).about(path)
    };
    let read = match path == Path::new("-") {
        true => io::stdin().lock().take(MOST_BYTES + 1).read_to_end(&mut bytes),
        false => File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes)),
    };
    let length = read.map_err(failed)?;
    if u64::try_from(length).is_ok_and(|length| length > MOST_BYTES) {
        let sentence = "the file is larger than anything that holds certificates";
        return Err(Failure::new(Ending::Refused, sentence, "Give another file.").about(path));
    }
    Ok(bytes)
}

/// What the file holds, with the passwords given and those that its name suggests.
pub(super) fn contents(path: &Path, passwords: &[Zeroizing<String>]) -> Result<Contents, Failure> {
    let bytes = read(path)?;
    let file = path.to_string_lossy();
    let passwords: Vec<&str> = passwords.iter().map(|password| password.as_str()).collect();
    let policy = Policy::default();
    let subject =
        Subject { file: &file, bytes: &bytes, passwords: &passwords, policy: &policy, now: Timestamp::now() };
    inspection::read(&subject).map_err(|error| Failure::from(error).about(path))
}

/// What is trusted: the built-in keys, or the certificates of a file.
pub(super) fn anchors(file: Option<&PathBuf>) -> Result<Anchors, Failure> {
    match file {
        None => Ok(Anchors::built_in()),
        Some(path) => Anchors::from_file(&read(path)?).map_err(|error| Failure::from(error).about(path)),
    }
}
