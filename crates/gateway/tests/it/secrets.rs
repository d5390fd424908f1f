//! A store and its keyset belong together.

use gateway::admin::init::{InitError, init};
use gateway::secrets::canary::{self, CanaryError};
use gateway::secrets::keyset::{Keyset, KeysetError, VARIABLE};
use gateway::secrets::sealer::Sealer;
use store::contract::Store;
use store::memory::{MemoryStore, Model};
use zeroize::Zeroizing;

use crate::setup_stage::now;

fn store() -> MemoryStore {
    MemoryStore::new(Model::new())
}

#[tokio::test]
async fn a_store_is_set_up_once_with_a_keyset_and_an_admin_key_that_are_shown_once() {
    let folder = tempfile::tempdir().unwrap();
    let (store, file) = (store(), folder.path().join("keyset"));
    let made = init(&store, &file, None, now()).await.unwrap();
    assert_eq!(made.keyset_file.as_deref(), Some(&*file));
    let key = store.api_key(&made.admin_key.hash()).await.unwrap().unwrap();
    assert_eq!((key.mchid, key.scopes), (None, ["admin".to_owned()].into()));
    let text = std::fs::read_to_string(&file).unwrap();
    let printed = format!("{made:?}");
    assert!(!printed.contains(made.admin_key.expose()) && !text.contains(made.admin_key.expose()));

    let sealer = Sealer::new(Keyset::read(&file).unwrap());
    canary::check(&store, &sealer).await.unwrap();
    let again = init(&store, &file, None, now()).await.unwrap_err();
    assert!(matches!(again, InitError::SetUpAlready), "{again}");
    assert_eq!(store.api_keys(None).await.unwrap().len(), 1);
    // A lost keyset is not made again beside the old store.
    std::fs::remove_file(&file).unwrap();
    assert!(matches!(init(&store, &file, None, now()).await, Err(InitError::SetUpAlready)));
    assert!(!file.exists());
}

#[tokio::test]
async fn a_set_up_that_was_cut_short_is_carried_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let (store, file) = (store(), folder.path().join("keyset"));
    init(&self::store(), &file, None, now()).await.unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    // The file and a key are there, the canary is not.
    let made = init(&store, &file, None, now()).await.unwrap();
    assert_eq!(made.keyset_file, None);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text, "the keyset that is there is taken");
    assert_eq!(store.api_keys(None).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_keyset_may_come_from_the_environment_and_then_no_file_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keyset");
    let text = "primary a; key a AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned();
    let made = init(&store(), &file, Some(Zeroizing::new(text)), now()).await.unwrap();
    assert!(made.keyset_file.is_none() && !file.exists());
    let wrong = init(&store(), &file, Some(Zeroizing::new("primary".to_owned())), now()).await;
    let InitError::Keyset(error @ KeysetError::Text { .. }) = wrong.unwrap_err() else { panic!() };
    assert!(error.to_string().starts_with(VARIABLE), "{error}");
}

#[tokio::test]
async fn a_wrong_keyset_is_found_out_at_the_start_and_says_which_it_should_be() {
    let (store, folder) = (store(), tempfile::tempdir().unwrap());
    let sealer = || Sealer::new(Keyset::generate().unwrap().keyset);
    assert!(matches!(canary::check(&store, &sealer()).await, Err(CanaryError::NotSetUp)));
    let file = folder.path().join("keyset");
    init(&store, &file, None, now()).await.unwrap();
    let right = Keyset::read(&file).unwrap();
    let error = canary::check(&store, &sealer()).await.unwrap_err();
    assert!(matches!(error, CanaryError::WrongKeyset(_)), "{error}");
    assert!(error.to_string().contains(right.primary().as_str()), "{error}");
    assert!(canary::plant(&store, &sealer()).await.is_err(), "an old canary is not replaced");
    canary::check(&store, &Sealer::new(right)).await.unwrap();
}
