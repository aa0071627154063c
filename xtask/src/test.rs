//! Every test of the project, in the order of what fails fastest.

use std::process::Command;
use std::time::Instant;

use anyhow::Result;

use crate::run::{self, command};
use crate::system;

/// Runs everything; the first failure ends the run and names its step.
pub fn test(editors: bool) -> Result<()> {
    system::ensure(&[system::BUILD, system::TEST])?;
    let cargo = env!("CARGO");
    let specs = run::root().join("specfs-specs");

    step("format", || run::run(&mut command(cargo, &["fmt", "--all", "--check"])))?;
    step("lints", || {
        run::run(&mut command(
            cargo,
            &["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"],
        ))
    })?;
    let binary = run::sysspec(false)?;
    step("specs", || run::run(Command::new(&binary).args(["check", "--deny", "warnings"]).arg(&specs)))?;
    step("Rust tests", || {
        let mut tests = command(cargo, &["test", "--workspace"]);
        run::run(tests.env("SYSSPEC_BINARY", &binary))
    })?;
    step("C module tests and the suite on a mount", || {
        run::run(Command::new(&binary).arg("test").arg(&specs))
    })?;
    step("a real model server", crate::models::test)?;
    if editors {
        step("real editors", || crate::editors::test(&binary))?;
    }
    Ok(())
}

fn step(name: &str, body: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("\n== {name}");
    let start = Instant::now();
    body()?;
    println!("== {name}: done in {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}
