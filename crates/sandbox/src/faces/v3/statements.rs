//! The day's books: statements and settlements. Source: [global-statement], [global-settlement].

use platform::batch::Batch;
use platform::settlement::fee;
use platform::statement::{Entry, Event};
use platform::world::Mode;
use wechatpay::china::ChinaDay;
use wechatpay::ids::Appid;
use wechatpay::money::{Currency, Money};
use wechatpay::v3::json::MessageError;
use wechatpay::v3::settlement::{
    Batch as ToldBatch, BatchAmounts, SettlementPage, SettlementQuery, WalletRegion, Which,
};
use wechatpay::v3::statement::call::{StatementRequest, Whose};
use wechatpay::v3::statement::row::{Amounts, Event as ToldEvent, Refund, Row};
use wechatpay::v3::statement::write::render;
use wechatpay::v3::words;

use super::answer::Answer;
use super::desk::Desk;
use super::errors::Refusal;
use super::told;
use crate::faces::v2::orders::openid;

impl Desk<'_> {
    pub(crate) fn statement(&mut self, request: &StatementRequest) -> Result<Answer, Refusal> {
        let StatementRequest { day, whose } = request;
        self.is_named_as_it_is(whose)?;
        let Some(merchant) = self.platform.world().merchants.get(whose.mchid()).cloned() else {
            return Err(Refusal::OtherMerchant);
        };
        let fee_rate_ppm = self.platform.world().settings.fee_rate_ppm;
        let entries = self.platform.statement(self.now, whose.mchid(), whose.sub_mchid(), *day)?;
        let fees = Fees { rate: percentage(fee_rate_ppm), rate_ppm: fee_rate_ppm };
        let texts: Vec<Texts> = entries
            .iter()
            .map(|entry| Texts {
                openid: openid(&self.chance, entry.payment.transaction_id.as_str()),
                fee: fees.of(entry),
                rate: entry.payment.rate.scaled().to_string(),
            })
            .collect();
        let rows: Vec<Row<'_>> = entries
            .iter()
            .zip(&texts)
            .map(|(entry, texts)| row(entry, texts, &merchant.appid, &fees.rate))
            .collect();
        Ok(Answer::statement(render(&rows)))
    }

    /// An institution names itself by `sp_mchid`, a direct merchant by `mchid`.
    fn is_named_as_it_is(&self, whose: &Whose) -> Result<(), Refusal> {
        let mode = self.platform.world().merchants.get(whose.mchid()).map(|merchant| merchant.mode);
        let (field, reason) = match (whose, mode) {
            (Whose::Direct { .. }, Some(Mode::Institution)) => {
                ("mchid", "is an institution's: it is sp_mchid")
            }
            (Whose::Institution { .. }, Some(Mode::Direct)) => {
                ("sp_mchid", "is no institution's: it is mchid")
            }
            _ => return Ok(()),
        };
        let error = MessageError::BadValue { field: field.to_owned(), reason: reason.to_owned() };
        Err(Refusal::Unreadable { error, location: "query" })
    }

    /// The batches of the signer as a whole, whatever sub-merchant it names. Source: [operations 1.1], F21.
    pub(crate) fn settlements(&mut self, query: &SettlementQuery) -> Result<Answer, Refusal> {
        let currency =
            self.platform.world().merchants.get(&self.signer).map(|known| known.settlement_currency);
        let currency = currency.ok_or(Refusal::OtherMerchant)?;
        let all = self.platform.settlements(self.now, &self.signer);
        let all = all.map_err(|stranger| Refusal::Statement(stranger.into()))?;
        let told: Vec<ToldBatch> = (1_u32..)
            .zip(&all)
            .map(|(number, batch)| told_batch(number, batch, currency))
            .filter(|batch| is_asked_for(query.which, batch))
            .collect();
        let skipped = usize::try_from(query.offset).unwrap_or(usize::MAX);
        let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
        let batches: Vec<ToldBatch> = told.iter().skip(skipped).take(limit).cloned().collect();
        // Told on the first page and on an empty one. [global-settlement]
        let is_counted = query.offset == 0 || batches.is_empty();
        let total_count = is_counted.then(|| i64::try_from(told.len()).unwrap_or(i64::MAX));
        let (offset, limit) = (query.offset.into(), query.limit.into());
        Ok(Answer::ok(SettlementPage { batches, total_count, offset, limit }.render()))
    }
}

/// What the platform takes of a payment.
struct Fees {
    rate: String,
    rate_ppm: u32,
}

impl Fees {
    /// The fee of one record in the settlement currency; what is refunded gets it back.
    fn of(&self, entry: &Entry<'_>) -> String {
        let settle = match &entry.event {
            Event::Paid => entry.payment.settle,
            Event::Refunded { refund, .. } => negative(refund.part.settle),
            Event::Revoked => negative(entry.payment.settle),
        };
        let fee = Money::new(fee(settle.minor(), self.rate_ppm), settle.currency()).to_string();
        fee.split_once(' ').map_or_else(String::new, |(digits, _)| digits.to_owned())
    }
}

fn negative(amount: Money) -> Money {
    Money::new(-amount.minor(), amount.currency())
}

/// Parts in a million as statements write shares: `0.60%`.
fn percentage(ppm: u32) -> String {
    format!("{}.{:02}%", ppm / 10_000, ppm % 10_000 / 100)
}

/// The texts of a record that stand nowhere else.
struct Texts {
    openid: String,
    fee: String,
    /// As queries tell it: times 10^8.
    rate: String,
}

fn row<'a>(entry: &'a Entry<'a>, texts: &'a Texts, appid: &'a Appid, fee_rate: &'a str) -> Row<'a> {
    let Entry { at, order, payment, event } = entry;
    let paid = Amounts { price: order.price, payer: payment.payer, settlement: Some(payment.settle) };
    let event = match event {
        Event::Paid => ToldEvent::Payment(paid),
        Event::Revoked => ToldEvent::Revocation(paid),
        Event::Refunded { refund, status } => ToldEvent::Refund(Refund {
            refund_id: refund.refund_id.clone(),
            out_refund_no: refund.out_refund_no.clone(),
            status: told::status_word(*status),
            // Told as it is asked for: by which way the money came is known only later.
            channel: words::Channel::Original,
            amounts: Amounts {
                price: refund.part.price,
                payer: refund.part.payer,
                settlement: Some(refund.part.settle),
            },
        }),
    };
    let is_payment = matches!(event, ToldEvent::Payment(_));
    Row {
        at: *at,
        mchid: order.mchid.clone(),
        sub_mchid: order.sub_mchid.clone(),
        transaction_id: payment.transaction_id.clone(),
        out_trade_no: order.out_trade_no.clone(),
        event,
        recharge_coupon: None,
        coupon: None,
        trade_type: told::trade_type_word(order.trade_type),
        bank_type: payment.bank_type.as_str(),
        appid: appid.as_str(),
        openid: &texts.openid,
        device: "",
        goods: "",
        attach: order.attach.as_deref().unwrap_or_default(),
        fee: &texts.fee,
        fee_rate,
        payment_rate: if is_payment { &texts.rate } else { "" },
        refund_rate: if is_payment { "" } else { &texts.rate },
    }
}

/// The `number`-th batch of a merchant id. The form of its number is that of the published one, `201705290004`: eight
/// digits of its last day and a running number. Source: [operations 1.1], F18, \[inferred\].
fn told_batch(number: u32, batch: &Batch, currency: Currency) -> ToldBatch {
    let is_settled = batch.settled_at.is_some();
    let digits = batch.last_day.to_string().replace('-', "");
    ToldBatch {
        batch_id: is_settled.then(|| format!("{digits}{number:04}")),
        settlement_date: batch.settled_at.map(ChinaDay::of),
        trade_start_date: batch.first_day,
        trade_end_date: batch.last_day,
        wallet_region: Some(WalletRegion::Mainland),
        amounts: BatchAmounts {
            currency,
            pay: batch.payments,
            refund: -batch.refunds,
            net: batch.net(),
            fee: batch.fee,
            settled: if is_settled { batch.proceeds() } else { 0 },
            unsettled: if is_settled { 0 } else { batch.proceeds() },
        },
    }
}

fn is_asked_for(which: Which, batch: &ToldBatch) -> bool {
    match (which, batch.settlement_date) {
        (Which::Settled { from, to }, Some(date)) => (from..=to).contains(&date),
        (Which::Unsettled, None) => true,
        (Which::Settled { .. }, None) | (Which::Unsettled, Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_written_in_percent_with_two_decimals() {
        assert_eq!(percentage(6_000), "0.60%");
        assert_eq!(percentage(12_345), "1.23%");
        assert_eq!(percentage(0), "0.00%");
    }
}
