//! What the contract needs of a store that speaks SQL: somebody who writes and somebody who reads.

use tokio::sync::oneshot;
use wechatpay::ids::Mchid;

use super::connection::Connection;
use super::job::{Command, Fault, Job, Loss, LossError};
use super::merchants;
use crate::contract::Answer;
use crate::error::StoreError;

/// Whom a write is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Whose {
    /// A merchant id.
    Merchant(Mchid),
    /// A merchant id that may not be set up yet.
    NewMerchant(Mchid),
    /// No merchant id: a setting, a key of the API.
    Installation,
}

impl Whose {
    pub(crate) fn merchant(mchid: &Mchid) -> Whose {
        Whose::Merchant(mchid.clone())
    }

    pub(crate) fn new_merchant(mchid: &Mchid) -> Whose {
        Whose::NewMerchant(mchid.clone())
    }
}

/// A store whose threads do what they are asked to. An error says that a job was not taken.
pub(crate) trait Hands: Send + Sync + 'static {
    /// Has a job done that writes, whole or not at all, alone among the writes of the same merchant id. It is answered when
    /// it is on disk.
    fn have_written(&self, whose: Whose, job: Box<dyn Job>) -> Answer<()>;

    /// Has a job done that reads one state of the database.
    fn have_read(&self, job: Box<dyn Job>) -> Answer<()>;

    /// The same of a job that reads thousands of rows, where it keeps nobody waiting who reads a few, if there is such a place.
    fn have_much_read(&self, job: Box<dyn Job>) -> Answer<()> {
        self.have_read(job)
    }
}

/// Lets `work` write. It may be done again after it was undone.
pub(crate) async fn write<T, E, W>(hands: &impl Hands, whose: Whose, work: W) -> Result<T, E>
where
    T: Send + 'static,
    E: LossError + From<StoreError>,
    W: Fn(&Connection) -> Result<T, Fault<E>> + Send + 'static,
{
    let (caller, answer) = oneshot::channel();
    hands.have_written(whose, Box::new(Command::new(work, caller)))?;
    // A thread answers everything it takes; if it could not, it is gone with what it held.
    answer.await.unwrap_or_else(|_| Err(E::of(&Loss::Unknown("the thread that writes is gone".into()))))
}

/// Lets `work` read. It may be done again.
pub(super) async fn read_all<T, W>(hands: &impl Hands, work: W) -> Answer<T>
where
    T: Send + 'static,
    W: Fn(&Connection) -> Result<T, Fault<StoreError>> + Send + 'static,
{
    answered(|job| hands.have_read(job), work).await
}

/// Lets `work` read for a merchant id, which must be set up.
pub(super) async fn read<T, W>(hands: &impl Hands, mchid: &str, work: W) -> Answer<T>
where
    T: Send + 'static,
    W: Fn(&Connection, &Mchid) -> Result<T, Fault<StoreError>> + Send + 'static,
{
    read_all(hands, of_merchant(mchid, work)?).await
}

/// The same of work that reads thousands of rows.
pub(super) async fn read_much<T, W>(hands: &impl Hands, mchid: &str, work: W) -> Answer<T>
where
    T: Send + 'static,
    W: Fn(&Connection, &Mchid) -> Result<T, Fault<StoreError>> + Send + 'static,
{
    let work = of_merchant(mchid, work)?;
    answered(|job| hands.have_much_read(job), work).await
}

/// `work` for a merchant id, which must be set up.
fn of_merchant<T, W>(
    mchid: &str,
    work: W,
) -> Answer<impl Fn(&Connection) -> Result<T, Fault<StoreError>> + Send + 'static>
where
    T: Send + 'static,
    W: Fn(&Connection, &Mchid) -> Result<T, Fault<StoreError>> + Send + 'static,
{
    let mchid = Mchid::parse(mchid).map_err(|_| merchants::not_set_up(mchid))?;
    Ok(move |connection: &Connection| {
        merchants::expect(connection, &mchid)?;
        work(connection, &mchid)
    })
}

/// What `work` comes to, which is handed over to whoever reads.
async fn answered<T, W>(hand_over: impl FnOnce(Box<dyn Job>) -> Answer<()>, work: W) -> Answer<T>
where
    T: Send + 'static,
    W: Fn(&Connection) -> Result<T, Fault<StoreError>> + Send + 'static,
{
    let (caller, answer) = oneshot::channel();
    hand_over(Box::new(Command::new(work, caller)))?;
    let gone = || StoreError::Failed { what: "reading", why: "the thread that reads is gone".into() };
    answer.await.unwrap_or_else(|_| Err(gone()))
}
