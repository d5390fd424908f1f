//! A line of a file of payments as the body of `POST /v1/payments`.

use crate::client::amount::minor_units;
use crate::client::gateway::Call;
use crate::client::requests::{PaymentRequest, Total};
use crate::import::columns::{Columns, LineError, Row};
use crate::import::run::Kind;

/// The file of `tidegate payment import`.
pub(crate) const PAYMENTS: Kind = Kind {
    columns: Columns {
        required: &["out_trade_no", "total", "currency", "success_time"],
        optional: &["sub_mchid", "transaction_id", "payer_total", "payer_currency", "bank_type"],
    },
    number: "out_trade_no",
    call: |row, sub_mchid| Ok(Call::payment(&payment(row, sub_mchid)?)),
};

/// The request of a line; `sub_mchid` holds for lines that name none.
fn payment<'a>(row: &Row<'a>, sub_mchid: Option<&'a str>) -> Result<PaymentRequest<'a>, LineError> {
    let currency = row.required("currency")?;
    Ok(PaymentRequest {
        sub_mchid: row.optional("sub_mchid").or(sub_mchid),
        out_trade_no: row.required("out_trade_no")?,
        transaction_id: row.optional("transaction_id"),
        amount: Total { total: minor_units("total", row.required("total")?, currency)?, currency },
        payer: payer(row)?,
        success_time: row.required("success_time")?,
        bank_type: row.optional("bank_type"),
    })
}

fn payer<'a>(row: &Row<'a>) -> Result<Option<Total<'a>>, LineError> {
    let (given, missing) = ("payer_total", "payer_currency");
    match (row.optional(given), row.optional(missing)) {
        (None, None) => Ok(None),
        (Some(total), Some(currency)) => {
            Ok(Some(Total { total: minor_units(given, total, currency)?, currency }))
        }
        (Some(_), None) => Err(LineError::Alone { given, missing }),
        (None, Some(_)) => Err(LineError::Alone { given: missing, missing: given }),
    }
}

#[cfg(test)]
mod tests {
    use csv::StringRecord;

    use super::*;

    const ALL: &str = "out_trade_no,total,currency,success_time,sub_mchid,transaction_id,payer_total,payer_currency,bank_type";

    /// What is sent for `line` under all columns, or why not.
    fn sent(line: &str) -> Result<String, String> {
        let record = |text: &str| text.split(',').collect::<StringRecord>();
        let header = PAYMENTS.columns.header(&record(ALL)).unwrap();
        let line = record(line);
        let request = payment(&Row::new(&header, &line).unwrap(), None);
        request.map(|request| serde_json::to_string(&request).unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_line_becomes_a_request() {
        for (line, body) in [
            (
                "T1,1000,USD,2026-01-05T09:00:00+08:00,,,,,",
                r#"{"out_trade_no":"T1","amount":{"total":1000,"currency":"USD"},"success_time":"2026-01-05T09:00:00+08:00"}"#,
            ),
            (
                "T1,1000,USD,2026-01-05T01:00:00Z,1900000101,4200,7100,CNY,CMB_DEBIT",
                r#"{"sub_mchid":"1900000101","out_trade_no":"T1","transaction_id":"4200","amount":{"total":1000,"currency":"USD"},"payer":{"total":7100,"currency":"CNY"},"success_time":"2026-01-05T01:00:00Z","bank_type":"CMB_DEBIT"}"#,
            ),
        ] {
            assert_eq!(sent(line), Ok(body.to_owned()));
        }
    }

    #[test]
    fn a_line_that_cannot_be_meant_is_refused() {
        for (line, expected) in [
            ("T1,1000,USD,,,,,,", "`success_time` is empty"),
            ("T1,1000,USD,now,,,7100,,", "`payer_total` says something only together with `payer_currency`"),
            ("T1,1000,USD,now,,,,CNY,", "`payer_currency` says something only together with `payer_total`"),
            (
                "T1,1000,USD,now,,,71.00,CNY,",
                "`payer_total` is in minor units (fen, cents), without a point: for 71.00 CNY write `7100`, not `71.00`",
            ),
        ] {
            assert_eq!(sent(line), Err(expected.to_owned()));
        }
    }
}
