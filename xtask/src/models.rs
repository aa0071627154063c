//! The tests of model providers with a real server and a tiny model, which are installed into the cache.

use std::process::Command;

use anyhow::Result;

use crate::run::{self, command};
use crate::system::{self, Need};

const NEEDS: &[Need] =
    &[Need { probe: "python3", package: "python3" }, Need { probe: "pip3", package: "python3-pip" }];

/// Runs the tests that ask a model.
pub fn test() -> Result<()> {
    system::ensure(&[NEEDS])?;
    let folder = run::cache()?.join("model-server");
    run::run(Command::new("bash").arg(run::root().join("tests/models/install.sh")).arg(&folder))?;
    let mut tests =
        command(env!("CARGO"), &["test", "--package", "sysspec-toolchain", "--features", "model-server"]);
    // The server has one slot: what is busy is told by the test that made it so.
    tests.args(["--test", "server", "--", "--test-threads", "1"]);
    run::run(tests.env("SYSSPEC_MODEL_SERVER", &folder))
}
