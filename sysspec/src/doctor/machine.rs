//! Programs and devices: the C compiler and its sanitizers, the formatter, the solver, FUSE, editors.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sysspec_analysis::Manifest;
use sysspec_analysis::logic::{Entailment, Sort, Term, Verdict};
use sysspec_toolchain::{format, process};

use super::Finding;

/// How long a program may take to say its version, or to compile one line.
const LIMIT: Duration = Duration::from_secs(60);

/// The editors that there are extensions for, and the programs that start them.
const EDITORS: [(&str, &[&str]); 2] = [("VS Code", &["code", "codium"]), ("Neovim", &["nvim"])];

pub(super) fn checks(manifest: &Manifest) -> Vec<Finding> {
    let mut checks = compiler(manifest);
    checks.push(formatter());
    checks.push(solver());
    checks.extend(fuse(Path::new("/dev/fuse"), nix::unistd::geteuid().is_root()));
    checks.push(editors());
    checks
}

/// The manifest's compiler with its flags, and with the sanitizers that module tests run under.
fn compiler(manifest: &Manifest) -> Vec<Finding> {
    let command = &manifest.toolchain.compiler;
    let install = if command == "gcc" {
        "sudo apt-get install gcc libc6-dev".to_owned()
    } else {
        format!("install `{command}`, or name another in sysspec.toml: compiler = \"gcc\" in [toolchain]")
    };
    let version = match process::run(Command::new(command).arg("--version"), "", LIMIT) {
        Ok(finished) => finished.stdout.lines().next().unwrap_or_default().to_owned(),
        Err(error) => {
            let detail = format!("`{command}` cannot be started: {error}");
            return vec![Finding::problem("C compiler", detail, install)];
        }
    };
    let mut checks = vec![match builds(command, &manifest.toolchain.flags) {
        Ok(()) => Finding::ok("C compiler", version),
        Err(said) => Finding::problem(
            "C compiler",
            format!("{version}, but it cannot build with the flags of the manifest:\n{said}"),
            format!("{install}, or change `flags` in [toolchain] of sysspec.toml"),
        ),
    }];
    for (name, flag) in
        [("address and undefined", "-fsanitize=address,undefined"), ("thread", "-fsanitize=thread")]
    {
        let name = format!("{name} sanitizers");
        checks.push(match builds(command, &[flag.to_owned()]) {
            Ok(()) => Finding::ok(&name, format!("`{command} {flag}` builds programs that run")),
            Err(said) => Finding::problem(
                &name,
                format!("`{command} {flag}` does not work:\n{said}"),
                format!("install the sanitizer libraries of `{command}`; on Debian they come with gcc, on Fedora: sudo dnf install libasan libubsan libtsan"),
            ),
        });
    }
    checks
}

/// Whether the compiler makes a program that runs.
fn builds(command: &str, flags: &[String]) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| format!("cannot make a temporary folder: {error}"))?;
    let program = folder.path().join("program");
    let mut compile = Command::new(command);
    compile.args(flags).args(["-x", "c", "-", "-o"]).arg(&program);
    let source = "#include <stdlib.h>\n\nint main(void)\n{\n\treturn EXIT_SUCCESS;\n}\n";
    for (mut command, input) in [(compile, source), (Command::new(&program), "")] {
        match process::run(&mut command, input, LIMIT) {
            Ok(finished) if finished.succeeded() => {}
            Ok(finished) => return Err(last_lines(&finished.stderr)),
            Err(error) => return Err(error.to_string()),
        }
    }
    Ok(())
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(5)..].join("\n")
}

fn formatter() -> Finding {
    match format::check() {
        Ok(()) => Finding::ok("clang-format", "formats generated code"),
        Err(error) => {
            Finding::problem("clang-format", error.to_string(), "sudo apt-get install clang-format")
        }
    }
}

/// The solver is part of this program: what can fail is the library that it is linked with.
fn solver() -> Finding {
    let one = Term::variable("one", Sort::Truth);
    let question = |goal: Term| Entailment { assumptions: vec![one.clone()], goal, shown: Vec::new() };
    let holds = sysspec_solver::ask(&question(one.clone()), sysspec_solver::LIMIT);
    let fails = sysspec_solver::ask(&question(one.clone().not()), sysspec_solver::LIMIT);
    match (holds, fails) {
        (Verdict::Proved(_), Verdict::Refuted(_)) => Finding::ok("solver", "Z3 decides"),
        other => Finding::problem(
            "solver",
            format!("Z3 gave wrong answers to two easy questions: {other:?}"),
            "sudo apt-get install --reinstall libz3-4, or build sysspec again with the libz3-dev of this machine",
        ),
    }
}

fn fuse(device: &Path, is_root: bool) -> Vec<Finding> {
    let opened = File::options().read(true).write(true).open(device);
    let shown = device.display();
    let mut checks = vec![match opened {
        Ok(_) => Finding::ok("FUSE device", format!("{shown} can be opened")),
        Err(error) if error.kind() == ErrorKind::NotFound => Finding::problem(
            "FUSE device",
            format!("{shown} does not exist"),
            "sudo modprobe fuse; in a container: start it with --device /dev/fuse --cap-add SYS_ADMIN",
        ),
        Err(error) => Finding::problem(
            "FUSE device",
            format!("{shown} cannot be opened: {error}"),
            format!("sudo chmod 0666 {shown}"),
        ),
    }];
    checks.push(match (find("fusermount3"), is_root) {
        (Some(path), _) => Finding::ok("fusermount3", path.display().to_string()),
        (None, true) => Finding::untried("fusermount3", "is not installed, and root mounts without it"),
        (None, false) => Finding::problem(
            "fusermount3",
            "is not installed, and without it only root may mount",
            "sudo apt-get install fuse3",
        ),
    });
    checks
}

fn editors() -> Finding {
    let found = EDITORS.iter().filter_map(|(name, programs)| {
        let path = programs.iter().find_map(|program| find(program))?;
        Some(format!("{name} ({})", path.display()))
    });
    let found: Vec<String> = found.collect();
    match found.as_slice() {
        [] => Finding::untried(
            "editors",
            "neither VS Code nor Neovim is in PATH; any other editor that speaks LSP starts `sysspec lsp`",
        ),
        found => Finding::ok("editors", found.join(", ")),
    }
}

/// Where a program is that PATH finds.
pub(super) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::super::Status;
    use super::*;

    #[test]
    fn a_compiler_that_is_not_there_or_refuses_its_flags_is_a_problem_with_its_remedy() {
        let mut manifest = Manifest::default();
        manifest.toolchain.flags = vec!["-fno-such-flag".into()];
        let refused = &compiler(&manifest)[0];
        assert_eq!(refused.status, Status::Problem);
        assert!(refused.detail.contains("-fno-such-flag"), "{refused:?}");
        manifest.toolchain.compiler = "no-such-compiler".into();
        let missing = compiler(&manifest);
        assert_eq!((missing.len(), missing[0].status), (1, Status::Problem));
        assert!(missing[0].mend.as_ref().unwrap().contains("compiler = \"gcc\""), "{missing:?}");
    }

    #[test]
    fn a_device_that_is_not_there_is_told_from_one_that_may_not_be_opened() {
        let missing = &fuse(Path::new("/nonexistent/fuse"), true)[0];
        assert!(
            missing.detail.contains("does not exist") && missing.mend.as_ref().unwrap().contains("modprobe")
        );
        // A folder cannot be opened for writing by anybody.
        let closed = &fuse(Path::new("/proc"), true)[0];
        assert!(closed.detail.contains("cannot be opened"), "{closed:?}");
    }

    #[test]
    fn the_solver_decides() {
        assert_eq!(solver().status, Status::Ok, "{:?}", solver());
    }
}
