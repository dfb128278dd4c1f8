//! The live page over a run: an HTTP server with server-sent events.
//!
//! Nothing is built here yet; the crate keeps the place on its floor (it may use `das-core`, never a particular environment).
