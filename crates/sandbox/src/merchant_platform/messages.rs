//! What arrives on phones, in mailboxes and in Official Accounts: SMS codes and notices of the platform, and whatever a
//! certificate watch sends through the sandbox's own gateways.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How many messages are kept.
const KEPT: usize = 1_000;

/// The way a message came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A text message.
    Sms,
    /// A letter.
    Email,
    /// A template message of an Official Account.
    OfficialAccount,
}

/// Where a message comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The Merchant Platform, for somebody who asked for a code.
    Code,
    /// The Merchant Platform, about a certificate.
    Notice,
    /// Somebody who called the sandbox's SMS gateway or Official Account interface.
    Caller,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Counts messages from 1.
    pub n: u64,
    /// When it arrived, by the platform's clock.
    pub at: Timestamp,
    /// How it came.
    pub channel: Channel,
    /// Where it comes from.
    pub origin: Origin,
    /// The merchant id it is about, if the platform sent it.
    pub mchid: Option<String>,
    /// The phone number, address or openid it went to.
    pub to: String,
    /// Its heading; text messages have none.
    pub subject: Option<String>,
    /// What it says.
    pub text: String,
}

/// A message that is about to arrive.
pub(crate) struct NewMessage {
    pub(crate) at: Timestamp,
    pub(crate) channel: Channel,
    pub(crate) origin: Origin,
    pub(crate) mchid: Option<String>,
    pub(crate) to: String,
    pub(crate) subject: Option<String>,
    pub(crate) text: String,
}

/// The latest messages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Messages {
    kept: VecDeque<Message>,
    arrived: u64,
}

impl Messages {
    /// Those that are kept, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.kept.iter()
    }

    /// How many ever arrived.
    pub(crate) fn arrived(&self) -> u64 {
        self.arrived
    }

    /// Takes a message in and gives its number.
    pub(crate) fn add(&mut self, message: NewMessage) -> u64 {
        self.arrived += 1;
        let NewMessage { at, channel, origin, mchid, to, subject, text } = message;
        self.kept.push_back(Message { n: self.arrived, at, channel, origin, mchid, to, subject, text });
        if self.kept.len() > KEPT {
            self.kept.pop_front();
        }
        self.arrived
    }
}
