//! One merchant id that is set up.

use std::sync::Arc;

use store::merchant::Merchant;

use crate::wechat::line::Line;

/// A merchant id, and its way to WeChat Pay.
#[derive(Debug, Clone)]
pub struct Account {
    /// How it is set up.
    pub merchant: Merchant,
    /// Its way out; none while its secrets are missing, or while its interface is not served.
    pub line: Option<Arc<Line>>,
}
