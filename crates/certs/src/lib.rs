//! Merchant API certificates: request, bundle, chain, inspection and lifecycle, bytes in and bytes out.
//!
//! A room without furniture so far: nothing is published here yet.
