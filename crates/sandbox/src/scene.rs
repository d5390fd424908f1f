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
use wechatpay::v3::verify::SERIAL;

use crate::faces::v3::answer::Answer;
use crate::faces::v3::arrival::Arrival;
use crate::faces::v3::desk::Desk;
use crate::faces::v3::draws::hexadecimal;
use crate::faces::v3::errors::{self, Refusal};
use crate::faces::v3::gate::Gate;
use crate::faces::v3::notices;
use crate::faces::v3::settings::{FaceSettings, NoticeKey};
use crate::faults::{After, Before, Faults};
use crate::keyring::Keyring;
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
        headers.extend(self.sealing.headers(&self.reply.body, keyring)?);
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
    /// How it is signed: as it should be, unless a fault spoils it ([`Sealing::spoiled`]).
    pub sealing: Sealing,
}

impl Callback {
    /// All headers of the post, signed. Slow; call it without the lock.
    pub fn headers(&self, keyring: &Keyring) -> Result<Vec<(String, String)>, KeyError> {
        let mut headers = vec![
            ("Content-Type".to_owned(), "application/json".to_owned()),
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
            return self.cut_before_commit(&arrival, &before);
        }
        let answer = match &before.answer {
            Some(fault) => errors::instead(fault, arrival.language),
            None => self
                .carry_out(&arrival, &before)
                .unwrap_or_else(|refusal| errors::answer(&refusal, &self.settings, arrival.language)),
        };
        let after = self.faults.after(&arrival.seen());
        let request_id = self.request_id(arrival.n, &answer);
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
        let sealing = self.sealing(signing, &arrival).spoiled(after.signing, after.skew_s);
        let delivery = self.delivery(arrival.n, &before, &after, answer.body.len());
        Answered { reply: reply(answer, request_id, &arrival), sealing, delivery }
    }

    /// The post of a notice that is due, as [`Platform::take_due_notice`] gave it; `None` if nothing is posted to its
    /// merchant.
    pub fn callback(&self, notice: &Notice, now: Timestamp) -> Option<Callback> {
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
        Some(Callback { url: notice.url.clone(), body: body.into_bytes(), sealing })
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
            behind: SignedDuration::from_millis(i64::try_from(before.behind_ms).unwrap_or(i64::MAX)),
        }
        .serve(request)
    }

    fn cut_before_commit(&self, arrival: &Arrival<'_>, before: &Before) -> Answered {
        Answered {
            reply: Reply { status: 500, headers: Vec::new(), body: Vec::new() },
            sealing: self.sealing(Signing::Unsigned, arrival),
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
    fn request_id(&self, n: u64, answer: &Answer) -> String {
        let opaque = hexadecimal(&self.chance(), "request", &format!("{}/{n}", self.generation));
        format!("{}-{}", opaque.to_ascii_uppercase(), answer.number)
    }

    fn sealing(&self, signing: Signing, arrival: &Arrival<'_>) -> Sealing {
        let nonce = self.nonce("answer nonce", &format!("{}/{}", self.generation, arrival.n));
        Sealing { signing, stamped_at: arrival.at.as_second(), nonce }
    }

    fn nonce(&self, purpose: &str, id: &str) -> Nonce {
        Nonce::parse(&hexadecimal(&self.chance(), purpose, id))
            .unwrap_or_else(|_| unreachable!("32 hexadecimal digits are a nonce"))
    }

    fn chance(&self) -> Chance {
        Chance::new(self.seed)
    }
}

/// The answer with the headers that every answer has.
fn reply(answer: Answer, request_id: String, arrival: &Arrival<'_>) -> Reply {
    let mut headers = vec![
        ("Server".to_owned(), SANDBOX.to_owned()),
        // By the platform's clock, which need not be the one on the wall.
        ("Date".to_owned(), arrival.at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()),
        ("Cache-Control".to_owned(), "no-cache, must-revalidate".to_owned()),
        ("X-Content-Type-Options".to_owned(), "nosniff".to_owned()),
        ("Content-Language".to_owned(), arrival.language.tag().to_owned()),
        ("Request-ID".to_owned(), request_id),
    ];
    if !answer.body.is_empty() {
        headers.push(("Content-Type".to_owned(), "application/json; charset=utf-8".to_owned()));
    }
    Reply { status: answer.status, headers, body: answer.body.into_bytes() }
}
