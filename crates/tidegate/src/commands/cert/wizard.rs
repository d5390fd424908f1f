//! `tidegate cert wizard`: the steps of the official tool, as questions and answers.
//!
//! Enter merchant info, copy the request string, paste the certificate string, generated. Whatever was typed is kept when
//! something goes wrong, and whoever leaves in the middle goes on with the same folder.

use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use certs::lifecycle::china;
use certs::request::{MerchantId, MerchantName};
use clap::Args;
use gateway::certificate_folder::{Asked, CertificateFolder, Holding, Installation, Request};
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::ending::{Ending, Failure};
use super::secret::{self, BundleOptions};
use super::{browser, input, install, request};

/// What is known already; what is not is asked for.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The merchant id, as the API Security page shows it.
    #[arg(long, value_name = "ID")]
    merchant_id: Option<String>,
    /// The merchant's name, as the API Security page shows it.
    #[arg(long, value_name = "NAME")]
    merchant_name: Option<String>,
    /// The folder for the key and everything that follows; one that awaits its certificate goes on where it was.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// A file whose first line is the passphrase of the key.
    #[arg(long, value_name = "FILE", conflicts_with = "no_passphrase")]
    passphrase_file: Option<PathBuf>,
    /// Keep the key without a passphrase, and do not ask.
    #[arg(long)]
    no_passphrase: bool,
    /// Trust the certificates of this file in the place of WeChat Pay's built-in keys: the chain file of a sandbox.
    #[arg(long, value_name = "FILE")]
    anchor: Option<PathBuf>,
    #[command(flatten)]
    bundle: BundleOptions,
    /// Make a backup into this file at the end, and do not ask.
    #[arg(long, value_name = "FILE", conflicts_with = "no_backup")]
    backup: Option<PathBuf>,
    /// Make no backup at the end, and do not ask.
    #[arg(long)]
    no_backup: bool,
    /// Open the folder at the end, and do not ask.
    #[arg(long, conflicts_with = "no_open")]
    open: bool,
    /// Do not open the folder at the end, and do not ask; with `--browser`, do not open the browser.
    #[arg(long)]
    no_open: bool,
    #[command(flatten)]
    browser: browser::BrowserOptions,
}

/// Goes through the steps with whoever sits at the terminal.
pub(super) fn run(options: &Options) -> Result<Ending, Failure> {
    if options.browser.is_wanted() {
        return browser::run(&options.browser, options.anchor.as_ref(), !options.no_open);
    }
    if !secret::somebody_is_there() {
        return Err(Failure::new(
            Ending::Failed,
            "the wizard asks questions, and nobody is here to answer",
            "Use `--browser`, or `tidegate cert request` and `tidegate cert install`.",
        ));
    }
    Wizard { options, from: io::stdin().lock(), to: io::stderr() }.play()
}

/// A conversation.
struct Wizard<'a, R, W> {
    options: &'a Options,
    from: R,
    to: W,
}

impl<R: BufRead, W: Write> Wizard<'_, R, W> {
    fn play(&mut self) -> Result<Ending, Failure> {
        let (folder, request, passphrase) = self.merchant_info()?;
        self.request_string(&folder, &request)?;
        let report = self.certificate_string(&folder, passphrase)?;
        self.generated(&folder, &report)
    }

    /// Step 1.
    fn merchant_info(&mut self) -> Result<(CertificateFolder, Request, Option<Zeroizing<String>>), Failure> {
        self.heading(1, "Enter merchant info")?;
        if let Some(out) = &self.options.out
            && let Ok(folder) = CertificateFolder::open(out)
            && let Holding::Awaiting(asked) = folder.holding()?
        {
            let Asked { merchant_id, merchant_name, .. } = &asked;
            self.tell(&format!("Going on with the request of merchant {merchant_id}, {merchant_name}."))?;
            let passphrase = install::key_passphrase(&folder, self.options.passphrase_file.as_ref())?;
            return Ok((folder, Request { asked, resumed: true }, passphrase));
        }
        let merchant_id: MerchantId =
            self.until_right("Merchant id", self.options.merchant_id.clone(), request::merchant_id)?;
        let name: MerchantName =
            self.until_right("Merchant name", self.options.merchant_name.clone(), request::merchant_name)?;
        let out = match &self.options.out {
            Some(out) => out.clone(),
            None => {
                // As the official tool names its folders; the number in it opens the PKCS#12 file.
                let day = china::date(Timestamp::now()).strftime("%Y%m%d").to_string();
                let usual = format!("{merchant_id}_{day}_cert");
                let typed = self.ask(&format!("Folder [{usual}]"))?;
                PathBuf::from(if typed.is_empty() { usual } else { typed })
            }
        };
        let folder = CertificateFolder::create(&out)?;
        let passphrase = match folder.holding()? {
            Holding::Nothing => self.new_passphrase()?,
            _ => install::key_passphrase(&folder, self.options.passphrase_file.as_ref())?,
        };
        let made = folder.request(&merchant_id, &name, passphrase.as_deref().map(String::as_str))?;
        Ok((folder, made, passphrase))
    }

    fn new_passphrase(&mut self) -> Result<Option<Zeroizing<String>>, Failure> {
        if self.options.no_passphrase {
            return Ok(None);
        }
        if let Some(known) = secret::known(self.options.passphrase_file.as_ref(), secret::KEY_VARIABLE, None)?
        {
            return Ok(Some(known));
        }
        let typed = secret::ask_for_new("Passphrase for the key (empty for none)")?;
        Ok(Some(typed).filter(|typed| !typed.is_empty()))
    }

    /// Step 2.
    fn request_string(&mut self, folder: &CertificateFolder, made: &Request) -> Result<(), Failure> {
        self.heading(2, "Copy request string")?;
        self.tell(&format!(
            "The key is safe in `{}`. Copy this, from the first dash to the last:\n",
            folder.key().display()
        ))?;
        self.tell(&made.asked.request_string)?;
        self.tell(
            "On the Merchant Platform, as super administrator: Account Center > Account Setting > API Security >\n\
             Request Certificate. Paste it there, enter the SMS code and the login password, go on, and copy the\n\
             certificate string. You may stop here: the same command with `--out` of this folder goes on.",
        )?;
        for concern in folder.concerns() {
            self.tell(&format!("Warning: {concern}"))?;
        }
        Ok(())
    }

    /// Step 3, again and again until it is the right one.
    fn certificate_string(
        &mut self,
        folder: &CertificateFolder,
        passphrase: Option<Zeroizing<String>>,
    ) -> Result<String, Failure> {
        self.heading(3, "Paste certificate string")?;
        let anchors = input::anchors(self.options.anchor.as_ref())?;
        let bundle_password = self.options.bundle.password()?;
        loop {
            self.tell("Paste it here; it ends with its END line, or with an empty line.")?;
            let pasted = install::pasted(&mut self.from)?;
            if pasted.is_empty() {
                return Err(Failure::new(
                    Ending::Failed,
                    "nothing was pasted; the key and its request string stay as they are",
                    format!("Go on with: tidegate cert wizard --out '{}'", folder.path().display()),
                ));
            }
            let how = Installation {
                anchors: &anchors,
                passphrase: passphrase.as_deref().map(String::as_str),
                bundle_password: bundle_password.as_deref().map(String::as_str),
                cipher: self.options.bundle.cipher(),
                now: Timestamp::now(),
            };
            match folder.install(pasted.as_bytes(), &how) {
                Ok(installed) => {
                    return Ok(install::report(folder, &installed, &how, passphrase.is_some()));
                }
                Err(error) => {
                    let failure = Failure::from(error);
                    // Another string may be right; a full disk or a wrong passphrase it does not mend.
                    if failure.ending() != Ending::Refused {
                        return Err(failure);
                    }
                    self.tell(&format!("{failure}\n"))?;
                }
            }
        }
    }

    /// Step 4.
    fn generated(&mut self, folder: &CertificateFolder, report: &str) -> Result<Ending, Failure> {
        self.heading(4, "Generated")?;
        self.tell(report)?;
        let file = match &self.options.backup {
            Some(file) => Some(file.clone()),
            None if self.options.no_backup => None,
            None => {
                let typed = self.ask("Back it up, encrypted, into which file (empty for not now)")?;
                Some(PathBuf::from(typed)).filter(|file| !file.as_os_str().is_empty())
            }
        };
        if let Some(file) = file {
            let passphrase = match secret::known(None, secret::BACKUP_VARIABLE, None)? {
                Some(known) => known,
                None => secret::ask_for_new("Passphrase for the backup")?,
            };
            folder.back_up_to(&file, &passphrase)?;
            self.tell(&format!("Backed up into `{}`, and read back from it.", file.display()))?;
        }
        let opens = match (self.options.open, self.options.no_open) {
            (true, _) => true,
            (false, true) => false,
            (false, false) => self.ask("Open the folder? [y/N]")?.eq_ignore_ascii_case("y"),
        };
        if opens && !open(folder.path()) {
            self.tell(&format!("It cannot be opened from here; it is `{}`.", folder.path().display()))?;
        }
        Ok(Ending::Well)
    }

    fn heading(&mut self, step: u8, name: &str) -> Result<(), Failure> {
        self.tell(&format!("\nStep {step} of 4: {name}"))
    }

    fn tell(&mut self, text: &str) -> Result<(), Failure> {
        Ok(writeln!(self.to, "{text}")?)
    }

    /// What is answered, without blanks around it.
    fn ask(&mut self, question: &str) -> Result<String, Failure> {
        write!(self.to, "{question}: ")?;
        self.to.flush()?;
        let mut line = String::new();
        match self.from.read_line(&mut line)? {
            0 => Err(Failure::new(Ending::Failed, "the conversation ended", "Begin again.")),
            _ => Ok(line.trim().to_owned()),
        }
    }

    /// An answer that makes sense: the one that was given on the command line first.
    fn until_right<T>(
        &mut self,
        question: &str,
        given: Option<String>,
        parse: impl Fn(&str) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        if let Some(given) = given {
            return parse(&given);
        }
        loop {
            let answer = self.ask(question)?;
            match parse(&answer) {
                Ok(value) => return Ok(value),
                Err(failure) => self.tell(&failure.to_string())?,
            }
        }
    }
}

/// Shows a folder in the system's own way; whether that went well.
fn open(path: &Path) -> bool {
    let program = match std::env::consts::OS {
        "windows" => "explorer",
        "macos" => "open",
        _ => "xdg-open",
    };
    Command::new(program).arg(path).spawn().is_ok()
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use jiff::ToSpan as _;
    use rcgen::SubjectPublicKeyInfo;
    use sandbox::authority::{Authority, Holder, Validity, new_key};
    use wechatpay::ids::Mchid;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    /// What the wizard says to somebody who types `typed`, and how it ends.
    fn play(words: &[&str], typed: &str) -> (Result<Ending, Failure>, String) {
        let Line { options } = Line::parse_from([&["wizard", "--no-passphrase"], words].concat());
        let mut said = Vec::new();
        let ended = Wizard { options: &options, from: typed.as_bytes(), to: &mut said }.play();
        (ended, String::from_utf8(said).unwrap())
    }

    #[test]
    fn the_steps_of_the_official_tool_lead_to_the_files_and_what_was_typed_is_kept() {
        let room = tempfile::tempdir().unwrap();
        let folder = room.path().join("c");
        let dir = folder.to_str().unwrap();
        // A slip in the merchant id is asked for again; then whoever sits there goes for the certificate string.
        let (ended, said) = play(&["--out", dir], "19000O9191\n1900009191\n深圳 好店\n");
        let failure = ended.unwrap_err();
        assert!(failure.what_to_do().contains("tidegate cert wizard --out"), "{failure}");
        for part in
            ["digits only", "Step 2 of 4: Copy request string", "BEGIN CERTIFICATE REQUEST", "SMS code"]
        {
            assert!(said.contains(part), "{part} in {said}");
        }

        let Holding::Awaiting(asked) = CertificateFolder::open(&folder).unwrap().holding().unwrap() else {
            panic!("the request is kept");
        };
        let authority = Authority::found(new_key().unwrap()).unwrap();
        let anchor = room.path().join("ca.pem");
        std::fs::write(&anchor, authority.certificate_pem()).unwrap();
        let key = SubjectPublicKeyInfo::from_der(asked.public_key.spki()).unwrap();
        let mchid = Mchid::parse("1900009191").unwrap();
        let holder = Holder { mchid: &mchid, company_name: "深圳 好店" };
        let now = Timestamp::now();
        let validity = Validity { not_before: now - 1.hour(), not_after: now + 2400.hours() };
        let issued = authority.issue_to_merchant(holder, &key, validity).unwrap().pem;

        // The clipboard holds the request string still; then the certificate string; no backup, and no folder opened.
        let typed = format!("{}\n{issued}\n\nn\n", asked.request_string);
        let words = ["--out", dir, "--anchor", anchor.to_str().unwrap()];
        let (ended, said) = play(&words, &typed);
        assert_eq!(ended.unwrap(), Ending::Well);
        for part in [
            "Going on with the request",
            "this is the request string itself",
            "Step 4 of 4: Generated",
            "Installed:",
        ] {
            assert!(said.contains(part), "{part} in {said}");
        }
        assert!(folder.join("apiclient_cert.p12").is_file());
    }
}
