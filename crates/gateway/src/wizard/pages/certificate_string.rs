//! Paste certificate string: what came back from the Merchant Platform is checked and installed.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use certs::bundle::Cipher;
use maud::html;
use zeroize::Zeroizing;

use super::closed;
use super::folders::{Standing, off_the_runtime};
use crate::certificate_folder::{FolderError, Holding, Installation};
use crate::wizard::desk::Desk;
use crate::wizard::frame::{STEP, Step, View, alert, wrong};
use crate::wizard::response::Response;
use crate::wizard::visit::{Visit, may_hold_a_key};
use crate::wizard::words::Mistake;

/// What is wrong, by field; or with the folder.
#[derive(Default)]
struct Mistakes {
    string: Option<Mistake>,
    passphrase: Option<Mistake>,
    folder: Option<Mistake>,
}

impl Mistakes {
    fn of(view: &View, error: &FolderError) -> Mistakes {
        let mistake = Some(Mistake::of_folder(view, error));
        match error {
            FolderError::Paste(_) | FolderError::NotProven(_) => {
                Mistakes { string: mistake, ..Mistakes::default() }
            }
            FolderError::PassphraseNeeded | FolderError::WrongPassphrase | FolderError::EmptyPassphrase => {
                Mistakes { passphrase: mistake, ..Mistakes::default() }
            }
            _ => Mistakes { folder: mistake, ..Mistakes::default() },
        }
    }
}

/// The page.
pub(in crate::wizard) async fn show(
    State(desk): State<Arc<Desk>>,
    Path(number): Path<usize>,
    view: View,
) -> Response {
    let draft = desk.take_draft(&view.place);
    match Standing::of(&desk, &view, number).await {
        Ok(standing) => {
            page(&view, StatusCode::OK, &standing, draft.get("certificate_string"), &Mistakes::default())
        }
        Err(refused) => refused,
    }
}

/// Next.
pub(in crate::wizard) async fn next(
    State(desk): State<Arc<Desk>>,
    Path(number): Path<usize>,
    Visit { view, form }: Visit,
) -> Response {
    let standing = match Standing::of(&desk, &view, number).await {
        Ok(standing) => standing,
        Err(refused) => return refused,
    };
    let folder = standing.folder.clone();
    let (anchors, now) = (desk.anchors.clone(), desk.clock.now());
    let pasted = Zeroizing::new(form.get("certificate_string").to_owned());
    let passphrase = form.given("passphrase").map(|text| Zeroizing::new(text.to_owned()));
    let installed = off_the_runtime(move || {
        let how = Installation {
            anchors: &anchors,
            passphrase: passphrase.as_ref().map(|text| text.as_str()),
            bundle_password: None,
            cipher: Cipher::Aes256,
            now,
        };
        folder.install(pasted.as_bytes(), &how)
    });
    let error = match installed.await {
        Some(Ok(_)) => return Response::To(view.at(&format!("{}/generated?done=yes", standing.place))),
        Some(Err(error)) => error,
        None => return closed::broken(&view),
    };
    let typed = form.get("certificate_string");
    let typed = if may_hold_a_key(typed) { "" } else { typed };
    page(&view, StatusCode::UNPROCESSABLE_ENTITY, &standing, typed, &Mistakes::of(&view, &error))
}

fn page(view: &View, status: StatusCode, standing: &Standing, typed: &str, mistakes: &Mistakes) -> Response {
    let (key_is_sealed, back) = match &standing.holding {
        Holding::Nothing => return standing.next(view),
        Holding::Awaiting(asked) => (asked.key_is_sealed, "request-string"),
        Holding::Certificate(kept) => (kept.key_is_sealed == Some(true), "generated"),
    };
    let invalid = |mistake: &Option<Mistake>| mistake.as_ref().map(|_| "true");
    let place = |page: &str| view.at(&format!("{}/{page}", standing.place));
    let body = html! {
        @if let Some(mistake) = &mistakes.folder { (alert(mistake)) }
        form id=(STEP) .card method="post" action=(place("certificate-string")) novalidate {
            (view.token())
            p {
                (view.say(
                    "Copy the certificate string on the Merchant Platform's page \"Copy certificate string\", and paste it here.",
                    "请在商户平台的“复制证书串”页面复制证书串，粘贴到这里。",
                ))
            }
            label for="certificate-string" { (view.say("Certificate string", "证书串")) }
            textarea #certificate-string name="certificate_string" rows="12" spellcheck="false" autocomplete="off" required autofocus
                aria-invalid=[invalid(&mistakes.string)] aria-describedby="certificate-string-wrong" { (typed) }
            (wrong("certificate-string-wrong", mistakes.string.as_ref()))
            div.actions {
                button #paste-certificate .second type="button" data-paste="certificate-string" aria-describedby="pasted-certificate" hidden {
                    (view.say("Paste", "粘贴"))
                }
                span #pasted-certificate .hint role="status" {}
            }
            @if key_is_sealed {
                label for="passphrase" { (view.say("Passphrase of the private key", "私钥口令")) }
                input #passphrase name="passphrase" type="password" autocomplete="off"
                    aria-invalid=[invalid(&mistakes.passphrase)] aria-describedby="passphrase-wrong";
                (wrong("passphrase-wrong", mistakes.passphrase.as_ref()))
            }
            div.actions {
                button #next { (view.say("Next", "下一步")) }
                a href=(place(back)) { (view.say("Back", "上一步")) }
            }
        }
        p.hint { (view.say("Folder:", "文件夹：")) " " code.path { (standing.folder.path().display()) } }
    };
    view.step(status, Step::CertificateString, &body)
}
