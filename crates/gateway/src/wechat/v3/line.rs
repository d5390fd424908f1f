//! One merchant id's way to WeChat Pay over V3: a signed call.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use reqwest::header::{ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use wechatpay::ids::{Mchid, SubMchid};
use wechatpay::keys::{ApiV3Key, KeyName};
use wechatpay::v3::caller::{Merchant, Region};
use wechatpay::v3::sign::{Authorization, Nonce, Request};
use wechatpay::v3::target::Target;
use wechatpay::v3::verify::SERIAL;

use super::platform_keys::KeyRing;
use crate::clock::WallClock;
use crate::wechat::certificates::{Certificates, Held, Made};
use crate::wechat::connection::{Connection, MerchantCertificate, V3Keys};
use crate::wechat::exchange::{Ends, Exchange, Expected, Failure, Outgoing, Reach, Received, time_left};
use crate::wechat::line::LineError;
use crate::wechat::nonce;
use crate::wechat::signer::{SignError, Signer};

/// The status of an answer to a call whose signature or certificate is not taken. Source: [global-signature].
const UNAUTHORIZED: u16 = 401;

/// Who signs is not waited for longer. A key in this process takes a thousandth of it.
const SIGNED_WITHIN: Duration = Duration::from_secs(10);

/// The way of one merchant id. Cheap to call from many tasks at once; every future of it may be dropped at any time.
#[derive(Debug)]
pub(crate) struct V3Line {
    mchid: Mchid,
    region: Region,
    certificates: Certificates<Arc<dyn Signer>>,
    api_v3_key: ApiV3Key,
    /// Under which key answers are asked for.
    answer_key: Option<KeyName>,
    exchange: Exchange,
    pub(super) keys: KeyRing,
    pub(super) clock: WallClock,
}

/// What came back. Not verified yet.
pub(super) type Heard = Result<Received, Failure>;

/// A call before it is signed.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) target: &'a Target,
    pub(super) body: &'a [u8],
    /// The time stamp the signature bears.
    pub(super) signed_at: Timestamp,
    pub(super) reach: Reach,
    pub(super) expects: Expected,
}

impl V3Line {
    /// The way over V3 of `connection`; none if it has no keys for it, or a certificate that V3 does not take. It knows the
    /// public keys at once; platform certificates come with [`keep_keys`](V3Line::keep_keys), or with the first answer that
    /// names one.
    pub(crate) fn of(connection: &Connection, clock: &WallClock) -> Result<Option<V3Line>, LineError> {
        let held = |certificate: &MerchantCertificate| {
            let MerchantCertificate { serial_no, not_after, signer, identity: _ } = certificate.clone();
            Some(Held { serial_no, not_after, with: signer? })
        };
        let (Some(V3Keys { api_v3_key, public_keys }), Some(newest)) =
            (connection.v3.clone(), held(&connection.certificate))
        else {
            return Ok(None);
        };
        let Connection { mchid, region, hosts, certificate_before, is_sandbox, sandbox_ca, .. } = connection;
        let ends = Ends { is_sandbox: *is_sandbox, ca: sandbox_ca.as_ref(), shown: None };
        Ok(Some(V3Line {
            mchid: mchid.clone(),
            region: *region,
            certificates: Certificates::new(newest, certificate_before.as_ref().and_then(held)),
            api_v3_key,
            answer_key: public_keys.last().map(|(id, _)| id.clone()),
            exchange: Exchange::new(hosts, ends)?,
            keys: KeyRing::new(public_keys),
            clock: clock.clone(),
        }))
    }

    /// The merchant id.
    pub(crate) fn mchid(&self) -> &Mchid {
        &self.mchid
    }

    /// The branch of WeChat Pay.
    pub(crate) fn region(&self) -> Region {
        self.region
    }

    /// The key that opens the merchant id's notifications.
    pub(crate) fn api_v3_key(&self) -> &ApiV3Key {
        &self.api_v3_key
    }

    /// Whether WeChat Pay's answers are asked for under a public key.
    pub(super) fn is_in_public_key_mode(&self) -> bool {
        self.answer_key.is_some()
    }

    /// The merchant a question is about.
    pub(super) fn merchant(&self, sub_mchid: Option<&SubMchid>) -> Merchant {
        let mchid = self.mchid.clone();
        match sub_mchid.cloned() {
            None => Merchant::Direct { mchid },
            Some(sub_mchid) => Merchant::SubMerchant { sp_mchid: mchid, sub_mchid },
        }
    }

    /// Asks what stands at `target`, which changes nothing.
    pub(super) async fn get(&self, target: &Target) -> Made<Heard> {
        self.get_expecting(target, Expected::Message).await
    }

    /// The same, where a day's statement stands.
    pub(super) async fn get_statement(&self, target: &Target) -> Made<Heard> {
        self.get_expecting(target, Expected::Statement).await
    }

    async fn get_expecting(&self, target: &Target, expects: Expected) -> Made<Heard> {
        let (signed_at, reach) = (self.clock.now(), Reach::AnyHost);
        self.call(Call { method: Method::GET, target, body: b"", signed_at, reach, expects }).await
    }

    /// Signs and sends `call` once; and once more with the certificate before if the newest is refused.
    pub(super) async fn call(&self, call: Call<'_>) -> Made<Heard> {
        let make = |held| self.call_with(held, &call);
        let is_refused = |heard: &Heard| heard.as_ref().is_ok_and(|received| received.status == UNAUTHORIZED);
        self.certificates.call(&self.mchid, &self.clock, make, is_refused).await
    }

    /// Whether the certificate with this serial number is of this line and has expired, by our clock.
    pub(super) fn has_expired(&self, certificate: &KeyName) -> bool {
        let now = self.clock.now();
        self.certificates.get(certificate).is_some_and(|held| held.has_expired(now))
    }

    async fn call_with(&self, held: &Held<Arc<dyn Signer>>, call: &Call<'_>) -> Heard {
        let target = call.target.render();
        let authorization = self.authorize(held, call, &target).await?;
        let longest = time_left(call.signed_at, self.clock.now())?;
        let request = Outgoing {
            method: call.method.clone(),
            target: &target,
            headers: self.headers(&authorization, call.expects),
            body: call.body.to_vec(),
            expects: call.expects,
        };
        self.exchange.send(&request, call.reach, longest).await
    }

    fn headers(&self, authorization: &Authorization, expects: Expected) -> HeaderMap {
        let value = |text: &str| {
            HeaderValue::from_str(text).expect("ids, serial numbers, nonces and Base64 are visible ASCII")
        };
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, value(&authorization.render()));
        let (accepted, language) = match expects {
            Expected::Message => ("application/json", "en"),
            // Its headings are published in Chinese alone. [global-statement]
            Expected::Statement => ("text/plain, application/json", "zh-CN"),
        };
        headers.insert(ACCEPT, HeaderValue::from_static(accepted));
        headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(language));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(key) = &self.answer_key {
            headers.insert(SERIAL, value(key.as_str()));
        }
        headers
    }

    async fn authorize(
        &self,
        held: &Held<Arc<dyn Signer>>,
        call: &Call<'_>,
        target: &str,
    ) -> Result<Authorization, SignError> {
        let (nonce_str, timestamp) = (fresh_nonce()?, call.signed_at.as_second());
        let request = Request { method: call.method.as_str(), target, body: call.body };
        let signing = held.with.sign(request.message(timestamp, &nonce_str));
        let signature =
            tokio::time::timeout(SIGNED_WITHIN, signing).await.map_err(|_| SignError::TooSlow)??;
        let serial_no = held.serial_no.clone();
        Ok(Authorization { mchid: self.mchid.clone(), nonce_str, timestamp, serial_no, signature })
    }
}

fn fresh_nonce() -> Result<Nonce, SignError> {
    Ok(Nonce::parse(&nonce::fresh_digits()?).expect("32 hexadecimal digits are a nonce"))
}
