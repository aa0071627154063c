//! Holds the checker of C against code whose faults are known.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod codes;
mod mutants;
mod page;
mod specfs;
mod twins;
