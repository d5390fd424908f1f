//! The files of `testdata`.

use std::path::Path;

use certs::certificate::Certificate;
use certs::material::{self, Contents};
use jiff::Timestamp;

/// The password of every bundle.
pub(crate) const MERCHANT_ID: &str = "1900000001";

/// The passphrase of every encrypted key.
pub(crate) const PASSPHRASE: &str = "open-sesame";

pub(crate) fn read(file: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(file);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn text(file: &str) -> String {
    String::from_utf8(read(file)).unwrap()
}

pub(crate) fn contents(file: &str) -> Contents {
    material::read(&read(file), &[MERCHANT_ID, PASSPHRASE]).unwrap()
}

pub(crate) fn certificate(file: &str) -> Certificate {
    contents(file).expect_certificate().unwrap().clone()
}

/// A year after the files were made, whenever that was: all but the expired one are valid.
pub(crate) fn now() -> Timestamp {
    let made = certificate("ca_issued.pem").not_before.as_second();
    Timestamp::from_second(made + 365 * 86_400).unwrap()
}
