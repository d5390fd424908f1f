//! Which folder a page is about, and where that stands.

use std::sync::Arc;

use axum::http::StatusCode;

use super::closed;
use crate::certificate_folder::{CertificateFolder, FolderError, Holding};
use crate::wizard::desk::Desk;
use crate::wizard::frame::View;
use crate::wizard::response::Response;
use crate::wizard::words::Mistake;

/// A folder as a page finds it.
pub(super) struct Standing {
    pub(super) folder: CertificateFolder,
    pub(super) holding: Holding,
    /// The path of its pages.
    pub(super) place: String,
}

impl Standing {
    /// Where folder `number` stands; otherwise the page that says why that cannot be told.
    pub(super) async fn of(desk: &Arc<Desk>, view: &View, number: usize) -> Result<Standing, Response> {
        let Some(path) = desk.folder(number) else { return Err(closed::nothing_here(view)) };
        let place = desk.place_of(&path);
        let looked = off_the_runtime(move || {
            let folder = CertificateFolder::open(&path)?;
            let holding = folder.holding()?;
            Ok::<_, FolderError>((folder, holding))
        });
        match looked.await {
            Some(Ok((folder, holding))) => Ok(Standing { folder, holding, place }),
            Some(Err(error)) => {
                Err(closed::refused(view, StatusCode::CONFLICT, &Mistake::of_folder(view, &error)))
            }
            None => Err(closed::broken(view)),
        }
    }

    /// The page at which it goes on.
    pub(super) fn next(&self, view: &View) -> Response {
        Response::To(view.at(&page_of(&self.place, &self.holding)))
    }
}

/// The place at which a folder goes on whose pages are below `place`.
pub(super) fn page_of(place: &str, holding: &Holding) -> String {
    match holding {
        Holding::Nothing => "/".to_owned(),
        Holding::Awaiting(_) => format!("{place}/request-string"),
        Holding::Certificate(_) => format!("{place}/generated"),
    }
}

/// Does `work` where it may take its time: disks are slow, and passphrases are hashed for long on purpose. `None` if it did
/// not come to its end.
pub(super) async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Option<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.inspect_err(|error| tracing::error!(%error, "a step of the wizard did not come to its end")).ok()
}
