//! The disk of the database server is full: by its own word on any machine, and in truth where there is a disk to be filled.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use throwaway_postgres::{Server, shared};

use super::story::Story;

/// Names a folder on a file system of its own with 100 to 300 MB, of which nobody else wants any. A server is started there, and
/// the rest of it filled. Without it that is not tried.
const SMALL_DISK: &str = "TIDEGATE_SMALL_DISK";

/// How long a server may be away, on a busy machine.
const LONGEST: Duration = Duration::from_secs(60);

/// How many refunds are asked for before there is no room, and when there is none.
const REFUNDS: usize = 40;

/// How many while the server is gone, each of which waits for it for a while.
const IN_VAIN: usize = 5;

/// From now on the server says of all that is to be written that its disk is full.
const SAY_THAT_IT_IS_FULL: &str = "
    CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'could not extend a file' USING ERRCODE = 'disk_full'; END $$;
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
            EXECUTE format('CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON %I EXECUTE FUNCTION full_disk()', name);
        END LOOP;
    END $$;";

const SAY_IT_NO_MORE: &str = "DROP FUNCTION full_disk() CASCADE";

/// What a till was answered, by number of the refund.
#[derive(Debug, Default)]
struct Till {
    acknowledged: Vec<String>,
    /// To be repeated, as it was told to.
    turned_away: Vec<String>,
    /// How often it heard what.
    heard: BTreeMap<String, usize>,
}

impl Till {
    /// Asks for a refund of an order of its own.
    async fn asks(&mut self, story: &Story, out_refund_no: String) {
        let answer = story.asks(&story.refund(&out_refund_no, &format!("T{out_refund_no}"), 3_000)).await;
        let heard = if answer.status == 503 { answer.code().to_owned() } else { answer.status.to_string() };
        *self.heard.entry(heard).or_default() += 1;
        match answer.status {
            200 | 202 => self.acknowledged.push(out_refund_no),
            _ => {
                assert_eq!(answer.status, 503, "{answer:?}");
                assert!(answer.code().starts_with("store_"), "{answer:?}");
                assert!(answer.header("retry-after").is_some(), "{answer:?}");
                self.turned_away.push(out_refund_no);
            }
        }
    }

    /// The same for several, whose orders are paid first.
    async fn asks_for(&mut self, story: &Story, refunds: usize, when: &str) {
        for n in 0..refunds {
            story.pays(&format!("T{when}{n}"), 10_000).await;
        }
        for n in 0..refunds {
            self.asks(story, format!("{when}{n}")).await;
        }
    }

    /// Repeats what was turned away until all of it is taken.
    async fn repeats(&mut self, story: &Story) {
        let deadline = Instant::now() + LONGEST;
        while !self.turned_away.is_empty() {
            assert!(Instant::now() < deadline, "there is room, and still {self:?}");
            for refund in std::mem::take(&mut self.turned_away) {
                self.asks(story, refund).await;
            }
        }
    }

    /// Everything acknowledged comes to its end, and is paid once.
    async fn has_all(&self, story: &Story) {
        story.is_driven().await;
        for refund in &self.acknowledged {
            story.ends(refund, "succeeded").await;
        }
        let recount = story.recount().await;
        for refund in &self.acknowledged {
            assert_eq!(recount.of_number(story.mchid(), refund).unwrap().acceptances, 1, "{refund}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_server_without_room_refuses_is_taken_when_there_is_some() {
    let database = shared().database().unwrap();
    let (story, mut till) = (Story::begin_on(&database).await, Till::default());
    till.asks_for(&story, REFUNDS, "Before").await;

    shared().execute(&database, SAY_THAT_IT_IS_FULL).unwrap();
    till.asks_for(&story, REFUNDS, "Meanwhile").await;

    assert_eq!(till.heard, BTreeMap::from([("202".to_owned(), REFUNDS), ("store_full".to_owned(), REFUNDS)]));
    assert_eq!(story.looks("Before0").await.status, 200);
    shared().execute(&database, SAY_IT_NO_MORE).unwrap();
    till.repeats(&story).await;
    till.has_all(&story).await;
    story.closes().await;
}

/// What takes all the room there is, until it is dropped.
struct Ballast(PathBuf);

impl Ballast {
    fn fills(disk: &Path) -> Ballast {
        let ballast = Ballast(disk.join("ballast"));
        let mut file = File::create(&ballast.0).unwrap();
        for size in [1 << 20, 1 << 12, 1] {
            let block = vec![0; size];
            while file.write_all(&block).is_ok() {}
        }
        ballast
    }
}

impl Drop for Ballast {
    fn drop(&mut self) {
        // A folder that is gone needs no room.
        drop(fs::remove_file(&self.0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_the_disk_of_a_server_is_full() {
    let Some(disk) = std::env::var_os(SMALL_DISK).map(PathBuf::from) else {
        println!("{SMALL_DISK} names no disk that can be filled: not tried");
        return;
    };
    let server = Server::start_in(&disk, &[]).unwrap();
    let story = Story::begin_on(&server.database().unwrap()).await;
    let mut till = Till::default();
    till.asks_for(&story, REFUNDS, "Before").await;

    let ballast = Ballast::fills(&disk);
    till.asks_for(&story, REFUNDS, "Full").await;
    println!("until the disk was full and after it: {:?}", till.heard);
    assert!(till.heard["store_full"] > 0, "{:?}", till.heard);
    assert_eq!(story.looks("Before0").await.status, 200);

    // No room for the next piece of its log: the server ends itself. It cannot start again while it is so.
    let ended = server.execute("postgres", "SELECT pg_switch_wal(); CHECKPOINT; SELECT txid_current()");
    assert!(ended.is_err(), "{ended:?}");
    till.heard.clear();
    till.asks_for(&story, IN_VAIN, "Gone").await;
    println!("after its log was full: {:?}", till.heard);

    drop(ballast);
    let made_room = Instant::now();
    if server.execute("postgres", "SELECT 1").is_err() {
        server.start_again().unwrap();
        println!("the server was started again");
    }
    till.repeats(&story).await;
    println!("all are taken {:?} after there is room: {:?}", made_room.elapsed(), till.heard);
    till.has_all(&story).await;
    println!("{} refunds acknowledged, each paid once", till.acknowledged.len());
    story.closes().await;
}
