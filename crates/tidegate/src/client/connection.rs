//! Where the gateway is, and with which key one comes.

use std::env;
use std::path::PathBuf;

use clap::Args;
use reqwest::Url;
use secrecy::SecretString;

use crate::client::api_key::{ApiKey, ApiKeyError};
use crate::client::config_file::{self, ConfigFileError};
use crate::client::gateway_file::{self, GatewayFileError};

/// What every command that asks a gateway takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionOptions {
    /// The gateway's address; otherwise TIDEGATE_URL, otherwise `url` in `~/.config/tidegate/client.toml`
    /// (`%APPDATA%\tidegate\client.toml` on Windows).
    #[arg(long, global = true, value_name = "URL")]
    url: Option<String>,
    /// The API key; otherwise TIDEGATE_API_KEY, otherwise `key` in that file. Better not as an argument: other users of
    /// this machine can see those.
    #[arg(long, global = true, value_name = "KEY")]
    key: Option<SecretString>,
    /// For trying out: address and key of the gateway that runs with `tidegate serve --sandbox DIR`.
    #[arg(long, global = true, value_name = "DIR")]
    sandbox: Option<PathBuf>,
    /// Whose key of `--sandbox` is used: an institution's or a direct merchant's.
    #[arg(long, global = true, value_name = "MCHID")]
    mchid: Option<String>,
    /// The sub-merchant this is about; needed with an institution's key.
    #[arg(long, global = true, value_name = "SUB_MCHID")]
    pub(crate) sub_mchid: Option<String>,
}

/// Where to ask, and with which key.
#[derive(Debug)]
pub(crate) struct Connection {
    /// The gateway's address; paths are added to it.
    pub(crate) url: Url,
    /// The key.
    pub(crate) key: ApiKey,
}

/// What the process was started in.
#[derive(Debug, Default)]
struct Surroundings {
    url: Option<String>,
    key: Option<SecretString>,
    /// Where the configuration file is, if it is.
    file: Option<PathBuf>,
}

/// Why there is no connection to speak of.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectionError {
    /// No address, no key.
    #[error(
        "no {missing} is given. A gateway's address and key come from one of\n  \
         TIDEGATE_URL and TIDEGATE_API_KEY in the environment (recommended)\n  \
         `url = \"…\"` and `key = \"…\"` in {file}\n  \
         `--url URL` and `--key KEY` (other users of this machine can see arguments)\n  \
         `--sandbox DIR`, for trying out: the folder of `tidegate serve --sandbox DIR`"
    )]
    Missing {
        /// What is missing.
        missing: &'static str,
        /// The configuration file.
        file: String,
    },
    /// The only key is in the file, which has it for another address.
    #[error(
        "the key in {file} is for {its_url} and is not shown to {url}; give a key in TIDEGATE_API_KEY or with `--key`"
    )]
    KeyForAnother {
        /// The configuration file.
        file: String,
        /// The address in it.
        its_url: String,
        /// The address asked for.
        url: String,
    },
    /// The address is none.
    #[error(
        "`{text}` is not an address; it looks like `https://refunds.example.com` or `http://127.0.0.1:7070`"
    )]
    Address {
        /// What was given.
        text: String,
    },
    /// The address holds a password.
    #[error("the address holds a user name or a password; a gateway takes only a key, in TIDEGATE_API_KEY")]
    Password,
    /// An address beside a sandbox.
    #[error("`--sandbox` brings address and key along; leave out `--url` and `--key`")]
    Two,
    /// A choice among keys without the keys.
    #[error(
        "`--mchid` chooses among the keys of `--sandbox DIR`; any other key belongs to one merchant id already"
    )]
    NothingToChoose,
    /// The key is none.
    #[error(transparent)]
    Key(#[from] ApiKeyError),
    /// The configuration file.
    #[error(transparent)]
    ConfigFile(#[from] ConfigFileError),
    /// The sandbox's file.
    #[error(transparent)]
    GatewayFile(#[from] GatewayFileError),
}

impl ConnectionOptions {
    /// The connection these arguments, the environment and the configuration file lead to. What is given as argument goes
    /// before the environment, and that before the file.
    pub(crate) fn connection(&self) -> Result<Connection, ConnectionError> {
        self.connect(&Surroundings::of_this_process(), self.mchid.as_deref())
    }

    /// The same for a command that names the merchant id itself.
    pub(crate) fn connection_of(&self, mchid: &str) -> Result<Connection, ConnectionError> {
        let whose = self.sandbox.is_some().then_some(mchid);
        self.connect(&Surroundings::of_this_process(), self.mchid.as_deref().or(whose))
    }

    /// The same with the operator's key, where there are several.
    pub(crate) fn connection_of_operator(&self) -> Result<Connection, ConnectionError> {
        match &self.sandbox {
            Some(_) if self.url.is_some() || self.key.is_some() => Err(ConnectionError::Two),
            Some(folder) => {
                let found = gateway_file::read_for_operator(folder)?;
                Ok(Connection { url: address(&found.url)?, key: ApiKey::parse(&found.key)? })
            }
            None => self.connect(&Surroundings::of_this_process(), None),
        }
    }

    fn connect(&self, around: &Surroundings, mchid: Option<&str>) -> Result<Connection, ConnectionError> {
        if let Some(folder) = &self.sandbox {
            if self.url.is_some() || self.key.is_some() {
                return Err(ConnectionError::Two);
            }
            let found = gateway_file::read(folder, mchid, self.sub_mchid.as_deref())?;
            return Ok(Connection { url: address(&found.url)?, key: ApiKey::parse(&found.key)? });
        }
        if mchid.is_some() {
            return Err(ConnectionError::NothingToChoose);
        }
        let url = self.url.as_ref().or(around.url.as_ref());
        let key = self.key.as_ref().or(around.key.as_ref());
        if let (Some(url), Some(key)) = (url, key) {
            // The file is not even opened: a mistake in it is not in the way of who does not need it.
            return Ok(Connection { url: address(url)?, key: ApiKey::parse(key)? });
        }
        self.complete(around, url, key)
    }

    /// Fills from the file what is missing. Its key goes to its own address only: a gateway given in haste shall not learn
    /// the key of another.
    fn complete(
        &self,
        around: &Surroundings,
        url: Option<&String>,
        key: Option<&SecretString>,
    ) -> Result<Connection, ConnectionError> {
        let name = around
            .file
            .as_ref()
            .map_or("a configuration file".to_owned(), |path| format!("`{}`", path.display()));
        let missing = |missing| ConnectionError::Missing { missing, file: name.clone() };
        let file = around.file.as_deref().map(config_file::read).transpose()?.unwrap_or_default();
        let its_url = file.url.as_deref().map(address).transpose()?;
        let url = url.map(|text| address(text)).transpose()?;
        let same = url.is_none() || url == its_url;
        let Some(url) = url.or(its_url) else {
            let both = key.is_none() && file.key.is_none();
            return Err(missing(if both { "gateway" } else { "gateway's address" }));
        };
        match (key, &file.key) {
            (Some(key), _) => Ok(Connection { url, key: ApiKey::parse(key)? }),
            (None, Some(key)) if same => Ok(Connection { url, key: ApiKey::parse(key)? }),
            (None, Some(_)) => {
                let its_url = file.url.unwrap_or("no address".to_owned());
                Err(ConnectionError::KeyForAnother { file: name, its_url, url: url.to_string() })
            }
            (None, None) => Err(missing("key")),
        }
    }
}

impl Surroundings {
    fn of_this_process() -> Surroundings {
        let text = |name| env::var(name).ok().filter(|value| !value.trim().is_empty());
        let folder = if cfg!(windows) {
            text("APPDATA").map(PathBuf::from)
        } else {
            text("XDG_CONFIG_HOME")
                .map(PathBuf::from)
                .or_else(|| text("HOME").map(|home| PathBuf::from(home).join(".config")))
        };
        Surroundings {
            url: text("TIDEGATE_URL"),
            key: text("TIDEGATE_API_KEY").map(SecretString::from),
            file: folder.map(|folder| folder.join("tidegate").join("client.toml")),
        }
    }
}

/// The address in `text`: http or https, nothing before the host and nothing behind the path.
fn address(text: &str) -> Result<Url, ConnectionError> {
    // Before anything else: what is refused below is shown, and before an `@` there may be a password.
    if text.contains('@') {
        return Err(ConnectionError::Password);
    }
    let wrong = || ConnectionError::Address { text: text.to_owned() };
    let url = Url::parse(text.trim()).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong());
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(url: Option<&str>, key: Option<&str>) -> ConnectionOptions {
        ConnectionOptions {
            url: url.map(str::to_owned),
            key: key.map(SecretString::from),
            sandbox: None,
            mchid: None,
            sub_mchid: None,
        }
    }

    fn around(url: Option<&str>, key: Option<&str>, file: &str) -> (tempfile::TempDir, Surroundings) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("client.toml");
        std::fs::write(&path, file).unwrap();
        let url = url.map(str::to_owned);
        (folder, Surroundings { url, key: key.map(SecretString::from), file: Some(path) })
    }

    #[test]
    fn arguments_go_before_the_environment_and_that_before_the_file() {
        let file = "url = \"http://file:1\"\nkey = \"file\"";
        for (given, env, file, expected) in [
            ((Some("http://arg:1"), Some("arg")), (Some("http://env:1"), Some("env")), file, ("arg", "arg")),
            ((None, None), (Some("http://env:1"), Some("env")), file, ("env", "env")),
            ((None, None), (None, None), file, ("file", "file")),
            ((Some("http://arg:1"), None), (None, Some("env")), file, ("arg", "env")),
            ((Some("http://file:1/"), None), (None, None), file, ("file", "file")),
            ((None, None), (None, Some("env")), file, ("file", "env")),
            ((Some("http://arg:1"), Some("arg")), (None, None), "broken", ("arg", "arg")),
        ] {
            let (_folder, around) = around(env.0, env.1, file);
            let found = options(given.0, given.1).connect(&around, None).unwrap();
            assert_eq!(found.url.host_str(), Some(expected.0));
            assert_eq!(found.key.authorization(), format!("Bearer {}", expected.1));
        }
    }

    #[test]
    fn the_files_key_is_not_shown_to_another_gateway() {
        let (_folder, around) = around(None, None, "url = \"http://file:1\"\nkey = \"secret\"");
        let error = options(Some("http://other:1"), None).connect(&around, None).unwrap_err();
        assert!(matches!(error, ConnectionError::KeyForAnother { .. }), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    #[test]
    fn what_is_missing_is_named_with_every_way_to_give_it() {
        for (given, missing) in [
            ((None, None), "no gateway is"),
            ((Some("http://a:1"), None), "no key is"),
            ((None, Some("k")), "no gateway's address is"),
        ] {
            let error =
                options(given.0, given.1).connect(&Surroundings::default(), None).unwrap_err().to_string();
            for way in [
                missing,
                "TIDEGATE_URL",
                "TIDEGATE_API_KEY",
                "--url",
                "--key",
                "--sandbox",
                "a configuration file",
            ] {
                assert!(error.contains(way), "{way}: {error}");
            }
        }
    }

    #[test]
    fn an_address_is_http_without_password_and_query() {
        for good in ["http://127.0.0.1:7070", "https://refunds.example.com/tidegate/", " http://[::1]:1 "] {
            assert!(address(good).is_ok(), "{good}");
        }
        for bad in
            ["", "127.0.0.1:7070", "localhost:7070", "ftp://h", "http://", "http://h/?a=1", "http://h/#a"]
        {
            assert!(matches!(address(bad), Err(ConnectionError::Address { .. })), "{bad}");
        }
        for bad in ["http://u:geheim@h/", "http://u@h", "u:geheim@"] {
            let error = address(bad).unwrap_err();
            assert!(!error.to_string().contains("geheim"), "{error}");
        }
    }
}
