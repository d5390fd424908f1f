//! The running service: takes refunds over HTTP, drives owners, is the only way out to WeChat Pay.
//!
//! A room without furniture so far: nothing is published here yet.
