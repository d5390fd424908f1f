//! Starting the pages, and ending them.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Path};
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use axum::{Router, http::StatusCode};
use certs::anchors::Anchors;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::desk::Desk;
use super::gateway_door::GatewayDoor;
use super::pages::{
    bundle, certificate_string, gateway, generated, inspect, language, merchant_info, request_string,
};
use super::response::Response;
use super::visit::MOST_BYTES;
use super::{assets, entrance};
use crate::clock::WallClock;

/// Connections that are under way when the pages end have this long to come to their end.
const ENDING: Duration = Duration::from_secs(2);

/// How the pages are served.
pub struct Settings {
    /// Where new folders are made unless the visitor types something else, a whole path; what is there already is offered
    /// to go on with.
    pub storage: PathBuf,
    /// What certificates are verified against.
    pub anchors: Anchors,
    /// The gateway that certificates can be installed into; without one that is not offered.
    pub gateway: Option<Arc<dyn GatewayDoor>>,
    /// What time it is.
    pub clock: WallClock,
    /// Whether a folder can be opened for the visitor; see [`desktop::is_there`](super::desktop::is_there).
    pub has_desktop: bool,
    /// The pages end when nobody was there for this long.
    pub idle: Duration,
}

/// Why the pages cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No port of this machine.
    #[error("cannot listen on this machine: {0}")]
    Listen(#[from] io::Error),
    /// No token.
    #[error("this machine gives no random bytes")]
    NoToken(#[from] aws_lc_rs::error::Unspecified),
}

/// Pages that are served.
pub struct Running {
    url: String,
    serving: JoinHandle<()>,
    ending: CancellationToken,
}

impl Running {
    /// The address to open. Whoever has it can make and take keys: it is shown to the one who started the tool.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Comes back when nobody was there for too long, or serving has failed.
    pub async fn ended(&mut self) {
        // A task that panicked has ended too.
        let _ = (&mut self.serving).await;
    }

    /// Ends the pages.
    pub async fn stop(mut self) {
        self.ending.cancel();
        if tokio::time::timeout(ENDING, self.ended()).await.is_err() {
            self.serving.abort();
        }
    }
}

/// Serves the pages to this machine, at a port that the system chooses.
pub async fn start(settings: Settings) -> Result<Running, StartError> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await?;
    let idle = settings.idle;
    let desk = Arc::new(Desk::new(listener.local_addr()?.port(), settings)?);
    let url = desk.url();
    let ending = CancellationToken::new();
    let (router, told) = (router(&desk), ending.clone());
    let has_ended = async move {
        tokio::select! {
            () = told.cancelled() => {}
            () = desk.is_deserted(idle) => {}
        }
    };
    let serving = tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(has_ended).await {
            tracing::error!(%error, "the wizard's pages are served no longer");
        }
    });
    Ok(Running { url, serving, ending })
}

fn router(desk: &Arc<Desk>) -> Router {
    let at = |place: &str| format!("{}{place}", desk.base);
    let of_folder = |page: &str| at(&format!("/folders/{{number}}/{page}"));
    let pages = Router::new()
        .route(&at("/"), get(merchant_info::show).post(merchant_info::next))
        .route(&at("/go-on"), post(merchant_info::go_on))
        .route(&of_folder("request-string"), get(request_string::show))
        .route(&of_folder("certificate-string"), get(certificate_string::show).post(certificate_string::next))
        .route(&of_folder("generated"), get(generated::show))
        .route(&of_folder("open"), post(generated::open))
        .route(&of_folder("gateway"), post(gateway::install))
        .route(&of_folder("bundle"), post(bundle::download))
        .route(&at("/inspect"), get(inspect::show).post(inspect::inspect))
        .route(&at("/language"), post(language::choose))
        .route(&at("/assets/{name}"), get(asset))
        .route(&at("/ping"), get(ping))
        .route_layer(from_fn_with_state(Arc::clone(desk), entrance::check_cookie));
    Router::new()
        .route(&at("/enter"), get(entrance::enter))
        .merge(pages)
        .fallback(entrance::elsewhere)
        .method_not_allowed_fallback(entrance::elsewhere)
        .layer(DefaultBodyLimit::max(2 * MOST_BYTES))
        .layer(from_fn_with_state(Arc::clone(desk), entrance::check_host))
        .with_state(Arc::clone(desk))
}

async fn asset(Path(name): Path<String>) -> Response {
    match assets::find(&name) {
        Some((media_type, content)) => Response::Asset(media_type, content),
        None => Response::Text(StatusCode::NOT_FOUND, "There is no such file.\n"),
    }
}

/// Tells a page's script that we are there.
async fn ping() -> Response {
    Response::Text(StatusCode::OK, "here\n")
}
