//! What no single crate can test about itself.
//!
//! The rules of the house, read from the tree as it is: [`layering`] (who may know whom), [`purity`] (what
//! the deciding crates may never touch), [`habits`] (what no file may hold), [`references`] (every source and
//! every rule named somewhere exists). [`project`] and [`rust_source`] read the tree for them.
//!
//! What runs across crates: [`end_to_end`] (gateway and sandbox as stories), [`foreign`] (public clients of WeChat Pay against
//! the sandbox) and [`documents`] (examples do what they say).
//!
//! Each check has a twin that feeds it a made-up offence: a check that cannot fail is worth nothing.

mod documents;
mod end_to_end;
mod foreign;
mod habits;
mod layering;
mod project;
mod purity;
mod references;
mod rust_source;
