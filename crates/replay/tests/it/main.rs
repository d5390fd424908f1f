//! Histories replayed: days made by hand with known figures, and what holds for every history.

#![expect(clippy::unwrap_used, reason = "a test whose history cannot be made stops there")]

mod days;
mod entries;
mod picture;
mod properties;
mod reference;
mod sample;
mod sharing;
