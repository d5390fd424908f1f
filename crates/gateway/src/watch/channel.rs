//! The ways to people.

use std::fmt;

use certs::lifecycle::china;
use certs::lifecycle::notices::Text;
use jiff::Timestamp;

use super::email::Email;
use super::official_account::OfficialAccount;
use super::secret::SecretError;
use super::settings::{ChannelSettings, Field};
use super::sms::Sms;

/// A way to people.
#[derive(Debug)]
pub enum Channel {
    /// The log. It is always there: whoever set up nothing else reads it, or has it read by a program.
    Log,
    /// E-mail.
    Email(Email),
    /// Short messages.
    Sms(Sms),
    /// Template messages of an Official Account.
    OfficialAccount(OfficialAccount),
}

/// The name of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChannelName {
    /// The log.
    Log,
    /// E-mail.
    Email,
    /// Short messages.
    Sms,
    /// Template messages.
    OfficialAccount,
}

impl ChannelName {
    /// As it stands in the log, in the metrics and among what was sent.
    pub fn name(self) -> &'static str {
        match self {
            ChannelName::Log => "log",
            ChannelName::Email => "email",
            ChannelName::Sms => "sms",
            ChannelName::OfficialAccount => "official_account",
        }
    }
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One recipient of one channel. What was sent is remembered by it: a recipient who is added later gets the notice that is
/// due then, and one who cannot be reached keeps nobody else from being told once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Destination {
    /// The channel.
    pub channel: ChannelName,
    /// The recipient's address on it.
    pub address: String,
}

/// `email:ops@example.com`.
impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.channel, self.address)
    }
}

/// A notice with what channels need to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The notice's key: `1BD4…/60d`. The same notice has the same.
    pub key: String,
    /// Whose certificate it is about.
    pub merchant_id: String,
    /// The certificate's serial number.
    pub serial: String,
    /// The last second of its validity.
    pub not_after: Timestamp,
    /// When it is sent.
    pub at: Timestamp,
    /// What it says.
    pub text: Text,
}

impl Message {
    /// What stands in a template's field.
    pub fn field(&self, field: Field) -> String {
        match field {
            Field::Subject => self.text.subject.clone(),
            Field::Body => self.text.body.clone(),
            Field::MerchantId => self.merchant_id.clone(),
            Field::SerialNumber => self.serial.clone(),
            Field::NotAfter => china::text(self.not_after),
        }
    }
}

/// Why a message was not sent. No text holds a secret or a whole answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The channel cannot be used; others of its recipients would not be reached either.
    #[error("{0}")]
    Channel(String),
    /// It took the message for nobody, or not for this recipient.
    #[error("{0}")]
    Recipient(String),
}

/// Why a channel cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenChannelError {
    /// Its password or token is not there.
    #[error("channels.{channel}: {source}")]
    Secret {
        /// Which table of the configuration.
        channel: &'static str,
        /// Why.
        source: SecretError,
    },
    /// The system's TLS cannot be used.
    #[error("channels.{channel}: no connection can be made: {why}")]
    Client {
        /// Which table of the configuration.
        channel: &'static str,
        /// Why.
        why: String,
    },
}

impl Channel {
    /// The channels of `settings`, and the log.
    pub fn open(settings: &ChannelSettings) -> Result<Vec<Channel>, OpenChannelError> {
        let ChannelSettings { smtp, sms, official_account } = settings;
        let mut channels = vec![Channel::Log];
        if let Some(smtp) = smtp {
            channels.push(Channel::Email(Email::open(smtp)?));
        }
        if let Some(sms) = sms {
            channels.push(Channel::Sms(Sms::open(sms)?));
        }
        if let Some(account) = official_account {
            channels.push(Channel::OfficialAccount(OfficialAccount::open(account)?));
        }
        Ok(channels)
    }

    /// Its name.
    pub fn name(&self) -> ChannelName {
        match self {
            Channel::Log => ChannelName::Log,
            Channel::Email(_) => ChannelName::Email,
            Channel::Sms(_) => ChannelName::Sms,
            Channel::OfficialAccount(_) => ChannelName::OfficialAccount,
        }
    }

    /// Whom it reaches.
    pub fn addresses(&self) -> Vec<String> {
        match self {
            Channel::Log => vec!["operator".to_owned()],
            Channel::Email(email) => email.addresses(),
            Channel::Sms(sms) => sms.addresses(),
            Channel::OfficialAccount(account) => account.addresses(),
        }
    }

    /// Sends `message` to one of [`addresses`](Channel::addresses), once.
    pub async fn send(&self, address: &str, message: &Message) -> Result<(), SendError> {
        match self {
            Channel::Log => {
                let Message { merchant_id, serial, not_after, text, .. } = message;
                tracing::warn!(mchid = %merchant_id, %serial, %not_after, "{}", text.subject);
                Ok(())
            }
            Channel::Email(email) => email.send(address, message).await,
            Channel::Sms(sms) => sms.send(address, message).await,
            Channel::OfficialAccount(account) => account.send(address, message).await,
        }
    }
}
