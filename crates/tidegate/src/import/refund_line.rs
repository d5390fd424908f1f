//! A line of a file of refunds as the body of `POST /v1/refunds`.

use std::collections::BTreeMap;

use crate::client::amount::minor_units;
use crate::client::gateway::Call;
use crate::client::requests::{Adoption, RefundAmount, RefundRequest};
use crate::import::columns::{Columns, LineError, Row};
use crate::import::run::Kind;

/// The file of `tidegate refund import`.
pub(crate) const REFUNDS: Kind = Kind {
    columns: Columns {
        required: &["out_trade_no", "out_refund_no", "refund", "total", "currency"],
        optional: &["sub_mchid", "reason"],
    },
    number: "out_refund_no",
    call: |row, sub_mchid| Ok(Call::refund(&refund(row, sub_mchid)?)),
};

/// The file of `tidegate refund adopt`.
pub(crate) const ADOPTIONS: Kind = Kind {
    columns: Columns {
        required: &["out_trade_no", "out_refund_no", "refund", "total", "currency", "upstream_out_refund_no"],
        optional: &["sub_mchid", "reason"],
    },
    number: "out_refund_no",
    call: |row, sub_mchid| Ok(Call::refund(&adoption(row, sub_mchid)?)),
};

/// The request of a line; `sub_mchid` holds for lines that name none.
fn refund<'a>(row: &Row<'a>, sub_mchid: Option<&'a str>) -> Result<RefundRequest<'a>, LineError> {
    let currency = row.required("currency")?;
    Ok(RefundRequest {
        sub_mchid: row.optional("sub_mchid").or(sub_mchid),
        out_trade_no: Some(row.required("out_trade_no")?),
        transaction_id: None,
        out_refund_no: row.required("out_refund_no")?,
        amount: RefundAmount {
            refund: minor_units("refund", row.required("refund")?, currency)?,
            total: minor_units("total", row.required("total")?, currency)?,
            currency,
        },
        reason: row.optional("reason"),
        deadline: None,
        notify_url: None,
        metadata: BTreeMap::new(),
        adopt: None,
    })
}

/// The request of a line whose refund was begun in another system.
fn adoption<'a>(row: &Row<'a>, sub_mchid: Option<&'a str>) -> Result<RefundRequest<'a>, LineError> {
    let adopt = Some(Adoption { out_refund_no: row.required("upstream_out_refund_no")? });
    Ok(RefundRequest { adopt, ..refund(row, sub_mchid)? })
}

#[cfg(test)]
mod tests {
    use csv::StringRecord;

    use super::*;

    const ALL: &str = "out_trade_no,out_refund_no,refund,total,currency,sub_mchid,reason";

    /// What is sent for `line` under `header`, or why not.
    fn sent(header: &str, line: &str) -> Result<String, String> {
        let record = |text: &str| text.split(',').collect::<StringRecord>();
        let adopted = header.contains("upstream");
        let header = if adopted { ADOPTIONS } else { REFUNDS }.columns.header(&record(header)).unwrap();
        let line = record(line);
        let row = Row::new(&header, &line).unwrap();
        let request = if adopted { adoption(&row, Some("999")) } else { refund(&row, Some("999")) };
        request.map(|request| serde_json::to_string(&request).unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_line_becomes_a_request() {
        for (header, line, body) in [
            (
                ALL,
                "T1,R1,100,1000,USD,1900000101,too small",
                r#"{"sub_mchid":"1900000101","out_trade_no":"T1","out_refund_no":"R1","amount":{"refund":100,"total":1000,"currency":"USD"},"reason":"too small"}"#,
            ),
            (
                ALL,
                "T1,R1,100,1000,USD,,",
                r#"{"sub_mchid":"999","out_trade_no":"T1","out_refund_no":"R1","amount":{"refund":100,"total":1000,"currency":"USD"}}"#,
            ),
            (
                "currency,upstream_out_refund_no,total,refund,out_refund_no,out_trade_no",
                "CNY,OLD-7,20,10,R7,T7",
                r#"{"sub_mchid":"999","out_trade_no":"T7","out_refund_no":"R7","amount":{"refund":10,"total":20,"currency":"CNY"},"adopt":{"out_refund_no":"OLD-7"}}"#,
            ),
        ] {
            assert_eq!(sent(header, line), Ok(body.to_owned()));
        }
    }

    #[test]
    fn a_line_that_cannot_be_meant_is_refused() {
        for (line, expected) in [
            (",R1,100,1000,USD,,", "`out_trade_no` is empty"),
            ("T1,,100,1000,USD,,", "`out_refund_no` is empty"),
            ("T1,R1,,1000,USD,,", "`refund` is empty"),
            ("T1,R1,100,1000,,,", "`currency` is empty"),
            (
                "T1,R1,12.50,1000,USD,,",
                "`refund` is in minor units (fen, cents), without a point: for 12.50 USD write `1250`, not `12.50`",
            ),
            (
                "T1,R1,100,1e3,USD,,",
                "`total` is a whole number of minor units (fen, cents), digits only; `1e3` is none",
            ),
        ] {
            assert_eq!(sent(ALL, line), Err(expected.to_owned()));
        }
    }
}
