//! `[channels.smtp]`, `[channels.sms]`, `[channels.official_account]`: by what people are told, and who.
//!
//! Passwords and tokens are never in the file, which people copy and show each other: it says where they are.

use std::collections::BTreeMap;
use std::path::Path;

use lettre::message::Mailbox;
use reqwest::Url;
use serde::Deserialize;
use toml::Spanned;

use super::{ConfigError, Source, Wrong, path_of};
use crate::merchants::api_host::is_loopback;
use crate::watch::secret::SecretSource;
use crate::watch::settings::{
    ChannelSettings, Field, OfficialAccountSettings, SmsSettings, SmtpSecurity, SmtpSettings,
};

/// The tables as they are written.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    smtp: Option<Spanned<Smtp>>,
    sms: Option<Spanned<Sms>>,
    official_account: Option<Spanned<OfficialAccount>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Smtp {
    host: Spanned<String>,
    port: Option<u16>,
    security: Option<Spanned<String>>,
    username: Option<String>,
    password_file: Option<Spanned<String>>,
    password_env: Option<Spanned<String>>,
    from: Spanned<String>,
    to: Spanned<Vec<Spanned<String>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sms {
    url: Spanned<String>,
    token_file: Option<Spanned<String>>,
    token_env: Option<Spanned<String>>,
    to: Spanned<Vec<Spanned<String>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfficialAccount {
    api: Option<Spanned<String>>,
    appid: Spanned<String>,
    secret_file: Option<Spanned<String>>,
    secret_env: Option<Spanned<String>>,
    template_id: Spanned<String>,
    fields: Spanned<BTreeMap<String, Spanned<String>>>,
    to: Spanned<Vec<Spanned<String>>>,
}

/// Where Official Accounts answer. Source: [official-account].
const OFFICIAL_ACCOUNT_API: &str = "https://api.weixin.qq.com";

impl Table {
    pub(super) fn read(self, source: &Source<'_>, folder: &Path) -> Result<ChannelSettings, ConfigError> {
        let Table { smtp, sms, official_account } = self;
        let read = Reading { source, folder };
        Ok(ChannelSettings {
            smtp: smtp.map(|table| read.smtp(table)).transpose()?,
            sms: sms.map(|table| read.sms(table)).transpose()?,
            official_account: official_account.map(|table| read.official_account(table)).transpose()?,
        })
    }
}

/// A secret's two keys in a table: the place of a file, or the name of a variable.
struct Secret {
    keys: [&'static str; 2],
    file: Option<Spanned<String>>,
    variable: Option<Spanned<String>>,
}

struct Reading<'a> {
    source: &'a Source<'a>,
    folder: &'a Path,
}

impl Reading<'_> {
    fn smtp(&self, table: Spanned<Smtp>) -> Result<SmtpSettings, ConfigError> {
        let begins = table.span().start;
        let Smtp { host, port, security, username, password_file, password_env, from, to } =
            table.into_inner();
        let security = self.source.value(security, "channels.smtp.security", security_of)?;
        let security = security.unwrap_or(SmtpSecurity::Tls);
        let is_local = is_local(host.get_ref());
        let host = self.required(host, "channels.smtp.host", |host| match host {
            _ if security == SmtpSecurity::Plain && !is_local => Err((
                "is not this machine, and a mail would go there in the clear".to_owned(),
                "Leave `security` out, or give `starttls`",
            )),
            host => named(host),
        })?;
        let password = self.secret(Secret {
            keys: ["channels.smtp.password_file", "channels.smtp.password_env"],
            file: password_file,
            variable: password_env,
        })?;
        let login = match (username, password) {
            (Some(name), Some(password)) => Some((name, password)),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => {
                let what_to_do = "Give `username` with `password_file` or `password_env`, or none of them";
                let wrong = ("has half of a log-in".to_owned(), what_to_do);
                return Err(self.source.wrong(begins, "channels.smtp", wrong));
            }
        };
        Ok(SmtpSettings {
            host,
            port: port.unwrap_or(security.usual_port()),
            security,
            login,
            from: self.required(from, "channels.smtp.from", mailbox_of)?,
            to: self.recipients(to, "channels.smtp.to", mailbox_of)?,
        })
    }

    fn sms(&self, table: Spanned<Sms>) -> Result<SmsSettings, ConfigError> {
        let Sms { url, token_file, token_env, to } = table.into_inner();
        Ok(SmsSettings {
            url: self.required(url, "channels.sms.url", url_of)?,
            token: self.secret(Secret {
                keys: ["channels.sms.token_file", "channels.sms.token_env"],
                file: token_file,
                variable: token_env,
            })?,
            to: self.recipients(to, "channels.sms.to", named)?,
        })
    }

    fn official_account(
        &self,
        table: Spanned<OfficialAccount>,
    ) -> Result<OfficialAccountSettings, ConfigError> {
        let begins = table.span().start;
        let OfficialAccount { api, appid, secret_file, secret_env, template_id, fields, to } =
            table.into_inner();
        let usual_api = || url_of(OFFICIAL_ACCOUNT_API);
        let api = match self.source.value(api, "channels.official_account.api", url_of)? {
            Some(api) => api,
            None => usual_api()
                .map_err(|wrong| self.source.wrong(begins, "channels.official_account.api", wrong))?,
        };
        let secret = self.secret(Secret {
            keys: ["channels.official_account.secret_file", "channels.official_account.secret_env"],
            file: secret_file,
            variable: secret_env,
        })?;
        let secret = secret.ok_or_else(|| {
            let what_to_do = "Give `secret_file` or `secret_env`";
            let wrong = ("has no app secret".to_owned(), what_to_do);
            self.source.wrong(begins, "channels.official_account", wrong)
        })?;
        let field = |(name, field)| {
            let field = self.required(field, "channels.official_account.fields", field_of)?;
            Ok((name, field))
        };
        Ok(OfficialAccountSettings {
            api,
            appid: self.required(appid, "channels.official_account.appid", named)?,
            secret,
            template_id: self.required(template_id, "channels.official_account.template_id", named)?,
            fields: fields.into_inner().into_iter().map(field).collect::<Result<_, ConfigError>>()?,
            to: self.recipients(to, "channels.official_account.to", named)?,
        })
    }

    fn required<T>(
        &self,
        given: Spanned<String>,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Result<T, ConfigError> {
        parse(given.get_ref()).map_err(|wrong| self.source.wrong(given.span().start, key, wrong))
    }

    fn recipients<T>(
        &self,
        given: Spanned<Vec<Spanned<String>>>,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Result<Vec<T>, ConfigError> {
        if given.get_ref().is_empty() {
            let wrong = ("names nobody".to_owned(), "Name a recipient, or leave the whole channel out");
            return Err(self.source.wrong(given.span().start, key, wrong));
        }
        given.into_inner().into_iter().map(|one| self.required(one, key, &parse)).collect()
    }

    fn secret(&self, secret: Secret) -> Result<Option<SecretSource>, ConfigError> {
        let Secret { keys: [file_key, variable_key], file, variable } = secret;
        if let (Some(file), Some(_)) = (&file, &variable) {
            let what_to_do = "Give the file or the variable, not both";
            let wrong = ("says where the secret is, and so does another key".to_owned(), what_to_do);
            return Err(self.source.wrong(file.span().start, file_key, wrong));
        }
        let file = self.source.value(file, file_key, |text| path_of(text, self.folder))?;
        let variable = self.source.value(variable, variable_key, named)?;
        Ok(file.map(SecretSource::File).or(variable.map(SecretSource::Variable)))
    }
}

fn named(text: &str) -> Result<String, Wrong> {
    match text.trim() {
        "" => Err(("is empty".to_owned(), "Give it, or leave the whole channel out")),
        _ => Ok(text.to_owned()),
    }
}

fn security_of(text: &str) -> Result<SmtpSecurity, Wrong> {
    match text {
        "tls" => Ok(SmtpSecurity::Tls),
        "starttls" => Ok(SmtpSecurity::StartTls),
        "none" => Ok(SmtpSecurity::Plain),
        _ => Err(("is no protection that mail servers know".to_owned(), "Give `tls`, `starttls` or `none`")),
    }
}

fn is_local(host: &str) -> bool {
    Url::parse(&format!("smtp://{host}")).is_ok_and(|url| is_loopback(&url))
}

fn mailbox_of(text: &str) -> Result<Mailbox, Wrong> {
    let what_to_do = "Give an address such as `ops@example.com` or `Tidegate <tidegate@example.com>`";
    text.parse().map_err(|_| ("is no mail address".to_owned(), what_to_do))
}

fn url_of(text: &str) -> Result<Url, Wrong> {
    let what_to_do = "Give an https address; plain http is for this machine only";
    let wrong = |why: &str| (why.to_owned(), what_to_do);
    let url = Url::parse(text).map_err(|_| wrong("is no URL"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("has a user name or a password in it"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        _ => Err(wrong("would be called in the clear")),
    }
}

fn field_of(text: &str) -> Result<Field, Wrong> {
    let what_to_do = "Give `subject`, `body`, `merchant_id`, `serial_number` or `not_after`";
    Field::named(text).ok_or_else(|| ("names nothing that a notice tells".to_owned(), what_to_do))
}

#[cfg(test)]
mod tests {
    use certs::lifecycle::notices::Language;

    use crate::config::{Config, ConfigError};
    use crate::watch::secret::SecretSource;
    use crate::watch::settings::{ChannelSettings, Field, SmtpSecurity, WatchSettings};

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse(text, std::path::Path::new("etc/tidegate.toml"))
    }

    const SMTP: &str = "[channels.smtp]\nhost = \"mail.example.com\"\nfrom = \"a@example.com\"\n";
    const SMS: &str = "[channels.sms]\nto = [\"+861\"]\n";
    const ACCOUNT: &str =
        "[channels.official_account]\nappid = \"wx1\"\ntemplate_id = \"t\"\nto = [\"o1\"]\n";

    #[test]
    fn a_channel_is_what_its_table_says_and_secrets_are_only_named() {
        let text = format!(
            "{SMTP}to = [\"Ops <ops@example.com>\"]\nsecurity = \"starttls\"\nusername = \"me\"\n\
             password_file = \"mail.password\"\n{SMS}url = \"https://sms.example.com/send\"\ntoken_env = \"SMS_TOKEN\"\n\
             {ACCOUNT}secret_env = \"WX\"\nfields = {{ thing1 = \"merchant_id\", time2 = \"not_after\" }}"
        );
        let channels = parse(&text).unwrap().channels;
        let smtp = channels.smtp.unwrap();
        assert_eq!((smtp.security, smtp.port), (SmtpSecurity::StartTls, 587));
        assert_eq!(smtp.login, Some(("me".to_owned(), SecretSource::File("etc/mail.password".into()))));
        let sms = channels.sms.unwrap();
        assert_eq!(sms.token, Some(SecretSource::Variable("SMS_TOKEN".to_owned())));
        let account = channels.official_account.unwrap();
        assert_eq!(account.api.as_str(), "https://api.weixin.qq.com/");
        assert_eq!(account.fields["time2"], Field::NotAfter);
    }

    #[test]
    fn every_mistake_in_a_channel_is_told_with_its_line_and_what_to_do() {
        for (text, expected) in [
            (format!("{SMTP}to = []"), "line 4: `channels.smtp.to` names nobody"),
            (format!("{SMTP}to = [\"ops\"]"), "line 4: `channels.smtp.to` is no mail address"),
            (format!("{SMTP}to = [\"o@example.com\"]\nusername = \"me\""), "has half of a log-in"),
            (format!("{SMTP}to = [\"o@example.com\"]\npassword = \"hunter2\""), "unknown field `password`"),
            (
                format!("{SMTP}to = [\"o@example.com\"]\nsecurity = \"none\""),
                "line 2: `channels.smtp.host` is not this machine, and a mail would go there in the clear",
            ),
            (
                format!("{SMTP}to = [\"o@example.com\"]\nsecurity = \"ssl\""),
                "Give `tls`, `starttls` or `none`",
            ),
            (
                format!("{SMS}url = \"http://sms.example.com\""),
                "line 3: `channels.sms.url` would be called in the clear",
            ),
            (
                format!("{SMS}url = \"https://me:hunter2@sms.example.com\""),
                "has a user name or a password in it",
            ),
            (
                format!("{SMS}url = \"https://sms.example.com\"\ntoken_file = \"t\"\ntoken_env = \"T\""),
                "line 4: `channels.sms.token_file` says where the secret is, and so does another key",
            ),
            (format!("{ACCOUNT}fields = {{}}"), "`channels.official_account` has no app secret"),
            (
                format!("{ACCOUNT}secret_env = \"WX\"\nfields = {{ thing1 = \"colour\" }}"),
                "line 6: `channels.official_account.fields` names nothing that a notice tells",
            ),
            ("[channels.pigeon]\nto = []".to_owned(), "line 1: unknown field `pigeon`"),
            (
                "[certificate_watch]\ndays_before = [60, 0]".to_owned(),
                "line 2: `certificate_watch.days_before` has a number that is no such day",
            ),
            (
                "[certificate_watch]\nlanguage = \"de\"".to_owned(),
                "line 2: `certificate_watch.language` is no language",
            ),
            ("[certificate_watch]\nprofile = \"modern\"".to_owned(), "Give `classic` or `current`"),
        ] {
            let error = parse(&text).unwrap_err().to_string();
            assert!(error.contains(expected) && !error.contains("hunter2"), "{text}: {error}");
        }
    }

    #[test]
    fn the_example_of_the_guide_is_taken_and_sets_what_it_calls_usual() {
        let guide = include_str!("../../../../docs/guide/certificate-watch.md");
        let (_, rest) = guide.split_once("```toml\n").unwrap();
        let (example, _) = rest.split_once("```").unwrap();
        let config = parse(example).unwrap();
        let ChannelSettings { smtp, sms, official_account } = config.channels;
        assert!(smtp.is_some() && sms.is_some() && official_account.is_some());
        let usual = WatchSettings { language: Language::Chinese, ..WatchSettings::default() };
        assert_eq!(config.certificate_watch, usual);
    }

    #[test]
    fn mail_goes_in_the_clear_on_this_machine_only() {
        for (host, is_taken) in [("127.0.0.1", true), ("localhost", true), ("10.0.0.1", false)] {
            let text = format!(
                "[channels.smtp]\nhost = \"{host}\"\nsecurity = \"none\"\nfrom = \"a@example.com\"\nto = [\"b@example.com\"]"
            );
            assert_eq!(parse(&text).is_ok(), is_taken, "{host}");
        }
    }
}
