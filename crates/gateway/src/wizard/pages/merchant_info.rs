//! Enter merchant info: for whom, and where the key shall lie. What was begun earlier is listed, to go on with.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use axum::extract::State;
use axum::http::StatusCode;
use certs::request::{MerchantId, MerchantName};
use maud::{Markup, html};
use zeroize::Zeroizing;

use super::closed;
use super::folders::{off_the_runtime, page_of};
use crate::certificate_folder::{CertificateFolder, FolderError, Holding};
use crate::wizard::desk::Desk;
use crate::wizard::frame::{STEP, Step, View, alert, typed as with_code, wrong};
use crate::wizard::response::Response;
use crate::wizard::storage::{self, Found};
use crate::wizard::visit::{Fields, Visit};
use crate::wizard::words::Mistake;

/// What is wrong, by field; or with all of it.
#[derive(Default)]
struct Mistakes {
    merchant_id: Option<Mistake>,
    merchant_name: Option<Mistake>,
    storage: Option<Mistake>,
    passphrase: Option<Mistake>,
    whole: Option<Mistake>,
}

impl Mistakes {
    /// Where to go on typing.
    fn first(&self) -> Field {
        let fields = [
            (&self.merchant_id, Field::MerchantId),
            (&self.merchant_name, Field::MerchantName),
            (&self.storage, Field::Storage),
            (&self.passphrase, Field::Passphrase),
        ];
        let wrong = fields.into_iter().find(|(mistake, _)| mistake.is_some());
        wrong.map_or(Field::MerchantId, |(_, field)| field)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    MerchantId,
    MerchantName,
    Storage,
    Passphrase,
}

/// What was typed, understood.
struct Typed {
    merchant_id: MerchantId,
    merchant_name: MerchantName,
    storage: PathBuf,
    passphrase: Option<Zeroizing<String>>,
}

/// The page.
pub(in crate::wizard) async fn show(State(desk): State<Arc<Desk>>, view: View) -> Response {
    let draft = desk.take_draft(&view.place);
    page(&desk, &view, StatusCode::OK, &draft, &Mistakes::default()).await
}

/// Next.
pub(in crate::wizard) async fn next(State(desk): State<Arc<Desk>>, Visit { view, form }: Visit) -> Response {
    let typed = match read(&view, &form) {
        Ok(typed) => typed,
        Err(mistakes) => return page(&desk, &view, StatusCode::UNPROCESSABLE_ENTITY, &form, &mistakes).await,
    };
    let at = Arc::clone(&desk);
    match off_the_runtime(move || begin(&at, &typed)).await {
        Some(Ok(path)) => Response::To(view.at(&format!("{}/request-string", desk.place_of(&path)))),
        Some(Err(error)) => {
            let mistakes = Mistakes { whole: Some(Mistake::of_folder(&view, &error)), ..Mistakes::default() };
            page(&desk, &view, StatusCode::CONFLICT, &form, &mistakes).await
        }
        None => closed::broken(&view),
    }
}

/// Goes on with a folder that is there already.
pub(in crate::wizard) async fn go_on(State(desk): State<Arc<Desk>>, Visit { view, form }: Visit) -> Response {
    let path = PathBuf::from(form.get("folder"));
    let looked = off_the_runtime(move || {
        let holding = CertificateFolder::open(&path).and_then(|folder| folder.holding());
        (path, holding)
    });
    match looked.await {
        Some((path, Ok(holding))) => Response::To(view.at(&page_of(&desk.place_of(&path), &holding))),
        Some((_, Err(error))) => {
            closed::refused(&view, StatusCode::CONFLICT, &Mistake::of_folder(&view, &error))
        }
        None => closed::broken(&view),
    }
}

fn read(view: &View, form: &Fields) -> Result<Typed, Box<Mistakes>> {
    let merchant_id = MerchantId::parse(form.get("merchant_id"));
    let merchant_name = MerchantName::parse(form.get("merchant_name"));
    let storage = storage_path(view, form.get("storage"));
    let passphrase = passphrase(view, form);
    match (merchant_id, merchant_name, storage, passphrase) {
        (Ok(merchant_id), Ok(merchant_name), Ok(storage), Ok(passphrase)) => {
            Ok(Typed { merchant_id, merchant_name, storage, passphrase })
        }
        (merchant_id, merchant_name, storage, passphrase) => Err(Box::new(Mistakes {
            merchant_id: merchant_id.err().map(|error| Mistake::of_merchant_id(view, &error)),
            merchant_name: merchant_name.err().map(|error| Mistake::of_merchant_name(view, &error)),
            storage: storage.err(),
            passphrase: passphrase.err(),
            whole: None,
        })),
    }
}

fn storage_path(view: &View, text: &str) -> Result<PathBuf, Mistake> {
    let path = PathBuf::from(text.trim());
    match path.is_absolute() {
        true => Ok(path),
        false => Err(Mistake::of_page(
            view,
            ("This is not a whole path.", "Write it from the beginning, without `~` and without `..`."),
            ("这不是完整路径。", "请从根目录开始填写，不要使用 ~ 或 ..。"),
        )),
    }
}

fn passphrase(view: &View, form: &Fields) -> Result<Option<Zeroizing<String>>, Mistake> {
    match (form.given("passphrase"), form.get("passphrase_again")) {
        (None, "") => Ok(None),
        (Some(passphrase), again) if passphrase == again => Ok(Some(Zeroizing::new(passphrase.to_owned()))),
        (_, _) => Err(Mistake::of_page(
            view,
            ("The two passphrases differ.", "Type the same one twice, or leave both empty."),
            ("两次输入的口令不一致。", "请两次输入相同的口令，或都留空。"),
        )),
    }
}

/// Makes the request, or finds the one that this merchant began in the same storage path: a second key would be one to
/// confuse with the first.
fn begin(desk: &Desk, typed: &Typed) -> Result<PathBuf, FolderError> {
    // A panic while this was held has left nothing half done that the folder does not know to settle.
    let _making = desk.making.lock().unwrap_or_else(PoisonError::into_inner);
    let Typed { merchant_id, merchant_name, storage, passphrase } = typed;
    let path = match storage::is_one(storage) {
        true => storage.clone(),
        false => begun(storage, merchant_id, merchant_name)
            .unwrap_or_else(|| storage::new_folder(storage, merchant_id, desk.clock.now())),
    };
    let folder = CertificateFolder::create(&path)?;
    let passphrase = passphrase.as_ref().map(|passphrase| passphrase.as_str());
    folder.request(merchant_id, merchant_name, passphrase)?;
    Ok(path)
}

fn begun(storage: &Path, merchant_id: &MerchantId, merchant_name: &MerchantName) -> Option<PathBuf> {
    let is_theirs = |found: &Found| match &found.holding {
        Ok(Holding::Awaiting(asked)) => {
            asked.merchant_id == *merchant_id && asked.merchant_name == *merchant_name
        }
        Ok(Holding::Nothing | Holding::Certificate(_)) | Err(_) => false,
    };
    storage::found(storage).into_iter().find(is_theirs).map(|found| found.path)
}

async fn page(desk: &Desk, view: &View, status: StatusCode, typed: &Fields, mistakes: &Mistakes) -> Response {
    let storage = desk.storage.clone();
    let Some(found) = off_the_runtime(move || storage::found(&storage)).await else {
        return closed::broken(view);
    };
    let default = desk.storage.display().to_string();
    let storage = typed.given("storage").unwrap_or(&default);
    let invalid = |mistake: &Option<Mistake>| mistake.as_ref().map(|_| "true");
    let first = mistakes.first();
    let body = html! {
        @if let Some(mistake) = &mistakes.whole { (alert(mistake)) }
        (begun_earlier(view, &found))
        form id=(STEP) .card method="post" action=(view.at("/")) novalidate {
            (view.token())
            p {
                (view.say(
                    "Both stand on the Merchant Platform: Account Center > Account Setting > API Security. Only the super administrator can obtain a certificate.",
                    "商户号和商户名称见商户平台：账户中心 > 账户设置 > API 安全。仅超级管理员可以申请证书。",
                ))
            }
            div.actions.first {
                button #paste-merchant .second type="button" data-paste="merchant-id merchant-name" aria-describedby="pasted-merchant" hidden {
                    (view.say("Paste merchant id and name", "粘贴商户号和商户名称"))
                }
                span #pasted-merchant .hint role="status" {}
            }
            label for="merchant-id" { (view.say("Merchant id", "商户号")) }
            input #merchant-id name="merchant_id" value=(typed.get("merchant_id")) inputmode="numeric" autocomplete="off" required
                autofocus[first == Field::MerchantId] aria-invalid=[invalid(&mistakes.merchant_id)] aria-describedby="merchant-id-wrong";
            (wrong("merchant-id-wrong", mistakes.merchant_id.as_ref()))
            label for="merchant-name" { (view.say("Merchant name", "商户名称")) }
            input #merchant-name name="merchant_name" value=(typed.get("merchant_name")) autocomplete="off" required
                autofocus[first == Field::MerchantName] aria-invalid=[invalid(&mistakes.merchant_name)] aria-describedby="merchant-name-wrong";
            (wrong("merchant-name-wrong", mistakes.merchant_name.as_ref()))
            label for="storage" { (view.say("Storage path", "存储路径")) }
            input #storage name="storage" value=(storage) autocomplete="off" spellcheck="false" required
                autofocus[first == Field::Storage] aria-invalid=[invalid(&mistakes.storage)] aria-describedby="storage-hint storage-wrong";
            p #storage-hint .hint {
                (view.say("A new folder is made in it, named after merchant id and day.", "将在其中新建以商户号和日期命名的文件夹。"))
            }
            (wrong("storage-wrong", mistakes.storage.as_ref()))
            details open[mistakes.passphrase.is_some()] {
                summary { (view.say("Encrypt the private key with a passphrase (optional)", "使用口令加密私钥（可选）")) }
                label for="passphrase" { (view.say("Passphrase", "口令")) }
                input #passphrase name="passphrase" type="password" autocomplete="new-password"
                    autofocus[first == Field::Passphrase] aria-invalid=[invalid(&mistakes.passphrase)] aria-describedby="passphrase-hint passphrase-wrong";
                label for="passphrase-again" { (view.say("The same again", "再次输入口令")) }
                input #passphrase-again name="passphrase_again" type="password" autocomplete="new-password";
                p #passphrase-hint .hint {
                    (view.say(
                        "It is needed again at the step after next, and wherever the key is used. Nobody can recover it.",
                        "粘贴证书串时以及使用私钥时都需要该口令，遗忘后无法找回。",
                    ))
                }
                (wrong("passphrase-wrong", mistakes.passphrase.as_ref()))
            }
            div.actions { button #next { (view.say("Next", "下一步")) } }
        }
    };
    view.step(status, Step::MerchantInfo, &body)
}

fn begun_earlier(view: &View, found: &[Found]) -> Markup {
    if found.is_empty() {
        return html! {};
    }
    html! {
        section #begun .card aria-labelledby="begun-title" {
            h2 #begun-title { (view.say("In this storage path", "该存储路径中已有")) }
            ul.folders {
                @for each in found { li { (one_begun(view, each)) } }
            }
        }
    }
}

fn one_begun(view: &View, found: &Found) -> Markup {
    let path = found.path.display().to_string();
    let (about, button, is_open) = match &found.holding {
        Ok(Holding::Awaiting(asked)) => (
            view.tell(
                format!("{} {}: its certificate string is awaited.", asked.merchant_id, asked.merchant_name),
                format!("{} {}：等待证书串。", asked.merchant_id, asked.merchant_name),
            ),
            Some(view.say("Go on", "继续")),
            true,
        ),
        Ok(Holding::Certificate(kept)) => {
            let until = certs::lifecycle::china::date(kept.certificate.not_after);
            let id = kept.merchant_id.as_ref().map(MerchantId::as_str).unwrap_or_default();
            (
                view.tell(
                    format!("{id}: certificate valid through {until}."),
                    format!("{id}：证书有效期至 {until}。"),
                ),
                Some(view.say("Open", "打开")),
                false,
            )
        }
        Ok(Holding::Nothing) => {
            (view.say("Nothing was asked for yet.", "尚未申请。").to_owned(), None, false)
        }
        Err(error) => {
            let Mistake { sentence, remedy } = Mistake::of_folder(view, error);
            (format!("{sentence} {remedy}"), None, false)
        }
    };
    html! {
        form method="post" action=(view.at("/go-on")) data-folder=(path) {
            (view.token())
            input type="hidden" name="folder" value=(path);
            p { (with_code(&about)) br; code.path { (path) } }
            @if let Some(button) = button { button .second[!is_open] { (button) } }
        }
    }
}
