//! Which merchant certificate a call is made with: the newest, and for a while still the one before it.
//!
//! A new certificate is proven with a harmless call before it gets here. Still, one of WeChat Pay's servers may not know it
//! yet, or somebody may have it taken back: then the call that was refused for its certificate is made once more with the
//! one before, as long as that is valid, and so are the calls of the next minute. A refused certificate decides nothing
//! about a refund, and the second call bears the same number, bytes and time stamp, so nothing can be paid twice.
//! Source: [api-certificate], [operations 3.2], \[inferred\].

use std::future::Future;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use wechatpay::ids::Mchid;
use wechatpay::keys::KeyName;

use crate::clock::WallClock;

/// How long the one before is used first after the newest was refused.
const DOUBTED_FOR: SignedDuration = SignedDuration::from_mins(1);

/// A certificate, and what a call is made with that uses it.
#[derive(Debug)]
pub(super) struct Held<T> {
    pub(super) serial_no: KeyName,
    /// The last second of its validity.
    pub(super) not_after: Timestamp,
    pub(super) with: T,
}

/// The certificates of one line.
#[derive(Debug)]
pub(super) struct Certificates<T> {
    newest: Held<T>,
    before: Option<Held<T>>,
    refused_at: Mutex<Option<Timestamp>>,
}

/// A call that was made, and with which certificate.
#[derive(Debug)]
pub(super) struct Made<A> {
    pub(super) certificate: KeyName,
    pub(super) answer: A,
}

/// What to make a call with.
#[derive(Debug)]
struct Choice<'a, T> {
    first: &'a Held<T>,
    /// What to make it with once more if the first is refused.
    then: Option<&'a Held<T>>,
}

impl<T> Held<T> {
    /// Whether its validity is over, by our clock.
    pub(super) fn has_expired(&self, now: Timestamp) -> bool {
        self.not_after < now
    }
}

impl<T> Certificates<T> {
    pub(super) fn new(newest: Held<T>, before: Option<Held<T>>) -> Certificates<T> {
        Certificates { newest, before, refused_at: Mutex::new(None) }
    }

    /// Makes a call of `mchid` once; and once more with the certificate before if the newest is refused.
    pub(super) async fn call<'a, A, F: Future<Output = A>>(
        &'a self,
        mchid: &Mchid,
        clock: &WallClock,
        make: impl Fn(&'a Held<T>) -> F,
        is_refused: impl Fn(&A) -> bool,
    ) -> Made<A> {
        let Choice { first, then } = self.choose(clock.now());
        let answer = make(first).await;
        match then {
            Some(before) if is_refused(&answer) => {
                let (refused, used) = (&first.serial_no, &before.serial_no);
                tracing::warn!(%mchid, %refused, %used, "a certificate was refused; the one before is used for a while");
                self.refused(clock.now());
                Made { certificate: before.serial_no.clone(), answer: make(before).await }
            }
            _ => Made { certificate: first.serial_no.clone(), answer },
        }
    }

    /// What to make a call at `now` with.
    fn choose(&self, now: Timestamp) -> Choice<'_, T> {
        let is_doubted = self.refused_at().is_some_and(|at| now.duration_since(at).abs() < DOUBTED_FOR);
        match self.before.as_ref().filter(|before| !before.has_expired(now)) {
            Some(before) if is_doubted => Choice { first: before, then: None },
            before => Choice { first: &self.newest, then: before },
        }
    }

    /// The newest was refused at `now`.
    fn refused(&self, now: Timestamp) {
        *self.refused_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
    }

    /// The one with this serial number, if a call may have been made with it.
    pub(super) fn get(&self, serial_no: &KeyName) -> Option<&Held<T>> {
        std::iter::once(&self.newest).chain(&self.before).find(|held| held.serial_no == *serial_no)
    }

    fn refused_at(&self) -> Option<Timestamp> {
        *self.refused_at.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn held(serial_no: &str, not_after: &str) -> Held<()> {
        Held { serial_no: KeyName::parse(serial_no).unwrap(), not_after: at(not_after), with: () }
    }

    fn chosen(certificates: &Certificates<()>, now: &str) -> (String, Option<String>) {
        let Choice { first, then } = certificates.choose(at(now));
        (first.serial_no.to_string(), then.map(|held| held.serial_no.to_string()))
    }

    #[test]
    fn the_one_before_is_there_while_it_lives_and_goes_first_for_a_minute_after_a_refusal() {
        let (new, old) =
            ("0A00000000000000000000000000000000000002", "0A00000000000000000000000000000000000001");
        let before = Some(held(old, "2026-03-02T12:00:00Z"));
        let certificates = Certificates::new(held(new, "2027-03-01T00:00:00Z"), before);
        let (new, old) = (new.to_owned(), old.to_owned());
        assert_eq!(chosen(&certificates, "2026-03-02T10:00:00Z"), (new.clone(), Some(old.clone())));
        certificates.refused(at("2026-03-02T10:00:00Z"));
        assert_eq!(chosen(&certificates, "2026-03-02T10:00:59Z"), (old.clone(), None));
        assert_eq!(chosen(&certificates, "2026-03-02T10:01:00Z"), (new.clone(), Some(old.clone())));
        certificates.refused(at("2026-03-02T11:59:59Z"));
        assert_eq!(
            chosen(&certificates, "2026-03-02T12:00:00Z"),
            (old, None),
            "valid through its last second"
        );
        assert_eq!(chosen(&certificates, "2026-03-02T12:00:01Z"), (new, None), "a dead one is no help");
    }
}
