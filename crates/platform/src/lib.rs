//! The other side: orders, pools, settlement, refunds and banks of WeChat Pay, as a pure model.
