//! Benchmarks and their comparison with peers.
//!
//! A room without furniture so far: nothing is published here yet.
