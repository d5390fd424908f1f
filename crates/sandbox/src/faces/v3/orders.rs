//! Orders: placing, asking, closing, revoking. Source: [global-payment], [global-close], [global-revoke].

use platform::order::{NewOrder, OrderState, Payer, TradeType, Wallet};
use wechatpay::v3::caller::Region;
use wechatpay::v3::json::MessageError;
use wechatpay::v3::order::place::{OrderRequest, Payment, render_code_url};
use wechatpay::v3::order::record::OrderPlace;

use super::answer::Answer;
use super::desk::Desk;
use super::draws::hexadecimal;
use super::errors::Refusal;
use super::refunds::order_ref;
use super::route::NamedOrder;
use super::told;

impl Desk<'_> {
    pub(crate) fn place_order(&mut self, request: OrderRequest) -> Result<Answer, Refusal> {
        let region = request.caller.region();
        // The pages of the global branch require it. [global-payment]
        if region == Region::Global && request.merchant_category_code.is_none() {
            let error = MessageError::Missing { field: "merchant_category_code".to_owned() };
            return Err(Refusal::Unreadable { error, location: "body" });
        }
        let merchant = request.caller.merchant();
        let new = |trade_type, notify_url| NewOrder {
            mchid: merchant.mchid().clone(),
            sub_mchid: merchant.sub_mchid().cloned(),
            out_trade_no: Some(request.out_trade_no.clone()),
            trade_type,
            price: request.total,
            notify_url,
            attach: request.attach.clone(),
        };
        match &request.payment {
            Payment::Native { notify_url } => {
                let new = new(TradeType::Native, Some(notify_url.as_str().to_owned()));
                self.platform.place_order(self.now, new)?;
                Ok(Answer::ok(render_code_url(&self.code_url(&request))))
            }
            Payment::QuickPay { .. } => self.quick_pay(region, new(TradeType::Micropay, None)),
        }
    }

    /// The same code for the same order.
    fn code_url(&self, request: &OrderRequest) -> String {
        let merchant = request.caller.merchant();
        let sub_mchid = merchant.sub_mchid().map_or("", |sub_mchid| sub_mchid.as_str());
        let order = format!("{}/{sub_mchid}/{}", merchant.mchid(), request.out_trade_no);
        let code = hexadecimal(&self.chance, "code url", &order);
        // The forms of the samples on the two branches' pages.
        match request.caller.region() {
            Region::Global => format!("weixin://wxpay/s/{}", &code[..7]),
            Region::Mainland => format!("weixin://wxpay/bizpayurl?pr={}", &code[..9]),
        }
    }

    /// The payer of a scanned code is taken to have a mainland wallet; the code's digits say nothing about it.
    fn quick_pay(&mut self, region: Region, new: NewOrder) -> Result<Answer, Refusal> {
        let payer = Payer { wallet: Wallet::Mainland, bank_type: None };
        let index = self.platform.quick_pay(self.now, new, payer)?;
        let order = self.platform.orders().at(index);
        match order.state {
            OrderState::NotPaid | OrderState::AwaitingPassword => Err(Refusal::AwaitingPassword),
            OrderState::Paid(_) | OrderState::Closed { .. } | OrderState::Revoked { .. } => {
                Ok(Answer::ok(told::order(order, self.language).render(region, OrderPlace::Answer)))
            }
        }
    }

    pub(crate) fn query_order(&mut self, named: &NamedOrder) -> Result<Answer, Refusal> {
        let NamedOrder { region, merchant, order } = named;
        let order =
            self.platform.order(self.now, merchant.mchid(), merchant.sub_mchid(), &order_ref(order))?;
        Ok(Answer::ok(told::order(order, self.language).render(*region, OrderPlace::Answer)))
    }

    pub(crate) fn close_order(&mut self, named: &NamedOrder) -> Result<Answer, Refusal> {
        let NamedOrder { region: _, merchant, order } = named;
        self.platform.close_order(self.now, merchant.mchid(), merchant.sub_mchid(), &order_ref(order))?;
        Ok(Answer::done())
    }

    pub(crate) fn revoke_order(&mut self, named: &NamedOrder) -> Result<Answer, Refusal> {
        let NamedOrder { region: _, merchant, order } = named;
        self.platform.revoke_order(self.now, merchant.mchid(), merchant.sub_mchid(), &order_ref(order))?;
        Ok(Answer::done())
    }
}
