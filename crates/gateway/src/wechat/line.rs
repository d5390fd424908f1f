//! One merchant id's way to WeChat Pay.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::rand;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use wechatpay::ids::{Mchid, SubMchid};
use wechatpay::keys::{ApiV3Key, KeyName};
use wechatpay::v3::caller::{Merchant, Region};
use wechatpay::v3::sign::{Authorization, Nonce, Request};
use wechatpay::v3::target::Target;

use super::connection::{Connection, hosts_of};
use super::exchange::{Exchange, Failure, Reach, Received, SignedRequest};
use super::platform_keys::KeyRing;
use super::signer::{SignError, Signer};
use crate::activity::Activity;
use crate::clock::WallClock;

/// So long after its time stamp a request is not sent any more, and one under way is given up and its socket closed: well
/// before the five minutes within which WeChat Pay takes it. Source: [official-skills].
const SENT_WITHIN: SignedDuration = SignedDuration::from_mins(4);

/// Who signs is not waited for longer. A key in this process takes a thousandth of it.
const SIGNED_WITHIN: Duration = Duration::from_secs(10);

/// The way of one merchant id. Cheap to call from many tasks at once; every future of it may be dropped at any time.
#[derive(Debug)]
pub struct Line {
    mchid: Mchid,
    region: Region,
    signer: Arc<dyn Signer>,
    api_v3_key: ApiV3Key,
    /// Under which key answers are asked for.
    answer_key: Option<KeyName>,
    exchange: Exchange,
    pub(super) keys: KeyRing,
    pub(super) clock: WallClock,
    pub(super) activity: Activity,
}

/// Why there is no line.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// A sandbox stands where it was started, which must be said.
    #[error("a sandbox's merchant id needs the sandbox's address")]
    NoHost,
    /// A host that is not called.
    #[error("{host} cannot be called: {why}")]
    Host {
        /// What was given.
        host: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The system's TLS cannot be used.
    #[error("the HTTP client cannot be made: {0}")]
    Client(#[source] reqwest::Error),
}

/// A call before it is signed.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    pub(super) target: &'a Target,
    pub(super) body: &'a [u8],
    /// The time stamp the signature bears.
    pub(super) signed_at: Timestamp,
    pub(super) reach: Reach,
}

impl Line {
    /// The line of `connection`. It knows the public keys at once; platform certificates come with
    /// [`keep_keys`](Line::keep_keys), or with the first answer that names one.
    pub fn new(connection: Connection, clock: WallClock, activity: Activity) -> Result<Line, LineError> {
        let Connection { mchid, region, hosts, signer, api_v3_key, public_keys, is_sandbox } = connection;
        let hosts = match hosts.is_empty() && !is_sandbox {
            true => hosts_of(region).iter().map(|host| (*host).to_owned()).collect(),
            false => hosts,
        };
        let exchange = Exchange::new(&hosts, is_sandbox)?;
        let answer_key = public_keys.last().map(|(id, _)| id.clone());
        let keys = KeyRing::new(public_keys);
        Ok(Line { mchid, region, signer, api_v3_key, answer_key, exchange, keys, clock, activity })
    }

    /// The merchant id.
    pub fn mchid(&self) -> &Mchid {
        &self.mchid
    }

    /// The branch of WeChat Pay.
    pub fn region(&self) -> Region {
        self.region
    }

    /// The key that opens the merchant id's notifications.
    pub fn api_v3_key(&self) -> &ApiV3Key {
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
    pub(super) async fn get(&self, target: &Target) -> Result<Received, Failure> {
        let (signed_at, reach) = (self.clock.now(), Reach::AnyHost);
        self.call(Call { method: Method::GET, target, body: b"", signed_at, reach }).await
    }

    /// Signs and sends `call` once. What comes back is not verified yet.
    pub(super) async fn call(&self, call: Call<'_>) -> Result<Received, Failure> {
        let target = call.target.render();
        let authorization = self.authorize(&call, &target).await?;
        let left = (call.signed_at + SENT_WITHIN).duration_since(self.clock.now());
        let longest = Duration::try_from(left).ok().filter(|left| !left.is_zero()).ok_or(Failure::Stale)?;
        let request = SignedRequest {
            method: call.method,
            target: &target,
            body: call.body,
            authorization: authorization.render(),
            answer_key: self.answer_key.as_ref(),
        };
        self.exchange.send(&request, call.reach, longest).await
    }

    async fn authorize(&self, call: &Call<'_>, target: &str) -> Result<Authorization, SignError> {
        let (nonce_str, timestamp) = (fresh_nonce()?, call.signed_at.as_second());
        let request = Request { method: call.method.as_str(), target, body: call.body };
        let signing = self.signer.sign(request.message(timestamp, &nonce_str));
        let signature =
            tokio::time::timeout(SIGNED_WITHIN, signing).await.map_err(|_| SignError::TooSlow)??;
        let serial_no = self.signer.serial_no();
        Ok(Authorization { mchid: self.mchid.clone(), nonce_str, timestamp, serial_no, signature })
    }
}

/// 32 hexadecimal digits that nobody can foretell. Source: [global-signature].
fn fresh_nonce() -> Result<Nonce, SignError> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).map_err(|_| SignError::NoRandomness)?;
    let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    Ok(Nonce::parse(&digits).expect("32 hexadecimal digits are a nonce"))
}
