//! The toolchain on a small workspace of its own, with files in place of a model.

#![allow(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod assist;
mod commands;
mod common;
mod eval;
mod faults;
mod generate;
mod image;
mod prompts;
mod replay;
mod review;
mod shared;
mod validation;
