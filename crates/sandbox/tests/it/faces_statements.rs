//! The day's books through the face: statements and settlements.

use wechatpay::china::ChinaDay;
use wechatpay::ids::{Mchid, OutRefundNo, SubMchid};
use wechatpay::money::Currency;
use wechatpay::v3::settlement::{SettlementPage, SettlementQuery, USUAL, Which};
use wechatpay::v3::statement::call::{StatementRequest, Whose};
use wechatpay::v3::statement::digest::{SHA1, check};
use wechatpay::v3::statement::error::StatementError;
use wechatpay::v3::statement::read::Statement;
use wechatpay::v3::statement::row::{Event, Row};
use wechatpay::v3::verify::{SIGNATURE, Violation};
use wechatpay::v3::words::RefundStatus;

use crate::faces_stage::{DIRECT, Got, INSTITUTION, SUB_MERCHANT, Stage};

/// From nine in the morning to ten the next morning.
const TO_THE_STATEMENT_S: i64 = 25 * 3600;

fn day(text: &str) -> ChinaDay {
    ChinaDay::from_date(text.parse().unwrap())
}

/// The day on which every stage begins.
fn first_day() -> ChinaDay {
    day("2026-11-20")
}

fn whose(stage: &Stage) -> Whose {
    let mchid = stage.mchid.clone();
    match stage.mchid.as_str() {
        INSTITUTION => Whose::Institution { sp_mchid: mchid, sub_mchid: stage.sub.clone() },
        _ => Whose::Direct { mchid },
    }
}

/// The statement's answer as it came.
fn fetched(stage: &mut Stage, day: ChinaDay, whose: Whose) -> Got {
    let target = StatementRequest { day, whose }.target().render();
    let arrived = stage.signed("GET", &target, "");
    stage.arrives(&arrived)
}

fn genuine(stage: &Stage, got: &Got) -> Result<(), StatementError> {
    check(&stage.keys, |name| got.header(name), &got.body, stage.now)
}

/// The rows of a statement that is there, once it is found genuine.
fn rows(got: &Got) -> Vec<Row<'_>> {
    assert_eq!(got.status, 200, "{}", String::from_utf8_lossy(&got.body));
    Statement::read(&got.body).unwrap().rows().collect::<Result<_, _>>().unwrap()
}

/// The numbers of the rows, refunds with a minus.
fn numbers(got: &Got) -> Vec<String> {
    let number = |row: &Row<'_>| match &row.event {
        Event::Payment(_) => format!("+{}", row.out_trade_no),
        Event::Refund(refund) => format!("-{}", refund.out_refund_no),
        Event::Revocation(_) => format!("-{}", row.out_trade_no),
    };
    rows(got).iter().map(number).collect()
}

/// What payments leave of a currency after what went back.
fn left(got: &Got, currency: Currency) -> i64 {
    let signed = |row: &Row<'_>| {
        let payer = row.event.amounts().payer;
        let minor = if payer.currency() == currency { payer.minor() } else { 0 };
        if matches!(row.event, Event::Payment(_)) { minor } else { -minor }
    };
    rows(got).iter().map(signed).sum()
}

#[test]
fn a_statement_tells_the_days_payments_and_refunds_and_is_signed_by_its_digest() {
    for mut stage in [Stage::direct(), Stage::institution()] {
        stage.pays("T1", 1_000);
        stage.after(1).pays("T2", 2_000);
        let refund = stage.refund("R1", "T1", 400, 1_000);
        let (paid_at, accepted_at) = (stage.now - jiff::SignedDuration::from_secs(1), stage.now);
        assert_eq!(stage.submits(&refund).status, 200);
        stage.after(TO_THE_STATEMENT_S);
        let asked = whose(&stage);
        let got = fetched(&mut stage, first_day(), asked);
        assert_eq!(genuine(&stage, &got), Ok(()));
        assert_eq!(got.header(SHA1).map(str::len), Some(40));
        assert_eq!(got.header("Content-Type"), Some("text/plain; charset=utf-8"));
        assert_eq!(numbers(&got), ["+T1", "+T2", "-R1"]);
        let rows = rows(&got);
        let order = stage.scene.platform.orders().iter().next().unwrap().1;
        let payment = order.payment().unwrap();
        let first = &rows[0];
        assert_eq!((first.at, &first.transaction_id), (paid_at, &payment.transaction_id));
        assert_eq!((&first.mchid, &first.sub_mchid), (&stage.mchid, &stage.sub));
        assert_eq!(first.event.amounts().payer, payment.payer);
        assert_eq!(first.event.amounts().settlement, Some(payment.settle));
        assert_eq!((first.attach, first.bank_type), ("table 4", "CMB_CREDIT"));
        let refund_no = OutRefundNo::parse("R1").unwrap();
        let index = stage.scene.platform.refunds().find(&stage.mchid, &refund_no).unwrap();
        let accepted = stage.scene.platform.refunds().at(index);
        let Event::Refund(told) = &rows[2].event else { panic!("{:?}", rows[2]) };
        assert_eq!((rows[2].at, &told.refund_id), (accepted_at, &accepted.refund_id));
        assert_eq!((told.amounts.price, told.amounts.payer), (stage.price(400), accepted.part.payer));
        assert_eq!(rows[2].transaction_id, payment.transaction_id);
    }
}

#[test]
fn a_statement_comes_at_ten_and_stays_as_it_was_while_refunds_go_on() {
    let mut stage = Stage::with(DIRECT, None, |world| {
        world.settings.fates = vec![platform::settings::FateRule {
            mchid: None,
            bank_type: None,
            amount_minor: None,
            share_ppm: 1_000_000,
            fate: platform::settings::Fate::Success,
            after_s: Some(30 * 3600),
        }];
    });
    stage.pays("T1", 1_000);
    let refund = stage.refund("R1", "T1", 400, 1_000);
    assert_eq!(stage.submits(&refund).status, 200);
    stage.after(TO_THE_STATEMENT_S - 1);
    let asked = whose(&stage);
    let early = fetched(&mut stage, first_day(), asked.clone());
    assert_eq!(early.refusal(), (400, "STATEMENT_CREATING".to_owned()));
    stage.after(1);
    let first = fetched(&mut stage, first_day(), asked.clone());
    let status = |got: &Got| match &rows(got)[1].event {
        Event::Refund(refund) => refund.status.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(status(&first), RefundStatus::Processing, "and still it counts");
    stage.after(10 * 24 * 3600);
    let later = fetched(&mut stage, first_day(), asked.clone());
    assert_eq!(later.body, first.body);
    let none = fetched(&mut stage, day("2026-11-19"), asked.clone());
    assert_eq!(none.refusal(), (400, "NO_STATEMENT_EXIST".to_owned()));
    assert!(stage.verified(&none).is_ok());
    stage.after(180 * 24 * 3600);
    let gone = fetched(&mut stage, first_day(), asked);
    assert_eq!(gone.refusal(), (400, "INVALID_REQUEST".to_owned()));
}

#[test]
fn payments_less_refunds_of_a_statement_are_the_exchange_of_its_day() {
    for mut stage in [Stage::direct(), Stage::institution()] {
        for (number, minor) in [("T1", 1_000), ("T2", 2_500), ("T3", 333)] {
            stage.pays(number, minor);
        }
        for (number, order, refund, total) in [("R1", "T1", 1_000, 1_000), ("R2", "T3", 111, 333)] {
            let refund = stage.refund(number, order, refund, total);
            assert_eq!(stage.submits(&refund).status, 200);
        }
        stage.after(24 * 3600);
        stage.pays("T4", 5_000);
        let refund = stage.refund("R3", "T2", 500, 2_500);
        assert_eq!(stage.submits(&refund).status, 200);
        stage.after(TO_THE_STATEMENT_S);
        for of in ["2026-11-20", "2026-11-21"] {
            let asked = whose(&stage);
            let got = fetched(&mut stage, day(of), asked);
            let pool = stage.scene.platform.pool(&stage.mchid, stage.sub.as_ref()).unwrap();
            let exchange = pool.day(day(of)).unwrap().exchange.as_ref().unwrap();
            assert_eq!(left(&got, Currency::CNY), exchange.cny_fen, "{of}");
        }
        assert!(stage.scene.platform.audit().violations.is_empty());
    }
}

#[test]
fn an_institution_gets_all_its_sub_merchants_and_narrows_to_one() {
    let mut stage = Stage::institution();
    stage.pays("T1", 1_000);
    let other = SubMchid::parse("1900000102").unwrap();
    stage.sub = Some(other.clone());
    stage.after(1).pays("T1", 2_000);
    stage.after(TO_THE_STATEMENT_S);
    let of = |sub_mchid| Whose::Institution { sp_mchid: Mchid::parse(INSTITUTION).unwrap(), sub_mchid };
    let all = fetched(&mut stage, first_day(), of(None));
    let subs: Vec<_> = rows(&all).iter().map(|row| row.sub_mchid.clone().unwrap().to_string()).collect();
    assert_eq!(subs, [SUB_MERCHANT, "1900000102"]);
    let one = fetched(&mut stage, first_day(), of(Some(other)));
    assert_eq!(rows(&one).len(), 1);
    let stranger = fetched(&mut stage, first_day(), of(Some(SubMchid::parse("1900000999").unwrap())));
    assert_eq!(stranger.refusal(), (403, "NO_AUTH".to_owned()));
}

#[test]
fn who_asks_for_anothers_books_or_by_the_wrong_name_or_on_the_mainland_gets_none() {
    let mut stage = Stage::institution();
    stage.pays("T1", 1_000);
    stage.after(TO_THE_STATEMENT_S);
    let mchid = |text: &str| Mchid::parse(text).unwrap();
    let direct = Whose::Direct { mchid: mchid(INSTITUTION) };
    let got = fetched(&mut stage, first_day(), direct);
    assert_eq!(got.error().detail.unwrap().field.as_deref(), Some("mchid"));
    let others = Whose::Direct { mchid: mchid(DIRECT) };
    assert_eq!(fetched(&mut stage, first_day(), others).refusal(), (403, "NO_AUTH".to_owned()));
    let mut mainland = Stage::mainland();
    let asked = whose(&mainland);
    let got = fetched(&mut mainland, first_day(), asked);
    assert_eq!(got.refusal(), (400, "INVALID_REQUEST".to_owned()));
    for (query, field) in [("", "date"), ("?date=20261120", "mchid"), ("?date=2026112&mchid=1", "date")] {
        let got = stage.asks("GET", &format!("/v3/global/statements{query}"), "");
        assert_eq!(got.refusal(), (400, "PARAM_ERROR".to_owned()));
        let detail = got.error().detail.unwrap();
        assert_eq!((detail.field.as_deref(), detail.location.as_deref()), (Some(field), Some("query")));
    }
}

#[test]
fn statements_meet_the_faults_that_other_calls_meet() {
    for (fault, expected) in [
        ("wrong_signature", "is not"),
        ("unsigned", "not signed"),
        ("probe", "probe"),
        ("wrong_serial", "not among the known keys"),
        ("stale_timestamp", "from ours"),
    ] {
        let mut stage = Stage::direct();
        stage.pays("T1", 1_000);
        stage.after(TO_THE_STATEMENT_S);
        stage.rule(&format!(r#"{{"call":"statement","fault":"{fault}"}}"#));
        let asked = whose(&stage);
        let got = fetched(&mut stage, first_day(), asked);
        let error = genuine(&stage, &got).unwrap_err();
        assert!(matches!(error, StatementError::Unverified(_)), "{error:?}");
        assert!(error.to_string().contains(expected), "{fault}: {error}");
        assert_eq!(got.header(SIGNATURE).is_some(), fault != "unsigned");
    }
    let mut stage = Stage::direct();
    stage.rule(r#"{"call":"settlements","fault":"error_code","code":"SYSTEM_ERROR","times":1}"#);
    let arrived = stage.signed("GET", "/v3/global/settle/settlements?settle_state=UNSETTLE", "");
    assert_eq!(stage.arrives(&arrived).refusal(), (500, "SYSTEM_ERROR".to_owned()));
    let calls: Vec<_> = stage.scene.record.entries().filter_map(|entry| entry.call.as_deref()).collect();
    assert_eq!(calls, ["settlements"]);
}

#[test]
fn a_statement_that_was_changed_on_its_way_or_whose_text_was_signed_is_not_genuine() {
    let mut stage = Stage::direct();
    stage.pays("T1", 1_000);
    stage.after(TO_THE_STATEMENT_S);
    let asked = whose(&stage);
    let mut got = fetched(&mut stage, first_day(), asked);
    let as_a_message = stage.verified(&got).unwrap_err();
    assert!(matches!(as_a_message, Violation::WrongSignature { .. }), "its text is not what is signed");
    got.body.pop();
    assert!(matches!(genuine(&stage, &got), Err(StatementError::DigestMismatch { .. })));
}

fn settlements(stage: &mut Stage, which: Which, offset: u32, limit: u32) -> SettlementPage {
    let query = SettlementQuery { which, offset, limit, sub_mchid: None };
    let got = stage.gets(&query.target());
    assert_eq!(got.status, 200);
    SettlementPage::parse(&got.body).unwrap()
}

#[test]
fn a_settlement_nets_the_refunds_of_its_days_and_waits_below_800_dollars() {
    let mut stage = Stage::with(INSTITUTION, Some(SUB_MERCHANT), |world| {
        world.settings.fee_rate_ppm = 10_000;
    });
    // 2026-11-20 is a Friday: Saturday's and Sunday's exchanges are paid out on Monday.
    for (number, minor) in [("T1", 70_000), ("T2", 30_000), ("T3", 40_000)] {
        stage.pays(number, minor);
        let refund = stage.refund(&number.replace('T', "R"), number, 10_000, minor);
        assert_eq!(stage.submits(&refund).status, 200);
        stage.after(24 * 3600);
    }
    let settled = |from, to| Which::Settled { from: day(from), to: day(to) };
    let page = settlements(&mut stage, settled("2026-11-01", "2026-11-30"), 0, USUAL);
    assert_eq!(page.total_count, Some(1));
    let [batch] = &page.batches[..] else { panic!("{page:?}") };
    assert_eq!((batch.trade_start_date, batch.trade_end_date), (day("2026-11-20"), day("2026-11-22")));
    assert_eq!(batch.settlement_date, Some(day("2026-11-23")));
    assert_eq!(batch.batch_id.as_deref(), Some("202611220001"));
    let amounts = &batch.amounts;
    assert!(amounts.agree());
    assert_eq!((amounts.pay, amounts.refund, amounts.net, amounts.fee), (140_000, -30_000, 110_000, 1_100));
    assert_eq!((amounts.settled, amounts.currency), (108_900, Currency::USD));

    // What the statements of its days say in the settlement currency.
    let mut told = (0, 0);
    for of in ["2026-11-20", "2026-11-21", "2026-11-22"] {
        let asked = whose(&stage);
        stage.after(3600);
        for row in rows(&fetched(&mut stage, day(of), asked)) {
            let settlement = row.event.amounts().settlement.unwrap().minor();
            match row.event {
                Event::Payment(_) => told.0 += settlement,
                Event::Refund(_) | Event::Revocation(_) => told.1 -= settlement,
            }
        }
    }
    assert_eq!(told, (amounts.pay, amounts.refund));

    stage.pays("T4", 5_000);
    stage.after(24 * 3600);
    let page = settlements(&mut stage, Which::Unsettled, 0, USUAL);
    let [waiting] = &page.batches[..] else { panic!("{page:?}") };
    assert_eq!((waiting.batch_id.as_ref(), waiting.settlement_date), (None, None));
    assert_eq!((waiting.amounts.settled, waiting.amounts.unsettled), (0, 4_950));
    assert!(waiting.amounts.agree());
    let before = settlements(&mut stage, settled("2026-11-01", "2026-11-22"), 0, USUAL);
    assert_eq!((before.batches.len(), before.total_count), (0, Some(0)));
}

#[test]
fn settlements_come_by_pages() {
    let mut stage = Stage::institution();
    for number in 1..=5 {
        stage.pays(&format!("T{number}"), 90_000);
        stage.after(24 * 3600);
    }
    let all = Which::Settled { from: day("2026-11-01"), to: day("2026-11-30") };
    let first = settlements(&mut stage, all, 0, 2);
    assert_eq!((first.batches.len(), first.total_count, first.limit), (2, Some(3), 2));
    let second = settlements(&mut stage, all, 2, 2);
    assert_eq!((second.batches.len(), second.total_count, second.offset), (1, None, 2));
    let numbers: Vec<_> = first.batches.iter().chain(&second.batches).map(|batch| &batch.batch_id).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");
    let got = stage.asks("GET", "/v3/global/settle/settlements?settle_state=SETTLED", "");
    assert_eq!(got.error().detail.unwrap().field.as_deref(), Some("settle_start_date"));
}
