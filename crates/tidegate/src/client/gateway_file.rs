//! What a gateway that was started for trying out leaves for its clients: `gateway.json` in its folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;

const NAME: &str = "gateway.json";

/// Address and key out of a trying-out gateway's file.
#[derive(Debug)]
pub(crate) struct Found {
    /// The gateway's address.
    pub(crate) url: String,
    /// The chosen key.
    pub(crate) key: SecretString,
}

#[derive(Deserialize)]
struct Wire {
    url: String,
    admin_key: String,
    /// By merchant id or sub-merchant id.
    keys: BTreeMap<String, String>,
}

/// Why the file gives no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GatewayFileError {
    /// It is not there or cannot be read.
    #[error(
        "`{}` cannot be read: {cause}. A gateway started with `tidegate serve --sandbox DIR` writes it into DIR",
        path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// It is not such a file.
    #[error("`{}` is not a file of `tidegate serve --sandbox DIR` (line {line})", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where it ends to make sense, from 1.
        line: usize,
    },
    /// There are keys for several, and nobody said whose shall be used.
    #[error("`{}` has keys for several: say `--mchid` or `--sub-mchid` with one of {}", path.display(), known.join(", "))]
    Ambiguous {
        /// The file.
        path: PathBuf,
        /// Whose keys there are.
        known: Vec<String>,
    },
    /// There is no key for the one asked for.
    #[error("`{}` has no key for {asked}; it has keys for {}", path.display(), known.join(", "))]
    NoKey {
        /// The file.
        path: PathBuf,
        /// Whose key was wanted.
        asked: String,
        /// Whose keys there are.
        known: Vec<String>,
    },
}

/// Address and the operator's key from `folder`.
pub(crate) fn read_for_operator(folder: &Path) -> Result<Found, GatewayFileError> {
    let path = folder.join(NAME);
    let Wire { url, admin_key, .. } = parse(&path, &text_of(&path)?)?;
    Ok(Found { url, key: SecretString::from(admin_key) })
}

/// Address and key from `folder`: the merchant's key if `mchid` says whose, else the sub-merchant's, else the only one.
pub(crate) fn read(
    folder: &Path,
    mchid: Option<&str>,
    sub_mchid: Option<&str>,
) -> Result<Found, GatewayFileError> {
    let path = folder.join(NAME);
    let text = text_of(&path)?;
    choose(path, &text, mchid, sub_mchid)
}

fn text_of(path: &Path) -> Result<String, GatewayFileError> {
    let path = path.to_owned();
    std::fs::read_to_string(&path).map_err(|cause| GatewayFileError::Unreadable { path, cause })
}

fn parse(path: &Path, text: &str) -> Result<Wire, GatewayFileError> {
    // Not its message: it may quote what it stumbled over, and that may be a key.
    serde_json::from_str(text)
        .map_err(|error| GatewayFileError::Malformed { path: path.to_owned(), line: error.line() })
}

fn choose(
    path: PathBuf,
    text: &str,
    mchid: Option<&str>,
    sub_mchid: Option<&str>,
) -> Result<Found, GatewayFileError> {
    let Wire { url, admin_key: _, mut keys } = parse(&path, text)?;
    let known = || keys.keys().cloned().collect();
    let name = match (mchid.or(sub_mchid), keys.len()) {
        (Some(asked), _) => asked.to_owned(),
        (None, 1) => keys.keys().next().cloned().unwrap_or_default(),
        (None, _) => return Err(GatewayFileError::Ambiguous { path, known: known() }),
    };
    let known: Vec<String> = known();
    match keys.remove(&name) {
        Some(key) => Ok(Found { url, key: SecretString::from(key) }),
        None => Err(GatewayFileError::NoKey { path, asked: name, known }),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    const FILE: &str = r#"{"url":"http://127.0.0.1:7070","admin_key":"tg_admin",
        "keys":{"1900000001":"tg_institution","1900000101":"tg_shop","1900000009":"tg_direct"}}"#;

    fn chosen(mchid: Option<&str>, sub_mchid: Option<&str>) -> Result<String, String> {
        choose(PathBuf::from("gateway.json"), FILE, mchid, sub_mchid)
            .map(|found| found.key.expose_secret().to_owned())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_merchants_key_goes_before_its_sub_merchants() {
        assert_eq!(chosen(Some("1900000001"), Some("1900000101")), Ok("tg_institution".to_owned()));
        assert_eq!(chosen(None, Some("1900000101")), Ok("tg_shop".to_owned()));
    }

    #[test]
    fn an_unclear_choice_names_whose_keys_there_are_and_no_key() {
        let known = "1900000001, 1900000009, 1900000101";
        let error = chosen(None, None).unwrap_err();
        assert!(error.contains(known) && error.contains("--mchid") && !error.contains("tg_"), "{error}");
        let error = chosen(Some("5"), None).unwrap_err();
        assert!(error.contains("no key for 5") && error.contains(known) && !error.contains("tg_"), "{error}");
    }

    #[test]
    fn another_file_is_refused_without_being_quoted() {
        let error = choose(PathBuf::from("g"), "{\"url\":\"u\",\"keys\":\"tg_x\"}", None, None).unwrap_err();
        assert!(!error.to_string().contains("tg_x"), "{error}");
    }
}
