//! The pages over HTTP: who comes in, and what no page shows.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use certs::anchors::Anchors;
use certs::private_key::PrivateKey;
use certs::request::{MerchantId, MerchantName};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, StatusCode};
use tempfile::TempDir;

use super::{GatewayDoor, NewCertificate, Refused, Running, Settings, Taken, start};
use crate::activity::Activity;
use crate::certificate_folder::CertificateFolder;
use crate::clock::WallClock;

struct Wizard {
    running: Running,
    storage: TempDir,
    http: Client,
    /// `http://127.0.0.1:PORT` and the path below which the pages are.
    origin: String,
    base: String,
    cookie: String,
}

const IDLE: Duration = Duration::from_secs(60);

fn settings(storage: &Path, gateway: Option<Arc<dyn GatewayDoor>>, idle: Duration) -> Settings {
    Settings {
        storage: storage.to_owned(),
        anchors: Anchors::built_in(),
        gateway,
        clock: WallClock::system(Activity::none()),
        has_desktop: false,
        idle,
    }
}

impl Wizard {
    async fn start() -> Wizard {
        Wizard::start_with(None).await
    }

    async fn start_with(gateway: Option<Arc<dyn GatewayDoor>>) -> Wizard {
        let storage = tempfile::tempdir().unwrap();
        let running = start(settings(storage.path(), gateway, IDLE)).await.unwrap();
        let http = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        let url = reqwest::Url::parse(running.url()).unwrap();
        let origin = url.origin().ascii_serialization();
        let base = url.path().trim_end_matches("/enter").to_owned();
        let entered = http.get(url).send().await.unwrap();
        let cookie = entered.headers()["set-cookie"].to_str().unwrap();
        assert!(cookie.ends_with(&format!("Path={base}; HttpOnly; SameSite=Strict")), "{cookie}");
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Wizard { running, storage, http, origin, base, cookie }
    }

    fn get(&self, place: &str) -> RequestBuilder {
        self.http.get(format!("{}{}{place}", self.origin, self.base)).header("cookie", &self.cookie)
    }

    /// A form as one of our pages sends it, but for its token.
    fn post(&self, place: &str, form: &[(&str, &str)]) -> RequestBuilder {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.http
            .post(format!("{}{}{place}", self.origin, self.base))
            .header("cookie", &self.cookie)
            .header("origin", &self.origin)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
    }

    async fn token(&self) -> String {
        let page = self.get("/").send().await.unwrap().text().await.unwrap();
        let (_, rest) = page.split_once("name=\"form_token\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    async fn sends(&self, place: &str, form: &[(&str, &str)]) -> (StatusCode, String) {
        let token = self.token().await;
        let form = [&[("form_token", token.as_str())], form].concat();
        let answer = self.post(place, &form).send().await.unwrap();
        let location = answer.headers().get("location").map(|place| place.to_str().unwrap().to_owned());
        (answer.status(), location.unwrap_or(answer.text().await.unwrap()))
    }

    fn folder(&self, name: &str) -> CertificateFolder {
        CertificateFolder::open(&self.storage.path().join(name)).unwrap()
    }
}

const MERCHANT: [(&str, &str); 2] = [("merchant_id", "1900000002"), ("merchant_name", "深圳 好店")];

#[tokio::test]
async fn only_the_browser_that_was_shown_the_address_comes_in() {
    let wizard = Wizard::start().await;
    let page = wizard.get("/");
    assert_eq!(page.send().await.unwrap().status(), 200);
    let anonymous = |place: &str| wizard.http.get(format!("{}{place}", wizard.origin));
    for (place, cookie) in [
        (format!("{}/", wizard.base), ""),
        (format!("{}/", wizard.base), "tidegate_wizard=00000000000000000000000000000000"),
        (format!("{}/enter", wizard.base), ""),
        (format!("{}/enter?token=00", wizard.base), ""),
        (format!("{}/assets/wizard.js", wizard.base), ""),
        (format!("{}/nothing", wizard.base), ""),
        ("/".to_owned(), wizard.cookie.as_str()),
    ] {
        let answer = anonymous(&place).header("cookie", cookie).send().await.unwrap();
        let known = cookie == wizard.cookie;
        assert_eq!(answer.status(), if known { 404 } else { 403 }, "{place} {cookie}");
        assert!(known || !answer.text().await.unwrap().contains(&wizard.base), "{place} gives the path away");
    }
}

#[tokio::test]
async fn a_name_that_leads_here_is_not_ours() {
    let wizard = Wizard::start().await;
    for (host, expected) in [
        ("rebinding.example", 421),
        ("rebinding.example:80", 421),
        ("127.0.0.1", 421),
        (wizard.origin.trim_start_matches("http://"), 200),
    ] {
        let answer = wizard.get("/").header("host", host).send().await.unwrap();
        assert_eq!(answer.status(), expected, "{host}");
    }
}

#[tokio::test]
async fn a_form_counts_only_from_our_own_page_with_its_token() {
    let wizard = Wizard::start().await;
    let token = wizard.token().await;
    let form = [MERCHANT.as_slice(), &[("storage", wizard.storage.path().to_str().unwrap())]].concat();
    let with_token = [form.as_slice(), &[("form_token", token.as_str())]].concat();
    let two_origins = wizard.post("/", &with_token).header("origin", "http://127.0.0.1:1");
    let without_origin = || {
        let request = wizard.http.post(format!("{}{}/", wizard.origin, wizard.base));
        request.header("cookie", &wizard.cookie).body(format!("form_token={token}"))
    };
    for (what, request) in [
        ("no token", wizard.post("/", &form)),
        ("two origins", two_origins),
        ("another origin", without_origin().header("origin", "http://127.0.0.1:1")),
        ("no origin", without_origin()),
    ] {
        assert_eq!(request.send().await.unwrap().status(), 403, "{what}");
    }
    assert_eq!(std::fs::read_dir(wizard.storage.path()).unwrap().count(), 0, "nothing was made");
}

#[tokio::test]
async fn every_answer_forbids_what_comes_from_elsewhere_and_is_kept_by_nobody() {
    let wizard = Wizard::start().await;
    for place in ["/", "/inspect", "/assets/wizard.css", "/nothing"] {
        let answer = wizard.get(place).send().await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert!(header("content-security-policy").starts_with("default-src 'none'"), "{place}");
        assert!(!header("content-security-policy").contains("unsafe"), "{place}");
        assert_eq!(header("cache-control"), "no-store", "{place}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{place}");
    }
    let page = wizard.get("/").send().await.unwrap().text().await.unwrap();
    assert!(!page.contains("http://") && !page.contains("https://") && !page.contains("style=\""), "{page}");
}

#[tokio::test]
async fn the_key_is_on_disk_before_its_request_string_is_shown_and_a_form_sent_twice_makes_one() {
    let wizard = Wizard::start().await;
    let form = [MERCHANT.as_slice(), &[("storage", wizard.storage.path().to_str().unwrap())]].concat();
    let (first, second) = tokio::join!(wizard.sends("/", &form), wizard.sends("/", &form));
    assert_eq!((first.0, second.0), (StatusCode::SEE_OTHER, StatusCode::SEE_OTHER));
    assert_eq!(first.1, second.1);
    let names: Vec<_> =
        std::fs::read_dir(wizard.storage.path()).unwrap().map(|entry| entry.unwrap()).collect();
    let [folder] = names.as_slice() else { panic!("{names:?}") };
    assert!(folder.file_name().to_str().unwrap().starts_with("1900000002_"));
    let key = std::fs::read_to_string(folder.path().join("apiclient_key.pem")).unwrap();
    let page = wizard.get("/folders/0/request-string").send().await.unwrap().text().await.unwrap();
    assert!(page.contains("BEGIN CERTIFICATE REQUEST"));
    assert!(key.lines().skip(1).take(20).all(|line| !page.contains(line)), "the key is on no page");
}

#[tokio::test]
async fn a_private_key_in_the_wrong_field_is_named_and_not_shown_again() {
    let wizard = Wizard::start().await;
    let folder = CertificateFolder::create(&wizard.storage.path().join("one")).unwrap();
    let (id, name) = (MerchantId::parse("1900000002").unwrap(), MerchantName::parse("好店").unwrap());
    folder.request(&id, &name, None).unwrap();
    let path = folder.path().to_str().unwrap();
    let (status, place) = wizard.sends("/go-on", &[("folder", path)]).await;
    assert_eq!((status, place), (StatusCode::SEE_OTHER, format!("{}/folders/0/request-string", wizard.base)));
    let key = std::fs::read_to_string(folder.key()).unwrap();
    let bare: String = key.lines().filter(|line| !line.starts_with('-')).collect();
    for text in [&*key, &*bare, &bare[..300]] {
        let (status, page) =
            wizard.sends("/folders/0/certificate-string", &[("certificate_string", text)]).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            page.contains("class=\"wrong\" id=\"certificate-string-wrong\" role=\"alert\"><strong>"),
            "{page}"
        );
        assert!(!page.contains(&text[..40]), "{page}");
    }
    let request_string = folder.request(&id, &name, None).unwrap().asked.request_string;
    let (_, page) =
        wizard.sends("/folders/0/certificate-string", &[("certificate_string", &request_string)]).await;
    assert!(page.contains(request_string.lines().nth(1).unwrap()), "anything else stays");
    assert!(!Path::new(wizard.folder("one").path()).join("apiclient_cert.pem").exists());
}

/// A gateway that takes the first certificate and refuses all that follow; it keeps what it was given.
#[derive(Default)]
struct Door {
    given: Mutex<Vec<(String, String, String)>>,
}

impl GatewayDoor for Door {
    fn address(&self) -> String {
        "http://gateway.example".to_owned()
    }

    fn install<'a>(&'a self, new: NewCertificate<'a>) -> BoxFuture<'a, Result<Taken, Refused>> {
        let NewCertificate { merchant_id, certificate_pem, private_key_pem } = new;
        let mut given = self.given.lock().unwrap();
        given.push((merchant_id.to_owned(), certificate_pem.to_owned(), private_key_pem.to_owned()));
        let answer = match given.len() {
            1 => Ok(Taken::InForce),
            _ => Err(Refused { sentence: "It is older than the one in force. Give the newest.".to_owned() }),
        };
        async move { answer }.boxed()
    }
}

#[tokio::test]
async fn a_certificate_goes_into_the_gateway_with_its_key() {
    let door = Arc::new(Door::default());
    let told: Arc<dyn GatewayDoor> = door.clone();
    let wizard = Wizard::start_with(Some(told)).await;
    let key = include_bytes!("../../../certs/testdata/requests/test_key.der");
    let key = PrivateKey::from_pkcs8(key).unwrap().pem();
    let certificate = include_str!("../../../certs/testdata/requests/certificate.pem");
    std::fs::write(wizard.storage.path().join("apiclient_key.pem"), &*key).unwrap();
    std::fs::write(wizard.storage.path().join("apiclient_cert.pem"), certificate).unwrap();
    let path = wizard.storage.path().to_str().unwrap();
    let (_, place) = wizard.sends("/go-on", &[("folder", path)]).await;
    assert_eq!(place, format!("{}/folders/0/generated", wizard.base));
    let page = wizard.get("/folders/0/generated").send().await.unwrap().text().await.unwrap();
    assert!(page.contains("http://gateway.example") && page.contains(path), "{page}");

    let (status, page) = wizard.sends("/folders/0/gateway", &[]).await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("The certificate is in force."), "{page}");
    let (status, page) = wizard.sends("/folders/0/gateway", &[]).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("It is older than the one in force. Give the newest."), "{page}");
    let given = door.given.lock().unwrap();
    assert_eq!((given[0].0.as_str(), given[0].2.as_str()), ("1900009191", key.as_str()));
    assert!(given[0].1.starts_with("-----BEGIN CERTIFICATE-----"));
}

#[tokio::test]
async fn the_pages_end_when_nobody_is_there() {
    let storage = tempfile::tempdir().unwrap();
    let mut running = start(settings(storage.path(), None, Duration::from_millis(1))).await.unwrap();
    tokio::time::timeout(IDLE, running.ended()).await.unwrap();
}

#[tokio::test]
async fn the_pages_end_when_they_are_told() {
    let wizard = Wizard::start().await;
    let (page, http) = (format!("{}{}/", wizard.origin, wizard.base), wizard.http.clone());
    wizard.running.stop().await;
    assert!(http.get(page).send().await.is_err());
}
