//! `sysspec check --watch`

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::scene::{FIND, sysspec, workspace};

/// How long a line may take on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(60);

struct Watch {
    program: Child,
    lines: Receiver<String>,
}

impl Watch {
    fn start(folder: &std::path::Path) -> Watch {
        let mut program = Command::new(env!("CARGO_BIN_EXE_sysspec"))
            .args(["check", "--watch"])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let (sender, lines) = mpsc::channel();
        let output = BufReader::new(program.stdout.take().expect("a pipe"));
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Watch { program, lines }
    }

    /// Reads up to the next summary, and gives it.
    fn summary(&self) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).expect("a summary");
            assert!(!line.contains('\u{1b}'), "there is no terminal to clear");
            if line.contains(" layers: ") {
                return line;
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

#[test]
fn changes_are_seen_until_ctrl_c() {
    let folder = workspace(FIND);
    let mut watch = Watch::start(folder.path());
    assert_eq!(watch.summary(), "2 modules, 2 layers: no findings");
    let spec = folder.path().join("path/find.spec");
    fs::write(&spec, FIND.replace("hash", "hush")).expect("a file");
    assert_eq!(watch.summary(), "2 modules, 2 layers: 1 error in 1 file");
    // As editors save: written beside, then renamed.
    fs::write(folder.path().join("path/new.tmp"), FIND).expect("a file");
    fs::rename(folder.path().join("path/new.tmp"), &spec).expect("a rename");
    assert_eq!(watch.summary(), "2 modules, 2 layers: no findings");
    fs::remove_file(folder.path().join("util/hash.spec")).expect("a removal");
    assert!(watch.summary().starts_with("1 module, 2 layers: "));
    let process = Pid::from_raw(i32::try_from(watch.program.id()).expect("a process number"));
    kill(process, Signal::SIGINT).expect("a signal");
    assert_eq!(watch.program.wait().expect("an end").code(), Some(0));
}

#[test]
fn what_watching_does_not_go_with_is_refused() {
    let folder = workspace(FIND);
    for option in [&["--format", "json"][..], &["--deny", "warnings"], &["--stats"]] {
        let (code, _, complaint) = sysspec(folder.path(), &[&["check", "--watch"], option].concat());
        assert_eq!(code, 2, "{complaint}");
    }
}
