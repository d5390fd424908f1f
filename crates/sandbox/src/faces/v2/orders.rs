//! Orders: placing, asking, closing, reversing. Source: [v2-payment].

use platform::order::{NewOrder, Order, OrderState, Payer, TradeType, Wallet};
use wechatpay::v2::caller::Caller;
use wechatpay::v2::order::call::{CloseRequest, OrderQuery, render_closed, render_reversed};
use wechatpay::v2::order::place::{OrderRequest, render_code_url};
use wechatpay::v2::order::record::{self, OrderPlace};
use wechatpay::v3::order::place::Payment;
use wechatpay::v3::refund::call::OrderName;

use crate::faces::v3::draws::hexadecimal;
use crate::faces::v3::language::Language;
use crate::faces::v3::refunds::order_ref;
use crate::faces::v3::told;

use super::answer::Answer;
use super::desk::Desk;
use super::errors::Refusal;

impl Desk<'_> {
    pub(crate) fn place_order(&mut self, request: &OrderRequest) -> Result<Answer, Refusal> {
        let merchant = request.caller.merchant();
        let (trade_type, notify_url) = match &request.payment {
            Payment::Native { notify_url } => (TradeType::Native, Some(notify_url.as_str().to_owned())),
            Payment::QuickPay { .. } => (TradeType::Micropay, None),
        };
        let new = NewOrder {
            mchid: merchant.mchid().clone(),
            sub_mchid: merchant.sub_mchid().cloned(),
            out_trade_no: Some(request.out_trade_no.clone()),
            trade_type,
            price: request.total,
            notify_url,
            attach: request.attach.clone(),
        };
        let name = order_ref(&OrderName::OutTradeNo(request.out_trade_no.clone()));
        let is_new = self.platform.orders().find(merchant.mchid(), merchant.sub_mchid(), &name).is_none();
        let answer = match &request.payment {
            Payment::Native { .. } => {
                self.platform.place_order(self.now, new).map_err(Refusal::Order)?;
                Ok(Answer::ok(self.code_url(request)))
            }
            Payment::QuickPay { .. } => self.quick_pay(&request.caller, new),
        };
        if is_new && !matches!(answer, Err(Refusal::Order(_))) {
            self.asked.note_order(merchant.mchid(), merchant.sub_mchid(), &request.out_trade_no);
        }
        answer
    }

    /// The same code for the same order.
    fn code_url(&self, request: &OrderRequest) -> wechatpay::v2::sign::UnsignedBody {
        let merchant = request.caller.merchant();
        let sub_mchid = merchant.sub_mchid().map_or("", |sub_mchid| sub_mchid.as_str());
        let order = format!("{}/{sub_mchid}/{}", merchant.mchid(), request.out_trade_no);
        let code = hexadecimal(&self.chance, "code url", &order);
        let code_url = format!("weixin://wxpay/bizpayurl?pr={}", &code[..9]);
        // The form of real ones: `wx`, and 34 characters behind it.
        let prepay_id = format!("wx{}{}", &code[..2], hexadecimal(&self.chance, "prepay id", &order));
        render_code_url(self.sign_type, &request.caller, &prepay_id, &code_url)
    }

    /// The payer of a scanned code is taken to have a mainland wallet; the code's digits say nothing about it.
    fn quick_pay(&mut self, caller: &Caller, new: NewOrder) -> Result<Answer, Refusal> {
        let payer = Payer { wallet: Wallet::Mainland, bank_type: None };
        let index = self.platform.quick_pay(self.now, new, payer).map_err(Refusal::Order)?;
        let order = self.platform.orders().at(index);
        match order.state {
            OrderState::NotPaid | OrderState::AwaitingPassword => Err(Refusal::AwaitingPassword),
            OrderState::Paid(_) | OrderState::Closed { .. } | OrderState::Revoked { .. } => {
                Ok(self.told(order, OrderPlace::Payment, caller))
            }
        }
    }

    pub(crate) fn query_order(&mut self, query: &OrderQuery) -> Result<Answer, Refusal> {
        let merchant = query.caller.merchant();
        let name = order_ref(&query.order);
        let found = self.platform.order(self.now, merchant.mchid(), merchant.sub_mchid(), &name).cloned();
        Ok(self.told(&found.map_err(Refusal::Order)?, OrderPlace::Query, &query.caller))
    }

    pub(crate) fn close_order(&mut self, request: &CloseRequest) -> Result<Answer, Refusal> {
        let merchant = request.caller.merchant();
        let name = order_ref(&OrderName::OutTradeNo(request.out_trade_no.clone()));
        let closed = self.platform.close_order(self.now, merchant.mchid(), merchant.sub_mchid(), &name);
        closed.map_err(Refusal::Close)?;
        Ok(Answer::ok(render_closed(self.sign_type, &request.caller)))
    }

    pub(crate) fn reverse_order(&mut self, request: &OrderQuery) -> Result<Answer, Refusal> {
        let merchant = request.caller.merchant();
        let name = order_ref(&request.order);
        let reversed = self.platform.revoke_order(self.now, merchant.mchid(), merchant.sub_mchid(), &name);
        reversed.map_err(Refusal::Reverse)?;
        Ok(Answer::ok(render_reversed(self.sign_type, &request.caller, false)))
    }

    fn told(&self, order: &Order, place: OrderPlace, caller: &Caller) -> Answer {
        // V2 has no `Accept-Language`.
        let told = told::order(order, Language::Chinese);
        let openid = told.transaction_id.as_ref().map(|id| openid(&self.chance, id.as_str()));
        Answer::ok(record::render(&told, place, self.sign_type, caller, openid.as_deref()))
    }
}

/// Who paid: 28 characters, another one for every payment.
pub(crate) fn openid(chance: &platform::chance::Chance, transaction_id: &str) -> String {
    format!("oSBX{}", &hexadecimal(chance, "openid", transaction_id)[..24])
}
