//! Test keys and texts made by `testdata/make.sh`.

use std::path::Path;

use crate::keys::{Certificate, KeyName, SigningKey};

use super::verify::PlatformKeys;

pub(crate) const API_V3_KEY: &[u8] = b"TidegateTestOnlyApiV3Key00000000";

pub(crate) fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn merchant_key() -> SigningKey {
    SigningKey::from_pem(&read("merchant_key.pem")).unwrap()
}

pub(crate) fn merchant_certificate() -> Certificate {
    Certificate::from_pem(&read("merchant_cert.pem")).unwrap()
}

pub(crate) fn platform_key() -> SigningKey {
    SigningKey::from_pem(&read("platform_key.pem")).unwrap()
}

pub(crate) fn platform_certificate() -> Certificate {
    Certificate::from_pem(&read("platform_cert.pem")).unwrap()
}

pub(crate) fn platform_serial() -> KeyName {
    platform_certificate().serial
}

pub(crate) fn platform_keys() -> PlatformKeys {
    let mut keys = PlatformKeys::new();
    keys.add_certificate(&platform_certificate());
    keys
}
