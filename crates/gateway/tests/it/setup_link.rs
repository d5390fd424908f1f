//! A gateway linked to a sandbox in the same process.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use gateway::admin::api_key::ApiKeyText;
use gateway::admin::init::InitError;
use gateway::gateway::World;
use gateway::merchants::loading::load_all;
use gateway::sandbox_link::gateway_file::GatewayFile;
use gateway::sandbox_link::keyset;
use gateway::sandbox_link::link::{Link, PATIENCE};
use gateway::sandbox_link::taking_in::take_in;
use gateway::sandbox_link::world_file::Clock;
use gateway::secrets::keyset::KeysetError;
use sandbox::serve::{ClockMode, Config, Running, start};
use store::contract::Store;
use store::open::StoreUrl;
use throwaway_postgres::shared;
use wechatpay::ids::Mchid;

use crate::setup_stage::{Stage, now};

/// Keys are made at a sandbox's first start, which takes its time on a machine that has other things to do.
const LONG_ENOUGH: Duration = Duration::from_secs(120);

async fn sandbox(folder: &Path, fresh: bool) -> Running {
    let free = "127.0.0.1:0".parse().unwrap();
    let config = Config {
        listen: free,
        mtls_listen: free,
        control: free,
        data: folder.to_owned(),
        world: None,
        seed: None,
        clock: ClockMode::Virtual { from: now() },
        fresh,
        unkind: None,
    };
    start(config).await.unwrap()
}

fn numbers(keys: &BTreeMap<String, String>) -> Vec<&str> {
    keys.keys().map(String::as_str).collect()
}

#[tokio::test]
async fn a_sandboxs_merchants_are_set_up_and_their_keys_go_on_as_long_as_they_are_known() {
    let folder = tempfile::tempdir().unwrap();
    let running = sandbox(folder.path(), false).await;
    let link = Link::find(folder.path(), PATIENCE).await.unwrap();
    assert_eq!((&link.v3, link.clock), (&format!("http://{}", running.v3), Clock::Virtual));
    assert_eq!(link.control, format!("http://{}", running.control));

    let stage = Stage::new(World::Sandbox);
    let file = take_in(&link, &stage.gateway, &stage.sealer, "http://127.0.0.1:7070").await.unwrap();
    assert_eq!(file.url, "http://127.0.0.1:7070");
    // The mainland merchant is left out.
    assert_eq!(numbers(&file.keys), ["1900000001", "1900000002", "1900000101", "1900000102", "1900000103"]);
    let accounts = stage.gateway.merchants.all();
    assert!(accounts.len() == 2 && accounts.iter().all(|account| account.line.is_some()));
    for (number, sub_mchid, scopes) in [
        (
            "1900000001",
            None,
            "payments:write pools:read refunds:operate refunds:read refunds:write webhooks:write",
        ),
        ("1900000101", Some("1900000101"), "payments:write refunds:read refunds:write"),
    ] {
        let hash = ApiKeyText::presented(&file.keys[number]).hash();
        let key = stage.gateway.store.api_key(&hash).await.unwrap().unwrap();
        assert_eq!(key.mchid, Some(Mchid::parse("1900000001").unwrap()));
        assert_eq!(key.sub_mchid.as_ref().map(|sub| sub.as_str()), sub_mchid);
        assert_eq!(key.scopes.into_iter().collect::<Vec<_>>().join(" "), scopes);
    }

    // The next start of the gateway changes nothing but the address.
    let again = stage.again(World::Sandbox);
    load_all(&again.gateway, &again.sealer).await.unwrap();
    let next = take_in(&link, &again.gateway, &again.sealer, "http://127.0.0.1:7171").await.unwrap();
    assert_eq!(
        (&next.url[..], &next.keys, &next.admin_key),
        ("http://127.0.0.1:7171", &file.keys, &file.admin_key)
    );
    assert_eq!(GatewayFile::read(folder.path()), next);

    // A store that knows none of them gets new ones.
    let other = Stage::new(World::Sandbox);
    let replaced = take_in(&link, &other.gateway, &other.sealer, "http://127.0.0.1:7070").await.unwrap();
    assert!(replaced.admin_key != file.admin_key);
    assert!(replaced.keys.iter().all(|(number, key)| file.keys[number] != *key));
    let printed = format!("{replaced:?} {link:?}");
    assert!(!printed.contains(&replaced.admin_key), "{printed}");

    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let metadata = std::fs::metadata(folder.path().join("gateway.json")).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    }
    running.stop().await.unwrap();
}

#[tokio::test]
async fn credentials_that_a_sandbox_made_anew_are_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::new(World::Sandbox);
    let mut keys = Vec::new();
    for fresh in [false, true] {
        let running = sandbox(folder.path(), fresh).await;
        let link = Link::find(folder.path(), PATIENCE).await.unwrap();
        let file = take_in(&link, &stage.gateway, &stage.sealer, "http://127.0.0.1:7070").await.unwrap();
        keys.push(file.keys);
        running.stop().await.unwrap();
    }
    assert_eq!(keys[0], keys[1], "callers need not notice");
    let direct = Mchid::parse("1900000002").unwrap();
    let secrets = stage.gateway.store.secrets(&direct).await.unwrap();
    let newest = |name: &str| secrets.iter().filter(|secret| secret.name == name).count();
    assert_eq!((newest("api_certificate"), newest("api_v3_key"), newest("public_keys")), (2, 2, 1));
}

#[tokio::test]
async fn a_sandbox_that_does_not_run_is_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let none = Link::find(folder.path(), Duration::ZERO).await.unwrap_err().to_string();
    assert!(none.contains("world.json") && none.contains("tidegate sandbox --data"), "{none}");
    let running = sandbox(folder.path(), false).await;
    running.stop().await.unwrap();
    let stopped = Link::find(folder.path(), Duration::from_millis(500)).await.unwrap_err().to_string();
    assert!(stopped.contains("does not answer"), "{stopped}");
}

#[tokio::test]
async fn a_sandbox_that_is_only_just_starting_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let (link, running) = tokio::join!(Link::find(folder.path(), LONG_ENOUGH), sandbox(folder.path(), false));
    assert_eq!(link.unwrap().v3, format!("http://{}", running.v3));
    running.stop().await.unwrap();
}

#[tokio::test]
async fn the_keyset_lies_beside_the_store_and_is_made_with_it_alone() {
    let folder = tempfile::tempdir().unwrap();
    let database = StoreUrl::parse(&shared().database().unwrap()).unwrap();
    for (url, name) in
        [(StoreUrl::Sqlite(folder.path().join("store.db")), "store.db.keyset"), (database, "gateway.keyset")]
    {
        let file = keyset::beside(&url, folder.path());
        assert_eq!(file, folder.path().join(name));
        let store = url.open().unwrap();
        let made = keyset::open(&store, &file).await.unwrap();
        let again = keyset::open(&store, &file).await.unwrap();
        assert_eq!(made.keyset().primary(), again.keyset().primary());
        std::fs::remove_file(&file).unwrap();
        let lost = keyset::open(&store, &file).await.unwrap_err();
        assert!(matches!(lost, InitError::Keyset(KeysetError::Missing { .. })), "{lost}");
        assert!(!file.exists());
    }
}
