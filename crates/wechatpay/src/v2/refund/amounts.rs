//! The amounts that answers about one refund or one order carry, with the currencies they leave out.

use crate::money::{Currency, Money};
use crate::v2::message::{Message, MessageError};
use crate::v2::xml::XmlWriter;
use crate::v3::refund::record::ExchangeRate;
use crate::v3::words::RateType;

/// The currency that prices are in: `fee_type`, or `assumed` where an answer does not name it.
pub(crate) fn price_currency(message: &Message, assumed: Currency) -> Result<Currency, MessageError> {
    Ok(message.optional_currency("fee_type")?.unwrap_or(assumed))
}

/// What the payer paid: `cash_fee` in `cash_fee_type`, which is CNY where it is absent. Source: [v2-parameters].
pub(crate) fn payer_total(message: &Message) -> Result<Option<Money>, MessageError> {
    message.optional_money("cash_fee", payer_currency(message)?)
}

/// What the payer gets back: `cash_refund_fee`, in a currency of its own or that of the payment.
pub(super) fn payer_refund(message: &Message) -> Result<Option<Money>, MessageError> {
    let currency = match message.optional_currency("cash_refund_fee_type")? {
        Some(currency) => currency,
        None => payer_currency(message)?,
    };
    message.optional_money("cash_refund_fee", currency)
}

fn payer_currency(message: &Message) -> Result<Currency, MessageError> {
    Ok(message.optional_currency("cash_fee_type")?.unwrap_or(Currency::CNY))
}

/// `rate`, between price and payment, scaled by 10^8. One with a decimal point is another scale and left alone; nothing
/// is computed from it. Source: [v2-payment], \[inferred\].
pub(crate) fn rate(message: &Message) -> Result<Option<ExchangeRate>, MessageError> {
    let rate = message.optional_text("rate")?.and_then(|text| text.parse().ok());
    Ok(rate.map(|rate| ExchangeRate { kind: RateType::UserpaymentRate, rate }))
}

/// Writes an order's total and what the payer paid for it.
pub(crate) fn write_totals(
    xml: &mut XmlWriter,
    total: Option<Money>,
    payer_total: Option<Money>,
    rate: Option<&ExchangeRate>,
) {
    if let Some(total) = total {
        xml.integer("total_fee", total.minor());
        xml.text("fee_type", total.currency().code());
    }
    if let Some(payer_total) = payer_total {
        xml.integer("cash_fee", payer_total.minor());
        xml.text("cash_fee_type", payer_total.currency().code());
    }
    xml.optional_text("rate", rate.map(|rate| rate.rate.to_string()).as_deref());
}

/// Writes what the payer gets back.
pub(super) fn write_payer_refund(xml: &mut XmlWriter, payer_refund: Option<Money>) {
    if let Some(payer_refund) = payer_refund {
        xml.integer("cash_refund_fee", payer_refund.minor());
        xml.text("cash_refund_fee_type", payer_refund.currency().code());
    }
}
