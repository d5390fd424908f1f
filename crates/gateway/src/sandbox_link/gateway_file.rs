//! `DIR/gateway.json`: where the gateway is, and the keys of its API, for whoever uses it with the sandbox.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

const NAME: &str = "gateway.json";

/// The file. Prints none of its keys.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayFile {
    /// Where the gateway answers, a full URL.
    pub url: String,
    /// A key with the scope `admin`.
    pub admin_key: String,
    /// A key for each merchant id and each sub-merchant, by their numbers.
    pub keys: BTreeMap<String, String>,
}

impl GatewayFile {
    /// The file in the folder of a sandbox; an empty one if there is none that can be read. Keys are made anew then, so
    /// nothing is lost by it.
    pub fn read(folder: &Path) -> GatewayFile {
        let text = fs::read(folder.join(NAME)).ok();
        text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    /// Puts the file into the folder of a sandbox, in the place of an earlier one: whole, and for its owner alone.
    pub fn write(&self, folder: &Path) -> Result<(), io::Error> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        let unfinished = folder.join(format!("{NAME}.unfinished"));
        match fs::remove_file(&unfinished) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&unfinished)?;
        file.write_all(&text).and_then(|()| file.sync_all())?;
        fs::rename(&unfinished, folder.join(NAME))
    }
}

impl fmt::Debug for GatewayFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GatewayFile({}, {} keys: ***)", self.url, self.keys.len() + 1)
    }
}
