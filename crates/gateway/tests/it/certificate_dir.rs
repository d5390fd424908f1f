//! A certificate that is put into its folder is taken in while the gateway runs.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use certs::private_key::PrivateKey;
use certs::request::{MerchantId, MerchantName, make};
use gateway::certificate_dir::follow;
use gateway::gateway::World;
use gateway::merchants::credentials::CredentialTexts;
use gateway::merchants::setting_up::{NewMerchant, set_up};
use serde_json::json;
use store::contract::Store;
use store::merchant::Mode;
use tokio_util::sync::CancellationToken;
use wechatpay::ids::Mchid;

use crate::setup_stage::{Credentials, Stage};
use crate::wechat_sandbox::{DIRECT, Sandbox};

/// How long it may take on a busy machine.
const LONGEST: Duration = Duration::from_secs(30);

/// The number of the certificate that is in force.
fn in_force(stage: &Stage, mchid: &Mchid) -> String {
    let account = stage.gateway.merchants.get(mchid).unwrap();
    account.line.as_ref().unwrap().certificate().0.to_string()
}

fn put(folder: &Path, certificate: &str, key: &str) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("apiclient_key.pem"), key).unwrap();
    fs::write(folder.join("apiclient_cert.pem"), certificate).unwrap();
}

#[tokio::test]
async fn a_new_pair_is_in_force_soon_after_it_was_put_there_and_a_wrong_one_never() {
    let sandbox = Sandbox::start().await;
    let stage = Stage::new(World::Sandbox);
    stage.gateway.clock.go_to(crate::wechat_sandbox::morning());
    let mchid = Mchid::parse(DIRECT).unwrap();
    let text = |name: &str| sandbox.credential(DIRECT, name);
    let merchant = NewMerchant {
        mchid: mchid.clone(),
        mode: Mode::Direct,
        api_hosts: vec![sandbox.url()],
        credentials: CredentialTexts {
            certificate_pem: text("apiclient_cert.pem"),
            private_key_pem: text("apiclient_key.pem").into(),
            api_v3_key: Some(text("api_v3_key.txt").into()),
            api_v2_key: None,
            public_keys: vec![],
        },
        ..Credentials::new().new_merchant()
    };
    set_up(&stage.gateway, &stage.sealer, merchant, "me").await.unwrap();
    let before = in_force(&stage, &mchid);

    let key = sandbox::authority::new_key().unwrap();
    let key = PrivateKey::from_pkcs8(key.serialized_der()).unwrap();
    let name = MerchantName::parse(&format!("Tidegate Sandbox Shop {DIRECT} 有限公司")).unwrap();
    let request_string = make(&key, &MerchantId::parse(DIRECT).unwrap(), &name).unwrap();
    let change = format!("/control/certificates/{DIRECT}/{before}/change");
    let told = sandbox.post(&change, json!({ "request_string": request_string })).await;

    let (folder, ending) = (tempfile::tempdir().unwrap(), CancellationToken::new());
    let of_merchant = folder.path().join(DIRECT);
    // The new certificate beside the old key, as it is for a moment while somebody copies.
    put(&of_merchant, told["certificate_string"].as_str().unwrap(), &text("apiclient_key.pem"));
    let (gateway, sealer) = (stage.gateway.clone(), stage.sealer.clone());
    let often = Duration::from_millis(10);
    tokio::spawn(follow(gateway, sealer, folder.path().to_owned(), often, ending.clone()));
    for _ in 0..20 {
        tokio::time::sleep(often).await;
    }
    assert_eq!(in_force(&stage, &mchid), before, "these two are no pair");

    put(&of_merchant, told["certificate_string"].as_str().unwrap(), &key.pem());
    let deadline = Instant::now() + LONGEST;
    while in_force(&stage, &mchid) != told["serial_no"] {
        assert!(Instant::now() < deadline, "it was not taken in");
        tokio::time::sleep(often).await;
    }
    let trail = stage.gateway.store.audit_trail(&mchid, 0, 10).await.unwrap();
    let last = trail.last().unwrap();
    assert_eq!((last.actor.as_str(), last.action.as_str()), ("the certificate folder", "certificate.renew"));
    ending.cancel();
}
