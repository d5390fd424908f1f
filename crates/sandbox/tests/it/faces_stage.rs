//! A scene with the default world on it, and a merchant who signs as merchants do.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use platform::order::{NewOrder, OrderIndex, Payer, TradeType, Wallet};
use platform::platform::Platform;
use platform::world::World;
use sandbox::faces::v3::gate;
use sandbox::faces::v3::settings::FaceSettings;
use sandbox::keyring::{Keyring, MerchantKeys, PlatformCertificate, PublicKey};
use sandbox::merchant_platform::register::Kept;
use sandbox::scene::{Answered, Arrived, Scene};
use wechatpay::china;
use wechatpay::ids::{Appid, BankType, Mchid, OutRefundNo, OutTradeNo, SubMchid};
use wechatpay::keys::{ApiV3Key, Certificate, KeyName, SigningKey, VerifyingKey};
use wechatpay::money::{Currency, Money};
use wechatpay::v2::key::ApiV2Key;
use wechatpay::v3::caller::{Caller, Merchant, Region};
use wechatpay::v3::error::ErrorBody;
use wechatpay::v3::refund::call::{OrderName, RefundQuery, submit_target};
use wechatpay::v3::refund::submit::{NotifyUrl, RefundAmount, SubmitRequest};
use wechatpay::v3::sign::{Nonce, Request};
use wechatpay::v3::target::Target;
use wechatpay::v3::verify::{Answer, PlatformKeys, Violation};

pub(crate) const INSTITUTION: &str = "1900000001";
pub(crate) const SUB_MERCHANT: &str = "1900000101";
pub(crate) const DIRECT: &str = "1900000002";
pub(crate) const MAINLAND: &str = "1900000003";
pub(crate) const PUBLIC_KEY_ID: &str = "PUB_KEY_ID_0000000000000024101100397200000006";
const API_V3_KEY: &[u8] = b"TidegateTestOnlyApiV3Key00000000";

/// A test key or certificate of the wire's own tests.
pub(crate) fn testdata(file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wechatpay/testdata");
    std::fs::read_to_string(folder.join(file)).unwrap()
}

pub(crate) fn api_v3_key() -> ApiV3Key {
    ApiV3Key::parse(API_V3_KEY).unwrap()
}

pub(crate) fn api_v2_key() -> ApiV2Key {
    ApiV2Key::parse("TidegateTestOnlyApiV2Key00000000").unwrap()
}

/// The merchants of the default world with one and the same key, and the platform's certificate and public key.
pub(crate) fn keyring() -> Keyring {
    let merchant_keys = || MerchantKeys {
        certificate: Kept::try_from(testdata("merchant_cert.pem")).unwrap(),
        api_v3_key: api_v3_key(),
        api_v2_key: api_v2_key(),
    };
    let merchants: BTreeMap<Mchid, MerchantKeys> = [INSTITUTION, DIRECT, MAINLAND]
        .into_iter()
        .map(|mchid| (Mchid::parse(mchid).unwrap(), merchant_keys()))
        .collect();
    let first = platform_certificate("platform_cert.pem", "platform_key.pem");
    let public_key = PublicKey {
        id: KeyName::parse(PUBLIC_KEY_ID).unwrap(),
        pem: testdata("merchant_public_key.pem"),
        key: SigningKey::from_pem(&testdata("merchant_key.pem")).unwrap(),
    };
    Keyring::new(merchants, first, public_key)
}

fn platform_certificate(certificate: &str, key: &str) -> PlatformCertificate {
    let pem = testdata(certificate);
    let certificate = Certificate::from_pem(&pem).unwrap();
    PlatformCertificate {
        name: certificate.serial.clone(),
        pem,
        effective_at: certificate.not_before,
        expires_at: certificate.not_after,
        key: SigningKey::from_pem(&testdata(key)).unwrap(),
    }
}

/// A second certificate for the platform.
pub(crate) fn another_certificate() -> PlatformCertificate {
    platform_certificate("merchant_cert.pem", "merchant_key.pem")
}

/// What arrives at the merchant.
#[derive(Debug, Clone)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) answered: Answered,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    pub(crate) fn error(&self) -> ErrorBody {
        ErrorBody::parse(&self.body).unwrap()
    }

    /// Status and code of a refusal.
    pub(crate) fn refusal(&self) -> (u16, String) {
        (self.status, self.error().code)
    }
}

pub(crate) fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

pub(crate) struct Stage {
    pub(crate) scene: Scene,
    pub(crate) now: Timestamp,
    pub(crate) mchid: Mchid,
    pub(crate) sub: Option<SubMchid>,
    pub(crate) keys: PlatformKeys,
    sent: u64,
}

impl Stage {
    /// The direct merchant, on the morning of 2026-11-20.
    pub(crate) fn direct() -> Stage {
        Stage::of(DIRECT, None)
    }

    /// The institution for its first sub-merchant.
    pub(crate) fn institution() -> Stage {
        Stage::of(INSTITUTION, Some(SUB_MERCHANT))
    }

    /// The mainland merchant.
    pub(crate) fn mainland() -> Stage {
        Stage::of(MAINLAND, None)
    }

    /// The mainland merchant as a service provider for a sub-merchant.
    pub(crate) fn provider() -> Stage {
        Stage::with(MAINLAND, Some(SUB_MERCHANT), |world| {
            let mut merchants: Vec<platform::world::Merchant> = world.merchants.iter().cloned().collect();
            for provider in merchants.iter_mut().filter(|merchant| merchant.mchid.as_str() == MAINLAND) {
                provider.sub_mchids.push(SubMchid::parse(SUB_MERCHANT).unwrap());
            }
            world.merchants = merchants.into_iter().collect();
        })
    }

    /// One of each.
    pub(crate) fn all() -> [Stage; 4] {
        [Stage::direct(), Stage::institution(), Stage::mainland(), Stage::provider()]
    }

    fn of(mchid: &str, sub: Option<&str>) -> Stage {
        Stage::with(mchid, sub, |_| {})
    }

    pub(crate) fn with(mchid: &str, sub: Option<&str>, change: impl FnOnce(&mut World)) -> Stage {
        let civil: DateTime = "2026-11-20 09:00".parse().unwrap();
        let now = china::instant(civil);
        let mut world = World::default();
        change(&mut world);
        let mut keys = PlatformKeys::new();
        keys.add_certificate(&Certificate::from_pem(&testdata("platform_cert.pem")).unwrap());
        keys.add_public_key(
            KeyName::parse(PUBLIC_KEY_ID).unwrap(),
            VerifyingKey::from_pem(&testdata("merchant_public_key.pem")).unwrap(),
        );
        Stage {
            scene: Scene::new(Platform::new(world, 7, now), keyring(), FaceSettings::default(), 7),
            now,
            mchid: Mchid::parse(mchid).unwrap(),
            sub: sub.map(|sub| SubMchid::parse(sub).unwrap()),
            keys,
            sent: 0,
        }
    }

    pub(crate) fn after(&mut self, seconds: i64) -> &mut Stage {
        self.now += SignedDuration::from_secs(seconds);
        self
    }

    pub(crate) fn region(&self) -> Region {
        if self.mchid.as_str() == MAINLAND { Region::Mainland } else { Region::Global }
    }

    pub(crate) fn merchant(&self) -> Merchant {
        match &self.sub {
            None => Merchant::Direct { mchid: self.mchid.clone() },
            Some(sub) => Merchant::SubMerchant { sp_mchid: self.mchid.clone(), sub_mchid: sub.clone() },
        }
    }

    pub(crate) fn caller(&self) -> Caller {
        let appid = |n: u32| Appid::parse(&format!("wx{n:016}")).unwrap();
        match (self.mchid.as_str(), &self.sub) {
            (MAINLAND, _) => Caller::Mainland { merchant: self.merchant(), appid: Some(appid(3)) },
            (_, Some(sub)) => Caller::Institution {
                sp_mchid: self.mchid.clone(),
                sp_appid: appid(1),
                sub_mchid: sub.clone(),
                sub_appid: None,
            },
            (_, None) => Caller::Direct { mchid: self.mchid.clone(), appid: appid(2) },
        }
    }

    pub(crate) fn currency(&self) -> Currency {
        match self.mchid.as_str() {
            INSTITUTION => Currency::USD,
            DIRECT => Currency::HKD,
            _ => Currency::CNY,
        }
    }

    pub(crate) fn price(&self, minor: i64) -> Money {
        Money::new(minor, self.currency())
    }

    /// A payer pays an order with a credit card.
    pub(crate) fn pays(&mut self, number: &str, minor: i64) -> OrderIndex {
        let new = NewOrder {
            mchid: self.mchid.clone(),
            sub_mchid: self.sub.clone(),
            out_trade_no: Some(OutTradeNo::parse(number).unwrap()),
            trade_type: TradeType::Native,
            price: self.price(minor),
            notify_url: Some("http://127.0.0.1:9000/paid".to_owned()),
            attach: Some("table 4".to_owned()),
        };
        let order = self.scene.platform.place_order(self.now, new).unwrap();
        let bank_type = Some(BankType::parse("CMB_CREDIT").unwrap());
        let payer = Payer { wallet: Wallet::Mainland, bank_type };
        self.scene.platform.pay(self.now, order, payer).unwrap();
        order
    }

    /// A rule of faults, in the form in which rules are given.
    pub(crate) fn rule(&mut self, json: &str) {
        self.scene.faults.add(serde_json::from_str(json).unwrap());
    }

    /// A request with the headers of a client, signed now.
    pub(crate) fn signed(&mut self, method: &str, target: &str, body: &str) -> Arrived {
        self.sent += 1;
        let request = Request { method, target, body: body.as_bytes() };
        let key = SigningKey::from_pem(&testdata("merchant_key.pem")).unwrap();
        let serial = Certificate::from_pem(&testdata("merchant_cert.pem")).unwrap().serial;
        let nonce = Nonce::parse(&format!("nonce{}", self.sent)).unwrap();
        let authorization =
            request.authorize(self.mchid.clone(), serial, &key, self.now.as_second(), nonce).unwrap();
        let headers = [
            ("Accept", "application/json"),
            ("Content-Type", "application/json"),
            ("User-Agent", "a-client/1.0"),
            ("Accept-Language", "en"),
        ];
        let mut headers: Vec<(String, String)> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        headers.push(("Authorization".to_owned(), authorization.render()));
        Arrived {
            method: method.to_owned(),
            target: target.to_owned(),
            headers,
            body: body.as_bytes().to_vec(),
            client_certificate: None,
        }
    }

    /// Lets a request arrive and takes its answer as the network gives it.
    pub(crate) fn arrives(&mut self, arrived: &Arrived) -> Got {
        let keyring = self.scene.keyring.clone();
        let gate = gate::check(&keyring, arrived, self.now);
        let answered = self.scene.answer(arrived, &gate, self.now);
        let headers = answered.headers(&keyring).unwrap();
        let (status, body) = (answered.reply.status, answered.reply.body.clone());
        Got { status, headers, body, answered }
    }

    /// Sends a request and verifies the answer's signature.
    pub(crate) fn asks(&mut self, method: &str, target: &str, body: &str) -> Got {
        let arrived = self.signed(method, target, body);
        let got = self.arrives(&arrived);
        let answer = self.verified(&got).unwrap();
        assert!(matches!(answer, Answer::Verified(_)), "{} is not signed", got.status);
        got
    }

    pub(crate) fn gets(&mut self, target: &Target) -> Got {
        self.asks("GET", &target.render(), "")
    }

    pub(crate) fn verified<'a>(&self, got: &'a Got) -> Result<Answer<'a>, Violation> {
        self.keys.verify_answer(got.status, |name| got.header(name), &got.body, self.now)
    }

    pub(crate) fn refund(&self, number: &str, order: &str, refund: i64, total: i64) -> SubmitRequest {
        SubmitRequest {
            caller: self.caller(),
            order: OrderName::OutTradeNo(OutTradeNo::parse(order).unwrap()),
            out_refund_no: OutRefundNo::parse(number).unwrap(),
            reason: None,
            source: None,
            amount: RefundAmount::new(self.price(refund), self.price(total)).unwrap(),
            notify_url: Some(NotifyUrl::parse("http://127.0.0.1:9000/refunded").unwrap()),
        }
    }

    pub(crate) fn submits(&mut self, request: &SubmitRequest) -> Got {
        let target = submit_target(request.caller.region());
        self.asks("POST", &target.render(), &request.render())
    }

    pub(crate) fn by_number(&self, number: &str) -> Target {
        let query = RefundQuery::ByNumber {
            region: self.region(),
            merchant: self.merchant(),
            out_refund_no: OutRefundNo::parse(number).unwrap(),
        };
        query.target()
    }
}
