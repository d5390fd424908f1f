//! The certificate tool as pages in the browser of whoever started it: the steps of the official tool, on every system.
//!
//! Enter merchant info → copy request string → (the Merchant Platform) → paste certificate string → generated. Everything
//! that lasts is done by [`certificate_folder`](crate::certificate_folder): a step is nothing but where its folder stands, so
//! that a wizard that was killed goes on where it was. Source: [certificate-request].
//!
//! Private keys lie within reach of these pages, so they are for one person: they are served to this machine alone, at a
//! port and below a path that are drawn anew each time; the address that is printed holds a token, for which the browser
//! gets a cookie that no script reads and no other site's page sends; a request that was led here under another host name is
//! refused; a form counts only with the token of its page; nothing is kept by the browser. No page ever holds a private key,
//! not even one that somebody pasted into the wrong field.
//!
//! Read in this order: [`serve`] (starting and ending), [`gateway_door`] (how a certificate gets into a gateway),
//! [`desktop`] (opening browser and folder); `desk` (what the pages share), `storage` (the folders), `entrance` (who comes
//! in), `visit` and `response` (requests and answers), `frame` and `words` (what every page has), `pages`, `assets`.

mod assets;
mod desk;
pub mod desktop;
mod entrance;
mod frame;
pub mod gateway_door;
mod pages;
mod response;
pub mod serve;
mod storage;
mod visit;
mod words;

#[cfg(test)]
mod tests;

pub use gateway_door::{GatewayDoor, NewCertificate, Refused, Taken};
pub use serve::{Running, Settings, start};
