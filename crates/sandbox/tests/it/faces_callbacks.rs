//! Notifications as their receivers open them.

use platform::refund::Remedy;
use platform::settings::{Fate, FateRule};
use sandbox::faces::v3::settings::NoticeKey;
use sandbox::faults::BadSigning;
use sandbox::scene::Callback;
use wechatpay::v3::notification::{News, Notification};
use wechatpay::v3::verify::Violation;
use wechatpay::v3::words::{RefundStatus, TradeState};

use crate::faces_stage::{INSTITUTION, PUBLIC_KEY_ID, SUB_MERCHANT, Stage, api_v3_key, header};

/// The next notice that is due.
fn next(stage: &mut Stage) -> Option<Callback> {
    let (_, notice) = stage.scene.platform.take_due_notice(stage.now)?;
    stage.scene.callback(&notice, stage.now)
}

/// The notification in a callback, opened as its receiver does it.
fn opened(stage: &Stage, callback: &Callback) -> Notification {
    let headers = callback.headers(&stage.scene.keyring).unwrap();
    let verified = stage.keys.verify(|name| header(&headers, name), &callback.body, stage.now).unwrap();
    Notification::open(stage.region(), &verified, &api_v3_key()).unwrap()
}

#[test]
fn a_payment_and_a_refund_are_notified_signed_and_sealed() {
    for mut stage in Stage::all() {
        stage.pays("T1", 1_000);
        let paid = next(&mut stage).unwrap();
        assert_eq!(paid.url, "http://127.0.0.1:9000/paid");
        let notification = opened(&stage, &paid);
        assert!(notification.agrees());
        let News::Payment(order) = notification.news else { panic!("{:?}", notification.news) };
        assert_eq!((order.trade_state, order.out_trade_no.as_str()), (TradeState::Success, "T1"));
        stage.scene.platform.advance(stage.now);

        let request = stage.refund("R1", "T1", 400, 1_000);
        assert_eq!(stage.submits(&request).status, 200);
        stage.after(6 * 24 * 3600);
        let told = std::iter::from_fn(|| next(&mut stage)).last().unwrap();
        assert_eq!(told.url, "http://127.0.0.1:9000/refunded");
        let notification = opened(&stage, &told);
        assert!(notification.agrees());
        let News::Refund(news) = notification.news else { panic!("{:?}", notification.news) };
        assert_eq!((news.status, news.out_refund_no.as_str()), (RefundStatus::Success, "R1"));
        assert_eq!(news.amount.refund, request.amount.refund());
        assert!(news.success_time.is_some());
        assert_eq!(news.merchant, Some(stage.merchant()));
    }
}

#[test]
fn a_repeat_is_the_same_notification_under_another_nonce() {
    let mut stage = Stage::direct();
    stage.pays("T1", 1_000);
    let first = next(&mut stage).unwrap();
    assert!(next(&mut stage).is_none());
    let again = next(stage.after(15)).unwrap();
    assert_eq!(again.body, first.body);
    assert_ne!(again.sealing.nonce, first.sealing.nonce);
    assert_eq!(opened(&stage, &again).id.len(), 36);
}

/// A stage on which the only refund, `R1`, was abnormal and somebody has mended it.
fn mended(remedy: Remedy) -> Stage {
    let mut stage = Stage::with(INSTITUTION, Some(SUB_MERCHANT), |world| {
        world.settings.fates.push(FateRule {
            mchid: None,
            bank_type: None,
            amount_minor: None,
            share_ppm: 1_000_000,
            fate: Fate::Abnormal,
            after_s: Some(60),
        });
    });
    stage.pays("T1", 1_000);
    let request = stage.refund("R1", "T1", 400, 1_000);
    assert_eq!(stage.submits(&request).status, 200);
    stage.after(60);
    stage.scene.platform.advance(stage.now);
    let index = stage.scene.platform.refunds().iter().next().unwrap().0;
    assert!(stage.scene.platform.remedy(stage.now, index, remedy));
    stage
}

#[test]
fn where_a_refund_went_that_was_mended_by_hand_is_told() {
    for (remedy, begins) in
        [(Remedy::PayersCard, "招商银行信用卡"), (Remedy::MerchantsBank, "商户结算银行账户")]
    {
        let mut stage = mended(remedy);
        let mut accounts = Vec::new();
        while let Some(callback) = next(&mut stage) {
            if let News::Refund(news) = opened(&stage, &callback).news {
                accounts.extend(news.recv_account.filter(|_| news.status == RefundStatus::Success));
            }
        }
        assert_eq!(accounts.len(), 1);
        assert!(accounts[0].starts_with(begins), "{accounts:?}");
    }
}

#[test]
fn a_late_repeat_tells_the_status_of_its_moment() {
    let mut stage = mended(Remedy::PayersCard);
    let mut ids = Vec::new();
    let mut statuses = Vec::new();
    while let Some(callback) = next(&mut stage) {
        let notification = opened(&stage, &callback);
        assert!(notification.agrees());
        if let News::Refund(news) = notification.news {
            assert_eq!(news.success_time.is_some(), news.status == RefundStatus::Success);
            ids.push(notification.id);
            statuses.push(news.status);
        }
    }
    assert_eq!(statuses, [RefundStatus::Abnormal, RefundStatus::Success]);
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn the_public_key_signs_where_it_is_set_so() {
    let mut stage = Stage::direct();
    stage.scene.settings.notices_signed_by = NoticeKey::PublicKey;
    stage.pays("T1", 1_000);
    let callback = next(&mut stage).unwrap();
    let headers = callback.headers(&stage.scene.keyring).unwrap();
    assert_eq!(header(&headers, "Wechatpay-Serial"), Some(PUBLIC_KEY_ID));
    opened(&stage, &callback);
}

#[test]
fn a_spoiled_callback_is_not_believed() {
    let mut stage = Stage::direct();
    stage.pays("T1", 1_000);
    let callback = next(&mut stage).unwrap();
    for (bad, skew_s) in [
        (Some(BadSigning::Wrong), 0),
        (Some(BadSigning::Unsigned), 0),
        (Some(BadSigning::Probe), 0),
        (Some(BadSigning::UnknownSerial), 0),
        (None, -301),
    ] {
        let sealing = callback.sealing.clone().spoiled(bad, skew_s);
        let headers = sealing.headers(&callback.body, &stage.scene.keyring).unwrap();
        let verdict = stage.keys.verify(|name| header(&headers, name), &callback.body, stage.now);
        match (bad, verdict.unwrap_err()) {
            (Some(BadSigning::Wrong), Violation::WrongSignature { .. })
            | (Some(BadSigning::Unsigned), Violation::Unsigned)
            | (Some(BadSigning::Probe), Violation::Probe)
            | (Some(BadSigning::UnknownSerial), Violation::UnknownSerial { .. })
            | (None, Violation::Stale { .. }) => {}
            (bad, violation) => panic!("{bad:?}: {violation}"),
        }
    }
}
