//! Everything the sandbox knows at one instant, and what it answers.
//!
//! # Theory of operation
//!
//! A scene is a value behind one lock, without sockets and without a clock. A request comes in three steps: outside of the
//! lock [`crate::faces::v3::gate`] looks at its signature with a view of the keyring; under the lock
//! [`Scene::answer`] decides; outside again [`Answered::headers`] signs. So RSA, the only slow part, runs on as many
//! threads as there are.
//!
//! Inside, in this order: the request gets its number; the faults may answer in the platform's place, or cut the connection
//! before anything is done; an unknown path is 404; the gate's verdict holds; what cannot be read is a parameter error; the
//! platform decides; the faults may lose, double or spoil the answer; all of it is recorded.
//!
//! Nothing is drawn at random: nonces and ids are hashes of the seed, the generation and the request's number.

use jiff::{SignedDuration, Timestamp};
use platform::chance::Chance;
use platform::notify::Notice;
use platform::platform::Platform;
use wechatpay::keys::{KeyError, KeyName};
use wechatpay::v3::sign::Nonce;
use wechatpay::v3::statement::digest::SHA1;
use wechatpay::v3::verify::SERIAL;
use wechatpay::wire::Wire;

use crate::faces::v2::{self, asked::AskedByV2};
use crate::faces::v3::answer::{Answer, NO_ERROR};
use crate::faces::v3::arrival::Arrival;
use crate::faces::v3::desk::Desk;
use crate::faces::v3::draws::hexadecimal;
use crate::faces::v3::errors::{self, Refusal};
use crate::faces::v3::gate::Gate;
use crate::faces::v3::notices;
use crate::faces::v3::settings::{FaceSettings, NoticeKey};
use crate::faults::{After, Before, Faults};
use crate::keyring::Keyring;
use crate::merchant_platform::office::Office;
use crate::record::{Outcome, Record};
use crate::reply::{Reply, Sealing, Signing};

/// Everything the sandbox knows.
#[derive(Debug)]
pub struct Scene {
    /// The platform.
    pub platform: Platform,
    /// The keys in force.
    pub keyring: Keyring,
    /// What goes wrong on purpose.
    pub faults: Faults,
    /// What arrived.
    pub record: Record,
    /// What is open at the interface.
    pub settings: FaceSettings,
    /// What the Merchant Platform remembers beside the certificates, which are the keyring's.
    pub office: Office,
    /// What was asked for by V2.
    pub asked_by_v2: AskedByV2,
    /// Rises whenever a snapshot is restored, so that what is drawn afterwards is new.
    pub generation: u64,
    /// What everything is drawn from.
    pub seed: u64,
}

/// A request as it arrived, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// The method.
    pub method: String,
    /// The raw request target: path and query.
    pub target: String,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body; empty if there is none.
    pub body: Vec<u8>,
    /// The certificate that the client showed, in DER, judged by nobody yet; none without TLS.
    pub client_certificate: Option<Vec<u8>>,
}

impl Arrived {
    /// The value of the header `name`, in any case of letters; the first if there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// An answer, ready to be sealed and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// What is answered.
    pub reply: Reply,
    /// How it is signed.
    pub sealing: Sealing,
    /// What the network does to it.
    pub delivery: Delivery,
}

impl Answered {
    /// All headers of the answer, signed. Slow; call it without the lock.
    pub fn headers(&self, keyring: &Keyring) -> Result<Vec<(String, String)>, KeyError> {
        let mut headers = self.reply.headers.clone();
        headers.extend(self.sealing.headers(&self.reply.signed_text(), keyring)?);
        Ok(headers)
    }
}

/// What the network does to an answer, by the sandbox's clock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivery {
    /// How late it leaves, in milliseconds.
    pub delay_ms: u64,
    /// Where the connection is cut, if it is.
    pub cut: Option<Cut>,
    /// The network repeats the request: it is carried out once more, and that answer is the one that arrives.
    pub twice: bool,
}

/// Where a connection is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Before a byte of the answer left.
    BeforeAnswer,
    /// After this many bytes of its body.
    MidAnswer(usize),
}

/// A notification, ready to be sealed and posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// Where to.
    pub url: String,
    /// Its body.
    pub body: Vec<u8>,
    /// How it is signed: as it should be, unless a fault spoils it ([`Sealing::spoiled`]). V2 has no signature headers.
    pub sealing: Sealing,
    /// In which generation's form it is, and must be answered.
    pub wire: Wire,
}

impl Callback {
    /// All headers of the post, signed. Slow; call it without the lock.
    pub fn headers(&self, keyring: &Keyring) -> Result<Vec<(String, String)>, KeyError> {
        let content_type = match self.wire {
            Wire::V2 => "text/xml; charset=utf-8",
            Wire::V3 => "application/json",
        };
        let mut headers = vec![
            ("Content-Type".to_owned(), content_type.to_owned()),
            ("Accept".to_owned(), "*/*".to_owned()),
            ("User-Agent".to_owned(), SANDBOX.to_owned()),
        ];
        headers.extend(self.sealing.headers(&self.body, keyring)?);
        Ok(headers)
    }
}

/// Who says so.
const SANDBOX: &str = "tidegate-sandbox";

impl Scene {
    /// A scene in which nothing has arrived yet.
    pub fn new(platform: Platform, keyring: Keyring, settings: FaceSettings, seed: u64) -> Scene {
        Scene {
            platform,
            keyring,
            faults: Faults::new(seed),
            record: Record::default(),
            settings,
            office: Office::default(),
            asked_by_v2: AskedByV2::default(),
            generation: 0,
            seed,
        }
    }

    /// What is answered to `arrived` at `now`, `gate` being [`gate::check`]'s verdict about it, and what the network then
    /// does to the answer.
    ///
    /// [`gate::check`]: crate::faces::v3::gate::check
    pub fn answer(&mut self, arrived: &Arrived, gate: &Gate, now: Timestamp) -> Answered {
        let arrival = Arrival::new(arrived, gate, self.record.arrive(), now, self.settings.language);
        let before = self.faults.before(&arrival.seen());
        if before.is_cut {
            self.record.note(arrival.entry(None, true));
            return self.cut_before_commit(arrival.n, now, &before);
        }
        let answer = match &before.answer {
            Some(fault) => errors::instead(fault, arrival.language),
            None => self
                .carry_out(&arrival, &before)
                .unwrap_or_else(|refusal| errors::answer(&refusal, &self.settings, arrival.language)),
        };
        let after = self.faults.after(&arrival.seen());
        let request_id = self.request_id(arrival.n, answer.number);
        let outcome = Outcome {
            status: answer.status,
            code: answer.code.clone(),
            request_id: request_id.clone(),
            is_instead: before.answer.is_some(),
        };
        self.record.note(arrival.entry(Some(outcome), after.is_cut));
        let is_signed = match &before.answer {
            Some(fault) => fault.is_signed,
            None => self.settings.signs(answer.status),
        };
        let signing = if is_signed { Signing::With(self.key_for(arrived)) } else { Signing::Unsigned };
        let sealing = self.sealing(signing, arrival.n, now).spoiled(after.signing, after.skew_s);
        let delivery = self.delivery(arrival.n, &before, &after, answer.body.len());
        Answered { reply: reply(answer, request_id, &arrival), sealing, delivery }
    }

    /// Does what is due about merchants' certificates by `now`.
    pub(crate) fn keep_up(&mut self, now: Timestamp) {
        self.office.keep_up(self.keyring.register(), now);
    }

    /// When something will next happen by itself.
    pub(crate) fn next_event(&self, now: Timestamp) -> Option<Timestamp> {
        let certificates = self.office.next_event(self.keyring.register(), now);
        self.platform.next_event().into_iter().chain(certificates).min()
    }

    /// The post of a notice that is due, as [`Platform::take_due_notice`] gave it; `None` if nothing is posted to its
    /// merchant.
    pub fn callback(&self, notice: &Notice, now: Timestamp) -> Option<Callback> {
        let asked = &self.asked_by_v2;
        if let Some(body) = v2::notices::body(&self.platform, &self.keyring, asked, &self.chance(), notice) {
            let sealing = Sealing {
                signing: Signing::Unsigned,
                stamped_at: now.as_second(),
                nonce: self.nonce("callback nonce", &notice.url),
            };
            let url = notice.url.clone();
            return Some(Callback { url, body: body.into_bytes(), sealing, wire: Wire::V2 });
        }
        let body = notices::body(&self.platform, &self.keyring, &self.settings, &self.chance(), notice)?;
        let key = match self.settings.notices_signed_by {
            NoticeKey::Certificate => self.keyring.newest_certificate().name.clone(),
            NoticeKey::PublicKey => self.keyring.public_key().id.clone(),
        };
        let id = format!("{}/{}", hexadecimal(&self.chance(), "callback", &body), notice.sent);
        let sealing = Sealing {
            signing: Signing::With(key),
            stamped_at: now.as_second(),
            nonce: self.nonce("callback nonce", &id),
        };
        Some(Callback { url: notice.url.clone(), body: body.into_bytes(), sealing, wire: Wire::V3 })
    }

    /// What is answered to `arrived`, a request of V2, as [`Scene::answer`] does for V3.
    pub fn answer_v2(&mut self, arrived: &Arrived, gate: &v2::gate::Gate, now: Timestamp) -> Answered {
        let arrival = v2::arrival::Arrival::new(arrived, gate, self.record.arrive(), now);
        let (family, message, sign_type) = (arrival.family, gate.message.as_ref(), gate.sign_type);
        let before = self.faults.before(&arrival.seen());
        if before.is_cut {
            self.record.note(arrival.entry(None, true));
            return self.cut_before_commit(arrival.n, now, &before);
        }
        let answer = match &before.answer {
            Some(fault) => v2::errors::instead(fault, family, message, sign_type),
            None => self.carry_out_v2(&arrival, &before).unwrap_or_else(|refusal| {
                v2::errors::answer(&refusal, family, message, sign_type, &self.settings.v2)
            }),
        };
        let after = self.faults.after(&arrival.seen());
        let outcome = Outcome {
            status: answer.status,
            code: answer.code.clone(),
            request_id: self.request_id(arrival.n, NO_ERROR),
            is_instead: before.answer.is_some(),
        };
        self.record.note(arrival.entry(Some(outcome), after.is_cut));
        let headers = vec![
            ("Server".to_owned(), SANDBOX.to_owned()),
            ("Date".to_owned(), date(now)),
            ("Content-Type".to_owned(), answer.content_type().to_owned()),
        ];
        let key = gate.caller.as_ref().and_then(|caller| self.keyring.merchant(caller));
        let sealing = self.sealing(Signing::Unsigned, arrival.n, now);
        let status = answer.status;
        let body = answer.body(key.map(|keys| &keys.api_v2_key), &self.v2_nonce(arrival.n), after.signing);
        let delivery = self.delivery(arrival.n, &before, &after, body.len());
        Answered { reply: Reply { status, headers, body }, sealing, delivery }
    }

    fn carry_out_v2(
        &mut self,
        arrival: &v2::arrival::Arrival<'_>,
        before: &Before,
    ) -> Result<v2::answer::Answer, v2::errors::Refusal> {
        let (caller, request) = arrival.request()?;
        let chance = self.chance();
        v2::desk::Desk {
            platform: &mut self.platform,
            asked: &mut self.asked_by_v2,
            chance,
            sign_type: arrival.gate.sign_type,
            now: arrival.at,
            behind: behind(before),
        }
        .serve(caller, request)
    }

    fn carry_out(&mut self, arrival: &Arrival<'_>, before: &Before) -> Result<Answer, Refusal> {
        let (signer, request) = arrival.request()?;
        let chance = self.chance();
        Desk {
            platform: &mut self.platform,
            keyring: &self.keyring,
            settings: &self.settings,
            chance,
            signer,
            name: format!("{}/{}", self.generation, arrival.n),
            language: arrival.language,
            now: arrival.at,
            behind: behind(before),
        }
        .serve(request)
    }

    fn cut_before_commit(&self, n: u64, now: Timestamp, before: &Before) -> Answered {
        Answered {
            reply: Reply { status: 500, headers: Vec::new(), body: Vec::new() },
            sealing: self.sealing(Signing::Unsigned, n, now),
            delivery: Delivery { delay_ms: before.delay_ms, cut: Some(Cut::BeforeAnswer), twice: false },
        }
    }

    /// A lost answer is cut before its first byte or in the middle of its body, each in half of the cases.
    fn delivery(&self, n: u64, before: &Before, after: &After, length: usize) -> Delivery {
        let in_the_middle = length > 1 && self.chance().below(2, "cut", "", n) == 1;
        let cut = match (after.is_cut, in_the_middle) {
            (false, _) => None,
            (true, false) => Some(Cut::BeforeAnswer),
            (true, true) => Some(Cut::MidAnswer(length / 2)),
        };
        let delay_ms = before.delay_ms.saturating_add(after.delay_ms);
        Delivery { delay_ms, cut, twice: after.is_doubled }
    }

    /// The key that the request asks to be answered with, or the newest certificate's. Source: [public-key-mode].
    fn key_for(&self, arrived: &Arrived) -> KeyName {
        let asked = arrived.header(SERIAL).and_then(|serial| KeyName::parse(serial).ok());
        asked
            .filter(|name| self.keyring.signing_key(name).is_some())
            .unwrap_or_else(|| self.keyring.newest_certificate().name.clone())
    }

    /// `<opaque>-<number>`. Source: [global-rules], [official-skills].
    fn request_id(&self, n: u64, number: u64) -> String {
        let opaque = hexadecimal(&self.chance(), "request", &format!("{}/{n}", self.generation));
        format!("{}-{number}", opaque.to_ascii_uppercase())
    }

    fn sealing(&self, signing: Signing, n: u64, now: Timestamp) -> Sealing {
        let nonce = self.nonce("answer nonce", &format!("{}/{n}", self.generation));
        Sealing { signing, stamped_at: now.as_second(), nonce }
    }

    fn v2_nonce(&self, n: u64) -> wechatpay::v2::sign::Nonce {
        let digits = hexadecimal(&self.chance(), "v2 answer nonce", &format!("{}/{n}", self.generation));
        wechatpay::v2::sign::Nonce::parse(&digits)
            .unwrap_or_else(|_| unreachable!("32 hexadecimal digits are a nonce"))
    }

    fn nonce(&self, purpose: &str, id: &str) -> Nonce {
        Nonce::parse(&hexadecimal(&self.chance(), purpose, id))
            .unwrap_or_else(|_| unreachable!("32 hexadecimal digits are a nonce"))
    }

    pub(crate) fn chance(&self) -> Chance {
        Chance::new(self.seed)
    }
}

/// The instant as a `Date` header has it, by the platform's clock, which need not be the one on the wall.
fn date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// How far behind questions are answered.
fn behind(before: &Before) -> SignedDuration {
    SignedDuration::from_millis(i64::try_from(before.behind_ms).unwrap_or(i64::MAX))
}

/// The answer with the headers that every answer has.
fn reply(answer: Answer, request_id: String, arrival: &Arrival<'_>) -> Reply {
    let mut headers = vec![
        ("Server".to_owned(), SANDBOX.to_owned()),
        ("Date".to_owned(), date(arrival.at)),
        ("Cache-Control".to_owned(), "no-cache, must-revalidate".to_owned()),
        ("X-Content-Type-Options".to_owned(), "nosniff".to_owned()),
        ("Content-Language".to_owned(), arrival.language.tag().to_owned()),
        ("Request-ID".to_owned(), request_id),
    ];
    if !answer.body.is_empty() {
        headers.push(("Content-Type".to_owned(), answer.content_type().to_owned()));
    }
    if let Some(digest) = &answer.statement {
        headers.push((SHA1.to_owned(), digest.as_str().to_owned()));
    }
    Reply { status: answer.status, headers, body: answer.body.into_bytes() }
}
