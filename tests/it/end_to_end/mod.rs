//! A gateway and a sandbox in this process, with their sockets between them and a virtual clock: what tills, shops and
//! operators see from outside.
//!
//! [`story`] is the language in which it is told, [`service`] the gateway in it. The stories: [`unclear`] (answers that are
//! lost or cannot be believed), [`cut`] (a connection that ends at any byte, by [`cutter`]), [`late`] (messages that come twice,
//! late or out of order, by [`post`] in an [`envelope`]), [`failing`] (a store that fails at any operation, by [`failures`]),
//! [`full`] (a server whose disk is full), [`notices`] (notifications of every kind), [`identity`] (the same number again),
//! [`orders`] (never more than an order holds), [`funds`] (waiting for money), [`results`] (what becomes of a refund that WeChat
//! Pay took or will never take), [`exchange`] (the hour at which a day's money is lost), [`waiting`] (an answer that is held
//! back), [`cancelling`] (a refund that nobody wants any more), [`hostile`] (bodies that mean harm), [`restarts`] (either side
//! starts again, keys change), [`certificates`] (certificates change), [`nodes`] (two gateways share a store), [`older`] (a store
//! that an earlier version left).

#![expect(clippy::unwrap_used, reason = "a story that cannot go on says where")]

use story::{Day, Kept, Scene};
use wechatpay::wire::Wire;

mod cancelling;
mod certificates;
mod cut;
mod cutter;
mod envelope;
mod exchange;
mod failing;
mod failures;
mod full;
mod funds;
mod hostile;
mod identity;
mod late;
mod nodes;
mod notices;
mod older;
mod orders;
mod post;
mod restarts;
mod results;
mod service;
mod story;
mod unclear;
mod waiting;

/// The stories as tests in one scene.
macro_rules! in_the_scene {
    ($module:ident, $scene:expr, $($story:ident),+) => {
        mod $module {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $story() {
                super::$story($scene).await;
            })+
        }
    };
}

/// Each story as a test on a kind day, once more on one on which calls are slow, cut and spoiled by chance, and then with
/// the store on a server.
macro_rules! on_any_day {
    ($($story:ident),+ $(,)?) => {
        crate::end_to_end::in_the_scene!(on_a_kind_day, crate::end_to_end::KIND, $($story),+);
        crate::end_to_end::in_the_scene!(on_an_unkind_day, crate::end_to_end::UNKIND, $($story),+);
        crate::end_to_end::in_the_scene!(in_postgres, crate::end_to_end::IN_POSTGRES, $($story),+);
    };
}

/// Each story as a test on a kind day, wherever the store is kept: what goes wrong on another one would spoil it.
macro_rules! on_a_kind_day {
    ($($story:ident),+ $(,)?) => {
        crate::end_to_end::in_the_scene!(in_a_file, crate::end_to_end::KIND, $($story),+);
        crate::end_to_end::in_the_scene!(on_a_server, crate::end_to_end::KIND_IN_POSTGRES, $($story),+);
    };
}

/// The same over V2.
macro_rules! on_a_kind_day_over_v2 {
    ($($story:ident),+ $(,)?) => {
        crate::end_to_end::in_the_scene!(
            over_v2_in_a_file, crate::end_to_end::KIND_OVER_V2, $($story),+
        );
        crate::end_to_end::in_the_scene!(
            over_v2_on_a_server, crate::end_to_end::KIND_OVER_V2_IN_POSTGRES, $($story),+
        );
    };
}

/// The same over either version of the interface.
macro_rules! on_a_kind_day_over_either_wire {
    ($($story:ident),+ $(,)?) => {
        crate::end_to_end::on_a_kind_day!($($story),+);
        crate::end_to_end::on_a_kind_day_over_v2!($($story),+);
    };
}

/// Each story as a test on any day, over either version of the interface.
macro_rules! over_either_wire {
    ($($story:ident),+ $(,)?) => {
        crate::end_to_end::in_the_scene!(
            on_a_kind_day, crate::end_to_end::KIND, $($story),+
        );
        crate::end_to_end::in_the_scene!(
            on_an_unkind_day, crate::end_to_end::UNKIND, $($story),+
        );
        crate::end_to_end::in_the_scene!(
            over_v2_on_a_kind_day, crate::end_to_end::KIND_OVER_V2, $($story),+
        );
        crate::end_to_end::in_the_scene!(
            over_v2_on_an_unkind_day, crate::end_to_end::UNKIND_OVER_V2, $($story),+
        );
        crate::end_to_end::in_the_scene!(
            in_postgres, crate::end_to_end::IN_POSTGRES, $($story),+
        );
        crate::end_to_end::in_the_scene!(
            over_v2_in_postgres, crate::end_to_end::OVER_V2_IN_POSTGRES, $($story),+
        );
    };
}
use {
    in_the_scene, on_a_kind_day, on_a_kind_day_over_either_wire, on_a_kind_day_over_v2, on_any_day,
    over_either_wire,
};

const KIND: Scene = Scene { day: Day::Kind, wire: Wire::V3, kept: Kept::InAFile };
const UNKIND: Scene = Scene { day: Day::Unkind, ..KIND };
const KIND_OVER_V2: Scene = Scene { wire: Wire::V2, ..KIND };
const UNKIND_OVER_V2: Scene = Scene { wire: Wire::V2, ..UNKIND };
const KIND_IN_POSTGRES: Scene = Scene { kept: Kept::OnAServer, ..KIND };
const KIND_OVER_V2_IN_POSTGRES: Scene = Scene { kept: Kept::OnAServer, ..KIND_OVER_V2 };
const IN_POSTGRES: Scene = Scene { kept: Kept::OnAServer, ..UNKIND };
const OVER_V2_IN_POSTGRES: Scene = Scene { kept: Kept::OnAServer, ..UNKIND_OVER_V2 };

/// How far a story goes: as far as the variable says, if it is set, and else so far as is usual.
fn asked_for((variable, usual): (&str, usize)) -> usize {
    std::env::var(variable).map_or(usual, |asked| asked.parse().unwrap())
}
