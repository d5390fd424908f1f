//! Who logs in to the Merchant Platform, and where messages reach them.
//!
//! Every merchant id has two people: the super administrator, and an operator who may look and nothing else. Their passwords
//! are the same in every sandbox and stand on the log-in page.

use std::fmt;

use wechatpay::ids::Mchid;

use super::messages::Channel;

/// What a person may do. Source: [api-certificate].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Everything.
    SuperAdministrator,
    /// Everything but certificates.
    Operator,
}

impl Role {
    pub(crate) const ALL: [Role; 2] = [Role::SuperAdministrator, Role::Operator];

    /// The name to log in with.
    pub(crate) fn login_name(self) -> &'static str {
        match self {
            Role::SuperAdministrator => "admin",
            Role::Operator => "operator",
        }
    }

    /// The log-in password, which is no secret.
    pub(crate) fn password(self) -> &'static str {
        match self {
            Role::SuperAdministrator => "sandbox-admin",
            Role::Operator => "sandbox-operator",
        }
    }
}

/// Somebody of a merchant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) mchid: Mchid,
    pub(crate) role: Role,
}

impl Person {
    /// Who logs in with this name and password; `None` if nobody does.
    pub(crate) fn logging_in(mchid: &Mchid, login_name: &str, password: &str) -> Option<Person> {
        let role = Role::ALL.into_iter().find(|role| role.login_name() == login_name)?;
        (role.password() == password).then(|| Person { mchid: mchid.clone(), role })
    }

    pub(crate) fn is_super_administrator(&self) -> bool {
        self.role == Role::SuperAdministrator
    }
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.role.login_name(), self.mchid)
    }
}

/// Where the super administrator of a merchant is reached: one address a channel.
pub(crate) fn addresses(mchid: &Mchid) -> [(Channel, String); 3] {
    [
        (Channel::Sms, phone_number(mchid)),
        (Channel::Email, format!("admin@{mchid}.sandbox.invalid")),
        (Channel::OfficialAccount, format!("oSandbox{mchid}")),
    ]
}

/// The phone number of a merchant's super administrator: the last seven digits are the merchant id's.
pub(crate) fn phone_number(mchid: &Mchid) -> String {
    let digits = mchid.as_str();
    format!("1380{:0>7}", &digits[digits.len().saturating_sub(7)..])
}
