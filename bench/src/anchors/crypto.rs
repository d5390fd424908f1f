//! Signatures that one core makes and checks, with the code that gateway and sandbox use.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use wechatpay::keys::{Certificate, SigningKey, VerifyingKey};

use crate::error::BenchError;
use crate::processes::usage::thread_cpu;

/// About as long as the signed text of a refund request.
const MESSAGE: [u8; 512] = [b'r'; 512];

/// How often the clock is looked at: seldom enough to cost nothing.
const ROUND: u32 = 16;

/// A merchant's key and its certificate.
#[derive(Debug)]
pub struct Keys {
    signing: SigningKey,
    verifying: VerifyingKey,
}

impl Keys {
    /// The keys of merchant `mchid` of the sandbox whose files are in `sandbox`.
    pub fn read(sandbox: &Path, mchid: u32) -> Result<Keys, BenchError> {
        let folder = sandbox.join("credentials").join(mchid.to_string());
        let text = |name: &str| {
            let path = folder.join(name);
            fs::read_to_string(&path).map_err(|source| BenchError::File { path, source })
        };
        let signing = SigningKey::from_pem(&text("apiclient_key.pem")?)?;
        let verifying = Certificate::from_pem(&text("apiclient_cert.pem")?)?.key;
        Ok(Keys { signing, verifying })
    }

    /// One signature, as it goes into a header.
    pub fn sign(&self) -> Result<String, BenchError> {
        Ok(self.signing.sign(&MESSAGE)?)
    }

    /// Checks one.
    pub fn verify(&self, signature: &str) -> Result<(), BenchError> {
        let decoded = BASE64.decode(signature).map_err(|_| BenchError::KeysDiffer)?;
        if self.verifying.verifies(&MESSAGE, &decoded) { Ok(()) } else { Err(BenchError::KeysDiffer) }
    }
}

/// How often `work` is done in a second of this thread's own CPU time: what others do on the machine then counts little.
/// Where the system does not tell that time, by the wall's clock.
pub fn per_cpu_second(
    at_least: Duration,
    mut work: impl FnMut() -> Result<(), BenchError>,
) -> Result<f64, BenchError> {
    let (began, began_cpu) = (Instant::now(), thread_cpu());
    let mut done = 0_u32;
    while began.elapsed() < at_least {
        for _ in 0..ROUND {
            work()?;
        }
        done += ROUND;
    }
    let on_cpu = thread_cpu().zip(began_cpu).map(|(now, before)| now.saturating_sub(before));
    Ok(f64::from(done) / on_cpu.unwrap_or_else(|| began.elapsed()).as_secs_f64())
}
