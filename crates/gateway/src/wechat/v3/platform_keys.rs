//! Whose answers and notifications are believed: the platform's keys, and what happens when a message names one that is
//! not among them.
//!
//! A key is believed because it was set up, or because it came in a certificate list that the merchant's APIv3 key opens.
//! So the list proves itself, and a line that knows no valid key finds the new one by the first message that bears it.
//! Anybody can make messages that name unknown keys: they cause one look at the list a minute, and no more.
//! Source: [global-certificates], [global-signature].

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;
use tokio::time::Instant;
use wechatpay::keys::{ApiV3Key, KeyName, VerifyingKey};
use wechatpay::v3::certificates::{self, CertificatesError, PlatformCertificate};
use wechatpay::v3::verify::{Answer, PlatformKeys, Verified, Violation};

use super::line::V3Line;
use super::said;
use crate::wechat::exchange::{Failure, Received};

/// Messages that name unknown keys cause a look at the list once in this time.
const LOOKS_APART_S: u32 = 60;

/// The keys that are believed.
#[derive(Debug)]
pub(super) struct KeyRing {
    known: RwLock<Arc<PlatformKeys>>,
    /// Held while the list is fetched; when a message last caused that.
    last_look: Mutex<Option<Look>>,
}

/// When the list was looked at because of a message.
#[derive(Debug, Clone, Copy)]
struct Look {
    at: Timestamp,
    by_our_clock: Instant,
}

impl Look {
    /// Whether it is too early for another one. A virtual clock may leap or stand still, so a minute of either clock is
    /// enough.
    fn is_recent(&self, now: Timestamp) -> bool {
        let apart = Duration::from_secs(LOOKS_APART_S.into());
        now.duration_since(self.at).abs() < SignedDuration::from_secs(LOOKS_APART_S.into())
            && self.by_our_clock.elapsed() < apart
    }
}

/// Why the certificate list brought nothing. The keys stay as they were.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error(transparent)]
    NoAnswer(#[from] Failure),
    #[error("WeChat Pay answered {answer}")]
    Refused { answer: String },
    #[error(transparent)]
    List(#[from] CertificatesError),
}

impl KeyRing {
    pub(super) fn new(public_keys: Vec<(KeyName, VerifyingKey)>) -> KeyRing {
        let mut known = PlatformKeys::new();
        for (id, key) in public_keys {
            known.add_public_key(id, key);
        }
        KeyRing { known: RwLock::new(Arc::new(known)), last_look: Mutex::new(None) }
    }

    fn known(&self) -> Arc<PlatformKeys> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes in a certificate list that came in `received`, and gives the certificates that are new.
    ///
    /// Those that have expired are dropped, unless the platform still lists them: it is not our clock that says what it
    /// signs with.
    fn take_in(
        &self,
        received: &Received,
        key: &ApiV3Key,
        now: Timestamp,
    ) -> Result<Vec<PlatformCertificate>, CertificatesError> {
        // Held while it is computed, so that no other list is lost in between.
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let mut before = PlatformKeys::clone(&known);
        before.drop_expired(now);
        let header = |name: &str| received.header(name);
        let (keys, mut listed) = certificates::take_in(&before, header, &received.body, key, now)?;
        *known = Arc::new(keys);
        listed.retain(|listed| before.get(&listed.certificate.serial).is_none());
        Ok(listed)
    }
}

impl V3Line {
    /// Verifies a notification by its headers and its bytes as they came.
    ///
    /// If it names an unknown key, the certificate list is looked at first, at most once a minute.
    pub(crate) async fn verify<'b>(
        &self,
        headers: &HeaderMap,
        body: &'b [u8],
    ) -> Result<Verified<'b>, Violation> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        self.by_known_key(|keys| keys.verify(header, body, self.clock.now())).await
    }

    /// Verifies an answer, and sets the clock by it. An error under a key that nobody knows counts as unsigned: whoever forges
    /// one could leave the signature out as well.
    pub(super) async fn verify_answer<'r>(&self, received: &'r Received) -> Result<Answer<'r>, Violation> {
        let header = |name: &str| received.header(name);
        let answer = self
            .by_known_key(|keys| {
                keys.verify_answer(received.status, header, &received.body, self.clock.now())
            })
            .await;
        match answer {
            Ok(Answer::Verified(verified)) => {
                self.clock.learn(verified.signed_at(), received.took);
                Ok(Answer::Verified(verified))
            }
            // Whoever is refused the certificate list, because its own signature is not taken, can verify no refusal.
            Err(Violation::UnknownSerial { .. }) if !(200..300).contains(&received.status) => {
                Ok(Answer::Unsigned(&received.body))
            }
            other => other,
        }
    }

    /// Verifies that the platform signed `text`, which stands in the place of the body of `received`, and sets the clock by it.
    pub(super) async fn verify_in_place(&self, received: &Received, text: &[u8]) -> Result<(), Violation> {
        let header = |name: &str| received.header(name);
        let verified = self.by_known_key(|keys| keys.verify(header, text, self.clock.now())).await?;
        self.clock.learn(verified.signed_at(), received.took);
        Ok(())
    }

    async fn by_known_key<T>(
        &self,
        verify: impl Fn(&PlatformKeys) -> Result<T, Violation>,
    ) -> Result<T, Violation> {
        match verify(&self.keys.known()) {
            Err(Violation::UnknownSerial { serial }) => {
                self.look_for(&serial).await;
                verify(&self.keys.known())
            }
            judged => judged,
        }
    }

    /// Fetches the certificate list because a message names `serial`, unless that was done a moment ago.
    async fn look_for(&self, serial: &KeyName) {
        let mut last_look = self.keys.last_look.lock().await;
        // Whoever held the lock may have brought it.
        if self.keys.known().get(serial).is_some() {
            return;
        }
        let now = self.clock.now();
        if last_look.is_some_and(|look| look.is_recent(now)) {
            return;
        }
        *last_look = Some(Look { at: now, by_our_clock: Instant::now() });
        if let Err(error) = self.fetch_certificates().await {
            tracing::warn!(mchid = %self.mchid(), %serial, %error, "an unknown key was named, and no certificates came");
        }
    }

    /// Fetches the certificate list, one at a time.
    pub(super) async fn refresh_certificates(&self) -> Result<(), FetchError> {
        let _one_at_a_time = self.keys.last_look.lock().await;
        self.fetch_certificates().await
    }

    async fn fetch_certificates(&self) -> Result<(), FetchError> {
        let received = self.get(&certificates::target(self.region())).await.answer?;
        self.take_in_certificates(&received)
    }

    /// Believes what a certificate list proves.
    pub(super) fn take_in_certificates(&self, received: &Received) -> Result<(), FetchError> {
        if received.status != 200 {
            return Err(FetchError::Refused { answer: said::status_and_code(received) });
        }
        for new in self.keys.take_in(received, self.api_v3_key(), self.clock.now())? {
            let (serial, not_after) = (new.certificate.serial, new.certificate.not_after);
            tracing::info!(mchid = %self.mchid(), %serial, %not_after, "a platform certificate is believed from now on");
        }
        Ok(())
    }
}
