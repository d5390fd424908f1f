//! A whole run: anchors, trials, anchors.

use std::path::PathBuf;
use std::time::Duration;

use crate::anchors::Anchors;
use crate::anchors::crypto::Keys;
use crate::error::BenchError;
use crate::machine::Machine;
use crate::report::{Report, Trials};
use crate::trials::accepting::accepting;
use crate::trials::at_rest::at_rest;
use crate::trials::micro::micro;
use crate::trials::setting::Setting;
use crate::trials::whole_way::{End, Way, whole_way};
use crate::world;

/// An anchor is looked at for a tenth of a trial's time, but no longer than this.
const LONGEST_LOOK: Duration = Duration::from_secs(3);

/// So many refunds, one by one, tell how long the way is at rest.
const MOST_AT_REST: usize = 200;

/// What to measure.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How many refunds go the whole way.
    pub refunds: usize,
    /// How many merchant ids they are shared among.
    pub merchants: u32,
    /// How long refunds are taken in for, at each pace.
    pub each: Duration,
    /// Where the stores lie: the disk under test.
    pub disk: PathBuf,
}

/// Measures.
pub async fn run(plan: &Plan) -> Result<Report, BenchError> {
    let machine = Machine::look(&plan.disk);
    let failed = |source| BenchError::File { path: plan.disk.clone(), source };
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(&plan.disk).map_err(failed)?;
    let disk = folder.path();
    let setting = Setting::start(&disk.join("sandbox"), plan.merchants).await?;
    let keys = Keys::read(&setting.folder, world::FIRST)?;
    let look = (plan.each / 10).min(LONGEST_LOOK);

    let before = Anchors::look(&keys, disk, look)?;
    let micro = micro(disk, look).await?;
    let accepting = accepting(&setting, disk, plan.each).await?;
    let alone = plan.refunds.min(MOST_AT_REST);
    let at_rest = at_rest(&setting, disk, alone).await?;
    let accepted = Way { first: alone, refunds: plan.refunds, end: End::Acceptance };
    let confirmed = Way { first: alone + plan.refunds, refunds: plan.refunds, end: End::Confirmation };
    let accepted = whole_way(&setting, disk, accepted).await?;
    let confirmed = whole_way(&setting, disk, confirmed).await?;
    let after = Anchors::look(&keys, disk, look)?;
    setting.sandbox.stop().await?;
    let trials = Trials { micro, accepting, at_rest, accepted, confirmed };
    Ok(Report::new(machine, plan.merchants, [before, after], trials))
}
