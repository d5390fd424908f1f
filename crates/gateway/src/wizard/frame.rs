//! What every page has around it.

use axum::http::StatusCode;
use maud::{DOCTYPE, Markup, html};

use super::response::Response;
use super::visit::FORM_TOKEN;
use super::words::Mistake;
use crate::api::request::language::Language;

/// What a page knows of its visitor.
#[derive(Debug, Clone)]
pub(super) struct View {
    pub(super) language: Language,
    /// The path below which the pages are.
    pub(super) base: String,
    /// Stands in every form.
    pub(super) form_token: String,
    /// Where the visitor is, below `base`.
    pub(super) place: String,
}

/// The id of the form of a page. Choosing another language sends it along, so that what was typed is kept.
pub(super) const STEP: &str = "step";

/// Whether a page has a form with the id [`STEP`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StepForm {
    There,
    None,
}

/// The steps as the official tool names them. Source: [certificate-request].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    MerchantInfo,
    RequestString,
    CertificateString,
    Generated,
}

impl Step {
    const ALL: [Step; 4] =
        [Step::MerchantInfo, Step::RequestString, Step::CertificateString, Step::Generated];

    pub(super) fn name(self, view: &View) -> &'static str {
        match self {
            Step::MerchantInfo => view.say("Enter merchant info", "填写商户信息"),
            Step::RequestString => view.say("Copy request string", "复制请求串"),
            Step::CertificateString => view.say("Paste certificate string", "粘贴证书串"),
            Step::Generated => view.say("Generate certificate", "生成证书"),
        }
    }
}

impl View {
    /// The text in the visitor's language.
    pub(super) fn say<'a>(&self, english: &'a str, chinese: &'a str) -> &'a str {
        match self.language {
            Language::English => english,
            Language::Chinese => chinese,
        }
    }

    /// The same for texts made of several.
    pub(super) fn tell(&self, english: String, chinese: String) -> String {
        match self.language {
            Language::English => english,
            Language::Chinese => chinese,
        }
    }

    /// The address of a place.
    pub(super) fn at(&self, place: &str) -> String {
        format!("{}{place}", self.base)
    }

    /// The field that proves that a form is ours.
    pub(super) fn token(&self) -> Markup {
        html! { input type="hidden" name=(FORM_TOKEN) value=(self.form_token); }
    }

    /// A page of a step.
    pub(super) fn step(&self, status: StatusCode, step: Step, body: &Markup) -> Response {
        let steps = html! {
            ol #steps .steps aria-label=(self.say("Steps", "步骤")) {
                @for each in Step::ALL {
                    li aria-current=[(each == step).then_some("step")] class=[(each as u8 <= step as u8).then_some("reached")] {
                        (each.name(self))
                    }
                }
            }
            h1 { (step.name(self)) }
            (body)
        };
        let form = match step {
            Step::MerchantInfo | Step::CertificateString => StepForm::There,
            Step::RequestString | Step::Generated => StepForm::None,
        };
        Response::Page(status, self.framed(step.name(self), form, &steps))
    }

    /// Any other page.
    pub(super) fn page(&self, status: StatusCode, title: &str, form: StepForm, body: &Markup) -> Response {
        Response::Page(status, self.framed(title, form, body))
    }

    fn framed(&self, title: &str, form: StepForm, body: &Markup) -> Markup {
        html! {
            (DOCTYPE)
            html lang=(self.language.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (title) " – " (self.say("Tidegate certificate tool", "Tidegate 证书工具")) }
                    link rel="icon" type="image/svg+xml" href=(self.at("/assets/icon.svg"));
                    link rel="stylesheet" href=(self.at("/assets/wizard.css"));
                    script src=(self.at("/assets/wizard.js")) defer {}
                }
                body data-ping=(self.at("/ping"))
                    data-ended=(self.say(
                        "The certificate tool has ended. Start it again in the terminal: it goes on at this step, and what you typed stays on this page.",
                        "证书工具已结束。请在终端重新启动，将从当前步骤继续；本页已填写的内容会保留。"))
                    data-copied=(self.say("Copied", "已复制"))
                    data-not-copied=(self.say("Copying is blocked: the text is selected, press Ctrl+C (⌘C).", "浏览器禁止复制，文本已选中，请按 Ctrl+C（⌘C）。"))
                    data-pasted=(self.say("Pasted", "已粘贴"))
                    data-not-pasted=(self.say("Pasting is blocked: click into the box and press Ctrl+V (⌘V).", "浏览器禁止粘贴，请点击输入框后按 Ctrl+V（⌘V）。")) {
                    a.skip href="#content" { (self.say("Skip to content", "跳到正文")) }
                    (self.header())
                    p #ended .alert role="alert" hidden {}
                    main #content tabindex="-1" { (body) }
                    footer {
                        (self.say("These pages are served by this computer to this computer alone.", "本页面仅由本机提供给本机使用。"))
                    }
                    (self.languages(form))
                }
            }
        }
    }

    fn header(&self) -> Markup {
        let link = |place: &str, text: &str, is_here: bool| {
            html! { a href=(self.at(place)) aria-current=[is_here.then_some("page")] { (text) } }
        };
        let is_inspecting = self.place.starts_with("/inspect");
        html! {
            header {
                p.brand { (self.say("Tidegate certificate tool", "Tidegate 证书工具")) }
                nav aria-label=(self.say("Main menu", "主菜单")) {
                    (link("/", self.say("Request a certificate", "申请证书"), !is_inspecting))
                    (link("/inspect", self.say("Inspect", "解析证书"), is_inspecting))
                }
            }
        }
    }

    /// Stands at the end and is shown at the top: what is first in a form is what Enter presses.
    fn languages(&self, form: StepForm) -> Markup {
        let (tag, code, name) = match self.language {
            Language::English => ("zh-CN", "zh", "中文"),
            Language::Chinese => ("en", "en", "English"),
        };
        let action = format!("{}?to={code}&return={}", self.at("/language"), self.place);
        html! {
            div.language {
                @match form {
                    StepForm::There => {
                        button #language .plain lang=(tag) form=(STEP) formaction=(action) formnovalidate
                            formenctype="application/x-www-form-urlencoded" { (name) }
                    },
                    StepForm::None => {
                        form method="post" action=(action) {
                            (self.token())
                            button #language .plain lang=(tag) { (name) }
                        }
                    },
                }
            }
        }
    }
}

/// The field's own alert: what is wrong, and what to do about it. Hidden if nothing is.
pub(super) fn wrong(id: &str, mistake: Option<&Mistake>) -> Markup {
    html! {
        p id=(id) .wrong role="alert" hidden[mistake.is_none()] {
            @if let Some(mistake) = mistake { (told(mistake)) }
        }
    }
}

/// An alert about a whole page.
pub(super) fn alert(mistake: &Mistake) -> Markup {
    html! { p #mistake .alert role="alert" { (told(mistake)) } }
}

fn told(mistake: &Mistake) -> Markup {
    html! { strong { (typed(&mistake.sentence)) } " " (typed(&mistake.remedy)) }
}

/// A text whose backticks enclose what can be typed.
pub(super) fn typed(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    // An odd backtick is one in a name.
    if parts.len().is_multiple_of(2) {
        return html! { (text) };
    }
    html! { @for (at, part) in parts.iter().enumerate() { @if at % 2 == 1 { code { (part) } } @else { (part) } } }
}
