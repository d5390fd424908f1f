//! Whatever arrives, the answer is one of WeChat Pay's.

use proptest::prelude::*;
use sandbox::scene::Arrived;
use wechatpay::v3::error::ErrorBody;

use crate::faces_stage::Stage;

/// A text as far as possible from what is expected, or near to it.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ -~]{0,40}",
        "(/v3(/(global|refund|pay|domestic|refunds|transactions|id|%[0-9A-F]{2}|R[|*@1]))*(\\?[a-z_=&0-9%]*)?)"
    ]
}

fn method() -> impl Strategy<Value = String> {
    prop_oneof![Just("GET".to_owned()), Just("POST".to_owned()), any::<String>()]
}

fn target() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("/v3/global/refunds".to_owned()),
        Just("/v3/refund/domestic/refunds".to_owned()),
        Just("/v3/global/transactions/native".to_owned()),
        Just("/v3/global/micropay/transactions/pay".to_owned()),
        Just("/v3/global/transactions/out-trade-no/T1/close".to_owned()),
        text(),
    ]
}

/// Bytes, or a JSON object with some of the right keys and wrong values.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let value = prop_oneof![
        Just("null".to_owned()),
        Just("1900000002".to_owned()),
        Just("\"1900000002\"".to_owned()),
        Just("{\"refund\":1,\"total\":9223372036854775807,\"currency\":\"HKD\"}".to_owned()),
        Just("[[[]]]".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
    ];
    let key = prop_oneof![
        Just("mchid"),
        Just("appid"),
        Just("out_trade_no"),
        Just("out_refund_no"),
        Just("amount"),
        Just("description"),
        Just("notify_url"),
        Just("payer"),
    ];
    let object = prop::collection::vec((key, value), 0..9).prop_map(|members| {
        let members: Vec<String> = members.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        format!("{{{}}}", members.join(",")).into_bytes()
    });
    prop_oneof![prop::collection::vec(any::<u8>(), 0..200), object]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_request_without_a_true_signature_is_answered_4xx(
        method in method(),
        target in target(),
        headers in prop::collection::vec((text(), text()), 0..4),
        authorization in prop_oneof![any::<String>(), Just("WECHATPAY2-SHA256-RSA2048 mchid=\"1900000002\",nonce_str=\"n\",timestamp=\"1\",serial_no=\"0A\",signature=\"\"".to_owned())],
        body in body(),
    ) {
        let mut stage = Stage::direct();
        let mut headers = headers;
        headers.push(("Accept".to_owned(), "*/*".to_owned()));
        headers.push(("User-Agent".to_owned(), "x".to_owned()));
        headers.push(("Authorization".to_owned(), authorization));
        let got = stage.arrives(&Arrived { method, target, headers, body, client_certificate: None });
        prop_assert!((400..500).contains(&got.status), "{}", got.status);
        prop_assert!(ErrorBody::parse(&got.body).is_ok());
    }

    #[test]
    fn any_signed_request_is_answered_and_no_money_moves(
        method in method(),
        target in target(),
        body in body(),
    ) {
        let mut stage = Stage::direct();
        let body = String::from_utf8_lossy(&body).into_owned();
        let got = stage.asks(&method, &target, &body);
        prop_assert!((400..500).contains(&got.status), "{}", got.status);
        prop_assert!(ErrorBody::parse(&got.body).is_ok());
        prop_assert_eq!(stage.scene.platform.refunds().iter().count(), 0);
    }
}
