//! Generate certificate: what there is now, where it lies, and what to do with it.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use certs::lifecycle::china;
use maud::{Markup, html};
use serde::Deserialize;

use super::folders::Standing;
use super::{bundle, gateway};
use crate::certificate_folder::folder::{BUNDLE, CERTIFICATE, EXPLANATION, KEY};
use crate::certificate_folder::{Holding, Kept};
use crate::wizard::desk::Desk;
use crate::wizard::desktop;
use crate::wizard::frame::{Step, View, alert, typed};
use crate::wizard::response::Response;
use crate::wizard::visit::Visit;
use crate::wizard::words::Mistake;
use crate::wizard::words::folder::concern;

/// What was done on this page just now.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) bundle: Option<Mistake>,
    pub(super) gateway: Option<gateway::Outcome>,
    pub(super) opened: Option<bool>,
}

/// Where the visitor comes from.
#[derive(Deserialize)]
pub(in crate::wizard) struct Came {
    /// Whether the step before was just done.
    #[serde(default)]
    done: Option<String>,
}

/// The page.
pub(in crate::wizard) async fn show(
    State(desk): State<Arc<Desk>>,
    Path(number): Path<usize>,
    Query(came): Query<Came>,
    view: View,
) -> Response {
    match Standing::of(&desk, &view, number).await {
        Ok(standing) => {
            page(&desk, &view, StatusCode::OK, &standing, &Outcome::default(), came.done.is_some())
        }
        Err(refused) => refused,
    }
}

/// View folder: opens it on the desktop.
pub(in crate::wizard) async fn open(
    State(desk): State<Arc<Desk>>,
    Path(number): Path<usize>,
    Visit { view, form: _ }: Visit,
) -> Response {
    let standing = match Standing::of(&desk, &view, number).await {
        Ok(standing) => standing,
        Err(refused) => return refused,
    };
    let opened = desk.has_desktop && desktop::open(standing.folder.path().as_os_str()).await;
    let outcome = Outcome { opened: Some(opened), ..Outcome::default() };
    page(&desk, &view, StatusCode::OK, &standing, &outcome, false)
}

/// The page after something was done on it.
pub(super) fn after(desk: &Desk, view: &View, standing: &Standing, outcome: &Outcome) -> Response {
    let is_bad = outcome.bundle.is_some() || outcome.gateway.as_ref().is_some_and(gateway::Outcome::is_bad);
    let status = if is_bad { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    page(desk, view, status, standing, outcome, false)
}

fn page(
    desk: &Desk,
    view: &View,
    status: StatusCode,
    standing: &Standing,
    outcome: &Outcome,
    is_new: bool,
) -> Response {
    let Holding::Certificate(kept) = &standing.holding else { return standing.next(view) };
    let key_is_sealed = kept.key_is_sealed == Some(true);
    let body = html! {
        @if is_new { p #generated .notice role="status" { (view.say("The certificate was generated.", "证书已生成。")) } }
        @for each in standing.folder.concerns() { p.alert.soon role="note" { (typed(&concern(view, &each))) } }
        (certificate(view, kept))
        (files(desk, view, standing, outcome))
        @if let Some(door) = &desk.gateway {
            (gateway::section(view, standing, &door.address(), key_is_sealed, outcome.gateway.as_ref()))
        }
        (bundle::section(view, standing, outcome.bundle.as_ref()))
        section.card aria-labelledby="renewal-title" {
            h2 #renewal-title { (view.say("Renewed later?", "以后续期")) }
            p {
                (view.say("A renewal keeps the key: renew on the Merchant Platform, then paste the new certificate string into this folder.",
                    "续期沿用同一密钥：在商户平台续期后，将新的证书串粘贴到本文件夹即可。"))
            }
            div.actions {
                a #renewal .button.second href=(view.at(&format!("{}/certificate-string", standing.place))) {
                    (view.say("Paste a renewed certificate string", "粘贴续期后的证书串"))
                }
            }
        }
    };
    view.step(status, Step::Generated, &body)
}

fn certificate(view: &View, kept: &Kept) -> Markup {
    let certificate = &kept.certificate;
    html! {
        section.card aria-labelledby="certificate-title" {
            h2 #certificate-title { (view.say("The certificate", "证书")) }
            dl {
                @if let Some(merchant_id) = &kept.merchant_id {
                    dt { (view.say("Merchant id", "商户号")) }
                    dd #merchant-id .number { (merchant_id) }
                }
                dt { (view.say("Serial number", "证书序列号")) }
                dd #serial-number .number { (certificate.serial) }
                dt { (view.say("Valid", "有效期")) }
                dd #validity { (china::text(certificate.not_before)) " – " (china::text(certificate.not_after)) " (UTC+8)" }
            }
        }
    }
}

fn files(desk: &Desk, view: &View, standing: &Standing, outcome: &Outcome) -> Markup {
    let files = [
        (KEY, view.say("private key: give it to nobody", "私钥，请勿外传")),
        (CERTIFICATE, view.say("certificate", "证书")),
        (
            BUNDLE,
            view.say(
                "certificate and private key; its password is the merchant id",
                "证书和私钥，密码为商户号",
            ),
        ),
        (EXPLANATION, view.say("explanation, in Chinese and English", "使用说明（中英文）")),
    ];
    html! {
        section.card aria-labelledby="files-title" {
            h2 #files-title { (view.say("The files", "文件")) }
            dl.files { @for (name, about) in files { dt { code { (name) } } dd { (about) } } }
            p { (view.say("They lie in this folder:", "文件位于以下文件夹：")) br; code #folder .path { (standing.folder.path().display()) } }
            div.actions {
                @if desk.has_desktop {
                    form method="post" action=(view.at(&format!("{}/open", standing.place))) {
                        (view.token())
                        button #open-folder { (view.say("View folder", "查看文件夹")) }
                    }
                }
                button #copy-folder .second type="button" data-copy="folder" aria-describedby="copied-folder" hidden {
                    (view.say("Copy path", "复制路径"))
                }
                span #copied-folder .hint role="status" {
                    @if outcome.opened == Some(true) { (view.say("It was opened on your desktop.", "已在桌面打开。")) }
                }
            }
            @if outcome.opened == Some(false) {
                (alert(&Mistake::of_page(
                    view,
                    ("The desktop did not open the folder.", "Open the path above by hand."),
                    ("桌面未能打开该文件夹。", "请按上面的路径手动打开。"),
                )))
            }
        }
    }
}
