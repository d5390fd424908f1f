//! `tidegate cert`, from the request to the backup, with `openssl` and Java's `keytool` as readers that are not ours.
//!
//! - [`flow`]: request, certificate string, files; killed in between, renewed.
//! - [`mistakes`]: what people give instead, and what they are told.
//! - [`forms`]: from every form into every other.
//! - [`keeping`]: backup and restore, what is left and what is due, digests.
//! - [`watching`]: notices from `cert watch`, once each.
//! - [`vectors`]: real certificates through `inspect --json`.

mod flow;
mod forms;
mod keeping;
mod mistakes;
mod vectors;
mod watching;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use jiff::{Timestamp, ToSpan as _};
use rcgen::SubjectPublicKeyInfo;
use sandbox::authority::{Authority, Holder, Validity, new_key};
use tempfile::TempDir;
use wechatpay::ids::Mchid;

const MERCHANT_ID: &str = "1900009191";
const NAME: &str = "深圳 好店";

/// One authority for all tests: an RSA key takes its time.
static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| Authority::found(new_key().unwrap()).unwrap());

/// A folder to work in, with the authority's certificate as `ca.pem`.
struct Room(TempDir);

/// How a command ended.
#[derive(Debug)]
struct Ended {
    code: i32,
    out: String,
    err: String,
}

impl Room {
    fn new() -> Room {
        let room = Room(tempfile::tempdir().unwrap());
        room.write("ca.pem", AUTHORITY.certificate_pem());
        room
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).unwrap()
    }

    /// `tidegate cert` with these words, in this folder, without a terminal.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = crate::tidegate();
        command.arg("cert").args(words).current_dir(self.0.path());
        for name in ["TIDEGATE_KEY_PASSPHRASE", "TIDEGATE_P12_PASSWORD", "TIDEGATE_BACKUP_PASSPHRASE"] {
            command.env_remove(name);
        }
        command
    }

    fn run(&self, words: &[&str]) -> Ended {
        Ended::of(self.command(words).output().unwrap())
    }

    /// The same, which must go well.
    fn well(&self, words: &[&str]) -> Ended {
        let ended = self.run(words);
        assert_eq!(ended.code, 0, "{words:?}: {ended:?}");
        ended
    }

    /// Makes a key in `dir`, and answers with the request string.
    fn request(&self, dir: &str) -> String {
        self.well(&["request", "--merchant-id", MERCHANT_ID, "--merchant-name", NAME, "--out", dir]).out
    }

    /// A folder `dir` with a certificate that is valid for so many days more.
    fn installed(&self, dir: &str, days: i64) {
        let request_string = self.request(dir);
        self.write("issued.pem", issue(&request_string, MERCHANT_ID, -1, days));
        self.install(dir, "issued.pem");
    }

    fn install(&self, dir: &str, file: &str) -> Ended {
        self.well(&["install", "--dir", dir, "--certificate", file, "--anchor", "ca.pem"])
    }

    /// What another program prints, on both channels; it must go well.
    fn other(&self, program: &str, words: &str) -> String {
        let ended = self.other_ends(program, words);
        assert_eq!(ended.code, 0, "{program} {words}: {ended:?}");
        ended.out + &ended.err
    }

    fn other_ends(&self, program: &str, words: &str) -> Ended {
        let run = Command::new(program).args(words.split(' ')).current_dir(self.0.path()).output();
        Ended::of(run.unwrap_or_else(|error| panic!("the tests need {program}: {error}")))
    }
}

impl Ended {
    fn of(output: Output) -> Ended {
        let Output { status, stdout, stderr } = output;
        Ended {
            code: status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&stdout).into_owned(),
            err: String::from_utf8_lossy(&stderr).into_owned(),
        }
    }
}

/// The certificate string for a request string: for this merchant, from so many days after now to so many.
fn issue(request_string: &str, mchid: &str, from: i64, until: i64) -> String {
    let csr = certs::request::read(request_string.as_bytes()).unwrap();
    let key = SubjectPublicKeyInfo::from_der(csr.public_key.spki()).unwrap();
    let mchid = Mchid::parse(mchid).unwrap();
    let holder = Holder { mchid: &mchid, company_name: NAME };
    let days = |days: i64| Timestamp::now() + (24 * days).hours();
    let validity = Validity { not_before: days(from), not_after: days(until) };
    AUTHORITY.issue_to_merchant(holder, &key, validity).unwrap().pem
}

/// The serial number of a certificate as `openssl` prints it.
fn serial(room: &Room, file: &str) -> String {
    let text = room.other("openssl", &format!("x509 -in {file} -noout -serial"));
    text.trim().trim_start_matches("serial=").to_owned()
}

/// The files in a folder, by name.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
