//! The sysspec command: check, generate, mount and test generative file systems.
//!
//! The binary is a thin `main` over this library, so that its parts can be used by tests:
//! [`suite`] is the regression suite that `sysspec test` runs against a mount.

pub mod suite;
