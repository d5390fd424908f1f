//! What arrives: at a mail server and an SMS gateway of others, and on a sandbox's phone.

use std::collections::BTreeMap;
use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use certs::lifecycle::notices::Language;
use gateway::watch::channel::{Channel, SendError};
use gateway::watch::secret::SecretSource;
use gateway::watch::settings::{ChannelSettings, Field, OfficialAccountSettings, SmtpSecurity, SmtpSettings};
use sandbox::serve::{ClockMode, Config, start};
use serde_json::{Value, json};

use crate::setup_stage::now;
use crate::watch_stage::{SmsGateway, message, sms_to};

/// A mail server from Debian's package `python3-aiosmtpd`. Ended with this.
struct MailServer {
    process: Child,
    address: SocketAddr,
    folder: tempfile::TempDir,
}

impl MailServer {
    fn start() -> MailServer {
        let folder = tempfile::tempdir().unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            // It cannot say which port it got, so it is given one that was free a moment ago; if somebody took it, another.
            let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            let mailbox = folder.path().join("mail");
            let mut process = Command::new("aiosmtpd")
                .args(["-n", "-l", &address.to_string(), "-c", "aiosmtpd.handlers.Mailbox"])
                .arg(mailbox)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("aiosmtpd is there: `./test` installs it");
            loop {
                if TcpStream::connect(address).is_ok() {
                    return MailServer { process, address, folder };
                }
                assert!(Instant::now() < deadline, "the mail server does not answer");
                if process.try_wait().unwrap().is_some() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    fn mails(&self) -> Vec<String> {
        let folder = self.folder.path().join("mail/new");
        let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
        entries.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()).collect()
    }

    fn settings(&self) -> ChannelSettings {
        let smtp = SmtpSettings {
            host: self.address.ip().to_string(),
            port: self.address.port(),
            security: SmtpSecurity::Plain,
            login: None,
            from: "Tidegate <tidegate@example.com>".parse().unwrap(),
            to: vec!["ops@example.com".parse().unwrap(), "Finance <finance@example.com>".parse().unwrap()],
        };
        ChannelSettings { smtp: Some(smtp), ..ChannelSettings::default() }
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        // It is ours and keeps nothing.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The one channel beside the log.
fn open(settings: &ChannelSettings) -> Channel {
    Channel::open(settings).unwrap().pop().unwrap()
}

/// The headers of a mail by their names, and its body as it was written.
fn taken_apart(mail: &str) -> (BTreeMap<String, String>, String) {
    let mail = mail.replace("\r\n", "\n");
    let (head, body) = mail.split_once("\n\n").unwrap();
    let head = head.replace("\n ", " ");
    let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
    let headers: BTreeMap<String, String> = head.lines().filter_map(header).collect();
    let body = match headers.get("Content-Transfer-Encoding").map(String::as_str) {
        Some("base64") => base64_text(&body.replace('\n', "")),
        Some("quoted-printable") => panic!("not expected here:\n{body}"),
        _ => body.to_owned(),
    };
    (headers, body)
}

fn base64_text(text: &str) -> String {
    use base64::Engine;
    String::from_utf8(base64::engine::general_purpose::STANDARD.decode(text).unwrap()).unwrap()
}

/// `=?utf-8?b?…?=`, word by word.
fn decoded(header: &str) -> String {
    let word = |word: &str| match word.strip_prefix("=?utf-8?b?").and_then(|word| word.strip_suffix("?=")) {
        Some(word) => base64_text(word),
        None => word.to_owned(),
    };
    header.split_whitespace().map(word).collect()
}

#[tokio::test]
async fn a_mail_arrives_with_the_notices_subject_and_text_at_each_recipient() {
    let server = tokio::task::spawn_blocking(MailServer::start).await.unwrap();
    let channel = open(&server.settings());
    assert_eq!(channel.addresses(), ["ops@example.com", "finance@example.com"]);
    let notice = message(Language::English);
    for address in channel.addresses() {
        channel.send(&address, &notice).await.unwrap();
    }
    let mails: Vec<_> = server.mails().iter().map(|mail| taken_apart(mail)).collect();
    assert_eq!(mails.len(), 2);
    for (headers, body) in &mails {
        assert_eq!(headers["Subject"], notice.text.subject);
        assert_eq!(body.trim_end(), notice.text.body.trim_end());
        assert_eq!(headers["From"], "Tidegate <tidegate@example.com>");
        assert!(headers["Date"].starts_with("Thu, 01 Oct 2026 04:00:00"), "{}", headers["Date"]);
    }
    let ids: Vec<&str> = mails.iter().map(|(headers, _)| headers["Message-ID"].as_str()).collect();
    assert!(ids.contains(&"<1BD4.60d.ops@example.com>") && ids.contains(&"<1BD4.60d.finance@example.com>"));
}

#[tokio::test]
async fn a_mail_in_chinese_arrives_as_it_was_written() {
    let server = tokio::task::spawn_blocking(MailServer::start).await.unwrap();
    let notice = message(Language::Chinese);
    open(&server.settings()).send("ops@example.com", &notice).await.unwrap();
    let (headers, body) = taken_apart(&server.mails()[0]);
    assert_eq!(decoded(&headers["Subject"]), notice.text.subject);
    assert_eq!(body.replace("\r\n", "\n").trim_end(), notice.text.body.trim_end());
}

#[tokio::test]
async fn a_mail_server_that_is_gone_is_the_channels_fault() {
    let server = tokio::task::spawn_blocking(MailServer::start).await.unwrap();
    let channel = open(&server.settings());
    drop(server);
    let error = channel.send("ops@example.com", &message(Language::English)).await.unwrap_err();
    assert!(matches!(&error, SendError::Channel(_)), "{error}");
}

#[tokio::test]
async fn a_short_message_bears_the_token_and_no_error_shows_it() {
    let (gateway, url) = SmsGateway::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    fs::write(&file, "hunter2\n").unwrap();
    let channel = open(&sms_to(&url, &["+8613800000001"], Some(SecretSource::File(file))));
    let notice = message(Language::English);
    channel.send("+8613800000001", &notice).await.unwrap();
    let text = "1900000001: the API certificate expires in 60 days\nValid to: 2026-11-30";
    let expected = json!({ "to": "+8613800000001", "text": text });
    assert_eq!(gateway.came(), [(Some("Bearer hunter2".to_owned()), expected)]);
    gateway.is_down(true);
    let error = channel.send("+8613800000001", &notice).await.unwrap_err();
    assert_eq!(error, SendError::Channel("the SMS gateway answers 503 Service Unavailable".to_owned()));
    gateway.is_down(false);
    gateway.refuse("+8613800000001");
    let error = channel.send("+8613800000001", &notice).await.unwrap_err();
    assert!(matches!(&error, SendError::Recipient(_)), "{error}");
    assert!(!format!("{channel:?} {error:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_channel_whose_secret_is_missing_does_not_open_and_says_where_it_should_be() {
    let missing = SecretSource::Variable("TIDEGATE_TEST_NOBODY_SETS_THIS".to_owned());
    let settings = sms_to("http://127.0.0.1:9/send", &["+861"], Some(missing));
    let error = Channel::open(&settings).unwrap_err().to_string();
    assert_eq!(error, "channels.sms: the environment variable TIDEGATE_TEST_NOBODY_SETS_THIS is not set");
}

/// A sandbox in this process, whose clock stands until it is moved.
async fn sandbox(folder: &Path) -> sandbox::serve::Running {
    let free = "127.0.0.1:0".parse().unwrap();
    start(Config {
        listen: free,
        mtls_listen: free,
        control: free,
        data: folder.join("sandbox"),
        world: None,
        seed: Some(1),
        clock: ClockMode::Virtual { from: now() },
        fresh: false,
        unkind: None,
    })
    .await
    .unwrap()
}

/// What reached these recipients, whom no platform writes to.
async fn phone(running: &sandbox::serve::Running, recipients: [&str; 2]) -> Vec<Value> {
    let url = format!("http://{}/control/messages", running.control);
    let body = reqwest::get(url).await.unwrap().bytes().await.unwrap();
    let body: Value = serde_json::from_slice(&body).unwrap();
    let messages = body["messages"].as_array().unwrap().clone();
    messages.into_iter().filter(|message| recipients.contains(&message["to"].as_str().unwrap())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn notices_arrive_on_a_sandboxs_phone_and_in_its_official_account() {
    let folder = tempfile::tempdir().unwrap();
    let running = sandbox(folder.path()).await;
    let base = format!("http://{}", running.v3);
    let secret = folder.path().join("secret");
    fs::write(&secret, "any").unwrap();
    let account = |appid: &str| ChannelSettings {
        official_account: Some(OfficialAccountSettings {
            api: base.parse().unwrap(),
            appid: appid.to_owned(),
            secret: SecretSource::File(secret.clone()),
            template_id: "expiry".to_owned(),
            fields: BTreeMap::from([
                ("thing1".to_owned(), Field::MerchantId),
                ("time2".to_owned(), Field::NotAfter),
            ]),
            to: vec!["oOperator".to_owned()],
        }),
        ..ChannelSettings::default()
    };
    let notice = message(Language::Chinese);
    let sms = open(&sms_to(&format!("{base}/sms"), &["13800000000"], None));
    sms.send("13800000000", &notice).await.unwrap();
    let official = open(&account("wx0000000000000001"));
    official.send("oOperator", &notice).await.unwrap();
    // Long after the token was got, it is refused, and another one is got.
    let url = format!("http://{}/control/clock", running.control);
    let advance = json!({ "advance": "PT5H" }).to_string();
    let advanced = reqwest::Client::new().post(url).body(advance).send().await.unwrap();
    assert!(advanced.status().is_success());
    official.send("oOperator", &notice).await.unwrap();

    let messages = phone(&running, ["13800000000", "oOperator"]).await;
    let told: Vec<_> = messages.iter().map(|message| (&message["channel"], &message["to"])).collect();
    let account_message = (&json!("official_account"), &json!("oOperator"));
    assert_eq!(told, [(&json!("sms"), &json!("13800000000")), account_message, account_message]);
    assert!(messages[0]["text"].as_str().unwrap().starts_with(&notice.text.subject));
    assert_eq!(messages[1]["text"], "thing1: 1900000001\ntime2: 2026-11-30 12:00:00");

    let error = open(&account("wx-unknown")).send("oOperator", &notice).await.unwrap_err();
    let expected = "the Official Account gives no access token: 40013 invalid appid";
    assert_eq!(error, SendError::Channel(expected.to_owned()));
    running.stop().await.unwrap();
}
