//! The columns of a statement, by their headings.

use std::fmt;

/// Declares the columns in the order of the page: documentation, name, our word for it, the heading and other spellings.
macro_rules! columns {
    ($($(#[$doc:meta])* $column:ident = $name:literal, $heading:literal $(| $other:literal)*;)*) => {
        /// A column. Its doc comment says what stands in it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Column {
            $($(#[$doc])* $column,)*
        }

        impl Column {
            /// All columns in the order in which WeChat Pay writes them.
            pub const ALL: &'static [Column] = &[$(Column::$column),*];

            /// The heading as WeChat Pay writes it.
            pub const fn heading(self) -> &'static str {
                match self {
                    $(Column::$column => $heading,)*
                }
            }

            /// Our word for it, for errors.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Column::$column => $name,)*
                }
            }

            /// The column with this heading, in any of its spellings; `None` for one that no page names.
            ///
            /// Blanks, back quotes and the width of parentheses do not matter. English headings are not known: no page
            /// prints the exact words. Source: [global-statement], \[inferred\].
            pub fn of_heading(text: &str) -> Option<Column> {
                let text: String = text
                    .chars()
                    .filter(|c| !c.is_whitespace() && *c != '`' && *c != '\u{feff}')
                    .map(|c| match c {
                        '（' => '(',
                        '）' => ')',
                        c => c,
                    })
                    .collect();
                match text.as_str() {
                    $($heading $(| $other)* => Some(Column::$column),)*
                    _ => None,
                }
            }
        }
    };
}

columns! {
    /// When the order was paid; in a refund's row, when the refund was accepted. Source: \[inferred\] for refunds.
    TradeTime = "trade time", "交易时间";
    /// The app id of the order.
    Appid = "appid", "公众账号ID";
    /// The institution or the directly connected merchant.
    Mchid = "mchid", "商户号";
    /// The sub-merchant, if the merchant id is an institution's.
    SubMchid = "sub_mchid", "子商户号" | "特约商户号";
    /// The till.
    Device = "device", "设备号";
    /// WeChat Pay's number of the order.
    TransactionId = "transaction_id", "微信订单号";
    /// The merchant's number of the order.
    OutTradeNo = "out_trade_no", "商户订单号";
    /// Who paid.
    Openid = "openid", "用户标识";
    /// How the order was paid.
    TradeType = "trade type", "交易类型";
    /// Payment, refund or revocation.
    TradeState = "trade state", "交易状态";
    /// The payer's instrument.
    BankType = "bank type", "付款银行";
    /// The currency of what a recharge coupon paid.
    RechargeCouponCurrency = "recharge coupon currency", "充值券币种";
    /// What a recharge coupon paid.
    RechargeCoupon = "recharge coupon", "充值券金额";
    /// The currency of what a coupon paid.
    CouponCurrency = "coupon currency", "优惠券币种";
    /// What a coupon paid.
    Coupon = "coupon", "优惠券金额";
    /// WeChat Pay's number of the refund.
    RefundId = "refund_id", "微信退款单号";
    /// The merchant's number of the refund.
    OutRefundNo = "out_refund_no", "商户退款单号";
    /// The way the money goes back.
    RefundType = "refund type", "退款类型";
    /// How far the refund had come when the statement was made.
    RefundStatus = "refund status", "退款状态";
    /// What was sold.
    Goods = "goods", "商品名称";
    /// The merchant's own text.
    Attach = "attach", "商户数据包";
    /// The fee.
    Fee = "fee", "手续费";
    /// The fee's share.
    FeeRate = "fee rate", "费率";
    /// The currency of the price.
    PriceCurrency = "price currency", "标价币种";
    /// The price of the order.
    Price = "price", "订单金额(标价币种)" | "订单金额";
    /// The currency the payer paid in: CNY, or HKD from a Hong Kong wallet.
    PayerCurrency = "payer currency", "用户支付币种";
    /// What the payer paid.
    Payer = "payer amount", "用户支付金额";
    /// The currency of the settlement.
    SettlementCurrency = "settlement currency", "结算币种";
    /// What the order is worth in the settlement.
    Settlement = "settlement amount", "应结订单金额";
    /// The rate of the payment.
    PaymentRate = "payment rate", "支付汇率";
    /// The rate of the refund.
    RefundRate = "refund rate", "退款汇率";
    /// What the merchant asked to refund, in the currency of the price.
    RefundAsked = "refund asked for", "申请退款金额";
    /// The currency the payer gets the refund in.
    PayerRefundCurrency = "payer refund currency", "用户退款币种";
    /// What the payer gets.
    PayerRefund = "payer refund", "用户退款金额";
    /// The currency in which the settlement loses the refund.
    RefundSettlementCurrency = "refund settlement currency", "退款结算币种";
    /// What the settlement loses.
    RefundSettlement = "refund settlement amount", "退款应结订单金额";
    /// What goes back to a recharge coupon.
    RechargeCouponRefund = "recharge coupon refund", "充值券退款金额";
    /// What goes back to a coupon.
    CouponRefund = "coupon refund", "优惠券退款金额";
}

impl Column {
    /// Without these a statement says nothing about money; all others may be missing, and are then empty.
    pub(super) const REQUIRED: [Column; 14] = [
        Column::TradeTime,
        Column::Mchid,
        Column::TransactionId,
        Column::OutTradeNo,
        Column::TradeState,
        Column::RefundId,
        Column::OutRefundNo,
        Column::RefundStatus,
        Column::PriceCurrency,
        Column::PayerCurrency,
        Column::Payer,
        Column::RefundAsked,
        Column::PayerRefundCurrency,
        Column::PayerRefund,
    ];
}

impl fmt::Display for Column {
    /// Heading and our word: `微信退款单号 (refund_id)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.heading(), self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_the_38_columns_of_the_page_and_each_is_known_by_its_heading() {
        assert_eq!(Column::ALL.len(), 38);
        for column in Column::ALL {
            assert_eq!(Column::of_heading(column.heading()), Some(*column));
        }
    }

    #[test]
    fn a_heading_is_known_with_blanks_a_byte_order_mark_and_wide_parentheses_and_an_unknown_one_is_none() {
        assert_eq!(Column::of_heading("\u{feff}交易时间"), Some(Column::TradeTime));
        assert_eq!(Column::of_heading("`订单金额（标价币种） "), Some(Column::Price));
        assert_eq!(Column::of_heading("费率备注"), None);
        assert_eq!(Column::of_heading(""), None);
    }
}
