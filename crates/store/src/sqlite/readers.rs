//! The threads that read, each with a connection of its own. A read is one transaction and sees one state; none is
//! held open while somebody waits for something else.

use std::sync::mpsc::Receiver;
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use crate::sql::Error;
use crate::sql::job::{Job, Loss};

/// One thread: serves reads until nobody can send any.
pub(super) fn serve(mut connection: Connection, reads: &Mutex<Receiver<Box<dyn Job>>>) {
    loop {
        // Held while waiting: the next thread waits for the lock instead, which is the same to it.
        let read = reads.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match read {
            Ok(read) => answer(read, &mut connection),
            Err(_) => break,
        }
    }
}

fn answer(mut read: Box<dyn Job>, connection: &mut Connection) {
    // Dropped without a commit: there is nothing to commit.
    let loss = match connection.transaction() {
        // An error of the database is the answer already.
        Ok(state) => read.run(&*state).err().and(None),
        Err(error) => Some(Loss::from(Error::from(error))),
    };
    read.answer(loss.as_ref());
}
