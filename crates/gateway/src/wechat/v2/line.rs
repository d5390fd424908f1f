//! One merchant id's way to WeChat Pay over V2: a signed call.
//!
//! A certificate is shown only where WeChat Pay asks for one. Questions go over connections of their own that have none, so that
//! what became of a refund can be learned whatever becomes of the certificate. Source: [v2-rules].

use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use wechatpay::codes::{Configuration, Meaning};
use wechatpay::ids::{Appid, Mchid, SubMchid};
use wechatpay::v2::answer::Answer;
use wechatpay::v2::caller::Caller;
use wechatpay::v2::key::ApiV2Key;
use wechatpay::v2::outcome::Outcome;
use wechatpay::v2::sign::{Nonce, SignType, UnsignedBody};

use crate::clock::WallClock;
use crate::wechat::certificates::{Certificates, Held, Made};
use crate::wechat::connection::{Connection, MerchantCertificate, V2Keys};
use crate::wechat::exchange::{Ends, Exchange, Expected, Failure, Outgoing, Reach, Received, time_left};
use crate::wechat::line::LineError;
use crate::wechat::nonce;
use crate::wechat::signer::SignError;

/// How everything is signed that may be signed in either way. Source: [v2-rules].
pub(crate) const SIGN_TYPE: SignType = SignType::HmacSha256;

/// The way of one merchant id. Cheap to call from many tasks at once; every future of it may be dropped at any time.
#[derive(Debug)]
pub(crate) struct V2Line {
    mchid: Mchid,
    appid: Appid,
    pub(super) api_v2_key: ApiV2Key,
    pub(super) api_v2_key_before: Option<ApiV2Key>,
    /// With each certificate its own connections: one that is open has shown what it shows.
    certificates: Certificates<Exchange>,
    questions: Exchange,
    clock: WallClock,
}

/// A call before it is signed.
pub(super) struct Call<'a> {
    pub(super) path: &'static str,
    pub(super) body: &'a UnsignedBody,
    /// When it was decided to make it; see [`time_left`].
    pub(super) decided_at: Timestamp,
    pub(super) reach: Reach,
}

/// What came back, and what it comes to.
pub(super) type Heard<T> = Result<(Received, Outcome<T>), Failure>;

impl V2Line {
    /// The way over V2 of `connection`; none if it has no key for it, or no certificate that can be shown.
    pub(crate) fn of(connection: &Connection, clock: &WallClock) -> Result<Option<V2Line>, LineError> {
        let Connection { mchid, certificate, certificate_before, is_sandbox, sandbox_ca, .. } = connection;
        let (Some(keys), true) = (connection.v2.clone(), certificate.identity.is_some()) else {
            return Ok(None);
        };
        let hosts: Vec<String> =
            connection.hosts.iter().filter(|host| host.starts_with("https://")).cloned().collect();
        if hosts.is_empty() {
            return Err(LineError::NoTls);
        }
        let ends = || Ends { is_sandbox: *is_sandbox, ca: sandbox_ca.as_ref(), shown: None };
        let held = |certificate: &MerchantCertificate| {
            let MerchantCertificate { serial_no, not_after, signer: _, identity } = certificate.clone();
            let exchange = Exchange::new(&hosts, Ends { shown: identity, ..ends() })?;
            Ok::<_, LineError>(Held { serial_no, not_after, with: exchange })
        };
        let before = certificate_before.as_ref().filter(|before| before.identity.is_some());
        let certificates = Certificates::new(held(certificate)?, before.map(held).transpose()?);
        let questions = Exchange::new(&hosts, ends())?;
        let V2Keys { appid, api_v2_key, api_v2_key_before } = keys;
        let (mchid, clock) = (mchid.clone(), clock.clone());
        Ok(Some(V2Line { mchid, appid, api_v2_key, api_v2_key_before, certificates, questions, clock }))
    }

    /// The merchant id.
    pub(super) fn mchid(&self) -> &Mchid {
        &self.mchid
    }

    /// The app id that questions bear.
    pub(super) fn appid(&self) -> &Appid {
        &self.appid
    }

    /// Who asks about something of this sub-merchant's, or of the merchant's own.
    pub(super) fn caller(&self, sub_mchid: Option<&SubMchid>) -> Caller {
        let (mchid, appid) = (self.mchid.clone(), self.appid.clone());
        match sub_mchid.cloned() {
            None => Caller::Direct { mchid, appid },
            Some(sub_mchid) => Caller::Institution { mchid, appid, sub_mchid, sub_appid: None },
        }
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Asks at `path`, which changes nothing and needs no certificate.
    pub(super) async fn ask_at<T>(
        &self,
        path: &'static str,
        body: &UnsignedBody,
        judge: impl Fn(&Received, Answer) -> Outcome<T>,
    ) -> Heard<T> {
        let call = Call { path, body, decided_at: self.now(), reach: Reach::AnyHost };
        let received = self.post(&self.questions, &call).await?;
        let outcome = judge(&received, self.read(&received, body));
        Ok((received, outcome))
    }

    /// Signs and sends `call` once with the newest certificate; and once more with the one before if that is refused.
    pub(super) async fn call<T>(
        &self,
        call: &Call<'_>,
        judge: impl Fn(&Received, Answer) -> Outcome<T>,
    ) -> Made<Heard<T>> {
        let make = |held| self.call_with(held, call, &judge);
        let is_refused =
            |heard: &Heard<T>| heard.as_ref().is_ok_and(|(_, outcome)| refuses_the_certificate(outcome));
        self.certificates.call(&self.mchid, &self.clock, make, is_refused).await
    }

    async fn call_with<T>(
        &self,
        held: &Held<Exchange>,
        call: &Call<'_>,
        judge: impl Fn(&Received, Answer) -> Outcome<T>,
    ) -> Heard<T> {
        let received = self.post(&held.with, call).await?;
        let outcome = judge(&received, self.read(&received, call.body));
        Ok((received, outcome))
    }

    /// An answer is signed as its request was.
    fn read(&self, received: &Received, body: &UnsignedBody) -> Answer {
        Answer::read(&received.body, body.sign_type(), &self.api_v2_key)
    }

    async fn post(&self, exchange: &Exchange, call: &Call<'_>) -> Result<Received, Failure> {
        let body = call.body.sign(&fresh_nonce()?, &self.api_v2_key);
        let longest = time_left(call.decided_at, self.now())?;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/xml; charset=utf-8"));
        let request = Outgoing {
            method: Method::POST,
            target: call.path,
            headers,
            body: body.into_bytes(),
            expects: Expected::Message,
        };
        exchange.send(&request, call.reach, longest).await
    }
}

/// Whether an answer says that the certificate is not taken: one of the pages in front of the platform, or a word of its own.
/// What is refused so is decided before anything else of the request is looked at. Source: [staff-answers], \[inferred\].
fn refuses_the_certificate<T>(outcome: &Outcome<T>) -> bool {
    matches!(
        outcome,
        Outcome::Error { answer, .. }
            if answer.meaning == Meaning::ConfigurationFault(Configuration::Certificate)
    )
}

fn fresh_nonce() -> Result<Nonce, SignError> {
    Ok(Nonce::parse(&nonce::fresh_digits()?).expect("32 hexadecimal digits are a nonce"))
}
