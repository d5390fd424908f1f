//! What the operator decides about the watch: when, in which language, and by which channels to whom.

use std::collections::BTreeMap;

use certs::lifecycle::Policy;
use certs::lifecycle::notices::{Language, Schedule};
use jiff::SignedDuration;
use lettre::message::Mailbox;
use reqwest::Url;

use super::secret::SecretSource;

/// When to tell, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchSettings {
    /// Which occasions there are.
    pub schedule: Schedule,
    /// By which of the platform's rules certificates live.
    pub policy: Policy,
    /// The language of the notices.
    pub language: Language,
    /// A certificate that has no longer to live than this should have been renewed by now. For alerts; it changes no notice.
    pub overdue_before: SignedDuration,
}

impl Default for WatchSettings {
    /// At 60, 30, 14, 7 and 1 days, on the day, and daily afterwards; overdue from 14 days on: two notices have gone out by
    /// then, and two weeks are left to find the super administrator.
    fn default() -> WatchSettings {
        WatchSettings {
            schedule: Schedule::watch(),
            policy: Policy::classic(),
            language: Language::English,
            overdue_before: SignedDuration::from_hours(14 * 24),
        }
    }
}

/// By which channels, and to whom. None of them is there unless it is set up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChannelSettings {
    /// E-mail.
    pub smtp: Option<SmtpSettings>,
    /// Short messages.
    pub sms: Option<SmsSettings>,
    /// Template messages of an Official Account.
    pub official_account: Option<OfficialAccountSettings>,
}

/// A mail server, and whom to write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpSettings {
    /// The server's name, which its certificate must bear.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: SmtpSecurity,
    /// The name to log in with and where the password is; `None` for a server that asks for none.
    pub login: Option<(String, SecretSource)>,
    /// Who writes.
    pub from: Mailbox,
    /// Whom to write to, a mail each.
    pub to: Vec<Mailbox>,
}

/// How the connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS from the first byte (port 465).
    Tls,
    /// TLS after the greeting, and nothing is sent without it (port 587).
    StartTls,
    /// None. For a server on this machine only.
    Plain,
}

impl SmtpSecurity {
    /// The port that goes with it where none is given.
    pub fn usual_port(self) -> u16 {
        match self {
            SmtpSecurity::Tls => 465,
            SmtpSecurity::StartTls => 587,
            SmtpSecurity::Plain => 25,
        }
    }
}

/// A gateway for short messages, and whom to write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsSettings {
    /// Where messages are posted.
    pub url: Url,
    /// Where the token is, if the gateway asks for one.
    pub token: Option<SecretSource>,
    /// Whom to write to: numbers as the gateway wants them.
    pub to: Vec<String>,
}

/// An Official Account, and whom to write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficialAccountSettings {
    /// Where its interface answers.
    pub api: Url,
    /// Its app id.
    pub appid: String,
    /// Where its app secret is.
    pub secret: SecretSource,
    /// The template, as the account's administration shows it.
    pub template_id: String,
    /// The template's fields by name, and what stands in each.
    pub fields: BTreeMap<String, Field>,
    /// Whom to write to: openids of people who follow the account.
    pub to: Vec<String>,
}

/// What can stand in a field of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The notice's subject.
    Subject,
    /// All of its text.
    Body,
    /// The merchant id.
    MerchantId,
    /// The certificate's serial number.
    SerialNumber,
    /// The last second of its validity, in China's time.
    NotAfter,
}

impl Field {
    /// Every field.
    pub const ALL: [Field; 5] =
        [Field::Subject, Field::Body, Field::MerchantId, Field::SerialNumber, Field::NotAfter];

    /// Its name, as the configuration writes it.
    pub fn name(self) -> &'static str {
        match self {
            Field::Subject => "subject",
            Field::Body => "body",
            Field::MerchantId => "merchant_id",
            Field::SerialNumber => "serial_number",
            Field::NotAfter => "not_after",
        }
    }

    /// The field with this name.
    pub fn named(name: &str) -> Option<Field> {
        Field::ALL.into_iter().find(|field| field.name() == name)
    }
}
