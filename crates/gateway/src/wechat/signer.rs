//! Who signs: a key in this process, or a device that never gives its key away.

use std::fmt;
use std::pin::Pin;
use std::sync::LazyLock;

use tokio::sync::Semaphore;
use wechatpay::keys::{KeyError, KeyName, SigningKey};

/// A signature that is being made.
pub type Signing<'a> = Pin<Box<dyn Future<Output = Result<String, SignError>> + Send + 'a>>;

/// Signs for one merchant id.
pub trait Signer: Send + Sync + fmt::Debug {
    /// The serial number of the merchant certificate that belongs to the key.
    fn serial_no(&self) -> KeyName;

    /// The signature of `message` in Base64: RSASSA-PKCS1-v1_5 with SHA-256. Source: [global-signature].
    fn sign(&self, message: Vec<u8>) -> Signing<'_>;
}

/// Why there is no signature. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The cryptographic library failed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The system gave no random bytes for a nonce.
    #[error("the system gave no random bytes")]
    NoRandomness,
    /// No signature came in time.
    #[error("no signature in time")]
    TooSlow,
    /// The process is ending.
    #[error("the process is ending")]
    Ending,
    /// Somebody else signs, and did not.
    #[error("the signing device: {why}")]
    Device {
        /// What it said.
        why: String,
    },
}

/// Signs with a key that this process holds, parsed once.
///
/// A signature takes about a millisecond of a core, which is too long for a thread that serves sockets: it is made on a
/// thread of its own, and no more of them at once than there are cores, whatever the number of merchant ids.
#[derive(Debug, Clone)]
pub struct LocalSigner {
    serial_no: KeyName,
    key: SigningKey,
}

impl LocalSigner {
    /// Signs with `key`, whose certificate has this serial number.
    pub fn new(serial_no: KeyName, key: SigningKey) -> LocalSigner {
        LocalSigner { serial_no, key }
    }
}

/// The threads that may sign at once, of all merchant ids together.
static THREADS: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from)));

impl Signer for LocalSigner {
    fn serial_no(&self) -> KeyName {
        self.serial_no.clone()
    }

    fn sign(&self, message: Vec<u8>) -> Signing<'_> {
        Box::pin(async move {
            let permit = THREADS.acquire().await.map_err(|_| SignError::Ending)?;
            let key = self.key.clone();
            // The permit goes along: who gives up waiting does not free a thread that still computes.
            let signing = tokio::task::spawn_blocking(move || {
                let signature = key.sign(&message);
                drop(permit);
                signature
            });
            Ok(signing.await.map_err(|_| SignError::Ending)??)
        })
    }
}
