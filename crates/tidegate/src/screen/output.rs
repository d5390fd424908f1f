//! Standard output, whoever reads it.

use std::io::{self, Write as _};

/// Writes `text`. Unlike the macro it does not panic if the reader has gone.
pub(crate) fn print(text: &str) -> io::Result<()> {
    print_bytes(text.as_bytes())
}

/// Writes a document of the gateway as it came, on lines of its own.
pub(crate) fn print_document(body: &[u8]) -> io::Result<()> {
    let mut line = body.trim_ascii_end().to_vec();
    line.push(b'\n');
    print_bytes(&line)
}

fn print_bytes(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}
