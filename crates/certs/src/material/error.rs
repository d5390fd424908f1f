//! Every mistake about files that merchants are known to make, in a sentence, with its remedy.
//!
//! Source: [certificate-serial], [certificate-request], [staff-answers].

use crate::bundle::BundleError;
use crate::certificate::CertificateError;
use crate::csr::NotCsr;
use crate::private_key::PrivateKeyError;
use crate::public_key::NotPublicKey;

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub enum MaterialError {
    /// No bytes, or blanks alone.
    #[error("the file is empty")]
    Empty,
    /// The end is missing.
    #[error("the file is cut off: it has {present} bytes and should have {announced}")]
    TruncatedDer {
        /// Bytes that its header announces.
        announced: usize,
        /// Bytes that there are.
        present: usize,
    },
    /// Bytes were replaced by U+FFFD.
    #[error("the file was copied as text: bytes that are no text were replaced (EF BF BD)")]
    CopiedAsText,
    /// Every LF became CR LF.
    #[error("the file's line ends were converted, which added {extra} bytes to a binary file")]
    LineEndsConverted {
        /// CRs too many.
        extra: usize,
    },
    /// Something stands behind the structure.
    #[error("{extra} bytes follow what the file should hold")]
    ExtraBytes {
        /// How many.
        extra: usize,
    },
    /// BER, not DER.
    #[error("the file is BER with indefinite lengths, not DER")]
    IndefiniteLength,
    /// Binary, but nothing that is known here.
    #[error("the file is binary, but neither certificate, key, request, PKCS#12 nor PKCS#7")]
    UnknownDer,
    /// PEM without its last line.
    #[error("the PEM block `{label}` has no END line: only a part of it is here")]
    UnfinishedPem {
        /// The label of its first line.
        label: String,
    },
    /// PEM without its first line.
    #[error("there is an END line but no BEGIN line: the beginning is missing")]
    NoBeginLine,
    /// A character that is not Base64.
    #[error("the text holds `{}`, which is not Base64", character.escape_default())]
    NotBase64 {
        /// The label of the block; empty without one.
        label: String,
        /// The first such character.
        character: char,
    },
    /// Base64 that stops within a group.
    #[error("the Base64 text stops in the middle of a group: characters are missing")]
    TruncatedBase64 {
        /// The label of the block; empty without one.
        label: String,
    },
    /// PEM encrypted in OpenSSL's old way (`Proc-Type: 4,ENCRYPTED`).
    #[error("the private key is encrypted in OpenSSL's old way (Proc-Type: 4,ENCRYPTED)")]
    OldEncryptedPem,
    /// A key on an elliptic curve.
    #[error("this is a private key on an elliptic curve, not RSA")]
    EllipticKey,
    /// A public key in PKCS#1.
    #[error("this is a public key in the form PKCS#1 (BEGIN RSA PUBLIC KEY)")]
    Pkcs1PublicKey,
    /// A list of revoked certificates.
    #[error("this is a list of revoked certificates (CRL), not a certificate")]
    RevocationList,
    /// PKCS#7 without certificates.
    #[error("this PKCS#7 file holds no certificates")]
    NoCertificatesInBag,
    /// A PKCS#12 file with neither keys nor certificates.
    #[error("the file holds neither a key nor a certificate")]
    Nothing,
    /// The name of a file instead of its content.
    #[error("this is the name of a file, not its content")]
    FileName,
    /// A serial number instead of a certificate.
    #[error("this is a serial number, not a certificate")]
    SerialNumber,
    /// A public key's id instead of the key.
    #[error("this is the id of a WeChat Pay public key, not the key")]
    PublicKeyId,
    /// A web page or XML.
    #[error("this is a web page or an XML text, perhaps an error page that was saved as a file")]
    Markup,
    /// Text that is nothing of all this.
    #[error("this is neither PEM nor Base64")]
    NotRecognised,
    /// A damaged certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A damaged request.
    #[error("this has the outline of a certificate signing request but cannot be read")]
    Csr(#[from] NotCsr),
    /// A damaged public key.
    #[error("this has the outline of a public key but cannot be read")]
    PublicKey(#[from] NotPublicKey),
    /// A private key that cannot be used.
    #[error(transparent)]
    PrivateKey(#[from] PrivateKeyError),
    /// A PKCS#12 file that cannot be opened.
    #[error(transparent)]
    Bundle(#[from] BundleError),
}

impl MaterialError {
    /// What to do about it.
    pub fn what_to_do(&self) -> &'static str {
        match self {
            MaterialError::Empty => "Copy the file again from where it was made; the copy has no content.",
            MaterialError::TruncatedDer { .. } => {
                "Copy the whole file again, in binary mode if it is binary; a text must be selected to its end."
            }
            MaterialError::CopiedAsText => {
                "Copy it again as a binary file: exclude it from resource filtering (Maven) and from editors, and use binary mode in FTP."
            }
            MaterialError::LineEndsConverted { .. } => {
                "Copy it again as a binary file: mark it as binary in `.gitattributes` and use binary mode in FTP."
            }
            MaterialError::ExtraBytes { .. } => {
                "Give each file by itself; if two were joined, or it was edited, take the original."
            }
            MaterialError::IndefiniteLength => {
                "Convert it: `openssl pkcs7 -inform DER -print_certs -in FILE`, or `openssl pkcs12` for a PKCS#12 file."
            }
            MaterialError::UnknownDer => {
                "Give `apiclient_cert.pem`, `apiclient_key.pem`, `apiclient_cert.p12` or a `.p7b` file."
            }
            MaterialError::UnfinishedPem { .. } | MaterialError::TruncatedBase64 { .. } => {
                "Select the whole text by hand, to the last dash of the END line (the box on the page has a scroll bar), and copy it again."
            }
            MaterialError::NoBeginLine => "Copy again from the first dash of the BEGIN line on.",
            MaterialError::NotBase64 { .. } => {
                "Take the original file: the text was changed by an editor, a chat or a mail program."
            }
            MaterialError::OldEncryptedPem => {
                "Write it anew without a passphrase, or in today's form: `openssl pkcs8 -topk8 -in old.pem -out new.pem`, with `-nocrypt` for no passphrase."
            }
            MaterialError::EllipticKey => "Give the RSA key that was made with the certificate request.",
            MaterialError::Pkcs1PublicKey => {
                "Convert it: `openssl rsa -RSAPublicKey_in -in old.pem -pubout -out new.pem`."
            }
            MaterialError::RevocationList => "Give the certificate itself.",
            MaterialError::NoCertificatesInBag => {
                "Give the chain file as it was downloaded, or the certificates in PEM."
            }
            MaterialError::Nothing => "Give the PKCS#12 file that the official tool wrote.",
            MaterialError::FileName => "Give the content of that file, from the BEGIN line to the END line.",
            MaterialError::SerialNumber => {
                "Give the certificate, the content of `apiclient_cert.pem`; its serial number is read from it."
            }
            MaterialError::PublicKeyId => {
                "Give the content of the file that was downloaded with it, `pub_key.pem`."
            }
            MaterialError::Markup => "Download the file again while logged in, and look at it before use.",
            MaterialError::NotRecognised => {
                "Give the content of the file, beginning with `-----BEGIN`, or the file itself."
            }
            MaterialError::Certificate(_) | MaterialError::Csr(_) | MaterialError::PublicKey(_) => {
                "Copy it again from where it was made; single characters of it were changed or lost."
            }
            MaterialError::PrivateKey(error) => error.what_to_do(),
            MaterialError::Bundle(error) => error.what_to_do(),
        }
    }
}
