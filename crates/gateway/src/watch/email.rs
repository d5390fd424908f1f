//! Notices by e-mail, over SMTP.

use std::fmt;
use std::time::{Duration, SystemTime};

use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message as Mail};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::ExposeSecret;

use super::channel::{Message, OpenChannelError, SendError};
use super::settings::{SmtpSecurity, SmtpSettings};

/// How long the server may take for each of its answers.
const PATIENCE: Duration = Duration::from_secs(15);

/// The table of the configuration.
const TABLE: &str = "smtp";

/// A mail server, and whom to write to.
pub struct Email {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Email").field("from", &self.from).field("to", &self.to).finish_non_exhaustive()
    }
}

impl Email {
    /// The channel of `settings`. No connection is made before the first mail.
    pub fn open(settings: &SmtpSettings) -> Result<Email, OpenChannelError> {
        let SmtpSettings { host, port, security, login, from, to } = settings;
        let tls = match security {
            SmtpSecurity::Plain => Tls::None,
            SmtpSecurity::StartTls => Tls::Required(tls_to(host)?),
            SmtpSecurity::Tls => Tls::Wrapper(tls_to(host)?),
        };
        // "Dangerous" is its usual protection, which is none; ours is set in the same breath.
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(*port)
            .tls(tls)
            .timeout(Some(PATIENCE));
        if let Some((name, password)) = login {
            let password =
                password.read().map_err(|source| OpenChannelError::Secret { channel: TABLE, source })?;
            let password = password.expose_secret().to_owned();
            transport = transport.credentials(Credentials::new(name.clone(), password));
        }
        Ok(Email { transport: transport.build(), from: from.clone(), to: to.clone() })
    }

    pub(super) fn addresses(&self) -> Vec<String> {
        self.to.iter().map(|mailbox| mailbox.email.to_string()).collect()
    }

    pub(super) async fn send(&self, address: &str, message: &Message) -> Result<(), SendError> {
        let to = self.to.iter().find(|mailbox| mailbox.email.to_string() == address);
        let to = to.ok_or_else(|| SendError::Recipient(format!("{address} is not among the recipients")))?;
        let mail = self.mail(to, message).map_err(|error| SendError::Recipient(error.to_string()))?;
        self.transport.send(mail).await.map(drop).map_err(|error| {
            if error.is_permanent() {
                SendError::Recipient(format!("the mail server refused it: {error}"))
            } else {
                SendError::Channel(format!("the mail server did not take it: {error}"))
            }
        })
    }

    fn mail(&self, to: &Mailbox, message: &Message) -> Result<Mail, lettre::error::Error> {
        // A notice that comes twice is the same mail, and many programs show it once.
        let id = format!("<{}.{}>", message.key.replace('/', "."), to.email);
        Mail::builder()
            .from(self.from.clone())
            .to(to.clone())
            .date(SystemTime::from(message.at))
            .message_id(Some(id))
            .subject(message.text.subject.clone())
            .header(ContentType::TEXT_PLAIN)
            .body(message.text.body.clone())
    }
}

fn tls_to(host: &str) -> Result<TlsParameters, OpenChannelError> {
    TlsParameters::new(host.to_owned())
        .map_err(|error| OpenChannelError::Client { channel: TABLE, why: error.to_string() })
}
