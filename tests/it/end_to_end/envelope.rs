//! TLS on both sides of what stands between: to the gateway it shows what the sandbox would show, to the sandbox what the
//! merchant would. So messages that go through TLS can be read and kept.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// A connection, whatever is around it.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// What is around a connection.
#[derive(Clone)]
pub(crate) enum Envelope {
    /// Nothing.
    Open,
    /// TLS with certificates on both sides.
    Tls {
        /// The sandbox's side of it.
        acceptor: TlsAcceptor,
        /// The merchant's.
        connector: TlsConnector,
    },
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Envelope::Open => "Open",
            Envelope::Tls { .. } => "Tls",
        })
    }
}

impl Envelope {
    /// TLS between `mchid` and the sandbox whose files are in `sandbox`.
    pub(crate) fn of(sandbox: &Path, mchid: &str) -> Envelope {
        let (tls, merchant) =
            (sandbox.join("sandbox-authority/tls"), sandbox.join("credentials").join(mchid));
        let certificate = |file: &Path| CertificateDer::from_pem_file(file).unwrap();
        let key = |file: &Path| PrivateKeyDer::from_pem_file(file).unwrap();
        let provider = Arc::new(default_provider());
        let server =
            ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
        let server = server.unwrap().with_no_client_auth().with_single_cert(
            vec![certificate(&tls.join("server_cert.pem"))],
            key(&tls.join("server_key.pem")),
        );
        let mut roots = RootCertStore::empty();
        roots.add(certificate(&tls.join("tls_ca.pem"))).unwrap();
        let client = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let client = client.unwrap().with_root_certificates(roots).with_client_auth_cert(
            vec![certificate(&merchant.join("apiclient_cert.pem"))],
            key(&merchant.join("apiclient_key.pem")),
        );
        Envelope::Tls {
            acceptor: TlsAcceptor::from(Arc::new(server.unwrap())),
            connector: TlsConnector::from(Arc::new(client.unwrap())),
        }
    }

    /// What comes in by `stream`.
    pub(crate) async fn opened(&self, stream: TcpStream) -> io::Result<Box<dyn Stream>> {
        Ok(match self {
            Envelope::Open => Box::new(stream),
            Envelope::Tls { acceptor, .. } => Box::new(acceptor.accept(stream).await?),
        })
    }

    /// What goes out by `stream`.
    pub(crate) async fn closed(&self, stream: TcpStream) -> io::Result<Box<dyn Stream>> {
        let host = ServerName::IpAddress(IpAddr::from(Ipv4Addr::LOCALHOST).into());
        Ok(match self {
            Envelope::Open => Box::new(stream),
            Envelope::Tls { connector, .. } => Box::new(connector.connect(host, stream).await?),
        })
    }
}
