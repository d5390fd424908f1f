//! Whether a refund's number at WeChat Pay is formed as those of its merchant id are.

use refunds::intake::NewRefund;
use refunds::key::{NumberForm, UpstreamNo};

use crate::error::StoreError;

/// Refuses a new refund whose number neither follows from its identity by `form` nor is the one it adopts.
pub(crate) fn check_form(new: &NewRefund, form: NumberForm) -> Result<(), StoreError> {
    let identity = &new.request.identity;
    let is_formed = match &new.request.adopt {
        Some(adopted) => *adopted == new.upstream_no,
        None => UpstreamNo::of(identity, form).is_ok_and(|number| number == new.upstream_no),
    };
    if is_formed {
        return Ok(());
    }
    let (mchid, upstream_no) = (&identity.mchid, &new.upstream_no);
    Err(StoreError::Busy {
        why: format!("the number {upstream_no} is not formed as those of merchant id {mchid} are now"),
    })
}
