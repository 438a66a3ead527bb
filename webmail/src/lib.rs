//! What people see in a browser: the webmail of the staff and the console of the admins.
//!
//! ```text
//!   browser ── serve (socket, TLS, limits) ── guard (session, CSRF) ──┬─ staff::router    sign_in  account
//!                                                                     │                  folder   message
//!                                                                     │                  compose  search
//!                                                                     └─ console::router  another listener,
//!                                                                                        origin and cookie
//!   each page: one view struct, one template that extends frame.html; every action a link or a POST form
//! ```
//!
//! Nothing here needs a script: `assets/enhance.js` only makes it quicker. What the pages need of the running
//! service beyond the store is the trait [`Service`], which `server` implements.

#[macro_use]
mod lang;
pub mod account;
mod assets;
mod compose;
pub mod console;
pub mod folder;
pub mod frame;
pub mod guard;
mod house;
pub mod message;
mod says;
pub mod search;
mod serve;
pub mod sign_in;
pub mod staff;
#[cfg(test)]
pub(crate) mod testing;
mod texts;
mod trouble;

pub use house::{House, Outbound, Sent, Service, Settings, Soon, Standing};
pub use lang::Lang;
pub use serve::{Limits, Peer, serve};
pub use trouble::Trouble;
