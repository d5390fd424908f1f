//! The only crate with SQL: one contract, several implementations.
