//! Merchant ids, keys of the API, settings.

use refunds::weight::Weight;
use store::merchant::{ApiKey, Merchant, Put};
use store::{Store, StoreError};
use wechatpay::ids::{Appid, Mchid};
use wechatpay::money::Currency;
use wechatpay::v3::caller::Region;
use wechatpay::wire::Wire;

use crate::world::{after_noon, direct, institution, merchant, set_up, sub};

crate::on_every_store! {
    a_merchant_id_is_kept_as_it_is_set_up
    a_sub_merchants_weight_is_kept_and_is_the_usual_one_if_nobody_gave_another
    a_key_is_found_by_its_hash_and_by_whose_it_is
    a_key_that_is_removed_is_no_key
    a_key_needs_the_merchant_id_it_is_bound_to
    a_setting_is_kept_under_its_name
    a_setting_that_is_there_is_not_replaced_by_one_for_want_of_it
}

async fn a_merchant_id_is_kept_as_it_is_set_up(store: &impl Store) {
    let sandbox = Merchant {
        wire: Wire::V2,
        region: Region::Mainland,
        appid: Appid::parse("wx19").unwrap(),
        api_hosts: ["http://127.0.0.1:7080", "http://127.0.0.1:7081", "http://127.0.0.1:6000"]
            .map(str::to_owned)
            .into(),
        is_sandbox: true,
        settlement_currency: Currency::CNY,
        ..merchant(institution())
    };
    assert_eq!(store.put_merchant(sandbox.clone()).await, Ok(Put::Stored));
    assert_eq!(store.merchants().await.unwrap(), std::slice::from_ref(&sandbox));
    let other = Merchant { api_hosts: vec!["https://apihk.mch.weixin.qq.com".into()], ..sandbox };
    assert_eq!(store.put_merchant(other.clone()).await, Ok(Put::Stored));
    assert_eq!(store.merchants().await.unwrap(), [other]);
    assert_eq!(store.put_merchant(merchant(institution())).await, Ok(Put::Stored));
    assert_eq!(store.merchants().await.unwrap(), [merchant(institution())]);
}

async fn a_sub_merchants_weight_is_kept_and_is_the_usual_one_if_nobody_gave_another(store: &impl Store) {
    set_up(store).await;
    let usual = merchant(institution());
    assert!(usual.weights().is_empty());
    let weight = |percent| Weight::of_percent(percent).unwrap();
    let mut weighed = usual.clone();
    weighed.sub_merchants.extend([(sub(1), weight(1)), (sub(3), weight(10_000))]);
    store.put_merchant(weighed.clone()).await.unwrap();
    assert_eq!(store.merchants().await.unwrap(), [merchant(direct()), weighed.clone()]);
    assert_eq!(weighed.weights(), [(sub(1), weight(1)), (sub(3), weight(10_000))].into());
    store.put_merchant(usual.clone()).await.unwrap();
    assert_eq!(store.merchants().await.unwrap(), [merchant(direct()), usual]);
}

fn key(n: u8, mchid: Option<Mchid>) -> ApiKey {
    ApiKey {
        hash: [n; 32],
        name: format!("key {n}"),
        mchid,
        sub_mchid: None,
        scopes: ["refunds:read", "refunds:write"].map(str::to_owned).into(),
        created_at: after_noon(-i64::from(n)),
        not_after: Some(after_noon(1)),
    }
}

async fn a_key_is_found_by_its_hash_and_by_whose_it_is(store: &impl Store) {
    set_up(store).await;
    let of_sub = ApiKey { sub_mchid: Some(sub(1)), ..key(1, Some(institution())) };
    let operators = ApiKey { scopes: ["admin".to_owned()].into(), not_after: None, ..key(2, None) };
    let of_institution = key(3, Some(institution()));
    for key in [&of_sub, &operators, &of_institution] {
        store.put_api_key(key.clone()).await.unwrap();
        assert_eq!(store.api_key(&key.hash).await.unwrap().as_ref(), Some(key));
    }
    assert_eq!(store.api_key(&[8; 32]).await.unwrap(), None);
    assert_eq!(store.api_keys(None).await.unwrap(), [operators]);
    assert!(store.api_keys(Some(&direct())).await.unwrap().is_empty());
    let oldest_first = [of_institution, of_sub.clone()];
    assert_eq!(store.api_keys(Some(&institution())).await.unwrap(), oldest_first);
    let shown = format!("{of_sub:?}");
    assert!(shown.contains("key 1") && !shown.contains("1, 1"), "the hash is not shown: {shown}");
}

async fn a_key_that_is_removed_is_no_key(store: &impl Store) {
    set_up(store).await;
    for key in [key(1, None), key(2, None)] {
        store.put_api_key(key).await.unwrap();
    }
    assert_eq!(store.remove_api_key(&[1; 32]).await, Ok(true));
    assert_eq!(store.remove_api_key(&[1; 32]).await, Ok(false));
    assert_eq!(store.api_key(&[1; 32]).await.unwrap(), None);
    assert_eq!(store.api_keys(None).await.unwrap(), [key(2, None)]);
}

async fn a_key_needs_the_merchant_id_it_is_bound_to(store: &impl Store) {
    let not_there = |answer| matches!(answer, Err(StoreError::NotThere { .. }));
    assert!(not_there(store.put_api_key(key(1, Some(direct()))).await));
    assert!(not_there(store.api_keys(Some(&direct())).await.map(|_| ())));
    assert_eq!(store.put_api_key(key(1, None)).await, Ok(()));
}

async fn a_setting_is_kept_under_its_name(store: &impl Store) {
    assert_eq!(store.setting("canary").await.unwrap(), None);
    store.put_setting("canary", b"sealed").await.unwrap();
    store.put_setting("other", b"").await.unwrap();
    store.put_setting("canary", b"resealed").await.unwrap();
    assert_eq!(store.setting("canary").await.unwrap(), Some(b"resealed".to_vec()));
    assert_eq!(store.setting("other").await.unwrap(), Some(vec![]));
}

async fn a_setting_that_is_there_is_not_replaced_by_one_for_want_of_it(store: &impl Store) {
    assert_eq!(store.put_setting_if_absent("canary", b"first").await.unwrap(), b"first");
    assert_eq!(store.put_setting_if_absent("canary", b"second").await.unwrap(), b"first");
    assert_eq!(store.setting("canary").await.unwrap(), Some(b"first".to_vec()));
}
