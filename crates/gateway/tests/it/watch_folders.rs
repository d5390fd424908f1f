//! Certificates in folders, and a watch over them that survives its process.

use std::fs;
use std::path::PathBuf;

use gateway::watch::folders::Found;
use gateway::watch::over_folders::OverFolders;
use gateway::watch::settings::WatchSettings;
use gateway::watch::state_file::StateFile;

use crate::setup_stage::MCHID;
use crate::watch_stage::{Pair, SmsGateway, at, sms_to, watch};

#[test]
fn merchants_certificates_are_found_once_each_and_everything_else_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join(MCHID);
    fs::create_dir(&own).unwrap();
    let pair = Pair::new("2025-11-30T12:00:00", "2026-11-30T12:00:00");
    fs::write(own.join("apiclient_cert.pem"), &pair.certificate_pem).unwrap();
    fs::write(own.join("apiclient_key.pem"), &pair.private_key_pem).unwrap();
    fs::write(folder.path().join("copy.PEM"), &pair.certificate_pem).unwrap();
    fs::write(own.join("platform.pem"), include_str!("../../../wechatpay/testdata/platform_cert.pem"))
        .unwrap();
    fs::write(own.join("notes.txt"), "nothing").unwrap();
    fs::write(own.join("broken.pem"), "nothing").unwrap();
    // A bundle whose password nobody knows is missed only where it is alone.
    let bundle = include_bytes!("../../../certs/testdata/aes256.p12");
    let alone = folder.path().join("alone");
    fs::create_dir(&alone).unwrap();
    fs::write(own.join("apiclient_cert.p12"), bundle).unwrap();
    fs::write(alone.join("apiclient_cert.p12"), bundle).unwrap();
    let now = at("2026-10-01T12:00:00");
    let policy = WatchSettings::default().policy;
    let found = Found::at(&[folder.path().to_owned(), folder.path().join("missing")], &policy, now);
    assert_eq!(found.count(), 1);
    let unreadable: Vec<&PathBuf> = found.unreadable.iter().map(|(path, _)| path).collect();
    let expected = [own.join("broken.pem"), alone.join("apiclient_cert.p12"), folder.path().join("missing")];
    assert_eq!(unreadable, expected.iter().collect::<Vec<_>>());
    let watched = found.watched(&policy, now);
    assert_eq!((watched[0].merchant_id.as_str(), watched[0].others_living), (MCHID, 0));
}

#[tokio::test]
async fn a_watch_over_folders_tells_each_notice_once_however_often_it_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let pair = Pair::new("2025-11-30T12:00:00", "2026-11-30T12:00:00");
    fs::write(folder.path().join("apiclient_cert.pem"), &pair.certificate_pem).unwrap();
    let state = folder.path().join("watch.json");
    let (sms, url) = SmsGateway::start().await;
    let mut looks = Vec::new();
    for now in ["2026-10-01T12:00:00", "2026-10-01T13:00:00", "2026-10-31T12:00:00"].map(at) {
        let state = StateFile::open(&state).unwrap();
        let watch = watch(&sms_to(&url, &["+861"], None));
        let look = OverFolders::new(vec![folder.path().to_owned()], watch, state).look(now).await;
        assert!(look.is_well && look.certificates == 1);
        assert_eq!(look.next.duration_since(now).as_mins(), 60, "files are looked at every hour");
        looks.push(sms.came().len());
    }
    assert_eq!(looks, [1, 1, 2]);
}

#[tokio::test]
async fn a_look_is_not_well_if_something_could_not_be_sent_or_read_or_if_there_is_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("certificates");
    fs::create_dir(&own).unwrap();
    let now = at("2026-10-01T12:00:00");
    let (sms, url) = SmsGateway::start().await;
    let state = StateFile::open(&folder.path().join("watch.json")).unwrap();
    let mut watch = OverFolders::new(vec![own.clone()], watch(&sms_to(&url, &["+861"], None)), state);
    assert!(!watch.look(now).await.is_well, "there is nothing");
    let pair = Pair::new("2025-11-30T12:00:00", "2026-11-30T12:00:00");
    fs::write(own.join("apiclient_cert.pem"), &pair.certificate_pem).unwrap();
    sms.is_down(true);
    let look = watch.look(now).await;
    assert!(!look.is_well && look.next.duration_since(now).as_mins() == 1, "tried again in a minute");
    sms.is_down(false);
    assert!(watch.look(look.next).await.is_well);
    fs::write(own.join("other.pem"), "broken").unwrap();
    assert!(!watch.look(look.next).await.is_well);
    assert_eq!(sms.came().len(), 2);
}
