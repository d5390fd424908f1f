//! The request string that goes to the Merchant Platform, and what comes back.
//!
//! The key is made by the caller, who writes it to disk before anybody sees the request string: it exists nowhere else. What
//! is made and read here depends on nothing but the arguments.
//!
//! Read in this order: [`merchant`] (id and name, as the platform has them), [`make`](mod@make) (the request string),
//! [`read`](mod@read) (what a platform does with one), [`pasted`] (whether what came back is the certificate that was asked
//! for).

pub mod make;
pub mod merchant;
pub mod pasted;
pub mod read;

pub use make::{KeyRefused, make};
pub use merchant::{MerchantId, MerchantIdError, MerchantName, MerchantNameError};
pub use pasted::{PasteError, Pending};
pub use read::{Difference, RequestError, differences, read};
