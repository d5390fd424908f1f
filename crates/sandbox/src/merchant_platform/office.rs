//! What the Merchant Platform remembers beside the certificates: who was told what, and whose computer has the operating
//! certificate.

use std::collections::BTreeSet;

use certs::lifecycle::notices::{Language, Recipient, Schedule, due};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use wechatpay::ids::Mchid;

use super::messages::{Channel, Messages, NewMessage, Origin};
use super::people::{self, Person};
use super::register::Register;

/// The memory of the Merchant Platform, kept in snapshots.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Office {
    /// Everything that was sent to people.
    pub messages: Messages,
    /// The keys of the notices that were sent. One set for all channels: each notice goes out by all three at once.
    told: BTreeSet<String>,
    /// Who has the operating certificate installed.
    operating_certificates: BTreeSet<String>,
}

impl Office {
    /// Sends the notices that are due by `now`: 60 days before a certificate expires and on the day, by SMS, e-mail and Official
    /// Account message, each once. Source: [api-certificate].
    pub(crate) fn keep_up(&mut self, register: &Register, now: Timestamp) {
        let schedule = Schedule::platform();
        for (owner, life) in register.all() {
            let Ok(mchid) = Mchid::parse(owner) else { continue };
            let Some(notice) = due(&life.record, &schedule, &register.policy, now, &self.told) else {
                continue;
            };
            let others_living = register.others_living(&mchid, Some(&life.record), notice.since);
            let recipient = Recipient { merchant_id: owner, others_living };
            // Both languages in one message, as nobody knows who reads it.
            let [english, chinese] = [Language::English, Language::Chinese].map(|language| {
                notice.text(&life.record, recipient, &register.policy, language, notice.since)
            });
            for (channel, to) in people::addresses(&mchid) {
                let (subject, text) = match channel {
                    Channel::Sms => (None, format!("【微信支付】{} / {}", chinese.subject, english.subject)),
                    Channel::Email | Channel::OfficialAccount => (
                        Some(format!("{} / {}", chinese.subject, english.subject)),
                        format!("{}\n{}", chinese.body, english.body),
                    ),
                };
                self.messages.add(NewMessage {
                    at: notice.since,
                    channel,
                    origin: Origin::Notice,
                    mchid: Some(owner.to_owned()),
                    to,
                    subject,
                    text,
                });
            }
            self.told.insert(notice.key());
            self.told.extend(notice.passed);
        }
    }

    /// When something will next happen by itself.
    pub(crate) fn next_event(&self, register: &Register, now: Timestamp) -> Option<Timestamp> {
        let schedule = Schedule::platform();
        let notices =
            register.all().filter_map(|(_, life)| schedule.next_after(&life.record, &register.policy, now));
        notices.chain(register.next_change(now)).min()
    }

    /// Whether this person's computer has the operating certificate.
    pub(crate) fn has_operating_certificate(&self, person: &Person) -> bool {
        self.operating_certificates.contains(&person.to_string())
    }

    /// Installs the operating certificate on this person's computer.
    pub(crate) fn install_operating_certificate(&mut self, person: &Person) {
        self.operating_certificates.insert(person.to_string());
    }
}
