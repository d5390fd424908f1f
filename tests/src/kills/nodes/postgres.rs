//! What the nodes of a run have as their PostgreSQL.

use std::time::{Duration, Instant};

use throwaway_postgres::{Cluster, Member, Server, ServerError};

/// How long a server is away when it has crashed.
const AWAY: Duration = Duration::from_millis(500);

/// A failover takes 20 seconds, and a member that comes back some more; a machine under load is given more.
const BACK_WITHIN: Duration = Duration::from_secs(120);

/// How often it is looked whether a cluster is back.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What the nodes of a run have as their PostgreSQL.
#[derive(Debug)]
pub enum Postgres {
    /// One server, which can crash.
    Server(Server),
    /// Two servers, of which one takes over from the other.
    Cluster(Cluster),
}

/// What became of PostgreSQL when it was lost.
#[derive(Debug)]
pub(super) struct Loss<'a> {
    /// How long no write was taken.
    pub(super) away: Duration,
    /// Who is still missing.
    missing: Option<&'a Member>,
}

impl Postgres {
    /// An empty database: its address.
    pub(super) fn database(&self) -> String {
        expected(match self {
            Postgres::Server(server) => server.database(),
            Postgres::Cluster(cluster) => cluster.database(),
        })
    }

    /// What `sql` answers in `database`, while PostgreSQL is there.
    pub(super) fn ask(&self, database: &str, sql: &str) -> String {
        expected(match self {
            Postgres::Server(server) => server.execute(database, sql),
            Postgres::Cluster(cluster) => cluster.execute(database, sql),
        })
    }

    /// Takes away what takes writes, at once and without a word. Comes back when writes are taken again.
    pub(super) async fn lose(&self) -> Loss<'_> {
        let lost_at = Instant::now();
        let missing = match self {
            Postgres::Server(server) => {
                expected(server.stop_at_once());
                tokio::time::sleep(AWAY).await;
                expected(server.start_again());
                None
            }
            Postgres::Cluster(cluster) => {
                let leader = leader(cluster);
                expected(cluster.kill(leader));
                until(cluster, Cluster::takes_writes).await;
                Some(leader)
            }
        };
        Loss { away: lost_at.elapsed(), missing }
    }

    /// Has the member that takes writes give that to the other in order; a single server has nobody to give it to. Comes back
    /// when writes are taken again.
    pub(super) async fn hand_over(&self) -> Loss<'_> {
        let begun_at = Instant::now();
        if let Postgres::Cluster(cluster) = self {
            expected(cluster.hand_over(leader(cluster)));
            until(cluster, Cluster::takes_writes).await;
        }
        Loss { away: begun_at.elapsed(), missing: None }
    }

    /// Brings back who is still missing. Comes back when PostgreSQL can be lost once more.
    pub(super) async fn restore(&self, loss: Loss<'_>) {
        if let Postgres::Cluster(cluster) = self {
            if let Some(member) = loss.missing {
                expected(cluster.start_again(member));
            }
            until(cluster, Cluster::is_whole).await;
        }
    }
}

fn leader(cluster: &Cluster) -> &Member {
    cluster.leader().expect("a cluster that is whole has a leader")
}

/// Comes back when `cluster` is as it should be.
async fn until(cluster: &Cluster, is_so: impl Fn(&Cluster) -> bool) {
    let deadline = Instant::now() + BACK_WITHIN;
    while !is_so(cluster) {
        let log = || cluster.last_words();
        assert!(Instant::now() < deadline, "the cluster is not back within {BACK_WITHIN:?}:\n{}", log());
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn expected<T>(done: Result<T, ServerError>) -> T {
    done.unwrap_or_else(|error| panic!("{error}"))
}
