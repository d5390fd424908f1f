//! What every store promises, told as stories: in memory, in SQLite, and in PostgreSQL at both its isolations.
//!
//! `world` has the people and things of the stories. `taking_in`, `deciding`, `reading`, `pool_days`, `ledger`, `setting_up` and `nodes`
//! are the contract; `alike` lets all stores do the same at random. `sqlite`, `power`, `killed` and `intruders` are about what only a disk
//! can do; `postgres`, `server_gone`, `server_fails` and `hints` about what only a server can, and `distribution` about what several can.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on should stop")]

mod alike;
mod deciding;
mod distribution;
mod hints;
mod intruders;
#[cfg(feature = "kill-points")]
mod killed;
mod ledger;
mod nodes;
mod older;
mod pool_days;
mod postgres;
mod power;
mod reading;
mod restored;
mod server_fails;
mod server_gone;
mod setting_up;
mod sqlite;
mod taking_in;
mod world;

/// Makes a test of each story for each store.
macro_rules! on_every_store {
    ($($story:ident)*) => {
        mod in_memory {
            $(#[test]
            fn $story() {
                let store = store::memory::MemoryStore::default();
                crate::world::run(super::$story(&store));
            })*
        }

        mod in_sqlite {
            $(#[test]
            fn $story() {
                let place = crate::world::Place::new();
                let store = place.open();
                crate::world::run(super::$story(&store));
            })*
        }

        mod in_postgres {
            $(#[test]
            fn $story() {
                let store = crate::postgres::open(store::postgres::Isolation::ReadCommitted);
                crate::world::run(super::$story(&store));
                crate::distribution::each_statement_is_about_one_merchant_id(&store);
            })*
        }

        mod in_postgres_serializable {
            $(#[test]
            fn $story() {
                let store = crate::postgres::open(store::postgres::Isolation::Serializable);
                crate::world::run(super::$story(&store));
            })*
        }
    };
}
pub(crate) use on_every_store;
