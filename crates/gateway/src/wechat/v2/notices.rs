//! What is posted to us over V2, opened or verified with the merchant id's key. Source: [v2-notification].

use wechatpay::v2::key::ApiV2Key;
use wechatpay::v2::notification::{NotificationError, RefundHint, SealedRefund, UnverifiedPayment};
use wechatpay::v3::order::record::Order;

use super::line::V2Line;

impl V2Line {
    /// What a refund's notification claims. Nobody signed it, so it proves nothing.
    pub(crate) fn open_hint(&self, sealed: &SealedRefund) -> Result<RefundHint, NotificationError> {
        self.with_either_key(|key| sealed.open(key))
    }

    /// The order that a payment's notification tells, if it is signed.
    pub(crate) fn verify_payment(&self, payment: &UnverifiedPayment) -> Result<Order, NotificationError> {
        self.with_either_key(|key| payment.verify(key))
    }

    /// While a key is being changed at WeChat Pay, what is posted may be under the new one or under the one before.
    fn with_either_key<T>(
        &self,
        read: impl Fn(&ApiV2Key) -> Result<T, NotificationError>,
    ) -> Result<T, NotificationError> {
        read(&self.api_v2_key).or_else(|error| match &self.api_v2_key_before {
            Some(before) => read(before).map_err(|_| error),
            None => Err(error),
        })
    }
}
