//! A running sandbox and its callers.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::{fs, io};

use jiff::Timestamp;
use reqwest::{Client, Method};
use sandbox::serve::{ClockMode, Config, Running, StartError, start};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use wechatpay::ids::Mchid;
use wechatpay::keys::{Certificate, KeyName, SigningKey};
use wechatpay::v3::sign::{Nonce, Request};
use wechatpay::v3::verify::PlatformKeys;

/// The direct merchant of the default world.
pub(crate) const DIRECT: &str = "1900000002";
/// Its app.
pub(crate) const APPID: &str = "wx0000000000000002";
/// Where virtual clocks begin: 09:00 in Beijing.
pub(crate) const MORNING: &str = "2026-01-05T01:00:00Z";

/// A sandbox under test. Its folder goes with it.
pub(crate) struct Sandbox {
    pub(crate) running: Running,
    pub(crate) data: Folder,
    http: Client,
    calls: AtomicU64,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Answer {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Whether the platform signed it, as the holder of `keys` sees it in the morning.
    pub(crate) fn verifies(&self, keys: &PlatformKeys) -> bool {
        let now = MORNING.parse().unwrap();
        keys.verify(|name| self.header(name), self.text.as_bytes(), now).is_ok()
    }
}

impl Sandbox {
    /// A new one with a virtual clock.
    pub(crate) async fn start() -> Sandbox {
        Sandbox::start_with(|_| {}).await
    }

    /// A new one, started as `change` has it.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Sandbox {
        let data = Folder::with_keys().await;
        let mut config = config(&data.0);
        change(&mut config);
        Sandbox::run(config, data).await.unwrap()
    }

    /// The sandbox of `config` in this folder.
    pub(crate) async fn run(config: Config, data: Folder) -> Result<Sandbox, StartError> {
        let running = start(config).await?;
        Ok(Sandbox { running, data, http: Client::new(), calls: AtomicU64::new(0) })
    }

    /// Ends it and gives its folder.
    pub(crate) async fn stop(self) -> Folder {
        self.running.stop().await.unwrap();
        self.data
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.control(Method::GET, path, String::new()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.control(Method::POST, path, body.to_string()).await
    }

    /// The same, with the answer's body alone, which must be a good one.
    pub(crate) async fn ask(&self, path: &str, body: Value) -> Value {
        let answer = self.post(path, body).await;
        assert!(answer.status < 300, "{path}: {answer:?}");
        answer.body
    }

    /// Where its control interface listens.
    pub(crate) fn control_address(&self) -> std::net::SocketAddr {
        self.running.control
    }

    pub(crate) async fn control(&self, method: Method, path: &str, body: String) -> Answer {
        let url = format!("http://{}{path}", self.running.control);
        read(self.http.request(method, url).body(body).send().await.unwrap()).await.unwrap()
    }

    pub(crate) async fn advance(&self, by: &str) -> Value {
        self.ask("/control/clock", json!({ "advance": by })).await
    }

    /// A user pays the direct merchant so many fen.
    pub(crate) async fn pay(&self, out_trade_no: &str, fen: i64) -> Value {
        let amount = json!({ "total": fen, "currency": "CNY" });
        self.ask(
            "/control/payments",
            json!({ "mchid": DIRECT, "out_trade_no": out_trade_no, "amount": amount }),
        )
        .await
    }

    /// The direct merchant asks for a refund.
    pub(crate) async fn refund(&self, refund: &Value) -> Result<Answer, reqwest::Error> {
        self.call("POST", "/v3/global/refunds", refund.to_string(), &[]).await
    }

    /// The direct merchant calls, signed by its key.
    pub(crate) async fn call(
        &self,
        method: &str,
        target: &str,
        body: String,
        headers: &[(&str, &str)],
    ) -> Result<Answer, reqwest::Error> {
        let folder = self.credentials();
        let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        let key = SigningKey::from_pem(&text("apiclient_key.pem")).unwrap();
        let serial_no = KeyName::parse(text("serial_no.txt").trim()).unwrap();
        let nonce = Nonce::parse(&format!("{:032}", self.calls.fetch_add(1, Ordering::Relaxed))).unwrap();
        let now: Timestamp = self.get("/control/clock").await.body["now"].as_str().unwrap().parse().unwrap();
        let authorization = Request { method, target, body: body.as_bytes() }
            .authorize(Mchid::parse(DIRECT).unwrap(), serial_no, &key, now.as_second(), nonce)
            .unwrap();
        let url = format!("http://{}{target}", self.running.v3);
        let mut request = Client::new()
            .request(method.parse().unwrap(), url)
            .header("Authorization", authorization.render())
            .header("Accept", "application/json")
            .header("User-Agent", "story")
            .body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(request.send().await?).await
    }

    /// The platform's keys, as the direct merchant knows them.
    pub(crate) fn platform_keys(&self) -> PlatformKeys {
        let pem = fs::read_to_string(self.credentials().join("platform_cert.pem")).unwrap();
        let mut keys = PlatformKeys::new();
        keys.add_certificate(&Certificate::from_pem(&pem).unwrap());
        keys
    }

    fn credentials(&self) -> PathBuf {
        self.data.0.join("credentials").join(DIRECT)
    }

    /// The one refund of the audit.
    pub(crate) async fn audited(&self) -> Value {
        let audit = self.get("/control/audit").await.body;
        assert_eq!(audit["violations"], json!([]));
        let [refund] = &audit["refunds"].as_array().unwrap()[..] else { panic!("{audit}") };
        refund.clone()
    }
}

/// A refund by the direct merchant.
pub(crate) fn refund(out_refund_no: &str, out_trade_no: &str, fen: i64, total: i64) -> Value {
    json!({
        "mchid": DIRECT,
        "appid": APPID,
        "out_trade_no": out_trade_no,
        "out_refund_no": out_refund_no,
        "amount": { "refund": fen, "total": total, "currency": "CNY" },
    })
}

async fn read(response: reqwest::Response) -> Result<Answer, reqwest::Error> {
    let status = response.status().as_u16();
    let headers = response.headers().iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    let text = response.text().await?;
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Ok(Answer { status, body, headers, text })
}

/// How a sandbox in `data` is started.
pub(crate) fn config(data: &Path) -> Config {
    let any = "127.0.0.1:0".parse().unwrap();
    Config {
        listen: any,
        mtls_listen: any,
        control: any,
        data: data.to_owned(),
        world: None,
        seed: None,
        clock: ClockMode::Virtual { from: MORNING.parse().unwrap() },
        fresh: false,
        unkind: None,
    }
}

/// A folder that is removed with its value.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    /// A copy of one that has keys already: making them is the slow part of a first start.
    pub(crate) async fn with_keys() -> Folder {
        static KEYS: OnceCell<PathBuf> = OnceCell::const_new();
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let base = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sandbox-{}", std::process::id()));
        let keys = KEYS.get_or_init(async || {
            let keys = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sandbox-keys");
            let _ = fs::remove_dir_all(&keys);
            let running = start(Config { fresh: true, ..config(&keys) }).await.unwrap();
            println!("first start, with new keys: {} ms", running.took().as_millis());
            keys
        });
        let keys = keys.await;
        let folder = base.with_extension(COUNT.fetch_add(1, Ordering::Relaxed).to_string());
        copy(keys, &folder).unwrap();
        Folder(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
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
