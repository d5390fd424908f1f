//! A sandbox in this process, its merchants' credentials, and lines to it. Both sides go by one virtual clock.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use gateway::activity::Activity;
use gateway::clock::WallClock;
use gateway::wechat::connection::{Connection, MerchantCertificate, V2Keys, V3Keys};
use gateway::wechat::line::Line;
use gateway::wechat::sandbox_ca::SandboxCa;
use gateway::wechat::signer::LocalSigner;
use jiff::Timestamp;
use reqwest::{Client, Identity, Method};
use sandbox::serve::{ClockMode, Config, Running, start};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use wechatpay::ids::{Appid, Mchid, OutRefundNo, OutTradeNo};
use wechatpay::keys::{ApiV3Key, Certificate, KeyName, SigningKey, VerifyingKey};
use wechatpay::money::Money;
use wechatpay::v2::key::ApiV2Key;
use wechatpay::v3::caller::{Caller, Merchant, Region};
use wechatpay::v3::refund::call::OrderName;
use wechatpay::v3::refund::submit::{NotifyUrl, RefundAmount, SubmitRequest};
use wechatpay::wire::Wire;

/// The direct merchant of the default world.
pub(crate) const DIRECT: &str = "1900000002";
/// The institution.
pub(crate) const INSTITUTION: &str = "1900000001";
/// One of its sub-merchants.
pub(crate) const SUB_MERCHANT: &str = "1900000101";

/// The mainland merchant.
pub(crate) const MAINLAND: &str = "1900000003";

/// Where the virtual clock begins: 09:00 in Beijing.
pub(crate) fn morning() -> Timestamp {
    "2026-01-05T01:00:00Z".parse().unwrap()
}

/// A sandbox under test, and the clock that its callers go by. Its folder goes with it.
pub(crate) struct Sandbox {
    running: Running,
    folder: TempDir,
    http: Client,
    pub(crate) clock: WallClock,
    pub(crate) activity: Activity,
}

impl Sandbox {
    pub(crate) async fn start() -> Sandbox {
        let folder = folder_with_keys().await;
        let running = start(config(folder.path())).await.unwrap();
        let activity = Activity::none();
        let clock = WallClock::standing_at(morning(), activity.clone());
        Sandbox { running, folder, http: Client::new(), clock, activity }
    }

    /// What the control interface answers, which must be a good answer.
    pub(crate) async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        let url = format!("http://{}{path}", self.running.control);
        let answer = self.http.request(method, url).body(body.to_string()).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.control(Method::POST, path, body).await
    }

    /// From now on this goes wrong.
    pub(crate) async fn fault(&self, rule: Value) {
        self.post("/control/faults", rule).await;
    }

    pub(crate) async fn without_faults(&self) {
        self.control(Method::DELETE, "/control/faults", Value::Null).await;
    }

    /// Both clocks go on.
    pub(crate) async fn advance(&self, by: &str) {
        let answer = self.post("/control/clock", json!({ "advance": by })).await;
        self.clock.go_to(answer["now"].as_str().unwrap().parse().unwrap());
    }

    /// A user pays the direct merchant 100 yuan.
    pub(crate) async fn pay(&self, out_trade_no: &str) -> Value {
        self.pay_to(json!({ "mchid": DIRECT }), out_trade_no).await
    }

    /// A user pays a merchant 100 yuan.
    pub(crate) async fn pay_to(&self, mut merchant: Value, out_trade_no: &str) -> Value {
        merchant["out_trade_no"] = json!(out_trade_no);
        merchant["amount"] = json!({ "total": 10_000, "currency": "CNY" });
        self.post("/control/payments", merchant).await
    }

    /// How often a call arrived.
    pub(crate) async fn arrivals_of(&self, call: &str) -> usize {
        let record = self.control(Method::GET, "/control/requests?limit=1000", Value::Null).await;
        record["requests"].as_array().unwrap().iter().filter(|request| request["call"] == call).count()
    }

    /// The line of a merchant, which knows no key of the platform yet.
    pub(crate) fn line(&self, mchid: &str) -> Arc<Line> {
        self.line_of(self.connection(mchid))
    }

    pub(crate) fn line_of(&self, connection: Connection) -> Arc<Line> {
        Arc::new(Line::new(connection, self.clock.clone(), self.activity.clone()).unwrap())
    }

    /// How a merchant is connected over V3.
    pub(crate) fn connection(&self, mchid: &str) -> Connection {
        let text = |name: &str| self.credential(mchid, name);
        let key = SigningKey::from_pem(&text("apiclient_key.pem")).unwrap();
        let serial_no = KeyName::parse(&text("serial_no.txt")).unwrap();
        let pem = format!("{}\n{}\n", text("apiclient_cert.pem"), text("apiclient_key.pem"));
        Connection {
            mchid: Mchid::parse(mchid).unwrap(),
            region: if mchid == MAINLAND { Region::Mainland } else { Region::Global },
            hosts: vec![self.url()],
            wire: Wire::V3,
            certificate: MerchantCertificate {
                serial_no: serial_no.clone(),
                not_after: Certificate::from_pem(&text("apiclient_cert.pem")).unwrap().not_after,
                signer: Some(Arc::new(LocalSigner::new(serial_no, key))),
                identity: Some(Identity::from_pem(pem.as_bytes()).unwrap()),
            },
            certificate_before: None,
            v3: Some(V3Keys {
                api_v3_key: ApiV3Key::parse(text("api_v3_key.txt").as_bytes()).unwrap(),
                public_keys: vec![],
            }),
            v2: None,
            is_sandbox: true,
            sandbox_ca: None,
        }
    }

    /// How a merchant is connected over V2.
    pub(crate) fn connection_over_v2(&self, mchid: &str) -> Connection {
        let pem = fs::read(self.folder.path().join("tls_ca.pem")).unwrap();
        Connection {
            hosts: vec![self.mtls_url()],
            wire: Wire::V2,
            v3: None,
            v2: Some(V2Keys {
                appid: Appid::parse(if mchid == INSTITUTION {
                    "wx0000000000000001"
                } else {
                    "wx0000000000000002"
                })
                .unwrap(),
                api_v2_key: self.api_v2_key(mchid),
                api_v2_key_before: None,
            }),
            sandbox_ca: Some(SandboxCa::parse(&pem).unwrap()),
            ..self.connection(mchid)
        }
    }

    pub(crate) fn api_v2_key(&self, mchid: &str) -> ApiV2Key {
        ApiV2Key::parse(&self.credential(mchid, "api_v2_key.txt")).unwrap()
    }

    /// Where merchants call with TLS.
    pub(crate) fn mtls_url(&self) -> String {
        format!("https://{}", self.running.mtls)
    }

    /// Where it keeps everything, and where a gateway finds it.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where merchants call.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.running.v3)
    }

    /// The text of a merchant's file, without blanks around it.
    pub(crate) fn credential(&self, mchid: &str, name: &str) -> String {
        fs::read_to_string(self.credentials(mchid).join(name)).unwrap().trim().to_owned()
    }

    /// The WeChat Pay public key that the merchant would download.
    pub(crate) fn public_key(&self) -> (KeyName, VerifyingKey) {
        let folder = self.credentials(DIRECT);
        let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap().trim().to_owned();
        let id = KeyName::parse(&text("wechatpay_public_key_id.txt")).unwrap();
        (id, VerifyingKey::from_pem(&text("wechatpay_public_key.pem")).unwrap())
    }

    /// The platform's own private key, with which a test can forge what only the platform can make.
    pub(crate) fn platform_key(&self) -> (KeyName, SigningKey) {
        let folder = self.folder.path().join("sandbox-authority").join("platform").join("0001");
        let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        let certificate = wechatpay::keys::Certificate::from_pem(&text("platform_cert.pem")).unwrap();
        (certificate.serial, SigningKey::from_pem(&text("platform_key.pem")).unwrap())
    }

    fn credentials(&self, mchid: &str) -> PathBuf {
        self.folder.path().join("credentials").join(mchid)
    }
}

/// The direct merchant gives back 40 of the 100 yuan of an order.
pub(crate) fn refund(out_refund_no: &str, out_trade_no: &str) -> SubmitRequest {
    SubmitRequest {
        caller: Caller::Direct {
            mchid: Mchid::parse(DIRECT).unwrap(),
            appid: Appid::parse("wx0000000000000002").unwrap(),
        },
        order: OrderName::OutTradeNo(OutTradeNo::parse(out_trade_no).unwrap()),
        out_refund_no: OutRefundNo::parse(out_refund_no).unwrap(),
        reason: None,
        source: None,
        amount: RefundAmount::new(Money::fen(4_000), Money::fen(10_000)).unwrap(),
        notify_url: None,
    }
}

/// The mainland merchant does the same.
pub(crate) fn mainland_refund(out_refund_no: &str, out_trade_no: &str) -> SubmitRequest {
    let merchant = Merchant::Direct { mchid: Mchid::parse(MAINLAND).unwrap() };
    SubmitRequest {
        caller: Caller::Mainland { merchant, appid: None },
        ..refund(out_refund_no, out_trade_no)
    }
}

/// The direct merchant's, told to `url`.
pub(crate) fn refund_told_to(url: &str, out_refund_no: &str, out_trade_no: &str) -> SubmitRequest {
    let notify_url = Some(NotifyUrl::parse(url).unwrap());
    SubmitRequest { notify_url, ..refund(out_refund_no, out_trade_no) }
}

fn config(data: &Path) -> Config {
    let any = "127.0.0.1:0".parse().unwrap();
    Config {
        listen: any,
        mtls_listen: any,
        control: any,
        data: data.to_owned(),
        world: None,
        seed: None,
        clock: ClockMode::Virtual { from: morning() },
        fresh: false,
        unkind: None,
    }
}

/// A folder with keys: making them is the slow part of a first start, so it is done once.
async fn folder_with_keys() -> TempDir {
    static KEYS: OnceCell<PathBuf> = OnceCell::const_new();
    let keys = KEYS.get_or_init(async || {
        let keys = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gateway-sandbox-keys");
        let _ = fs::remove_dir_all(&keys);
        drop(start(Config { fresh: true, ..config(&keys) }).await.unwrap());
        keys
    });
    let folder = TempDir::new().unwrap();
    copy(keys.await, folder.path()).unwrap();
    folder
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
