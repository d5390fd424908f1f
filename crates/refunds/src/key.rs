//! The names things have inside the gateway, and the one number a refund has at WeChat Pay.

use std::fmt;
use std::sync::Arc;

use wechatpay::ids::{IdError, Mchid, OutRefundNo, SubMchid};

/// Why a text is not one of our keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an id of the form {form}")]
pub struct KeyError {
    /// The beginning of what was given.
    pub text: String,
    /// What it should look like.
    pub form: &'static str,
}

/// Declares a key of the form `{prefix}.{mchid}.{26 characters}`.
///
/// The 26 characters are a ULID in Crockford's alphabet: made by the shell, ordered by time of creation. The merchant
/// id in front tells the partition, and the dot cannot occur in an `out_refund_no`, so one path serves both.
macro_rules! keys {
    ($($(#[$doc:meta])* $type:ident, $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(Arc<str>);

        impl $type {
            /// The key of `mchid` with these 26 characters.
            pub fn new(mchid: &Mchid, ulid: &str) -> Result<$type, KeyError> {
                $type::parse(&format!(concat!($prefix, ".{}.{}"), mchid, ulid))
            }

            /// The key written in `text`.
            pub fn parse(text: &str) -> Result<$type, KeyError> {
                let parts: Vec<&str> = text.split('.').collect();
                match parts.as_slice() {
                    [$prefix, mchid, ulid] if Mchid::parse(mchid).is_ok() && is_ulid(ulid) => {
                        Ok($type(text.into()))
                    }
                    _ => Err(KeyError {
                        text: text.chars().take(80).collect(),
                        form: concat!($prefix, ".{mchid}.{26 characters}"),
                    }),
                }
            }

            /// The merchant id it belongs to.
            pub fn mchid(&self) -> &str {
                self.0.split('.').nth(1).unwrap_or_default()
            }

            /// The key as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

keys! {
    /// The gateway's id of a refund, `rf.{mchid}.{26 characters}`.
    RefundKey, "rf";
    /// The gateway's id of an order's row, `or.{mchid}.{26 characters}`; never shown to a tenant.
    OrderKey, "or";
}

fn is_ulid(text: &str) -> bool {
    text.len() == 26 && text.bytes().all(|b| b"0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains(&b))
}

/// What a tenant calls one refund: the scope of uniqueness and of idempotency, compared bytewise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// The merchant id the refund is called with.
    pub mchid: Mchid,
    /// The sub-merchant; none for a directly connected merchant.
    pub sub_mchid: Option<SubMchid>,
    /// The tenant's number of the refund.
    pub out_refund_no: OutRefundNo,
}

/// How the number at WeChat Pay follows from a refund's identity. Fixed for a merchant id with its first refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberForm {
    /// `{sub_mchid}_{out_refund_no}`, so that two sub-merchants can both use `R1`.
    Prefixed,
    /// The tenant's number as it is.
    AsGiven,
}

/// The number a refund has at WeChat Pay.
///
/// A pure function of what is stored at creation, and nothing can change it afterwards: a second number is a second
/// refund and can pay twice. Not interchangeable with the tenant's own number. Source: [refund-logic].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UpstreamNo(OutRefundNo);

impl UpstreamNo {
    /// The number of the refund with this identity.
    ///
    /// Fails if the prefix makes it longer than WeChat Pay's 64 characters.
    pub fn of(identity: &Identity, form: NumberForm) -> Result<UpstreamNo, IdError> {
        match (form, &identity.sub_mchid) {
            (NumberForm::Prefixed, Some(sub_mchid)) => {
                // A sub_mchid has digits only, so the first `_` ends it and no two identities share a number.
                OutRefundNo::parse(&format!("{sub_mchid}_{}", identity.out_refund_no)).map(UpstreamNo)
            }
            (NumberForm::AsGiven, _) | (NumberForm::Prefixed, None) => {
                Ok(UpstreamNo(identity.out_refund_no.clone()))
            }
        }
    }

    /// The identity of the refund of `sub_mchid`, or of a directly connected merchant's, that has this number by `form`; none if no
    /// number of that form is so: another system made it. The inverse of [`UpstreamNo::of`].
    pub fn identity(
        &self,
        mchid: &Mchid,
        sub_mchid: Option<&SubMchid>,
        form: NumberForm,
    ) -> Option<Identity> {
        let out_refund_no = match (form, sub_mchid) {
            (NumberForm::Prefixed, Some(sub_mchid)) => {
                let rest = self.0.as_str().strip_prefix(sub_mchid.as_str())?.strip_prefix('_')?;
                OutRefundNo::parse(rest).ok()?
            }
            (NumberForm::AsGiven, _) | (NumberForm::Prefixed, None) => self.0.clone(),
        };
        Some(Identity { mchid: mchid.clone(), sub_mchid: sub_mchid.cloned(), out_refund_no })
    }

    /// A number under which another system began the refund, or one read back from the store.
    pub fn adopted(number: OutRefundNo) -> UpstreamNo {
        UpstreamNo(number)
    }

    /// The number as WeChat Pay takes it.
    pub fn number(&self) -> &OutRefundNo {
        &self.0
    }
}

impl fmt::Display for UpstreamNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for UpstreamNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(sub_mchid: Option<&str>, number: &str) -> Identity {
        Identity {
            mchid: Mchid::parse("1900000001").unwrap(),
            sub_mchid: sub_mchid.map(|text| SubMchid::parse(text).unwrap()),
            out_refund_no: OutRefundNo::parse(number).unwrap(),
        }
    }

    #[test]
    fn two_sub_merchants_may_use_the_same_number() {
        let one = UpstreamNo::of(&identity(Some("11"), "1_R1"), NumberForm::Prefixed).unwrap();
        let other = UpstreamNo::of(&identity(Some("111"), "R1"), NumberForm::Prefixed).unwrap();
        assert_eq!(one.to_string(), "11_1_R1");
        assert_ne!(one, other);
    }

    #[test]
    fn a_number_tells_whose_it_is_and_that_it_is_nobodys_of_ours() {
        use NumberForm::{AsGiven, Prefixed};
        for (sub_mchid, number, form) in
            [(Some("11"), "1_R1", Prefixed), (Some("11"), "11_R1", AsGiven), (None, "11_R1", Prefixed)]
        {
            let identity = identity(sub_mchid, number);
            let told = UpstreamNo::of(&identity, form).unwrap();
            let Identity { mchid, sub_mchid, .. } = &identity;
            assert_eq!(told.identity(mchid, sub_mchid.as_ref(), form), Some(identity.clone()));
        }
        let Identity { mchid, sub_mchid, .. } = identity(Some("11"), "R1");
        for others in ["R1", "111_R1", "11R1", "11_", "1_R1"] {
            let number = UpstreamNo::adopted(OutRefundNo::parse(others).unwrap());
            assert_eq!(number.identity(&mchid, sub_mchid.as_ref(), Prefixed), None, "{others}");
        }
    }

    #[test]
    fn a_direct_merchants_number_is_used_as_given() {
        let number = UpstreamNo::of(&identity(None, "R1"), NumberForm::AsGiven).unwrap();
        assert_eq!(number.to_string(), "R1");
    }

    #[test]
    fn a_number_that_grows_too_long_by_its_prefix_is_refused_with_the_limit() {
        let error =
            UpstreamNo::of(&identity(Some("1900000109"), &"9".repeat(60)), NumberForm::Prefixed).unwrap_err();
        assert_eq!(error, IdError::TooLong { name: "out_refund_no", length: 71, limit: 64 });
    }

    #[test]
    fn a_key_tells_its_merchant_and_nothing_else_is_a_key() {
        let mchid = Mchid::parse("1900000001").unwrap();
        let key = RefundKey::new(&mchid, "01JZZZZZZZZZZZZZZZZZZZZZZZ").unwrap();
        assert_eq!(key.mchid(), "1900000001");
        for text in [
            "",
            "rf..01JZZZZZZZZZZZZZZZZZZZZZZZ",
            "rf.1.x",
            "R1",
            "or.1.01JZZZZZZZZZZZZZZZZZZZZZZZ",
            "rf.1.01JZZZZZZZZZZZZZZZZZZZZZZZ.2",
        ] {
            assert!(RefundKey::parse(text).is_err(), "{text}");
        }
    }
}
