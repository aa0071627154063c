//! The main job, end to end: check, build from the store, mount, use, unmount, report.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use sysspec_tests::mount::Mount;

use crate::run;
use crate::system;

/// One thing done inside the mount by an ordinary program, and what its output must hold.
struct Step {
    says: &'static str,
    script: &'static str,
    shows: &'static str,
}

const STEPS: &[Step] = &[
    Step {
        says: "directories of any depth",
        script: "mkdir -p a/b/c/d && find . -type d | wc -l",
        shows: "5",
    },
    Step { says: "files are written and read back", script: "echo hello > a/f && cat a/f", shows: "hello" },
    Step { says: "names change place", script: "mv a/f a/b/c/g && ls a/b/c", shows: "g" },
    Step {
        says: "a directory cannot go into its own subtree",
        script: "mv -T a a/b/a 2>&1 || true",
        shows: "subdirectory of itself",
    },
    Step {
        says: "a sparse file of 5 GiB takes no space",
        script: "truncate -s 5G big && stat -c '%s bytes, %b blocks' big",
        shows: "5368709120 bytes, 0 blocks",
    },
    Step {
        says: "an unlinked file lives while it is open",
        script: "exec 3<>gone; echo still here >&3; rm gone; cat /proc/self/fd/3; ls gone 2>&1 || true",
        shows: "still here",
    },
    Step {
        says: "a C program is compiled and run inside",
        script: "printf '#include <stdio.h>\\nint main(void) { puts(\"compiled on SpecFS\"); }\\n' > p.c \
                 && gcc -o p p.c && ./p",
        shows: "compiled on SpecFS",
    },
    Step { says: "the space is told truthfully", script: "df -h --output=fstype,size,used .", shows: "fuse" },
];

/// Runs the demonstration; stops before building when the specs have errors.
pub fn demo(specs: &Path) -> Result<()> {
    system::ensure(&[system::BUILD])?;
    let specs = run::root().join(specs);
    let binary = run::sysspec(false)?;

    heading("1. The specifications are checked");
    run::run(Command::new(&binary).arg("check").arg(&specs))
        .context("the specs have errors, shown above; nothing was built")?;

    heading("2. Every module's C is taken from the validated store");
    let status = run::output(Command::new(&binary).arg("status").arg(&specs))
        .context("some modules have no validated code; `sysspec status` says which and why")?;
    println!("{}", status.lines().last().unwrap_or_default());

    heading("3. The image is built and mounted through FUSE");
    let mount = Mount::new(&binary, &specs, &[])?;
    let place = mount.path().to_path_buf();

    heading("4. Ordinary programs use it");
    let mut failed = vec![];
    for step in STEPS {
        if !take(step, &place)? {
            failed.push(step.says);
        }
    }
    if !copies_a_tree(&specs, &place)? {
        failed.push("a tree copied in is the same tree");
    }

    heading("5. It is unmounted");
    mount.unmount()?;

    heading("Report");
    println!(
        "{} of {} things worked; nothing is left mounted.",
        STEPS.len() + 1 - failed.len(),
        STEPS.len() + 1
    );
    if !failed.is_empty() {
        bail!("these did not: {}", failed.join("; "));
    }
    Ok(())
}

fn take(step: &Step, place: &Path) -> Result<bool> {
    let output = run::output(Command::new("sh").args(["-c", step.script]).current_dir(place));
    let (worked, said) = match &output {
        Ok(said) => (said.contains(step.shows), said.trim_end().to_owned()),
        Err(error) => (false, format!("{error:#}")),
    };
    println!("{} {}\n    $ {}\n    {}", mark(worked), step.says, step.script, said.replace('\n', "\n    "));
    Ok(worked)
}

fn copies_a_tree(specs: &Path, place: &Path) -> Result<bool> {
    let copy = place.join("specs");
    run::output(Command::new("cp").arg("-r").arg(specs).arg(&copy))?;
    let same = Command::new("diff").arg("-r").arg(specs).arg(&copy).status()?.success();
    println!(
        "{} a tree copied in is the same tree\n    $ cp -r SPECS specs && diff -r SPECS specs",
        mark(same)
    );
    Ok(same)
}

fn mark(worked: bool) -> &'static str {
    if worked { "ok  " } else { "FAIL" }
}

fn heading(text: &str) {
    println!("\n== {text}");
}
