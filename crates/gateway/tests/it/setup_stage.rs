//! A gateway that nobody has set up a merchant id in, and sandbox credentials to set one up with.

use gateway::activity::Activity;
use gateway::admin::router::router;
use gateway::clock::WallClock;
use gateway::gateway::{Gateway, Settings, World};
use gateway::merchants::credentials::CredentialTexts;
use gateway::merchants::registry::Merchants;
use gateway::merchants::setting_up::NewMerchant;
use gateway::secrets::keyset::Keyset;
use gateway::secrets::sealer::Sealer;
use jiff::{SignedDuration, Timestamp};
use sandbox::authority::{Authority, Holder, Validity, new_key, pem_of};
use serde_json::{Value, json};
use store::memory::{MemoryStore, Model};
use store::merchant::Mode;
use store::open::OpenStore;
use tower::ServiceExt;
use wechatpay::calendar::Calendar;
use wechatpay::ids::{Appid, Mchid};
use wechatpay::money::Currency;
use wechatpay::v3::caller::Region;
use wechatpay::wire::Wire;

pub(crate) const MCHID: &str = "1900000001";
/// What no output may ever hold.
pub(crate) const API_V3_KEY: &str = "NobodyMayEverSeeThisApiV3KeyHere";
pub(crate) const HOST: &str = "http://127.0.0.1:7080";

pub(crate) fn mchid() -> Mchid {
    Mchid::parse(MCHID).unwrap()
}

pub(crate) fn now() -> Timestamp {
    "2026-01-05T01:00:00Z".parse().unwrap()
}

/// A gateway with an empty store in memory, and what seals its secrets.
pub(crate) struct Stage {
    pub(crate) gateway: Gateway,
    pub(crate) sealer: Sealer,
}

/// An answer of the operator's interface.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Stage {
    pub(crate) fn new(world: World) -> Stage {
        let activity = Activity::none();
        let clock = WallClock::standing_at(now(), activity.clone());
        let settings = Settings { public_url: None, world, sandbox_ca: None };
        let store = OpenStore::Memory(MemoryStore::new(Model::new()));
        let gateway = Gateway::new(store, clock, activity, Calendar::bundled(), settings);
        Stage { gateway, sealer: Sealer::new(Keyset::generate().unwrap().keyset) }
    }

    /// The same store in a new process, set up for `world`.
    pub(crate) fn again(&self, world: World) -> Stage {
        let settings = Settings { public_url: None, world, sandbox_ca: None }.into();
        let gateway = Gateway { merchants: Merchants::default(), settings, ..self.gateway.clone() };
        Stage { gateway, sealer: self.sealer.clone() }
    }

    /// What the operator's interface answers to whoever has `key`.
    pub(crate) async fn call(&self, key: &str, method: &str, path: &str, body: Value) -> Answer {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        self.call_with(Some(&format!("Bearer {key}")), method, path, text).await
    }

    pub(crate) async fn call_with(
        &self,
        authorization: Option<&str>,
        method: &str,
        path: &str,
        body: String,
    ) -> Answer {
        let mut request = axum::http::Request::builder().method(method).uri(path);
        if let Some(authorization) = authorization {
            request = request.header("Authorization", authorization);
        }
        let request = request.body(axum::body::Body::from(body)).unwrap();
        let router = router(self.gateway.clone(), self.sealer.clone());
        let response = router.oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Answer { status, body: serde_json::from_slice(&bytes).unwrap_or_default() }
    }
}

/// What a sandbox's authority issued for one key of the merchant id.
pub(crate) struct Credentials {
    pub(crate) private_key_pem: String,
    /// The certificate, and the one after it.
    pub(crate) certificates: [String; 2],
}

impl Credentials {
    pub(crate) fn new() -> Credentials {
        let authority = Authority::found(new_key().unwrap()).unwrap();
        let key = new_key().unwrap();
        let validity =
            Validity { not_before: now(), not_after: now() + SignedDuration::from_hours(365 * 24) };
        let mchid = mchid();
        let holder = Holder { mchid: &mchid, company_name: "Shop" };
        let issue = || authority.issue_to_merchant(holder, &key, validity).unwrap().pem;
        Credentials { private_key_pem: pem_of(&key), certificates: [issue(), issue()] }
    }

    pub(crate) fn new_merchant(&self) -> NewMerchant {
        NewMerchant {
            mchid: mchid(),
            mode: Mode::Institution,
            region: Region::Global,
            wire: Wire::V3,
            appid: Appid::parse("wx0000000000000001").unwrap(),
            settlement_currency: Currency::USD,
            number_form: None,
            api_hosts: vec![HOST.to_owned()],
            sub_mchids: Default::default(),
            credentials: CredentialTexts {
                certificate_pem: self.certificates[0].clone(),
                private_key_pem: self.private_key_pem.clone().into(),
                api_v3_key: Some(API_V3_KEY.into()),
                api_v2_key: None,
                public_keys: Vec::new(),
            },
        }
    }

    /// The same as a request.
    pub(crate) fn request(&self) -> Value {
        json!({
            "mchid": MCHID,
            "mode": "institution",
            "region": "global",
            "wire": "v3",
            "appid": "wx0000000000000001",
            "settlement_currency": "USD",
            "api_hosts": [HOST],
            "sub_mchids": ["1900000101"],
            "private_key_pem": self.private_key_pem,
            "certificate_pem": self.certificates[0],
            "api_v3_key": API_V3_KEY,
        })
    }
}
