//! `cargo xtask mutate`: a program of its own, so that no other task has to build what it needs.

use anyhow::Result;

use crate::run::{self, command};
use crate::system;

/// Runs it with what was given.
pub fn mutate(options: &[String]) -> Result<()> {
    system::ensure(&[system::BUILD])?;
    let mut cargo =
        command(env!("CARGO"), &["run", "--quiet", "--release", "--package", "sysspec-mutation", "--"]);
    run::run(cargo.args(options))
}
