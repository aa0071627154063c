//! The whole server, in this process.

mod actions;
mod client;
mod commands;
mod editing;
mod features;
mod files;
mod liveness;
mod proofs;
mod pulling;
