//! How a request is read: strictly, and every way it can be wrong names its place.
//!
//! [`json`] is a JSON text as it came, [`fields`] reads the members of its objects, [`body`] takes a body off the wire;
//! [`parameters`] reads a query, [`path`] a part of the path, [`prefer`] and [`language`] one header each.

pub mod body;
pub mod fields;
pub mod json;
pub mod language;
pub mod parameters;
pub mod path;
pub mod prefer;
