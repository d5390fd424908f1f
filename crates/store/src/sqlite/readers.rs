//! The threads that read, each with a connection of its own. A read is one transaction and sees one state; none is
//! held open while somebody waits for something else.

use std::sync::mpsc::Receiver;
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

/// What a thread is asked to do.
pub(super) type Read = Box<dyn FnOnce(&mut Connection) + Send>;

/// One thread: serves reads until nobody can send any.
pub(super) fn serve(mut connection: Connection, reads: &Mutex<Receiver<Read>>) {
    loop {
        // Held while waiting: the next thread waits for the lock instead, which is the same to it.
        let read = reads.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match read {
            Ok(read) => read(&mut connection),
            Err(_) => break,
        }
    }
}
