//! The words that occur in several messages: states, ways of paying back, sources of money.
//!
//! A word nobody has documented yet is kept as it came. It never counts as one of the known ones.

use std::sync::Arc;

/// Declares a vocabulary: the words with their spellings, the first being the one that is written.
macro_rules! vocabulary {
    ($(#[$doc:meta])* $type:ident { $($(#[$word_doc:meta])* $word:ident = $first:literal $(| $other:literal)*;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub enum $type {
            $($(#[$word_doc])* $word,)*
            /// A word not known here, as it came.
            Other(Arc<str>),
        }

        impl $type {
            /// The word spelled `text`, in any of its spellings.
            pub fn parse(text: &str) -> $type {
                match text {
                    $($first $(| $other)* => $type::$word,)*
                    other => $type::Other(other.into()),
                }
            }

            /// The word as it is written.
            pub fn as_str(&self) -> &str {
                match self {
                    $($type::$word => $first,)*
                    $type::Other(text) => text,
                }
            }
        }
    };
}

vocabulary! {
    /// How far a refund has come. Source: [global-refund-query], [mainland-refund], [operations 3.3].
    RefundStatus {
        /// Accepted, under way.
        Processing = "PROCESSING";
        /// The payer has the money.
        Success = "SUCCESS";
        /// Closed, nothing paid. Global queries write `REFUNDCLOSE`, notifications and the mainland `CLOSED`.
        Closed = "CLOSED" | "REFUNDCLOSE";
        /// The payer's bank refused the money; it waits for somebody. May still become a success. V2 writes `CHANGE`.
        Abnormal = "ABNORMAL" | "CHANGE";
    }
}

impl RefundStatus {
    /// The word as answers to global queries write it.
    pub fn as_global_query_str(&self) -> &str {
        match self {
            RefundStatus::Closed => "REFUNDCLOSE",
            status => status.as_str(),
        }
    }
}

vocabulary! {
    /// The way the money goes back. Source: [global-refund-query].
    Channel {
        /// The way it came.
        Original = "ORIGINAL";
        /// To the payer's balance.
        Balance = "BALANCE";
        /// To another balance, because the original account does not work.
        OtherBalance = "OTHER_BALANCE";
        /// To another bank card, because the original one does not work.
        OtherBankcard = "OTHER_BANKCARD";
    }
}

vocabulary! {
    /// Where a refund's money comes from. Source: [global-refund], [mainland-refund].
    FundSource {
        /// The day's payments that are not exchanged yet: the ordinary source, and the default.
        UnsettledFunds = "REFUND_SOURCE_UNSETTLED_FUNDS";
        /// The account recharged for refunds, which must be applied for. One page misspells it.
        RechargeFunds = "REFUND_SOURCE_RECHARGE_FUNDS" | "REFUND_SOURCE_REchARGE_FUNDS";
        /// Mainland: what is free to use.
        Available = "AVAILABLE";
        /// Mainland: what is not settled yet.
        Unsettled = "UNSETTLED";
        /// Mainland: what is frozen.
        Unavailable = "UNAVAILABLE";
        /// Mainland: the operation account.
        Operation = "OPERATION";
        /// Mainland: the basic account.
        Basic = "BASIC";
    }
}

vocabulary! {
    /// How far an order has come. Source: [global-payment].
    TradeState {
        /// Paid.
        Success = "SUCCESS";
        /// Paid, and at least one refund was accepted.
        Refund = "REFUND";
        /// Not paid yet.
        Notpay = "NOTPAY";
        /// Closed unpaid.
        Closed = "CLOSED";
        /// Quick Pay: revoked, the money, if any, paid back.
        Revoked = "REVOKED";
        /// The payer is typing the password.
        Userpaying = "USERPAYING";
        /// The payment failed.
        Payerror = "PAYERROR";
    }
}

impl TradeState {
    /// Whether the order was paid, refunded since or not.
    pub fn is_paid(&self) -> bool {
        matches!(self, TradeState::Success | TradeState::Refund)
    }
}

vocabulary! {
    /// How an order is paid. Source: [global-payment].
    TradeType {
        /// The cashier scans the payer's code.
        Micropay = "MICROPAY";
        /// The payer scans the merchant's code.
        Native = "NATIVE";
        /// In an official account or mini program.
        Jsapi = "JSAPI";
        /// In an app.
        App = "APP";
        /// In a mobile browser.
        Mweb = "MWEB";
    }
}

vocabulary! {
    /// Which rate turned a price into what the payer pays or gets. Source: [multi-currency].
    RateType {
        /// The rate the payer paid at: price currency and settlement currency are the same.
        UserpaymentRate = "USERPAYMENT_RATE";
        /// The settlement rate.
        SettlementRate = "SETTLEMENT_RATE";
    }
}

vocabulary! {
    /// What a notification reports. Source: [global-refund-notification].
    Event {
        /// The payer has the money.
        RefundSuccess = "REFUND.SUCCESS";
        /// The payer's bank refused the money.
        RefundAbnormal = "REFUND.ABNORMAL";
        /// The refund was closed.
        RefundClosed = "REFUND.CLOSED";
        /// An order was paid.
        TransactionSuccess = "TRANSACTION.SUCCESS";
    }
}

impl Event {
    /// The event that reports a refund's status; `None` for states that are not reported.
    pub fn of(status: &RefundStatus) -> Option<Event> {
        match status {
            RefundStatus::Success => Some(Event::RefundSuccess),
            RefundStatus::Abnormal => Some(Event::RefundAbnormal),
            RefundStatus::Closed => Some(Event::RefundClosed),
            RefundStatus::Processing | RefundStatus::Other(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_its_spelling_of_closed_and_abnormal_and_all_are_read() {
        for (text, status) in [
            ("PROCESSING", RefundStatus::Processing),
            ("SUCCESS", RefundStatus::Success),
            ("CLOSED", RefundStatus::Closed),
            ("REFUNDCLOSE", RefundStatus::Closed),
            ("ABNORMAL", RefundStatus::Abnormal),
            ("CHANGE", RefundStatus::Abnormal),
        ] {
            assert_eq!(RefundStatus::parse(text), status, "{text}");
        }
        assert_eq!(RefundStatus::Closed.as_str(), "CLOSED");
        assert_eq!(RefundStatus::Closed.as_global_query_str(), "REFUNDCLOSE");
    }

    #[test]
    fn an_unknown_word_is_none_of_the_known_ones_and_kept() {
        for text in ["", "success", "SUCCESS ", "FAIL"] {
            assert_eq!(RefundStatus::parse(text), RefundStatus::Other(text.into()));
            assert_eq!(RefundStatus::parse(text).as_str(), text);
        }
        assert!(!TradeState::parse("PAID").is_paid());
    }
}
