//! The whole server, in this process.

mod client;
mod commands;
mod editing;
mod liveness;
