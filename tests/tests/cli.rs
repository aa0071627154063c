//! The command line on the SpecFS workspace: what it says, and how it exits.

use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Result, ensure};
use sysspec_tests::mount::is_mountpoint;
use sysspec_tests::{binary, copy_of_specs, replace_in, specs};

fn sysspec(arguments: &[&str], folder: &Path) -> Result<(Option<i32>, String)> {
    let Output { status, stdout, stderr } =
        Command::new(binary()).args(arguments).current_dir(folder).output()?;
    Ok((status.code(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned()))
}

#[test]
fn the_specs_of_specfs_have_no_finding() -> Result<()> {
    let (code, said) = sysspec(&["check", "."], &specs())?;
    ensure!(code == Some(0), "exit {code:?}:\n{said}");
    Ok(())
}

#[test]
fn a_renamed_relied_function_stops_the_mount_before_anything_is_built() -> Result<()> {
    let specs = copy_of_specs()?;
    let _ = std::fs::remove_dir_all(specs.path().join("build"));
    replace_in(&specs.path().join("path/step.spec"), "dir_find(", "dir_fnd(")?;
    let mountpoint = tempfile::tempdir()?;
    let place = mountpoint.path().to_string_lossy();
    let (code, said) = sysspec(&["mount", ".", &place, "--daemon"], specs.path())?;
    ensure!(code == Some(1), "exit {code:?}:\n{said}");
    for shown in ["dir_fnd", "dir_find", "path/step.spec"] {
        ensure!(said.contains(shown), "the finding does not show {shown}:\n{said}");
    }
    ensure!(!is_mountpoint(mountpoint.path()), "it was mounted all the same");
    ensure!(!specs.path().join("build").exists(), "something was built");
    Ok(())
}

#[test]
fn an_edited_contract_makes_just_its_module_and_those_that_rely_on_it_stale() -> Result<()> {
    let specs = copy_of_specs()?;
    let (code, said) = sysspec(&["status", "."], specs.path())?;
    ensure!(code == Some(0), "the committed store is not valid:\n{said}");
    let spec = specs.path().join("util/path_common.spec");
    replace_in(&spec, "**Post-Condition**:\n", "**Post-Condition**:\n- `result <= 4096`\n")?;
    let (code, said) = sysspec(&["status", "."], specs.path())?;
    ensure!(code == Some(1), "exit {code:?}:\n{said}");
    let stale: Vec<&str> = said.lines().filter(|line| line.contains("stale")).collect();
    let names = |name: &str| stale.iter().any(|line| line.contains(name));
    ensure!(names("path_common") && names("locate_pair"), "not named as stale:\n{said}");
    ensure!(!names("name_hash") && !names("specfs_write"), "too much is stale:\n{said}");
    Ok(())
}

#[test]
fn stale_modules_without_a_provider_are_an_error_that_names_the_choices() -> Result<()> {
    let specs = copy_of_specs()?;
    let spec = specs.path().join("util/path_common.spec");
    replace_in(&spec, "**Post-Condition**:\n", "**Post-Condition**:\n- `result <= 4096`\n")?;
    let mountpoint = tempfile::tempdir()?;
    let place = mountpoint.path().to_string_lossy();
    let (code, said) = sysspec(&["mount", ".", &place, "--daemon"], specs.path())?;
    ensure!(code == Some(1), "exit {code:?}:\n{said}");
    for shown in ["path_common", "generate", "exchange"] {
        ensure!(said.contains(shown), "{shown} is not named:\n{said}");
    }
    ensure!(!is_mountpoint(mountpoint.path()), "stale code was mounted");
    Ok(())
}

#[test]
fn a_wrong_call_exits_with_2_and_says_what_is_wrong() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let wrong: [(&[&str], &str); 4] = [
        (&["check", "nowhere"], "nowhere"),
        (&["frobnicate"], "frobnicate"),
        (&["explain", "XYZ999"], "XYZ999"),
        (&["unmount", "nowhere"], "nowhere"),
    ];
    for (arguments, named) in wrong {
        let (code, said) = sysspec(arguments, folder.path())?;
        ensure!(code == Some(2), "{arguments:?}: exit {code:?}:\n{said}");
        ensure!(said.contains(named), "{arguments:?} does not name {named}:\n{said}");
    }
    Ok(())
}

#[test]
fn a_mountpoint_that_cannot_be_used_is_an_error_that_says_why() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("file");
    std::fs::write(&file, "")?;
    let specs = specs();
    for (place, why) in [(folder.path().join("missing"), "does not exist"), (file, "not a directory")] {
        let arguments = ["mount", ".", &place.to_string_lossy(), "--daemon"].map(str::to_owned);
        let (code, said) = sysspec(&arguments.each_ref().map(String::as_str), &specs)?;
        ensure!(code.is_some_and(|c| c != 0), "it succeeded:\n{said}");
        ensure!(said.contains(why), "it does not say {why:?}:\n{said}");
    }
    Ok(())
}

#[test]
fn a_study_of_one_module_is_planned_worked_on_and_reported() -> Result<()> {
    let specs = copy_of_specs()?;
    let study = ["--study", "study", "--provider", "exchange", "--module", "map_span"];
    let plan =
        [&["eval", "plan", "."][..], &study, &["--setting", "modularity", "--setting", "normal"]].concat();
    let (code, said) = sysspec(&plan, specs.path())?;
    ensure!(code == Some(0) && said.contains("2 results"), "exit {code:?}:\n{said}");

    let run = ["eval", "run", "study", "--exchange-dir", "exchange"];
    let (code, said) = sysspec(&run, specs.path())?;
    ensure!(code == Some(1) && said.contains("2 results without an answer"), "exit {code:?}:\n{said}");
    let prompt =
        std::fs::read_to_string(specs.path().join("exchange/normal/map_span.phase1.attempt1.prompt.md"))?;
    ensure!(!prompt.contains("**Post-Condition**"), "a description gives the specification away:\n{prompt}");
    let validated = std::fs::read_to_string(specs.path().join("generated/file/map_span.c"))?;
    for (setting, text) in
        [("modularity", format!("```c\n{validated}```\n")), ("normal", "I cannot.\n".into())]
    {
        std::fs::write(
            specs.path().join(format!("exchange/{setting}/map_span.phase1.attempt1.answer.md")),
            text,
        )?;
    }
    let (code, said) = sysspec(&run, specs.path())?;
    ensure!(code == Some(0) && said.contains("2 results found"), "exit {code:?}:\n{said}");

    let (code, said) = sysspec(&["eval", "report", "study", "--plot", "plot.svg"], specs.path())?;
    ensure!(code == Some(0), "exit {code:?}:\n{said}");
    for row in ["| normal (few-shot) | 1/1 | 0 of 1 (0.0 %)", "| + modularity | 1/1 | 1 of 1 (100.0 %)"] {
        ensure!(said.contains(row), "{row} is not in\n{said}");
    }
    ensure!(std::fs::read_to_string(specs.path().join("plot.svg"))?.starts_with("<svg"));
    let (code, said) = sysspec(&["eval", "slurm", "study", "--parts", "2"], specs.path())?;
    ensure!(code == Some(0) && said.contains("--array=1-2"), "exit {code:?}:\n{said}");
    Ok(())
}
