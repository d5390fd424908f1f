//! What a caller asked for, as it was: a repeated request is compared with it.

use refunds::intake::Request;
use refunds::key::{Identity, UpstreamNo};
use refunds::order::OrderNames;
use serde::{Deserialize, Serialize};
use wechatpay::ids::{OutTradeNo, TransactionId};

use super::text::Word;
use super::value::Amount;
use super::{Document, Unreadable};

/// The document. The identity has columns of its own.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Asked {
    v: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    out_trade_no: Option<Word<OutTradeNo>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    transaction_id: Option<Word<TransactionId>>,
    amount: Amount,
    total: Amount,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// RFC 3339 with every digit the caller gave: rounded, it would differ from the same request sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deadline: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notify_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    metadata: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    adopt: Option<Word<UpstreamNo>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    found: bool,
}

impl Document for Asked {
    const NAME: &'static str = "request";
    const VERSION: u32 = 1;

    fn version(&self) -> u32 {
        self.v
    }
}

impl Asked {
    /// The document of `request`.
    pub(crate) fn of(request: &Request) -> Asked {
        let Request {
            identity: _,
            order: OrderNames { out_trade_no, transaction_id },
            amount,
            total,
            reason,
            deadline,
            notify_url,
            metadata,
            adopt,
            found,
        } = request;
        Asked {
            v: Asked::VERSION,
            out_trade_no: out_trade_no.clone().map(Word),
            transaction_id: transaction_id.clone().map(Word),
            amount: Amount(*amount),
            total: Amount(*total),
            reason: reason.clone(),
            deadline: deadline.map(|deadline| deadline.to_string()),
            notify_url: notify_url.clone(),
            metadata: metadata.clone(),
            adopt: adopt.clone().map(Word),
            found: *found,
        }
    }

    /// The request with this identity.
    pub(crate) fn request(self, identity: Identity) -> Result<Request, Unreadable> {
        let Asked {
            v: _,
            out_trade_no,
            transaction_id,
            amount,
            total,
            reason,
            deadline,
            notify_url,
            metadata,
            adopt,
            found,
        } = self;
        let deadline = match deadline {
            Some(text) => Some(text.parse().map_err(|_| Unreadable::new("instant", text))?),
            None => None,
        };
        Ok(Request {
            identity,
            order: OrderNames {
                out_trade_no: out_trade_no.map(Word::into),
                transaction_id: transaction_id.map(Word::into),
            },
            amount: amount.0,
            total: total.0,
            reason,
            deadline,
            notify_url,
            metadata,
            adopt: adopt.map(Word::into),
            found,
        })
    }
}
