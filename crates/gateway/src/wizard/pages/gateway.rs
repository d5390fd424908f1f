//! Install into this gateway: the certificate is in force there from then on.

use std::sync::Arc;

use axum::extract::{Path, State};
use maud::{Markup, html};
use zeroize::Zeroizing;

use super::folders::{Standing, off_the_runtime};
use super::{closed, generated};
use crate::certificate_folder::Holding;
use crate::wizard::desk::Desk;
use crate::wizard::frame::{View, wrong};
use crate::wizard::gateway_door::{NewCertificate, Taken};
use crate::wizard::response::Response;
use crate::wizard::visit::Visit;
use crate::wizard::words::Mistake;

/// What came of it.
pub(super) enum Outcome {
    Taken(Taken),
    Refused(Mistake),
}

impl Outcome {
    pub(super) fn is_bad(&self) -> bool {
        matches!(self, Outcome::Refused(_))
    }
}

/// Install.
pub(in crate::wizard) async fn install(
    State(desk): State<Arc<Desk>>,
    Path(number): Path<usize>,
    Visit { view, form }: Visit,
) -> Response {
    let standing = match Standing::of(&desk, &view, number).await {
        Ok(standing) => standing,
        Err(refused) => return refused,
    };
    let Some(door) = &desk.gateway else { return closed::nothing_here(&view) };
    let Holding::Certificate(kept) = &standing.holding else { return standing.next(&view) };
    let passphrase = form.given("gateway_passphrase").map(|text| Zeroizing::new(text.to_owned()));
    let folder = standing.folder.clone();
    let opened = off_the_runtime(move || folder.private_key(passphrase.as_ref().map(|text| text.as_str())));
    let outcome = match opened.await {
        Some(Ok(key)) => {
            let merchant_id = kept.merchant_id.as_ref().map(|id| id.as_str()).unwrap_or_default();
            let certificate_pem = kept.certificate.pem();
            let new = NewCertificate {
                merchant_id,
                certificate_pem: &certificate_pem,
                private_key_pem: &key.pem(),
            };
            match door.install(new).await {
                Ok(taken) => Outcome::Taken(taken),
                Err(refused) => Outcome::Refused(said_by_gateway(&view, &refused.sentence)),
            }
        }
        Some(Err(error)) => Outcome::Refused(Mistake::of_folder(&view, &error)),
        None => return closed::broken(&view),
    };
    let outcome = generated::Outcome { gateway: Some(outcome), ..generated::Outcome::default() };
    generated::after(&desk, &view, &standing, &outcome)
}

/// The gateway has one language, so that its sentence is quoted.
fn said_by_gateway(view: &View, sentence: &str) -> Mistake {
    Mistake {
        sentence: view.say("The gateway did not take the certificate.", "网关未接受该证书。").to_owned(),
        remedy: sentence.to_owned(),
    }
}

/// The part of the page that offers it.
pub(super) fn section(
    view: &View,
    standing: &Standing,
    address: &str,
    key_is_sealed: bool,
    outcome: Option<&Outcome>,
) -> Markup {
    let refused = match outcome {
        Some(Outcome::Refused(mistake)) => Some(mistake),
        Some(Outcome::Taken(_)) | None => None,
    };
    html! {
        section.card aria-labelledby="gateway-title" {
            h2 #gateway-title { (view.say("Install into this gateway", "安装到网关")) }
            p {
                (view.say("The gateway takes the certificate while it runs: ", "网关无需重启即可使用新证书："))
                code { (address) }
            }
            @if let Some(Outcome::Taken(taken)) = outcome {
                p #in-force .notice role="status" {
                    @match taken {
                        Taken::InForce => (view.say("The certificate is in force.", "证书已生效。")),
                        Taken::WasInForce => (view.say("This certificate was in force already.", "该证书此前已生效。")),
                    }
                }
            }
            form method="post" action=(view.at(&format!("{}/gateway", standing.place))) novalidate {
                (view.token())
                @if key_is_sealed {
                    label for="gateway-passphrase" { (view.say("Passphrase of the private key", "私钥口令")) }
                    input #gateway-passphrase name="gateway_passphrase" type="password" autocomplete="off"
                        aria-invalid=[refused.map(|_| "true")] aria-describedby="gateway-wrong";
                }
                (wrong("gateway-wrong", refused))
                div.actions { button #install .second { (view.say("Install", "安装")) } }
            }
        }
    }
}
