//! The certificates of a merchant id that the store holds: the one in force, and the one before it.

use serde::Deserialize;
use store::Store;
use store::error::StoreError;
use wechatpay::ids::Mchid;

use certs::certificate::Certificate;
use certs::material;

use crate::secrets::sealer::{Place, Sealer};

/// The name of the secret that holds a certificate with its key.
const API_CERTIFICATE: &str = "api_certificate";

/// How many versions are looked at: the newest, and the one that a line falls back to.
const IN_USE: usize = 2;

/// The public half of the secret. The private key is not read.
#[derive(Deserialize)]
struct Row {
    certificate_pem: String,
}

/// The newest certificate of `mchid`, and the one before it if there is one. What does not open is left out: it is in nobody's
/// use.
pub async fn in_use(
    store: &impl Store,
    sealer: &Sealer,
    mchid: &Mchid,
) -> Result<Vec<Certificate>, StoreError> {
    let secrets = store.secrets(mchid).await?;
    // By name and version.
    let newest_first = secrets.iter().filter(|secret| secret.name == API_CERTIFICATE).rev();
    let opened = newest_first.take(IN_USE).filter_map(|secret| {
        let place =
            Place { table: "secrets", mchid: Some(mchid), name: API_CERTIFICATE, version: secret.version };
        let plain = sealer.open(place, &secret.sealed).ok()?;
        let row: Row = serde_json::from_slice(&plain).ok()?;
        let contents = material::read(row.certificate_pem.as_bytes(), &[]).ok()?;
        contents.leaf().cloned()
    });
    Ok(opened.collect())
}
