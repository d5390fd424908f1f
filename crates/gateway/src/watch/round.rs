//! One look at every certificate, and what comes of it.

use std::collections::{BTreeMap, BTreeSet};

use certs::lifecycle::notices::due;
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};

use super::channel::{Channel, ChannelName, Destination, Message, SendError};
use super::pauses::{Pauses, Who};
use super::sent::{Sent, SentError};
use super::settings::WatchSettings;
use super::watched::Watched;

/// How soon to look again when what was sent could not be read or written down.
const LOOK_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// The channels, and what became of the last tries.
#[derive(Debug)]
pub struct Watch {
    settings: WatchSettings,
    posts: Vec<Post>,
}

/// What came of a round.
#[derive(Debug, Default)]
pub struct Round {
    /// What was sent.
    pub sent: Vec<Delivery>,
    /// What was not.
    pub failures: Vec<Failure>,
    /// When the next round is worth its while; `None` if nothing is to come for the certificates as they are.
    pub next: Option<Timestamp>,
}

impl Round {
    /// Says in the log what was sent and what was not.
    pub fn log(&self) {
        // What went to the log stands there already.
        for Delivery { key, to } in self.sent.iter().filter(|sent| sent.to.channel != ChannelName::Log) {
            tracing::info!(%key, %to, "a notice about a certificate was sent");
        }
        for Failure { serial, to, why } in &self.failures {
            tracing::error!(%serial, %to, %why, "a notice about a certificate did not go out as it should");
        }
    }
}

/// A notice that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The notice's key.
    pub key: String,
    /// To whom.
    pub to: Destination,
}

/// Something that did not go as it should.
#[derive(Debug)]
pub struct Failure {
    /// The serial number of the certificate.
    pub serial: String,
    /// To whom.
    pub to: Destination,
    /// What.
    pub why: Why,
}

/// What did not go as it should.
#[derive(Debug, thiserror::Error)]
pub enum Why {
    /// A notice was not sent. It is tried again at that instant.
    #[error("{error}; next try at {again}")]
    NotSent {
        /// Why.
        error: SendError,
        /// When it is tried again.
        again: Timestamp,
    },
    /// What was sent is not known, so nothing is.
    #[error("nothing is sent while it is not known what was: {0}")]
    NotKnown(SentError),
    /// It was sent, and that could not be written down: after a restart it comes once more.
    #[error("it was sent, but that could not be written down: {0}")]
    NotKept(SentError),
}

impl Watch {
    /// A watch over `channels`.
    pub fn new(settings: WatchSettings, channels: Vec<Channel>) -> Watch {
        let post = |channel| Post { channel, pauses: Pauses::default(), unkept: BTreeMap::new() };
        Watch { settings, posts: channels.into_iter().map(post).collect() }
    }

    /// When to tell, and how.
    pub fn settings(&self) -> &WatchSettings {
        &self.settings
    }

    /// Sends what is due at `now` and was not sent by what `sent` says. The channels do so side by side.
    pub async fn round(&mut self, watched: &[Watched], sent: &impl Sent, now: Timestamp) -> Round {
        let settings = &self.settings;
        let rounds = self.posts.iter_mut().map(|post| post.round(settings, watched, sent, now));
        let mut all = Round::default();
        for round in join_all(rounds).await {
            all.sent.extend(round.sent);
            all.failures.extend(round.failures);
        }
        let WatchSettings { schedule, policy, .. } = settings;
        let occasions = watched.iter().filter_map(|it| schedule.next_after(&it.record, policy, now));
        let tries = self.posts.iter().filter_map(|post| post.pauses.next(now));
        let is_memory_lost =
            all.failures.iter().any(|failure| matches!(failure.why, Why::NotKnown(_) | Why::NotKept(_)));
        let look_again =
            is_memory_lost.then(|| now.saturating_add(LOOK_AGAIN_AFTER).unwrap_or(Timestamp::MAX));
        all.next = occasions.chain(tries).chain(look_again).min();
        all
    }
}

/// A channel at work.
#[derive(Debug)]
struct Post {
    channel: Channel,
    pauses: Pauses,
    /// What was sent and could not be written down, by serial number and address: it is not sent again by this process.
    unkept: BTreeMap<(String, String), BTreeSet<String>>,
}

impl Post {
    async fn round(
        &mut self,
        settings: &WatchSettings,
        watched: &[Watched],
        sent: &impl Sent,
        now: Timestamp,
    ) -> Round {
        let mut round = Round::default();
        for address in self.channel.addresses() {
            for watched in watched {
                let may_try = |who: &Who| self.pauses.until(who, now).is_none();
                if !may_try(&Who::Channel) || !may_try(&Who::Address(address.clone())) {
                    continue;
                }
                let to = Destination { channel: self.channel.name(), address: address.clone() };
                match self.tell(settings, watched, &to, sent, now).await {
                    Ok(Some(key)) => round.sent.push(Delivery { key, to }),
                    Ok(None) => {}
                    Err(why) => {
                        round.failures.push(Failure { serial: watched.record.serial.clone(), to, why });
                    }
                }
            }
        }
        round
    }

    /// Sends what is due about `watched` to one recipient; the key of what was sent.
    async fn tell(
        &mut self,
        settings: &WatchSettings,
        watched: &Watched,
        to: &Destination,
        sent: &impl Sent,
        now: Timestamp,
    ) -> Result<Option<String>, Why> {
        let WatchSettings { schedule, policy, language, .. } = settings;
        let record = &watched.record;
        let place = (record.serial.clone(), to.address.clone());
        let mut keys = sent.sent(&record.serial, to).await.map_err(Why::NotKnown)?;
        if let Some(unkept) = self.unkept.get(&place) {
            keys.extend(unkept.iter().cloned());
            sent.keep(&record.serial, to, &keys).await.map_err(Why::NotKept)?;
            self.unkept.remove(&place);
        }
        let Some(notice) = due(record, schedule, policy, now, &keys) else { return Ok(None) };
        let text = notice.text(record, watched.recipient(), policy, *language, now);
        let message = Message {
            key: notice.key(),
            merchant_id: watched.merchant_id.clone(),
            serial: record.serial.clone(),
            not_after: record.validity.not_after,
            at: now,
            text,
        };
        if let Err(error) = self.channel.send(&to.address, &message).await {
            let who = match &error {
                SendError::Channel(_) => Who::Channel,
                SendError::Recipient(_) => Who::Address(to.address.clone()),
            };
            return Err(Why::NotSent { error, again: self.pauses.failed(who, now) });
        }
        self.pauses.arrived(&to.address);
        keys.insert(message.key.clone());
        keys.extend(notice.passed);
        if let Err(error) = sent.keep(&record.serial, to, &keys).await {
            self.unkept.insert(place, keys);
            return Err(Why::NotKept(error));
        }
        Ok(Some(message.key))
    }
}
