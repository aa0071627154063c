//! A fixture image, built from C, and a mount of it.

// Each test program uses a part of this.
#![allow(dead_code)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

/// The program that mounts an image by hand.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_specfs-mount");

/// Nothing here takes this long, however loaded the machine is.
pub const LONG: Duration = Duration::from_secs(30);

/// The fixture image, built once for each test program.
pub fn image() -> &'static Path {
    static IMAGE: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    &IMAGE.get_or_init(|| build(&["-O2"])).1
}

/// The fixture image with the address sanitizer in it.
pub fn sanitized_image() -> &'static Path {
    static IMAGE: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    &IMAGE.get_or_init(|| build(&["-O1", "-fsanitize=address", "-fno-omit-frame-pointer"])).1
}

fn build(flags: &[&str]) -> (TempDir, PathBuf) {
    let sources = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixture")).unwrap();
    let sources = sources.map(|entry| entry.unwrap().path()).filter(|path| path.extension().unwrap() == "c");
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("fixture.so");
    let mut glue = folder.path().join("image.c");
    std::fs::write(&glue, specfs_runtime::IMAGE_GLUE).unwrap();
    std::fs::write(folder.path().join("specfs_image.h"), specfs_runtime::IMAGE_HEADER).unwrap();
    compile(
        Command::new("cc")
            .args(["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-Wl,-z,defs", "-I"])
            .arg(folder.path())
            .args(flags)
            .args(sources)
            .arg(&mut glue),
        &image,
    );
    (folder, image)
}

/// Makes a shared object of C, as images are made.
pub fn compile(compiler: &mut Command, image: &Path) {
    compiler.args(["-g", "-fPIC", "-shared", "-fvisibility=hidden", "-Wl,-Bsymbolic", "-o"]).arg(image);
    let output = compiler.output().expect("a C compiler named cc is needed for these tests");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Fails with a reason when this machine cannot mount: a skipped test would prove nothing.
pub fn require_fuse() {
    let device = std::fs::File::options().read(true).write(true).open("/dev/fuse");
    assert!(
        device.is_ok() && nix::unistd::geteuid().is_root(),
        "these tests mount file systems: run them as root, where /dev/fuse can be opened ({device:?})"
    );
}

/// A mounted fixture. Dropping it ends it.
pub struct Mount {
    child: Child,
    folder: TempDir,
    lines: Receiver<String>,
    said: Mutex<Vec<String>>,
}

impl Mount {
    pub fn new() -> Mount {
        Mount::with(&[])
    }

    /// Mounts with further arguments for `specfs-mount`.
    pub fn with(arguments: &[&str]) -> Mount {
        Mount::of(image(), arguments, &[])
    }

    /// Mounts an image with further arguments and environment variables.
    pub fn of(image: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Mount {
        require_fuse();
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(PROGRAM)
            .arg(image)
            .arg(folder.path())
            .args(arguments)
            .envs(environment.iter().copied())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            stderr.lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        let mount = Mount { child, folder, lines, said: Mutex::default() };
        mount.hear("mounted at");
        mount
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The supervising process.
    pub fn supervisor(&self) -> Pid {
        Pid::from_raw(self.child.id() as i32)
    }

    /// The process that serves.
    pub fn host(&self) -> Pid {
        let pid = self.child.id();
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
        Pid::from_raw(children.trim().parse().unwrap())
    }

    /// Waits for a line that contains this; everything said until then.
    pub fn hear(&self, what: &str) -> String {
        let mut said = self.said.lock().unwrap();
        while !said.iter().any(|line| line.contains(what)) {
            match self.lines.recv_timeout(LONG) {
                Ok(line) => said.push(line),
                Err(error) => panic!("never heard `{what}`, only ({error}):\n{}", said.join("\n")),
            }
        }
        said.join("\n")
    }

    pub fn signal(&self, signal: Signal) {
        kill(self.supervisor(), signal).unwrap();
    }

    /// Waits for the end of the supervisor: its status, and everything it said.
    pub fn ended(&mut self) -> (ExitStatus, String) {
        let status = wait(&mut self.child);
        let mut said = std::mem::take(&mut *self.said.lock().unwrap());
        said.extend(self.lines.iter());
        (status, said.join("\n"))
    }

    /// Unmounts with SIGINT, and makes sure that the fixture was left as it should be.
    pub fn end(mut self) {
        self.signal(Signal::SIGINT);
        let (status, said) = self.ended();
        assert!(status.success(), "{status}\n{said}");
        assert!(said.ends_with("fixture: destroyed"), "{said}");
        assert!(!is_mounted(self.path()));
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        if let Ok(Some(_)) = self.child.try_wait() {
            return;
        }
        let _ = kill(self.supervisor(), Signal::SIGINT);
        let _ = kill(self.supervisor(), Signal::SIGINT);
        let _ = self.child.wait();
    }
}

/// Waits for a process, but not for ever.
pub fn wait(child: &mut Child) -> ExitStatus {
    let mut status = None;
    eventually("the process ends", || {
        status = child.try_wait().unwrap();
        status.is_some()
    });
    status.unwrap()
}

/// Waits until something holds.
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < LONG, "it never came to this: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether something is mounted at this path. Asks only the kernel.
pub fn is_mounted(path: &Path) -> bool {
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
    mounts.lines().any(|line| line.split(' ').nth(1) == path.to_str())
}

/// Whether a process is there, and no zombie.
pub fn lives(pid: Pid) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z"))
}
