//! WeChat Pay's side made visible: the `platform` behind HTTP, with signatures, a clock and faults.
//!
//! A room without furniture so far: nothing is published here yet.
