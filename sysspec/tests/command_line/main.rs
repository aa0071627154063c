//! The command line as a user meets it, on a small workspace.

mod assist;
mod bad_input;
mod building;
mod check;
mod fix;
mod fmt;
mod formats;
mod graph;
mod killed;
mod models;
mod new;
mod patches;
mod scene;
mod shells;
mod validate;
mod validation;
mod watch;
