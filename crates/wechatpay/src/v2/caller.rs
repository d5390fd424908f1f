//! Who calls: every V2 message names the merchant id whose key signs, its app id, and the sub-merchant, if there is one.
//!
//! Source: [v2-refund], [v2-rules].

use crate::ids::{Appid, Mchid, SubMchid};
use crate::v3::caller::Merchant;

use super::message::{Message, MessageError};
use super::xml::XmlWriter;

/// A merchant with its app ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Directly connected, cross-border or mainland.
    Direct {
        /// Its merchant id.
        mchid: Mchid,
        /// Its app id.
        appid: Appid,
    },
    /// An institution, or a service provider of the mainland, for one of its sub-merchants.
    Institution {
        /// The institution's merchant id.
        mchid: Mchid,
        /// The institution's app id.
        appid: Appid,
        /// The sub-merchant.
        sub_mchid: SubMchid,
        /// The sub-merchant's app id, if it has one.
        sub_appid: Option<Appid>,
    },
}

impl Caller {
    /// The merchant id that signs, and whose pool, key and budgets count.
    pub fn mchid(&self) -> &Mchid {
        match self {
            Caller::Direct { mchid, .. } | Caller::Institution { mchid, .. } => mchid,
        }
    }

    /// The app id of that merchant.
    pub fn appid(&self) -> &Appid {
        match self {
            Caller::Direct { appid, .. } | Caller::Institution { appid, .. } => appid,
        }
    }

    /// The merchant without the app ids.
    pub fn merchant(&self) -> Merchant {
        match self {
            Caller::Direct { mchid, .. } => Merchant::Direct { mchid: mchid.clone() },
            Caller::Institution { mchid, sub_mchid, .. } => {
                Merchant::SubMerchant { sp_mchid: mchid.clone(), sub_mchid: sub_mchid.clone() }
            }
        }
    }

    pub(crate) fn write(&self, xml: &mut XmlWriter) {
        xml.text("appid", self.appid().as_str());
        xml.text("mch_id", self.mchid().as_str());
        if let Caller::Institution { sub_mchid, sub_appid, .. } = self {
            xml.optional_text("sub_appid", sub_appid.as_ref().map(Appid::as_str));
            xml.text("sub_mch_id", sub_mchid.as_str());
        }
    }

    /// The caller that `message` names.
    pub fn read(message: &Message) -> Result<Caller, MessageError> {
        let appid = message.parsed("appid", Appid::parse)?;
        let mchid = message.parsed("mch_id", Mchid::parse)?;
        Ok(match message.optional_parsed("sub_mch_id", SubMchid::parse)? {
            None => Caller::Direct { mchid, appid },
            Some(sub_mchid) => {
                let sub_appid = message.optional_parsed("sub_appid", Appid::parse)?;
                Caller::Institution { mchid, appid, sub_mchid, sub_appid }
            }
        })
    }

    /// The merchant that an answer or notification names, `None` if it names none. App ids are not looked at.
    pub(crate) fn merchant_named(message: &Message) -> Result<Option<Merchant>, MessageError> {
        let Some(mchid) = message.optional_parsed("mch_id", Mchid::parse)? else { return Ok(None) };
        Ok(Some(match message.optional_parsed("sub_mch_id", SubMchid::parse)? {
            None => Merchant::Direct { mchid },
            Some(sub_mchid) => Merchant::SubMerchant { sp_mchid: mchid, sub_mchid },
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sub_merchant_makes_the_caller_an_institution() {
        let body = "<xml><appid>wx1</appid><mch_id>19</mch_id><sub_appid>wx2</sub_appid><sub_mch_id>20</sub_mch_id></xml>";
        let caller = Caller::read(&Message::parse(body.as_bytes()).unwrap()).unwrap();
        assert_eq!(caller.merchant().sub_mchid().map(SubMchid::as_str), Some("20"));
        let (text, fields) = XmlWriter::render("xml", |xml| caller.write(xml));
        assert_eq!(Caller::read(&Message::of(fields)), Ok(caller), "{text}");

        let body = body.replace("20", "");
        let caller = Caller::read(&Message::parse(body.as_bytes()).unwrap()).unwrap();
        assert_eq!(caller.merchant().sub_mchid(), None);
    }

    #[test]
    fn both_ids_are_needed() {
        for (body, field) in [
            ("<xml><mch_id>19</mch_id></xml>", "appid"),
            ("<xml><appid>wx1</appid></xml>", "mch_id"),
            ("<xml><appid>wx1</appid><mch_id>x</mch_id></xml>", "mch_id"),
        ] {
            let error = Caller::read(&Message::parse(body.as_bytes()).unwrap()).unwrap_err();
            assert_eq!(error.field(), Some(field), "{body}");
        }
    }
}
