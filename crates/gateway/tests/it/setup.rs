//! Merchant ids are set up, kept, and back after a restart.

use std::sync::Arc;

use gateway::admin::trail::first_broken;
use gateway::gateway::World;
use gateway::merchants::credentials::CredentialTexts;
use gateway::merchants::loading::load_all;
use gateway::merchants::renewal::{NewCertificate, renew};
use gateway::merchants::setting_up::{NewMerchant, SetUp, SetUpError, put_sub_merchant, set_up};
use gateway::merchants::stored;
use gateway::secrets::keyset::Keyset;
use gateway::secrets::sealer::Sealer;
use refunds::key::NumberForm;
use refunds::weight::Weight;
use secrecy::ExposeSecret;
use store::contract::Store;
use store::merchant::Mode;
use wechatpay::ids::SubMchid;
use wechatpay::wire::Wire;

use crate::setup_stage::{API_V3_KEY, Credentials, HOST, Stage, mchid};

#[tokio::test]
async fn a_merchant_id_that_is_set_up_is_back_after_a_restart() {
    let (stage, credentials) = (Stage::new(World::Sandbox), Credentials::new());
    let new = credentials.new_merchant();
    assert_eq!(set_up(&stage.gateway, &stage.sealer, new.clone(), "me").await.unwrap(), SetUp::Created);
    let account = stage.gateway.merchants.get(&mchid()).unwrap();
    assert!(account.line.is_some() && account.merchant.is_sandbox);
    assert_eq!(account.merchant.number_form, NumberForm::Prefixed);

    let again = stage.again(World::Sandbox);
    load_all(&again.gateway, &again.sealer).await.unwrap();
    let loaded = again.gateway.merchants.get(&mchid()).unwrap();
    assert_eq!(loaded.merchant, account.merchant);
    assert!(loaded.line.is_some());
    assert_eq!(set_up(&again.gateway, &again.sealer, new, "me").await.unwrap(), SetUp::Same);
    let loaded_line = loaded.line.as_ref().unwrap();
    let line = again.gateway.merchants.get(&mchid()).unwrap().line.clone().unwrap();
    assert!(Arc::ptr_eq(&line, loaded_line), "what is the same goes on as it is");
}

#[tokio::test]
async fn a_new_certificate_that_wechat_pay_cannot_be_asked_about_changes_nothing() {
    let (stage, credentials) = (Stage::new(World::Sandbox), Credentials::new());
    let mut new = credentials.new_merchant();
    set_up(&stage.gateway, &stage.sealer, new.clone(), "me").await.unwrap();
    let before = stage.gateway.merchants.get(&mchid()).unwrap();

    let certificate = NewCertificate {
        certificate_pem: credentials.certificates[1].clone(),
        private_key_pem: new.credentials.private_key_pem.clone(),
    };
    let alone = renew(&stage.gateway, &stage.sealer, &mchid(), certificate, "me").await.unwrap_err();
    assert!(matches!(alone, SetUpError::CertificateNotProven { .. }), "{alone}");
    new.credentials.certificate_pem = credentials.certificates[1].clone();
    let with_all = set_up(&stage.gateway, &stage.sealer, new, "me").await.unwrap_err();
    assert!(matches!(with_all, SetUpError::CertificateNotProven { .. }), "{with_all}");

    assert!(Arc::ptr_eq(&stage.gateway.merchants.get(&mchid()).unwrap(), &before));
    let secrets = stage.gateway.store.secrets(&mchid()).await.unwrap();
    assert!(secrets.iter().all(|secret| secret.version == 1), "{secrets:?}");
}

#[tokio::test]
async fn without_its_secrets_or_in_the_other_world_a_merchant_id_is_there_and_calls_nobody() {
    let (stage, credentials) = (Stage::new(World::Sandbox), Credentials::new());
    set_up(&stage.gateway, &stage.sealer, credentials.new_merchant(), "me").await.unwrap();

    let production = stage.again(World::Production);
    load_all(&production.gateway, &production.sealer).await.unwrap();
    assert!(production.gateway.merchants.get(&mchid()).unwrap().line.is_none());

    let other = stage.again(World::Sandbox);
    let other_keyset = Sealer::new(Keyset::generate().unwrap().keyset);
    load_all(&other.gateway, &other_keyset).await.unwrap();
    assert!(other.gateway.merchants.get(&mchid()).unwrap().line.is_none());
    // What does not open is put right by setting the merchant id up again.
    let done = set_up(&other.gateway, &other_keyset, credentials.new_merchant(), "me").await.unwrap();
    assert_eq!(done, SetUp::Changed);
    assert!(other.gateway.merchants.get(&mchid()).unwrap().line.is_some());
}

#[tokio::test]
async fn a_sandboxs_certificate_is_refused_in_production_and_nothing_is_stored() {
    let (stage, credentials) = (Stage::new(World::Production), Credentials::new());
    let mut new = credentials.new_merchant();
    new.api_hosts.clear();
    let error = set_up(&stage.gateway, &stage.sealer, new, "me").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "this is a sandbox's certificate, and this gateway is set up for production"
    );
    assert_eq!(error.pointer().as_deref(), Some("/certificate_pem"));
    assert!(stage.gateway.store.merchants().await.unwrap().is_empty());
}

#[tokio::test]
async fn sub_merchants_are_added_and_never_taken_away() {
    let (stage, credentials) = (Stage::new(World::Sandbox), Credentials::new());
    let sub = |number| SubMchid::parse(number).unwrap();
    let put = async |number, weight: Option<u64>| {
        let weight = weight.map(|percent| Weight::of_percent(percent).unwrap());
        put_sub_merchant(&stage.gateway, &mchid(), sub(number), weight, "me").await
    };
    let missing = put("1900000101", None).await.unwrap_err();
    assert!(matches!(missing, SetUpError::NotThere { .. }), "{missing}");
    let mut new = credentials.new_merchant();
    new.sub_mchids.insert(sub("1900000101"));
    set_up(&stage.gateway, &stage.sealer, new, "me").await.unwrap();
    for (number, weight, expected) in [
        ("1900000102", None, SetUp::Created),
        ("1900000102", None, SetUp::Same),
        ("1900000102", Some(100), SetUp::Same),
        ("1900000102", Some(200), SetUp::Changed),
        ("1900000102", None, SetUp::Same),
        ("1900000103", Some(50), SetUp::Created),
    ] {
        assert_eq!(put(number, weight).await.unwrap(), expected, "{number} {weight:?}");
    }
    let again = credentials.new_merchant();
    assert_eq!(set_up(&stage.gateway, &stage.sealer, again, "me").await.unwrap(), SetUp::Same);
    let merchant = stage.gateway.merchants.get(&mchid()).unwrap().merchant.clone();
    let served: Vec<_> =
        merchant.sub_merchants.iter().map(|(sub, weight)| (sub.as_str(), weight.percent())).collect();
    assert_eq!(served, [("1900000101", 100), ("1900000102", 200), ("1900000103", 50)]);
    assert_eq!(stage.gateway.store.merchants().await.unwrap(), [merchant]);
    let trail = stage.gateway.store.audit_trail(&mchid(), 0, 10).await.unwrap();
    let acts: Vec<_> = trail.iter().map(|line| (line.action.as_str(), line.detail.as_str())).collect();
    assert_eq!(
        acts[1..],
        [
            ("sub_merchant.add", "1900000102"),
            ("sub_merchant.change", "1900000102, weight 200 %"),
            ("sub_merchant.add", "1900000103, weight 50 %"),
        ]
    );
}

#[tokio::test]
async fn how_a_merchant_id_is_connected_does_not_change() {
    let (stage, credentials) = (Stage::new(World::Sandbox), Credentials::new());
    let new = credentials.new_merchant();
    set_up(&stage.gateway, &stage.sealer, new.clone(), "me").await.unwrap();
    // Its orders are its sub-merchants'; read as its own they would have nothing refunded.
    let other = match new.mode {
        Mode::Direct => Mode::Institution,
        Mode::Institution => Mode::Direct,
    };
    let changed = NewMerchant { mode: other, sub_mchids: Default::default(), ..new.clone() };
    let refused = set_up(&stage.gateway, &stage.sealer, changed, "me").await.unwrap_err();
    assert!(matches!(refused, SetUpError::ModeIsFixed { .. }), "{refused}");
    assert_eq!(stage.gateway.merchants.get(&mchid()).unwrap().merchant.mode, new.mode);
}

#[tokio::test]
async fn the_audit_trail_names_every_change_and_shows_a_changed_line() {
    let (stage, credentials) = (Stage::new(World::Sandbox), Credentials::new());
    let mut new = credentials.new_merchant();
    set_up(&stage.gateway, &stage.sealer, new.clone(), "me").await.unwrap();
    set_up(&stage.gateway, &stage.sealer, new.clone(), "me").await.unwrap();
    new.credentials.api_v3_key = Some(API_V3_KEY.to_uppercase().into());
    set_up(&stage.gateway, &stage.sealer, new, "you").await.unwrap();
    let sub = SubMchid::parse("1900000101").unwrap();
    put_sub_merchant(&stage.gateway, &mchid(), sub, None, "me").await.unwrap();

    let lines = stage.gateway.store.audit_trail(&mchid(), 0, 100).await.unwrap();
    let told: Vec<(&str, &str)> =
        lines.iter().map(|line| (line.actor.as_str(), line.action.as_str())).collect();
    assert_eq!(told, [("me", "merchant.create"), ("you", "merchant.change"), ("me", "sub_merchant.add")]);
    assert!(lines[1].detail.ends_with("new credentials: api_v3_key"), "{}", lines[1].detail);
    assert_eq!(first_broken(&lines), None);
    assert_eq!(first_broken(&lines[1..]), None);
    for n in 0..lines.len() {
        let mut changed = lines.clone();
        changed[n].detail.push('!');
        assert_eq!(first_broken(&changed), Some(lines[n].n));
        let mut without = lines.clone();
        without.remove(n);
        let first_after = (n + 1 < lines.len() && n > 0).then(|| lines[n + 1].n);
        assert_eq!(first_broken(&without), first_after);
    }
}

#[tokio::test]
async fn nothing_secret_is_printed_or_stored_in_the_clear() {
    let (stage, credentials) = (Stage::new(World::Sandbox), Credentials::new());
    let new = credentials.new_merchant();
    let mut printed = format!("{new:?} {:?}", new.credentials);
    set_up(&stage.gateway, &stage.sealer, new, "me").await.unwrap();
    let secrets = stage.gateway.store.secrets(&mchid()).await.unwrap();
    let trail = stage.gateway.store.audit_trail(&mchid(), 0, 100).await.unwrap();
    printed += &format!("{:?} {:?} {secrets:?} {trail:?}", stage.gateway, stage.sealer);
    let key_line = credentials.private_key_pem.lines().nth(5).unwrap();
    assert!(!printed.contains(API_V3_KEY) && !printed.contains(key_line), "{printed}");
    let holds = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    for secret in secrets {
        assert!(!holds(&secret.sealed, API_V3_KEY) && !holds(&secret.sealed, key_line), "{secret:?}");
    }
}

const API_V2_KEY: &str = "NobodyMayEverSeeThisApiV2KeyHere";

/// The same merchant id over V2, with the sandbox's address.
fn over_v2(new: NewMerchant) -> NewMerchant {
    NewMerchant {
        wire: Wire::V2,
        api_hosts: vec![HOST.to_owned(), "https://127.0.0.1:7443".to_owned()],
        credentials: CredentialTexts {
            api_v3_key: None,
            api_v2_key: Some(API_V2_KEY.into()),
            ..new.credentials
        },
        ..new
    }
}

#[tokio::test]
async fn a_merchant_id_that_moves_keeps_the_key_of_the_other_version() {
    let (stage, credentials) = (Stage::new(World::Sandbox), Credentials::new());
    let line = |stage: &Stage| stage.gateway.merchants.get(&mchid()).unwrap().line.clone().unwrap();
    set_up(&stage.gateway, &stage.sealer, over_v2(credentials.new_merchant()), "me").await.unwrap();
    assert!(line(&stage).api_v3_key().is_none());
    // To V3, and it is not said again what the other key was.
    let moved = set_up(&stage.gateway, &stage.sealer, credentials.new_merchant(), "me").await.unwrap();
    assert_eq!(moved, SetUp::Changed);
    for stage in [&stage, &stage.again(World::Sandbox)] {
        load_all(&stage.gateway, &stage.sealer).await.unwrap();
        let known = stored::bring(&*stage.gateway.store, &stage.sealer, &mchid()).await.unwrap();
        assert_eq!(known.api_v2_key.unwrap().expose_secret(), API_V2_KEY);
        assert_eq!(known.api_v3_key.unwrap().expose_secret(), API_V3_KEY);
        assert!(line(stage).api_v3_key().is_some());
        let printed = format!("{:?} {:?}", line(stage), stage.gateway.store.secrets(&mchid()).await.unwrap());
        assert!(!printed.contains(API_V2_KEY) && !printed.contains(API_V3_KEY), "{printed}");
    }
    let lines = stage.gateway.store.audit_trail(&mchid(), 0, 100).await.unwrap();
    let details: Vec<&str> = lines.iter().map(|line| line.detail.as_str()).collect();
    assert!(details[0].contains(", V2, ") && details[0].contains("api_v2_key"), "{details:?}");
    assert!(details[1].contains(", V3, ") && !details[1].contains("api_v2_key"), "{details:?}");
}

#[tokio::test]
async fn over_v2_an_address_with_tls_is_needed() {
    let (stage, credentials) = (Stage::new(World::Sandbox), Credentials::new());
    let new = NewMerchant { api_hosts: vec![HOST.to_owned()], ..over_v2(credentials.new_merchant()) };
    let error = set_up(&stage.gateway, &stage.sealer, new, "me").await.unwrap_err();
    assert_eq!(error.pointer().as_deref(), Some("/api_hosts"), "{error}");
    assert!(stage.gateway.store.merchants().await.unwrap().is_empty());
}
