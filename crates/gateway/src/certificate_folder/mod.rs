//! A folder on disk in which one merchant API certificate is asked for and kept: the shell around [`certs`].
//!
//! The private key is made here and exists nowhere else, so that losing it means to apply again. Everything follows from that:
//! the key is on disk before anybody sees the request string that is made from it, no step ever writes over a key, and
//! whatever is interrupted goes on where it was.
//!
//! What lies in the folder:
//!
//! | name | what | since |
//! | --- | --- | --- |
//! | `apiclient_key.pem` | the private key, PKCS#8, encrypted if a passphrase was given | request |
//! | `request_string.pem` | the request string; with the key it says for whom a certificate is awaited | request |
//! | `apiclient_cert.pem`, `apiclient_cert.p12`, `证书使用说明.txt` | the set: certificate, certificate with key, explanation | install |
//! | `.previous/SERIAL/` | the sets that were replaced, by serial number | renewal |
//! | `.gitignore`, `.lock` | keeps all of this out of a repository; keeps two programs apart | request |
//!
//! A request is made in this order: request string under a name of its own (`.request_string.pem.new`), key under a name of
//! its own, key under its final name, request string under its final name. The third step is the one that counts: before it
//! nobody has seen anything and all is made anew, after it the string that was written first is the one that belongs to the key.
//!
//! An installation writes the whole set into `.install`, then gives that folder the name `.install-ready`, then moves the files
//! into their places. The second step is the one that counts: before it the old set stands, after it the new one, and whoever
//! opens the folder next moves what was not moved yet. For the blink in between, both sets are of the same key.
//!
//! A test can end the program at the kill points `certificate_request_written`, `certificate_key_written`,
//! `certificate_key_named`, `certificate_set_written`, `certificate_set_ready` and `certificate_file_moved` (see
//! `store::kill_point`).
//!
//! Read in this order: [`folder`] (what a folder holds), [`request`](mod@request), [`install`](mod@install), [`explanation`]
//! (the file for people), [`backup`] (a whole folder in one encrypted file), [`surroundings`] (what is wrong around a folder),
//! [`key`] (making, sealing and opening keys), [`files`] (how anything is written), [`error`].

pub mod backup;
pub mod error;
pub mod explanation;
pub mod files;
pub mod folder;
pub mod install;
pub mod key;
pub mod request;
pub mod surroundings;

#[cfg(test)]
mod tests;

pub use backup::BackupError;
pub use error::FolderError;
pub use folder::{Asked, CertificateFolder, Holding, Kept};
pub use install::{Installation, Installed};
pub use request::Request;
pub use surroundings::Concern;
