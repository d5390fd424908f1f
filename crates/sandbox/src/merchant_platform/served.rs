//! Which requests at the merchants' socket are for these pages, and which for the channels beside them.

use super::{BASE, channels, counter};
use crate::reply::Reply;
use crate::scene::Arrived;
use crate::stage::Stage;

/// Whether a request to `target` is answered here, and not by the interfaces.
pub(crate) fn serves(target: &str) -> bool {
    is_page(path(target)) || channels::serves(path(target))
}

/// What is answered to it.
pub(crate) fn answer(stage: &Stage, arrived: &Arrived) -> Reply {
    if is_page(path(&arrived.target)) {
        counter::answer(stage, arrived)
    } else {
        channels::answer(stage, arrived)
    }
}

fn path(target: &str) -> &str {
    target.split('?').next().unwrap_or(target)
}

fn is_page(path: &str) -> bool {
    path.strip_prefix(BASE).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
