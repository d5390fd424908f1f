//! Orders: naming one, placing one, asking for it, ending it. What a sandbox needs of the payment side.
//!
//! Read in this order: `name`, [`place`], [`call`], [`record`]. Source: [v2-payment].

pub mod call;
mod name;
pub mod place;
pub mod record;

pub(crate) use name::{read as read_order_name, write as write_order_name};
