//! Refunds: submitting and asking. Source: [v2-refund], [v2-refund-query].

use platform::chance::Chance;
use platform::platform::Platform;
use platform::refund::{FundSource, QueryRefusal, Refund, RefundRequest};
use wechatpay::v2::message::MessageError;
use wechatpay::v2::refund::query::{About, PAGE, RefundQuery};
use wechatpay::v2::refund::record::RefundPage;
use wechatpay::v2::refund::submit::{SubmitAnswer, SubmitRequest};
use wechatpay::v3::caller::{Merchant, Region};
use wechatpay::v3::refund::call::OrderName;
use wechatpay::v3::refund::record::{RecordedAmount, RefundRecord};
use wechatpay::v3::refund::submit::{NotifyUrl, Reason};
use wechatpay::v3::words;

use crate::faces::v3::refunds::order_ref;
use crate::faces::v3::told;

use super::answer::Answer;
use super::desk::Desk;
use super::errors::Refusal;

impl Desk<'_> {
    pub(crate) fn submit_refund(&mut self, request: &SubmitRequest) -> Result<Answer, Refusal> {
        if request.amount.refund().minor() > request.amount.total().minor() {
            return Err(Refusal::RefundOverTotal);
        }
        let merchant = request.caller.merchant();
        let (mchid, number) = (merchant.mchid(), &request.out_refund_no);
        let is_new = self.platform.refunds().find(mchid, number).is_none();
        let asked = RefundRequest {
            mchid: mchid.clone(),
            sub_mchid: merchant.sub_mchid().cloned(),
            order: order_ref(&request.order),
            out_refund_no: number.clone(),
            refund_minor: request.amount.refund().minor(),
            total_minor: request.amount.total().minor(),
            currency: request.amount.refund().currency(),
            source: source(request.source.as_ref())?,
            reason: request.reason.as_ref().map(Reason::as_str).map(str::to_owned),
            notify_url: request.notify_url.as_ref().map(NotifyUrl::as_str).map(str::to_owned),
        };
        let accepted = self.platform.submit_refund(self.now, &asked).cloned();
        let refund = accepted.map_err(|refusal| Refusal::Refund(request.order.clone(), refusal))?;
        if is_new {
            self.asked.note_refund(mchid, number);
        }
        let record = record(self.platform, &self.chance, &refund);
        let answer = SubmitAnswer {
            refund_id: record.refund_id,
            out_refund_no: record.out_refund_no,
            transaction_id: record.transaction_id,
            out_trade_no: record.out_trade_no,
            // Not known before the bank has answered; the samples of the page have an empty element.
            channel: None,
            amount: record.amount,
        };
        Ok(Answer::ok(answer.render(self.sign_type, &request.caller)))
    }

    pub(crate) fn query_refunds(&mut self, query: &RefundQuery) -> Result<Answer, Refusal> {
        let merchant = query.caller.merchant();
        let (mchid, sub_mchid, now) = (merchant.mchid(), merchant.sub_mchid(), self.now);
        let found = match &query.about {
            About::RefundId(id) => self.platform.refund_by_id(now, mchid, sub_mchid, id),
            About::OutRefundNo(number) => self.platform.refund_by_number(now, mchid, sub_mchid, number),
            About::Order { order, offset } => return self.refunds_of_order(query, &merchant, order, *offset),
        };
        let refund = found.map_err(Refusal::Query)?.clone();
        if !self.is_known_yet(&refund) {
            return Err(Refusal::Query(QueryRefusal::NotFound));
        }
        self.tell(query, &[&refund], None)
    }

    fn refunds_of_order(
        &mut self,
        query: &RefundQuery,
        merchant: &Merchant,
        order: &OrderName,
        offset: u32,
    ) -> Result<Answer, Refusal> {
        let (mchid, sub_mchid, order) = (merchant.mchid(), merchant.sub_mchid(), order_ref(order));
        let found = self.platform.refunds_of_order(self.now, mchid, sub_mchid, &order, 0, usize::MAX);
        let (all, _) = found.map_err(Refusal::Query)?;
        let all: Vec<Refund> = all.into_iter().cloned().collect();
        let known: Vec<&Refund> = all.iter().filter(|refund| self.is_known_yet(refund)).collect();
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        if known.is_empty() {
            return Err(Refusal::Query(QueryRefusal::NotFound));
        }
        if offset >= known.len() {
            return Err(Refusal::OffsetTooLarge);
        }
        let page: Vec<&Refund> = known.iter().copied().skip(offset).take(PAGE).collect();
        // Said where there are more than a page holds. [v2-refund-query]
        let total = (known.len() > PAGE).then(|| i64::try_from(known.len()).unwrap_or(i64::MAX));
        self.tell(query, &page, total)
    }

    fn tell(
        &self,
        query: &RefundQuery,
        refunds: &[&Refund],
        total_count: Option<i64>,
    ) -> Result<Answer, Refusal> {
        let refunds: Vec<RefundRecord> =
            refunds.iter().map(|refund| record(self.platform, &self.chance, refund)).collect();
        let first = refunds.first().ok_or(Refusal::Query(QueryRefusal::NotFound))?;
        let page = RefundPage {
            transaction_id: first.transaction_id.clone(),
            out_trade_no: first.out_trade_no.clone(),
            total: first.amount.total,
            payer_total: first.amount.payer_total,
            refunds,
            total_count,
        };
        Ok(Answer::ok(page.render(self.sign_type, &query.caller)))
    }
}

/// A refund as V2 tells it: with the order's totals, whatever the merchant's branch.
pub(crate) fn record(platform: &Platform, chance: &Chance, refund: &Refund) -> RefundRecord {
    let order = platform.orders().at(refund.order);
    let told = told::refund(platform, chance, refund, Region::Global);
    let amount = RecordedAmount {
        total: Some(order.price),
        payer_total: order.payment().map(|payment| payment.payer),
        ..told.amount
    };
    RefundRecord { amount, ..told }
}

fn source(source: Option<&words::FundSource>) -> Result<FundSource, Refusal> {
    match source {
        None | Some(words::FundSource::UnsettledFunds) => Ok(FundSource::Unsettled),
        Some(words::FundSource::RechargeFunds) => Ok(FundSource::Recharge),
        Some(other) => Err(Refusal::Unreadable(MessageError::BadValue {
            field: "refund_account".to_owned(),
            reason: format!("{} is no source of funds here", other.as_str()),
        })),
    }
}
