//! What is sent to the gateway: the bodies of its requests, field by field in its spelling.

use std::collections::BTreeMap;

use serde::Serialize;

/// `POST /v1/refunds`.
#[derive(Debug, Serialize)]
pub(crate) struct RefundRequest<'a> {
    /// Which sub-merchant's; an institution must say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sub_mchid: Option<&'a str>,
    /// The order, by the merchant's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) out_trade_no: Option<&'a str>,
    /// The order, by WeChat Pay's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) transaction_id: Option<&'a str>,
    /// The refund's number. The same number again is the same refund.
    pub(crate) out_refund_no: &'a str,
    /// How much, of how much.
    pub(crate) amount: RefundAmount<'a>,
    /// What the payer reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<&'a str>,
    /// When it shall be withdrawn if it is not accepted by then; RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deadline: Option<&'a str>,
    /// Where the tenant wants to hear of this refund.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) notify_url: Option<&'a str>,
    /// The tenant's own notes.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) metadata: BTreeMap<&'a str, &'a str>,
    /// It was begun in another system, under this number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) adopt: Option<Adoption<'a>>,
}

/// What is refunded of what was paid, in minor units of the order's price currency.
#[derive(Debug, Serialize)]
pub(crate) struct RefundAmount<'a> {
    /// This refund.
    pub(crate) refund: i64,
    /// The whole order.
    pub(crate) total: i64,
    /// The currency's three letters.
    pub(crate) currency: &'a str,
}

/// Where a refund was begun that is taken over.
#[derive(Debug, Serialize)]
pub(crate) struct Adoption<'a> {
    /// The number it bears at WeChat Pay.
    pub(crate) out_refund_no: &'a str,
}

/// `POST /v1/refunds/{id}/settle`.
#[derive(Debug, Serialize)]
pub(crate) struct SettlementRequest<'a> {
    /// How the payer was paid.
    pub(crate) note: &'a str,
}

/// `POST /v1/payments`.
#[derive(Debug, Serialize)]
pub(crate) struct PaymentRequest<'a> {
    /// Which sub-merchant's; an institution must say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sub_mchid: Option<&'a str>,
    /// The order, by the merchant's number.
    pub(crate) out_trade_no: &'a str,
    /// The order, by WeChat Pay's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) transaction_id: Option<&'a str>,
    /// The order's price.
    pub(crate) amount: Total<'a>,
    /// What the payer paid, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) payer: Option<Total<'a>>,
    /// When it was paid; RFC 3339.
    pub(crate) success_time: &'a str,
    /// The payer's instrument.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bank_type: Option<&'a str>,
}

/// A whole amount, in minor units.
#[derive(Debug, Serialize)]
pub(crate) struct Total<'a> {
    /// The amount.
    pub(crate) total: i64,
    /// The currency's three letters.
    pub(crate) currency: &'a str,
}

/// `POST /v1/admin/merchants/{mchid}/sub-merchants`.
#[derive(Debug, Serialize)]
pub(crate) struct SubMerchantRequest<'a> {
    /// The sub-merchant.
    pub(crate) sub_mchid: &'a str,
    /// What its share of the pool counts for, in per cent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) weight: Option<u32>,
}

/// `POST /v1/admin/merchants/{mchid}/certificate`. Not printed: it holds a private key.
#[derive(Serialize)]
pub(crate) struct CertificateRequest<'a> {
    /// The certificate in PEM.
    pub(crate) certificate_pem: &'a str,
    /// Its private key in PEM, without a passphrase.
    pub(crate) private_key_pem: &'a str,
}
