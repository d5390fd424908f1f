//! Refunds: submitting and asking. Source: [global-refund], [global-refund-query], [mainland-refund].

use platform::order::OrderRef;
use platform::refund::{FundSource, QueryRefusal, Refund, RefundRequest};
use wechatpay::v3::caller::{Merchant, Region};
use wechatpay::v3::json::MessageError;
use wechatpay::v3::refund::call::{OrderName, RefundQuery};
use wechatpay::v3::refund::record::{ClosedWord, RefundList, RefundRecord};
use wechatpay::v3::refund::submit::{NotifyUrl, Reason, SubmitAnswer, SubmitRequest};
use wechatpay::v3::words::FundSource as Source;

use super::answer::Answer;
use super::desk::Desk;
use super::errors::Refusal;
use super::told;

impl Desk<'_> {
    pub(crate) fn submit_refund(&mut self, request: &SubmitRequest) -> Result<Answer, Refusal> {
        let region = request.caller.region();
        let merchant = request.caller.merchant();
        let asked = RefundRequest {
            mchid: merchant.mchid().clone(),
            sub_mchid: merchant.sub_mchid().cloned(),
            order: order_ref(&request.order),
            out_refund_no: request.out_refund_no.clone(),
            refund_minor: request.amount.refund().minor(),
            total_minor: request.amount.total().minor(),
            currency: request.amount.refund().currency(),
            source: source(region, request.source.as_ref())?,
            reason: request.reason.as_ref().map(Reason::as_str).map(str::to_owned),
            notify_url: request.notify_url.as_ref().map(NotifyUrl::as_str).map(str::to_owned),
        };
        let accepted = self.platform.submit_refund(self.now, &asked).cloned();
        let refund = accepted.map_err(|refusal| Refusal::Refund(region, refusal))?;
        let record = told::refund(self.platform, &self.chance, &refund, region);
        Ok(Answer::ok(match region {
            Region::Global => SubmitAnswer {
                refund_id: record.refund_id,
                out_refund_no: record.out_refund_no,
                create_time: record.create_time,
                amount: record.amount,
                status: None,
            }
            .render(),
            Region::Mainland => record.render(region, ClosedWord::Closed),
        }))
    }

    pub(crate) fn query_refunds(&mut self, query: &RefundQuery) -> Result<Answer, Refusal> {
        let now = self.now;
        match query {
            RefundQuery::ByNumber { region, merchant, out_refund_no } => {
                let found = self.platform.refund_by_number(
                    now,
                    merchant.mchid(),
                    merchant.sub_mchid(),
                    out_refund_no,
                );
                let refund = found?.clone();
                self.tell_refund(&refund, *region)
            }
            RefundQuery::ById { merchant, refund_id } => {
                let found =
                    self.platform.refund_by_id(now, merchant.mchid(), merchant.sub_mchid(), refund_id);
                let refund = found?.clone();
                self.tell_refund(&refund, Region::Global)
            }
            RefundQuery::OfOrder { merchant, order, offset, count } => {
                self.list_refunds(merchant, order, *offset, *count)
            }
        }
    }

    fn tell_refund(&self, refund: &Refund, region: Region) -> Result<Answer, Refusal> {
        if !self.is_known_yet(refund) {
            return Err(QueryRefusal::NotFound.into());
        }
        let closed = told::closed_word(self.platform, region);
        Ok(Answer::ok(told::refund(self.platform, &self.chance, refund, region).render(region, closed)))
    }

    /// Questions may be answered from a copy that is a little behind.
    fn is_known_yet(&self, refund: &Refund) -> bool {
        self.behind.is_zero() || self.now.duration_since(refund.accepted_at) >= self.behind
    }

    fn list_refunds(
        &mut self,
        merchant: &Merchant,
        order: &OrderName,
        offset: u32,
        count: u32,
    ) -> Result<Answer, Refusal> {
        if count == 0 || count > self.settings.largest_count {
            let reason = format!("is not between 1 and {}", self.settings.largest_count);
            let error = MessageError::BadValue { field: "count".to_owned(), reason };
            return Err(Refusal::Unreadable { error, location: "query" });
        }
        let (mchid, sub_mchid, order) = (merchant.mchid(), merchant.sub_mchid(), order_ref(order));
        // All of them, because those not known yet neither count nor fill a page.
        let (all, _) = self.platform.refunds_of_order(self.now, mchid, sub_mchid, &order, 0, usize::MAX)?;
        let all: Vec<Refund> = all.into_iter().cloned().collect();
        let known: Vec<&Refund> = all.iter().filter(|refund| self.is_known_yet(refund)).collect();
        let index = self.platform.orders().find(mchid, sub_mchid, &order).ok_or(QueryRefusal::NotFound)?;
        let order = self.platform.orders().at(index);
        let payment = order.payment();
        let page = known.iter().skip(as_usize(offset)).take(as_usize(count));
        let list = RefundList {
            merchant: Some(merchant.clone()),
            transaction_id: payment.map(|payment| payment.transaction_id.clone()),
            out_trade_no: Some(order.out_trade_no.clone()),
            total: Some(order.price),
            payer_total: payment.map(|payment| payment.payer),
            refunds: page.map(|refund| self.listed(refund)).collect(),
            total_num: i64::try_from(known.len()).unwrap_or(i64::MAX),
        };
        Ok(Answer::ok(list.render(told::closed_word(self.platform, Region::Global))))
    }

    /// A refund in a list, where the order's numbers stand on the list.
    fn listed(&self, refund: &Refund) -> RefundRecord {
        let told = told::refund(self.platform, &self.chance, refund, Region::Global);
        RefundRecord { transaction_id: None, out_trade_no: None, ..told }
    }
}

fn as_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// The order by the name the request gave.
pub(crate) fn order_ref(order: &OrderName) -> OrderRef {
    match order {
        OrderName::TransactionId(id) => OrderRef::TransactionId(id.clone()),
        OrderName::OutTradeNo(number) => OrderRef::OutTradeNo(number.clone()),
    }
}

/// The source of money, of which each branch has its own words.
fn source(region: Region, source: Option<&Source>) -> Result<FundSource, Refusal> {
    match (region, source) {
        (_, None) | (Region::Global, Some(Source::UnsettledFunds)) => Ok(FundSource::Unsettled),
        (Region::Global, Some(Source::RechargeFunds)) => Ok(FundSource::Recharge),
        (Region::Mainland, Some(Source::Available | Source::Unsettled)) => Ok(FundSource::Unsettled),
        (region, Some(other)) => {
            let field = if region == Region::Global { "source" } else { "funds_account" };
            let reason = format!("{} is no source of funds here", other.as_str());
            let error = MessageError::BadValue { field: field.to_owned(), reason };
            Err(Refusal::Unreadable { error, location: "body" })
        }
    }
}
