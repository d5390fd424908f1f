//! Who calls: region, merchant id, sub-merchant, app ids, and where each of them stands in a message.

use crate::ids::{Appid, Mchid, SubMchid};

use super::json::{Fields, MessageError, ObjectWriter};
use super::target::Target;

/// The two branches of WeChat Pay, whose hosts, keys, certificates and paths are separate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Region {
    /// Cross-border, `/v3/global/…`.
    Global,
    /// Mainland China.
    Mainland,
}

/// The merchant a message is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Merchant {
    /// A directly connected merchant.
    Direct {
        /// Its merchant id.
        mchid: Mchid,
    },
    /// A sub-merchant behind an institution (global) or service provider (mainland).
    SubMerchant {
        /// The institution's merchant id.
        sp_mchid: Mchid,
        /// The sub-merchant.
        sub_mchid: SubMchid,
    },
}

impl Merchant {
    /// The merchant id that signs, and whose pool, key and budgets count.
    pub fn mchid(&self) -> &Mchid {
        match self {
            Merchant::Direct { mchid } => mchid,
            Merchant::SubMerchant { sp_mchid, .. } => sp_mchid,
        }
    }

    /// The sub-merchant, if there is one.
    pub fn sub_mchid(&self) -> Option<&SubMchid> {
        match self {
            Merchant::Direct { .. } => None,
            Merchant::SubMerchant { sub_mchid, .. } => Some(sub_mchid),
        }
    }

    /// Writes `mchid`, or `sp_mchid` and `sub_mchid`.
    pub(crate) fn write(&self, object: &mut ObjectWriter) {
        match self {
            Merchant::Direct { mchid } => object.text("mchid", mchid.as_str()),
            Merchant::SubMerchant { sp_mchid, sub_mchid } => {
                object.text("sp_mchid", sp_mchid.as_str());
                object.text("sub_mchid", sub_mchid.as_str());
            }
        }
    }

    /// The merchant named in `fields`. Naming both kinds is not described anywhere and refused.
    pub(crate) fn read(fields: &Fields<'_>) -> Result<Merchant, MessageError> {
        let merchant = Merchant::read_if_named(fields)?;
        merchant.ok_or_else(|| MessageError::missing("mchid"))
    }

    /// As [`Merchant::read`], `None` if no id of a merchant is there.
    pub(crate) fn read_if_named(fields: &Fields<'_>) -> Result<Option<Merchant>, MessageError> {
        Merchant::named(
            fields.optional_parsed("mchid", Mchid::parse)?,
            fields.optional_parsed("sp_mchid", Mchid::parse)?,
            fields.optional_parsed("sub_mchid", SubMchid::parse)?,
        )
    }

    /// `target` with the parameters `mchid`, or `sp_mchid` and `sub_mchid`.
    pub(crate) fn write_parameters(&self, target: Target) -> Target {
        match self {
            Merchant::Direct { mchid } => target.with("mchid", mchid.as_str()),
            Merchant::SubMerchant { sp_mchid, sub_mchid } => {
                target.with("sp_mchid", sp_mchid.as_str()).with("sub_mchid", sub_mchid.as_str())
            }
        }
    }

    /// The merchant named in the parameters of `target`.
    pub(crate) fn read_parameters(target: &Target) -> Result<Merchant, MessageError> {
        let merchant = Merchant::named(
            parameter(target, "mchid", Mchid::parse)?,
            parameter(target, "sp_mchid", Mchid::parse)?,
            parameter(target, "sub_mchid", SubMchid::parse)?,
        )?;
        merchant.ok_or_else(|| MessageError::missing("mchid"))
    }

    /// On mainland refund calls the signer is the merchant, or the service provider of the `sub_mchid` given.
    pub(crate) fn of_signer(signer: &Mchid, sub_mchid: Option<SubMchid>) -> Merchant {
        match sub_mchid {
            None => Merchant::Direct { mchid: signer.clone() },
            Some(sub_mchid) => Merchant::SubMerchant { sp_mchid: signer.clone(), sub_mchid },
        }
    }

    fn named(
        mchid: Option<Mchid>,
        sp_mchid: Option<Mchid>,
        sub_mchid: Option<SubMchid>,
    ) -> Result<Option<Merchant>, MessageError> {
        match (mchid, sp_mchid, sub_mchid) {
            (None, None, None) => Ok(None),
            (Some(mchid), None, None) => Ok(Some(Merchant::Direct { mchid })),
            (None, Some(sp_mchid), Some(sub_mchid)) => {
                Ok(Some(Merchant::SubMerchant { sp_mchid, sub_mchid }))
            }
            (Some(_), _, _) => Err(MessageError::bad_value("mchid", "stands beside sp_mchid or sub_mchid")),
            (None, Some(_), None) => Err(MessageError::missing("sub_mchid")),
            (None, None, Some(_)) => Err(MessageError::missing("sp_mchid")),
        }
    }
}

/// A parameter of `target` turned into what it means, if it is there.
pub(crate) fn parameter<T, E: std::fmt::Display>(
    target: &Target,
    name: &str,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, MessageError> {
    match target.optional_parameter(name)? {
        None => Ok(None),
        Some(text) => parse(text).map(Some).map_err(|error| MessageError::bad_value(name, error)),
    }
}

/// A merchant with the app ids that its orders, and global refunds, carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Global, directly connected.
    Direct {
        /// Its merchant id.
        mchid: Mchid,
        /// Its app id.
        appid: Appid,
    },
    /// Global, an institution for one of its sub-merchants.
    Institution {
        /// The institution's merchant id.
        sp_mchid: Mchid,
        /// The institution's app id.
        sp_appid: Appid,
        /// The sub-merchant.
        sub_mchid: SubMchid,
        /// The sub-merchant's app id, if it has one.
        sub_appid: Option<Appid>,
    },
    /// Mainland, directly connected or through a service provider.
    Mainland {
        /// The merchant.
        merchant: Merchant,
        /// The app id of the merchant or service provider. Orders need it, refunds do not carry it.
        appid: Option<Appid>,
    },
}

impl Caller {
    /// The branch it belongs to.
    pub fn region(&self) -> Region {
        match self {
            Caller::Direct { .. } | Caller::Institution { .. } => Region::Global,
            Caller::Mainland { .. } => Region::Mainland,
        }
    }

    /// The merchant without the app ids.
    pub fn merchant(&self) -> Merchant {
        match self {
            Caller::Direct { mchid, .. } => Merchant::Direct { mchid: mchid.clone() },
            Caller::Institution { sp_mchid, sub_mchid, .. } => {
                Merchant::SubMerchant { sp_mchid: sp_mchid.clone(), sub_mchid: sub_mchid.clone() }
            }
            Caller::Mainland { merchant, .. } => merchant.clone(),
        }
    }

    /// Writes the ids, all of them, as orders and global refunds carry them.
    pub(crate) fn write(&self, object: &mut ObjectWriter) {
        self.merchant().write(object);
        match self {
            Caller::Direct { appid, .. } => object.text("appid", appid.as_str()),
            Caller::Institution { sp_appid, sub_appid, .. } => {
                object.text("sp_appid", sp_appid.as_str());
                object.optional_text("sub_appid", sub_appid.as_ref().map(Appid::as_str));
            }
            Caller::Mainland { merchant, appid } => {
                let key = if merchant.sub_mchid().is_some() { "sp_appid" } else { "appid" };
                object.optional_text(key, appid.as_ref().map(Appid::as_str));
            }
        }
    }

    /// The caller named in `fields`, with the app ids that `region` asks for.
    pub(crate) fn read(region: Region, fields: &Fields<'_>) -> Result<Caller, MessageError> {
        match (region, Merchant::read(fields)?) {
            (Region::Global, Merchant::Direct { mchid }) => {
                Ok(Caller::Direct { mchid, appid: fields.parsed("appid", Appid::parse)? })
            }
            (Region::Global, Merchant::SubMerchant { sp_mchid, sub_mchid }) => Ok(Caller::Institution {
                sp_mchid,
                sp_appid: fields.parsed("sp_appid", Appid::parse)?,
                sub_mchid,
                sub_appid: fields.optional_parsed("sub_appid", Appid::parse)?,
            }),
            (Region::Mainland, merchant) => {
                let key = if merchant.sub_mchid().is_some() { "sp_appid" } else { "appid" };
                let appid = fields.optional_parsed(key, Appid::parse)?;
                Ok(Caller::Mainland { merchant, appid })
            }
        }
    }
}
