//! What people read in a terminal, and what programs read behind a pipe: the same plain text, without colours.
//!
//! [`mod@text`] makes what others wrote harmless to show and breaks long lines, [`mod@instant`] and [`mod@money`] write
//! times and amounts, [`sheet`] and [`mod@table`] lay them out, and [`output`] hands them over.

mod instant;
mod money;
mod output;
mod sheet;
mod table;
mod text;

pub(crate) use instant::{day_and_time, instant};
pub(crate) use money::{fen, grouped, money, percent};
pub(crate) use output::{print, print_document};
pub(crate) use sheet::Sheet;
pub(crate) use table::table;
pub(crate) use text::{COLUMNS, cut, in_short, plain, words, wrapped};
