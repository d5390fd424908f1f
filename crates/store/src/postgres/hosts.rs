//! The address of each host of a database alone.
//!
//! The driver tries the hosts of an address in turn as well, but gives time to all of them together: one that takes a
//! connection and then says nothing would keep it from the next.

use tokio_postgres::Config;
use tokio_postgres::config::Host;

use super::url::PostgresUrlError;

/// What `whole` says, once for each of its hosts, in its order.
pub(super) fn each_alone(whole: &Config) -> Result<Vec<Config>, PostgresUrlError> {
    let count = whole.get_hosts().len();
    let (addresses, ports) = (whole.get_hostaddrs().len(), whole.get_ports().len());
    if (addresses > 0 && addresses != count) || (ports > 1 && ports != count) {
        return Err(PostgresUrlError::Uneven);
    }
    Ok((0..count).map(|n| alone(whole, n)).collect())
}

/// What `whole` says of its `n`-th host.
fn alone(whole: &Config, n: usize) -> Config {
    let mut config = Config::new();
    match whole.get_hosts().get(n) {
        Some(Host::Tcp(name)) => config.host(name),
        #[cfg(unix)]
        Some(Host::Unix(folder)) => config.host_path(folder),
        None => &mut config,
    };
    whole.get_hostaddrs().get(n).map(|address| config.hostaddr(*address));
    whole.get_ports().get(n).or(whole.get_ports().first()).map(|port| config.port(*port));
    whole.get_user().map(|user| config.user(user));
    whole.get_password().map(|password| config.password(password));
    whole.get_dbname().map(|name| config.dbname(name));
    whole.get_options().map(|options| config.options(options));
    whole.get_application_name().map(|name| config.application_name(name));
    whole.get_connect_timeout().map(|timeout| config.connect_timeout(*timeout));
    whole.get_tcp_user_timeout().map(|timeout| config.tcp_user_timeout(*timeout));
    whole.get_keepalives_interval().map(|interval| config.keepalives_interval(interval));
    whole.get_keepalives_retries().map(|retries| config.keepalives_retries(retries));
    config
        .keepalives(whole.get_keepalives())
        .keepalives_idle(whole.get_keepalives_idle())
        .ssl_mode(whole.get_ssl_mode())
        .ssl_negotiation(whole.get_ssl_negotiation())
        .channel_binding(whole.get_channel_binding())
        .target_session_attrs(whole.get_target_session_attrs())
        .load_balance_hosts(whole.get_load_balance_hosts());
    config
}

/// What people call the host of an address that has one.
pub(super) fn name(alone: &Config) -> String {
    match alone.get_hosts().first() {
        Some(Host::Tcp(name)) => match alone.get_ports().first() {
            Some(port) => format!("{name}:{port}"),
            None => name.clone(),
        },
        #[cfg(unix)]
        Some(Host::Unix(folder)) => folder.display().to_string(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(text: &str) -> Config {
        text.parse().unwrap()
    }

    #[test]
    fn nothing_of_an_address_is_left_out_and_each_host_keeps_its_own() {
        let others = "u:secret@A/refunds?options=-c%20search_path%3Dpay&application_name=pay&sslmode=require\
                      &sslnegotiation=direct&connect_timeout=3&tcp_user_timeout=4&keepalives=0&keepalives_idle=5\
                      &keepalives_interval=6&keepalives_retries=7&target_session_attrs=read-write\
                      &channel_binding=disable&load_balance_hosts=random";
        let with_hosts = |hosts: &str| whole(&format!("postgres://{}", others.replace('A', hosts)));
        let alone = each_alone(&with_hosts("db1:1,db2:2,%2Frun:3")).unwrap();
        assert_eq!(alone, ["db1:1", "db2:2", "%2Frun:3"].map(with_hosts));
        assert_eq!(alone.iter().map(name).collect::<Vec<_>>(), ["db1:1", "db2:2", "/run"]);
        let listed = each_alone(&whole("host=db1,db2 hostaddr=10.0.0.1,10.0.0.2 port=7")).unwrap();
        let expected = ["host=db1 hostaddr=10.0.0.1 port=7", "host=db2 hostaddr=10.0.0.2 port=7"];
        assert_eq!(listed, expected.map(whole));
    }

    #[test]
    fn as_many_ports_as_hosts_are_named_or_one() {
        for text in ["host=a,b,c port=1,2", "host=a,b hostaddr=10.0.0.1"] {
            assert_eq!(each_alone(&whole(text)), Err(PostgresUrlError::Uneven), "{text}");
        }
    }
}
