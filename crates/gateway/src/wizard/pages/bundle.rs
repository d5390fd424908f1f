//! The encrypted bundle for the developer: the whole folder in one file under a passphrase.

use std::sync::Arc;

use axum::extract::{Path, State};
use maud::{Markup, html};
use zeroize::Zeroizing;

use super::closed;
use super::folders::{Standing, off_the_runtime};
use super::generated::{self, Outcome};
use crate::certificate_folder::backup::{Backup, LEAST_PASSPHRASE};
use crate::certificate_folder::{BackupError, CertificateFolder};
use crate::wizard::desk::Desk;
use crate::wizard::frame::{View, wrong};
use crate::wizard::response::Response;
use crate::wizard::visit::Visit;
use crate::wizard::words::Mistake;

/// Download.
pub(in crate::wizard) async fn download(
    State(desk): State<Arc<Desk>>,
    Path(number): Path<usize>,
    Visit { view, form }: Visit,
) -> Response {
    let standing = match Standing::of(&desk, &view, number).await {
        Ok(standing) => standing,
        Err(refused) => return refused,
    };
    let refused = |mistake| {
        let outcome = Outcome { bundle: Some(mistake), ..Outcome::default() };
        generated::after(&desk, &view, &standing, &outcome)
    };
    if form.get("bundle_passphrase") != form.get("bundle_passphrase_again") {
        return refused(Mistake::of_page(
            &view,
            ("The two passphrases differ.", "Type the same one twice."),
            ("两次输入的口令不一致。", "请两次输入相同的口令。"),
        ));
    }
    let passphrase = Zeroizing::new(form.get("bundle_passphrase").to_owned());
    let folder = standing.folder.clone();
    let name = file_name(&folder);
    match off_the_runtime(move || sealed(&folder, &passphrase)).await {
        Some(Ok(bytes)) => Response::Download(name, bytes),
        Some(Err(error)) => refused(Mistake::of_backup(&view, &error)),
        None => closed::broken(&view),
    }
}

/// The bundle, proven to open again before it is handed out.
fn sealed(folder: &CertificateFolder, passphrase: &str) -> Result<Vec<u8>, BackupError> {
    let backup = folder.back_up()?;
    let bytes = backup.seal(passphrase)?;
    match Backup::open(&bytes, passphrase)? == backup {
        true => Ok(bytes),
        false => Err(BackupError::NotOpened),
    }
}

/// The folder's own name, as far as every system can write it.
fn file_name(folder: &CertificateFolder) -> String {
    let name = folder.path().file_name().unwrap_or_default().to_string_lossy();
    let is_plain = |character: &char| character.is_ascii_alphanumeric() || "-_.".contains(*character);
    let plain: String = name.chars().filter(is_plain).collect();
    let plain = plain.trim_start_matches('.');
    format!("{}.tidegate-backup", if plain.is_empty() { "certificate" } else { plain })
}

/// The part of the page that offers it.
pub(super) fn section(view: &View, standing: &Standing, mistake: Option<&Mistake>) -> Markup {
    let invalid = mistake.map(|_| "true");
    html! {
        section.card aria-labelledby="bundle-title" {
            h2 #bundle-title { (view.say("Encrypted bundle for the developer", "给开发人员的加密包")) }
            p {
                (view.say("The whole folder in one file, which is also its backup. It opens with ", "整个文件夹打包为一个加密文件，也可作为备份。使用以下命令打开："))
                code { "tidegate cert restore" }
                (view.say(" and the passphrase, which you tell the developer by another way.", "；口令请通过其他途径告知开发人员。"))
            }
            form method="post" action=(view.at(&format!("{}/bundle", standing.place))) novalidate {
                (view.token())
                label for="bundle-passphrase" { (view.say("Passphrase", "口令")) }
                input #bundle-passphrase name="bundle_passphrase" type="password" autocomplete="new-password" required
                    autofocus[mistake.is_some()] aria-invalid=[invalid] aria-describedby="bundle-hint bundle-wrong";
                p #bundle-hint .hint {
                    (view.tell(format!("At least {LEAST_PASSPHRASE} characters."), format!("至少 {LEAST_PASSPHRASE} 个字符。")))
                }
                label for="bundle-passphrase-again" { (view.say("The same again", "再次输入口令")) }
                input #bundle-passphrase-again name="bundle_passphrase_again" type="password" autocomplete="new-password" required
                    aria-invalid=[invalid] aria-describedby="bundle-wrong";
                (wrong("bundle-wrong", mistake))
                div.actions { button #download .second { (view.say("Download", "下载")) } }
            }
        }
    }
}
