//! `tidegate pool show`.

use crate::stub::{Stub, run};

#[test]
fn a_pool_is_shown_in_cny() {
    let body = r#"{"mchid":"1900000001","currency":"CNY","china_day":"2026-01-05","seen_fen":120000,"reported_fen":5000,"accepted_fen":20000,
"low_fen":100000,"best_fen":105000,"promised_fen":110000,"waiting":{"count":3,"fen":110000,"unknown":1},"next_exchange":"2026-01-05T16:00:00Z",
"shortfall_fen":5000,"advice":"Wait for today's payments.","forecast":null,"forecast_reason":"no_forecast_yet"}"#;
    let stub = Stub::always(200, body);
    let shown = "\
CNY pool of 1900000001, China day 2026-01-05
  Confirmed payments  1,200.00 CNY
  Reported payments   50.00 CNY
  Accepted refunds    200.00 CNY
  Surely left         1,000.00 CNY
  Probably left       1,050.00 CNY
  Promised            1,100.00 CNY
  Waiting             3 refunds, 1,100.00 CNY and what 1 of them need, which is
                      not known yet
  Missing for these   50.00 CNY
  Next exchange       2026-01-06 00:00:00 China time
  Advice              Wait for today's payments.
";
    assert_eq!(
        run(&mut stub.tidegate(&["pool", "show", "1900000001"])),
        (0, shown.to_owned(), String::new())
    );
    assert_eq!(stub.requests()[0].line, "GET /v1/pools/1900000001");
    let printed = run(&mut stub.tidegate(&["pool", "show", "1900000001", "--json"]));
    assert_eq!(printed, (0, format!("{body}\n"), String::new()));
}
