//! What the servers in front of the platform answer to trouble with the client certificate: no V2 message at all, or
//! one that nobody signed.
//!
//! The handshake asks for a certificate and takes none for an answer; the refusal comes above it, as a page.
//! Source: [staff-answers], \[inferred\].

use super::answer::{ErrorBody, Failure};
use super::sign::SignType;

/// A page of HTML that is sent with HTTP 400 instead of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// The path asks for a client certificate and none was sent.
    NoCertificate,
    /// The certificate that was sent is none that the platform trusts.
    UntrustedCertificate,
}

impl Page {
    const ALL: [Page; 2] = [Page::NoCertificate, Page::UntrustedCertificate];

    /// The status that both come with.
    pub const STATUS: u16 = 400;

    /// What the page says.
    pub const fn sentence(self) -> &'static str {
        match self {
            Page::NoCertificate => "No required SSL certificate was sent",
            Page::UntrustedCertificate => "The SSL certificate error",
        }
    }

    /// The page.
    pub fn html(self) -> String {
        let sentence = self.sentence();
        format!(
            "<html>\n<head><title>400 {sentence}</title></head>\n<body bgcolor=\"white\">\n<center><h1>400 Bad \
             Request</h1></center>\n<center>{sentence}</center>\n<hr><center>nginx</center>\n</body>\n</html>\n"
        )
    }

    /// The page in `body`, recognised by its title.
    pub(crate) fn read(body: &[u8]) -> Option<Page> {
        let text = std::str::from_utf8(body).ok()?;
        let (_, title) = text.split_once("<title>")?;
        let (title, _) = title.split_once("</title>")?;
        Page::ALL.into_iter().find(|page| title.trim() == format!("400 {}", page.sentence()))
    }
}

/// What `return_msg` says where the certificate is a good one, but another merchant's.
pub const CERTIFICATE_NOT_MATCH: &str = "certificate not match";

/// What calls below `/mmpaymkttransfers/` answer to no certificate or a wrong one, with status 200 and unsigned.
pub fn ca_error() -> String {
    let body = ErrorBody {
        code: "CA_ERROR".to_owned(),
        message: "CA证书出错，请登录微信支付商户平台下载证书".to_owned(),
    };
    Failure { return_msg: "CA_ERROR", caller: None, body: &body }.render(SignType::Md5).as_str().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_recognised_by_its_title_alone() {
        for page in Page::ALL {
            assert_eq!(Page::read(page.html().as_bytes()), Some(page));
            assert_eq!(
                Page::read(page.html().replace('\n', "\r\n").replace("nginx", "x").as_bytes()),
                Some(page)
            );
        }
        for body in [
            "",
            "<html><head><title>400 Bad Request</title></head></html>",
            "No required SSL certificate was sent",
        ] {
            assert_eq!(Page::read(body.as_bytes()), None, "{body}");
        }
    }
}
