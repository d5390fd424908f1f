//! A gateway and a sandbox in this process, with their sockets between them and a virtual clock: what tills, shops and
//! operators see from outside.
//!
//! [`story`] is the language in which it is told, [`service`] the gateway in it. The stories: [`unclear`] (answers that are lost
//! or cannot be believed), [`notices`] (notifications of every kind), [`identity`] (the same number again), [`orders`]
//! (never more than an order holds), [`funds`] (waiting for money), [`waiting`] (an answer that is held back), [`hostile`]
//! (bodies that mean harm), [`restarts`] (either side starts again, keys change), [`certificates`] (certificates change).

#![expect(clippy::unwrap_used, reason = "a story that cannot go on says where")]

mod certificates;
mod funds;
mod hostile;
mod identity;
mod notices;
mod orders;
mod restarts;
mod service;
mod story;
mod unclear;
mod waiting;

/// Each story as a test on a kind day, and once more on one on which calls are slow, cut and spoiled by chance.
macro_rules! on_any_day {
    ($($story:ident),+ $(,)?) => {
        mod on_a_kind_day {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $story() {
                super::$story(crate::end_to_end::story::Day::Kind).await;
            })+
        }
        mod on_an_unkind_day {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $story() {
                super::$story(crate::end_to_end::story::Day::Unkind).await;
            })+
        }
    };
}
use on_any_day;
