//! The socket at which merchants meet the platform: raw bytes in, raw bytes out, and whatever the network does to them.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use wechatpay::codes::ErrorCode;
use wechatpay::v3::error::ErrorBody;

use crate::faces::{v2, v3};
use crate::merchant_platform;
use crate::scene::{Answered, Arrived, Cut};
use crate::stage::Stage;

/// No request of the interface comes near this, in bytes.
const LONGEST_BODY: usize = 1024 * 1024;

/// Whoever takes longer to send the head or the body of a request is not waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// The connection is closed without another word.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut")]
struct CutOff;

/// Whoever takes longer to shake hands is not waited for.
const LONGEST_HANDSHAKE: Duration = Duration::from_secs(10);

/// Serves merchants until the sandbox ends; then every answer under way is still given. With an `acceptor` by TLS.
pub(crate) async fn run(listener: TcpListener, acceptor: Option<TlsAcceptor>, stage: Arc<Stage>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stage.ending.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    // In a task of its own, handshake and all: nobody waits for anybody.
                    connections.spawn(connect(stream, acceptor.clone(), stage.clone()));
                }
                // Out of sockets, mostly; some will be free again.
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
    while connections.join_next().await.is_some() {}
}

async fn connect(stream: TcpStream, acceptor: Option<TlsAcceptor>, stage: Arc<Stage>) {
    // An answer is one small write; waiting for more of it would only cost time.
    let _ = stream.set_nodelay(true);
    let Some(acceptor) = acceptor else { return serve(stream, None, stage).await };
    let shaken = tokio::select! {
        () = stage.ending.cancelled() => return,
        shaken = tokio::time::timeout(LONGEST_HANDSHAKE, acceptor.accept(stream)) => shaken,
    };
    match shaken {
        Ok(Ok(stream)) => {
            let (_, connection) = stream.get_ref();
            let certificate = connection.peer_certificates().and_then(<[_]>::first);
            let certificate = certificate.map(|certificate| Arc::from(certificate.as_ref()));
            serve(stream, certificate, stage).await;
        }
        Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
        Err(_) => tracing::debug!("a handshake took too long"),
    }
}

/// Serves a connection whose client showed `certificate`, in DER.
async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send,
    certificate: Option<Arc<[u8]>>,
    stage: Arc<Stage>,
) {
    let service = service_fn(|request| answer(stage.clone(), certificate.clone(), request));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(LONGEST_WAIT);
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    // What goes wrong on a connection is the other side's, or done on purpose.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = stage.ending.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}

async fn answer(
    stage: Arc<Stage>,
    certificate: Option<Arc<[u8]>>,
    request: Request<Incoming>,
) -> Result<Response<Sent>, CutOff> {
    let arrived =
        match tokio::time::timeout(LONGEST_WAIT, arrived(request)).await.unwrap_or(Err(NotTaken::Broken)) {
            Ok(arrived) => Arrived { client_certificate: certificate.map(|der| der.to_vec()), ..arrived },
            Err(NotTaken::TooLong) => {
                return failure(413, ErrorCode::ParamError, "the body is longer than 1 MiB");
            }
            Err(NotTaken::Broken) => return Err(CutOff),
        };
    if merchant_platform::serves(&arrived.target) {
        let stage = stage.clone();
        // The pages make keys and sign certificates.
        let reply = tokio::task::spawn_blocking(move || merchant_platform::answer(&stage, &arrived)).await;
        let Ok(reply) = reply else {
            return failure(500, ErrorCode::SystemError, "the sandbox could not answer; see its log");
        };
        return response(reply.status, reply.headers, Sent::Whole(Full::new(Bytes::from(reply.body))));
    }
    let judged = {
        let stage = stage.clone();
        // RSA, twice.
        tokio::task::spawn_blocking(move || judge(&stage, &arrived))
    };
    let Ok(Ok((answered, headers))) = judged.await else {
        return failure(500, ErrorCode::SystemError, "the sandbox could not answer; see its log");
    };
    if stage.clock.as_virtual().is_none() && answered.delivery.delay_ms > 0 {
        tokio::time::sleep(Duration::from_millis(answered.delivery.delay_ms)).await;
    }
    let body = Bytes::from(answered.reply.body);
    let body = match answered.delivery.cut {
        None => Sent::Whole(Full::new(body)),
        Some(Cut::MidAnswer(bytes)) => {
            Sent::Part { announced: body.len(), part: Some(body.slice(..bytes.min(body.len()))) }
        }
        Some(Cut::BeforeAnswer) => return Err(CutOff),
    };
    response(answered.reply.status, headers, body)
}

fn response(status: u16, headers: Vec<(String, String)>, body: Sent) -> Result<Response<Sent>, CutOff> {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(body).map_err(|_| CutOff)
}

type Judged = (Answered, Vec<(String, String)>);

/// The verdict of the interface that a request came to.
enum Gate {
    V2(v2::gate::Gate),
    V3(v3::gate::Gate),
}

/// Signature, answer, signature; only the middle holds the lock.
fn judge(stage: &Stage, arrived: &Arrived) -> Result<Judged, wechatpay::keys::KeyError> {
    let (keyring, now) = (stage.keyring(), stage.clock.now());
    let gate = match v2::gate::check(&keyring, arrived, now) {
        Some(gate) => Gate::V2(gate),
        None => Gate::V3(v3::gate::check(&keyring, arrived, now)),
    };
    let once = || {
        stage.with(|scene, now| {
            let answered = match &gate {
                Gate::V2(gate) => scene.answer_v2(arrived, gate, now),
                Gate::V3(gate) => scene.answer(arrived, gate, now),
            };
            (answered, scene.keyring.clone())
        })
    };
    let (mut answered, mut keyring) = once();
    if answered.delivery.twice {
        // The network repeated the request, and the first answer got lost on the way.
        (answered, keyring) = once();
    }
    let headers = answered.headers(&keyring)?;
    Ok((answered, headers))
}

/// Why a request is not taken.
enum NotTaken {
    TooLong,
    Broken,
}

async fn arrived(request: Request<Incoming>) -> Result<Arrived, NotTaken> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, LONGEST_BODY)
        .collect()
        .await
        .map_err(|error| if error.is::<LengthLimitError>() { NotTaken::TooLong } else { NotTaken::Broken })?;
    let headers = head.headers.iter();
    Ok(Arrived {
        method: head.method.to_string(),
        target: head.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned(),
        headers: headers
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        body: body.to_bytes().to_vec(),
        client_certificate: None,
    })
}

/// An error that is not the platform's, in its envelope, unsigned.
fn failure(status: u16, code: ErrorCode, message: &str) -> Result<Response<Sent>, CutOff> {
    let body = ErrorBody { code: code.as_str().to_owned(), message: message.to_owned(), detail: None };
    Response::builder()
        .status(status)
        .header("Content-Type", "application/json; charset=utf-8")
        .body(Sent::Whole(Full::new(Bytes::from(body.render()))))
        .map_err(|_| CutOff)
}

/// The body of an answer, as the network lets it through.
enum Sent {
    Whole(Full<Bytes>),
    /// As many bytes are announced, and these come.
    Part {
        announced: usize,
        part: Option<Bytes>,
    },
}

impl Body for Sent {
    type Data = Bytes;
    type Error = CutOff;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CutOff>>> {
        match self.get_mut() {
            Sent::Whole(body) => {
                Pin::new(body).poll_frame(context).map_err(|never: Infallible| match never {})
            }
            Sent::Part { part, .. } => match part.take() {
                Some(part) => Poll::Ready(Some(Ok(Frame::data(part)))),
                None => Poll::Ready(Some(Err(CutOff))),
            },
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Sent::Whole(body) => body.size_hint(),
            Sent::Part { announced, .. } => {
                SizeHint::with_exact(u64::try_from(*announced).unwrap_or(u64::MAX))
            }
        }
    }
}
