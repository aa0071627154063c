//! Whatever ends a file system, nothing stays mounted, and what happened is told.

// In tests a failure is a panic, also in what several of them share.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{
    Mount, PROGRAM, compile, eventually, image, is_mounted, lives, require_fuse, sanitized_image, wait,
};
use nix::sys::signal::{Signal, kill};
use specfs_runtime::{
    Cause, CrashReport, Event, MountError, MountOptions, Outcome, Tuning, supervise, unmount,
};

fn options(image: &Path, mountpoint: &Path) -> MountOptions {
    MountOptions {
        image: image.into(),
        mountpoint: mountpoint.into(),
        name: "fixture, with a comma".into(),
        capacity_bytes: 1 << 24,
        inodes: 100,
        threads: 2,
        allow_other: false,
        tuning: Tuning { busy_limit: Duration::from_millis(300), ..Tuning::default() },
    }
}

fn host_command() -> Command {
    let mut command = Command::new(PROGRAM);
    command.arg("__host");
    command
}

/// Mounts, does something once it is mounted, and waits for the end.
fn run(
    image: &Path,
    host: Command,
    mounted: impl FnOnce(&Path) + Send + 'static,
) -> Result<Outcome, MountError> {
    require_fuse();
    let folder = tempfile::tempdir().unwrap();
    let mut mounted = Some(mounted);
    let mut user = None;
    let outcome = supervise(&options(image, folder.path()), host, |event| {
        if let (Event::Mounted { mountpoint, .. }, Some(act)) = (event, mounted.take()) {
            user = Some(std::thread::spawn(move || act(&mountpoint)));
        }
    });
    if let Some(user) = user {
        user.join().unwrap();
    }
    assert!(!is_mounted(folder.path()), "nothing stays mounted");
    outcome
}

fn report(outcome: Result<Outcome, MountError>) -> CrashReport {
    match outcome {
        Ok(Outcome::Crashed(report)) => *report,
        other => panic!("it should have crashed: {other:?}"),
    }
}

/// Lets the image crash in its own way; the report.
fn crash(how: &'static str) -> CrashReport {
    report(run(image(), host_command(), move |mountpoint| {
        assert!(fs::metadata(mountpoint.join(format!("crash-{how}"))).is_err());
    }))
}

fn functions(report: &CrashReport) -> Vec<&str> {
    report
        .frames
        .iter()
        .filter(|frame| frame.in_image)
        .filter_map(|frame| frame.function.as_deref())
        .collect()
}

#[test]
fn an_invalid_access_is_reported_with_module_function_and_line() {
    let report = crash("null");
    assert_eq!(report.cause, Cause::Fault { signal: libc::SIGSEGV, address: Some(0) });
    assert_eq!(report.module.as_deref(), Some("fixture_crash"));
    assert_eq!(report.function.as_deref(), Some("poke_null"));
    assert_eq!(functions(&report)[..3], ["poke_null", "crash", "specfs_lookup"]);
    let source = fs::read_to_string(report.frames[0].file.as_ref().unwrap()).unwrap();
    let line = source.lines().nth(report.frames[0].line.unwrap() as usize - 1).unwrap();
    assert_eq!(line.trim(), "*nowhere = 1;");
    assert!(report.to_string().starts_with(
        "the image crashed in module `fixture_crash`, function `poke_null`: SIGSEGV, an invalid access at address 0x0\n"
    ));
}

#[test]
fn abort_is_reported_where_the_image_called_it() {
    let report = crash("abort");
    assert_eq!(report.cause, Cause::Fault { signal: libc::SIGABRT, address: None });
    assert_eq!(functions(&report)[..3], ["give_up", "crash", "specfs_lookup"]);
}

#[test]
fn a_crash_in_the_c_library_is_reported_at_its_caller() {
    let report = crash("copy");
    assert_eq!(
        (report.module.as_deref(), report.function.as_deref()),
        (Some("fixture_crash"), Some("copy_to_null"))
    );
    assert!(!report.frames[0].in_image);
}

#[test]
fn a_call_of_nothing_is_reported_at_its_caller() {
    assert_eq!(crash("wild").function.as_deref(), Some("call_null"));
}

#[test]
fn endless_recursion_is_reported_as_such() {
    let report = crash("recurse");
    assert_eq!(
        (&report.cause, report.function.as_deref()),
        (&Cause::StackOverflow, Some("recurse_for_ever"))
    );
    assert!(report.to_string().lines().count() < 8, "{report}");
}

#[test]
fn an_image_that_exits_is_reported_with_its_status() {
    assert_eq!(crash("exit").cause, Cause::Exited { status: 3 });
}

#[test]
fn a_crash_before_the_mount_is_reported_too() {
    let mut host = host_command();
    host.env("FIXTURE_CRASHES_AT_ONCE", "1");
    let report = report(run(image(), host, |_| {}));
    assert_eq!(functions(&report), ["poke_null", "crash", "specfs_init"]);
}

/// The address sanitizer has to be the first library of the process that loads a sanitized image.
fn sanitized_host() -> Command {
    let output = Command::new("cc").arg("-print-file-name=libasan.so").output().unwrap();
    let mut host = host_command();
    host.env("LD_PRELOAD", String::from_utf8(output.stdout).unwrap().trim());
    host
}

#[test]
fn a_sanitizers_finding_is_reported_with_module_and_summary() {
    let report = report(run(sanitized_image(), sanitized_host(), |mountpoint| {
        assert!(fs::metadata(mountpoint.join("crash-overrun")).is_err());
    }));
    let Cause::Sanitizer { summary: Some(summary) } = &report.cause else { panic!("{report:?}") };
    assert!(summary.contains("heap-buffer-overflow"), "{summary}");
    assert_eq!(
        (report.module.as_deref(), report.function.as_deref()),
        (Some("fixture_crash"), Some("overrun_heap"))
    );
    assert!(report.output.contains("is located 0 bytes"), "{}", report.output);
}

#[test]
fn a_leak_is_reported_after_unmounting() {
    let outcome = run(sanitized_image(), sanitized_host(), |mountpoint| {
        assert!(fs::metadata(mountpoint.join("crash-leak")).is_err());
        unmount(mountpoint).unwrap();
    });
    let Cause::Sanitizer { summary: Some(summary) } = report(outcome).cause else { panic!("no finding") };
    assert!(summary.contains("128 byte(s) leaked in 1 allocation(s)"), "{summary}");
}

#[test]
fn a_sanitized_image_that_does_nothing_wrong_unmounts_cleanly() {
    let outcome = run(sanitized_image(), sanitized_host(), |mountpoint| {
        fs::create_dir_all(mountpoint.join("a/b")).unwrap();
        fs::write(mountpoint.join("a/b/file"), vec![1; 100_000]).unwrap();
        fs::rename(mountpoint.join("a/b"), mountpoint.join("c")).unwrap();
        unmount(mountpoint).unwrap();
    });
    assert_eq!(outcome.unwrap(), Outcome::Unmounted);
}

#[test]
fn an_unmount_from_elsewhere_ends_the_mount() {
    let outcome = run(image(), host_command(), |mountpoint| {
        assert!(is_mounted(mountpoint));
        unmount(mountpoint).unwrap();
        assert!(!is_mounted(mountpoint));
    });
    assert_eq!(outcome.unwrap(), Outcome::Unmounted);
    let outcome = run(image(), host_command(), |mountpoint| {
        assert!(Command::new("umount").arg(mountpoint).status().unwrap().success());
    });
    assert_eq!(outcome.unwrap(), Outcome::Unmounted);
}

#[test]
fn sigint_sigterm_and_sighup_unmount() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let mut mount = Mount::new();
        let host = mount.host();
        fs::create_dir_all(mount.at("a/b/c")).unwrap();
        fs::write(mount.at("a/file"), "text").unwrap();
        fs::metadata(mount.at("a/b/c")).unwrap();
        mount.signal(signal);
        let (status, said) = mount.ended();
        assert!(status.success() && !is_mounted(mount.path()) && !lives(host), "{signal}: {said}");
        // The fixture aborts when the host has not given back all references.
        assert!(said.ends_with("fixture: destroyed"), "{said}");
    }
}

#[test]
fn a_busy_file_system_is_waited_for_and_then_detached() {
    let mut mount = Mount::with(&["--busy-limit=0.4"]);
    fs::write(mount.at("file"), "text").unwrap();
    let mut file = File::open(mount.at("file")).unwrap();
    mount.signal(Signal::SIGINT);
    let said = mount.hear("waiting up to 0.4 s");
    assert!(said.contains(&format!("(pid {})", std::process::id())), "{said}");
    assert!(is_mounted(mount.path()));
    mount.hear("detached the file system although it is in use");
    assert!(!is_mounted(mount.path()));
    let (status, said) = mount.ended();
    assert!(status.success(), "{said}");
    let mut text = String::new();
    // From the cache or not at all, but at once.
    let _ = file.read_to_string(&mut text);

    let mut mount = Mount::with(&["--busy-limit=20"]);
    let file = File::create(mount.at("file")).unwrap();
    mount.signal(Signal::SIGTERM);
    mount.hear("waiting up to 20.0 s");
    drop(file);
    let (status, said) = mount.ended();
    assert!(status.success() && !said.contains("detached"), "{said}");
}

#[test]
fn an_image_that_hangs_does_not_keep_the_mount() {
    let mut mount = Mount::with(&["--busy-limit=0.3"]);
    let host = mount.host();
    let mut stuck = Command::new("stat").arg(mount.at("crash-hang")).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(100));
    mount.signal(Signal::SIGINT);
    let (status, said) = mount.ended();
    assert!(status.success() && !is_mounted(mount.path()) && !lives(host), "{said}");
    assert!(!wait(&mut stuck).success());
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let mut mount = Mount::with(&["--busy-limit=25"]);
    let _file = File::create(mount.at("file")).unwrap();
    mount.signal(Signal::SIGINT);
    mount.hear("waiting up to 25.0 s");
    let start = Instant::now();
    mount.signal(Signal::SIGINT);
    let (_, said) = mount.ended();
    assert!(start.elapsed() < Duration::from_secs(10) && !is_mounted(mount.path()), "{said}");
}

#[test]
fn killing_the_supervisor_unmounts() {
    let mut mount = Mount::new();
    let host = mount.host();
    fs::write(mount.at("file"), "text").unwrap();
    mount.signal(Signal::SIGKILL);
    mount.ended();
    eventually("the host notices, unmounts and ends", || !is_mounted(mount.path()) && !lives(host));

    let mut mount = Mount::with(&["--busy-limit=0.2"]);
    let host = mount.host();
    let _file = File::create(mount.at("file")).unwrap();
    mount.signal(Signal::SIGKILL);
    mount.ended();
    eventually("also when it is busy", || !is_mounted(mount.path()) && !lives(host));
}

#[test]
fn killing_the_host_unmounts_and_is_reported() {
    let mut mount = Mount::new();
    let file = File::create(mount.at("file")).unwrap();
    kill(mount.host(), Signal::SIGKILL).unwrap();
    let (status, said) = mount.ended();
    assert!(!status.success() && !is_mounted(mount.path()), "{said}");
    assert!(
        said.contains("the process that serves the file system crashed: it was killed by SIGKILL"),
        "{said}"
    );
    drop(file);
}

#[test]
fn asking_the_host_alone_to_end_unmounts() {
    let mut mount = Mount::new();
    kill(mount.host(), Signal::SIGTERM).unwrap();
    let (status, said) = mount.ended();
    assert!(status.success() && !is_mounted(mount.path()), "{said}");
}

#[test]
fn a_dead_mount_is_told_from_a_live_one_and_can_be_removed() {
    let mut mount = Mount::new();
    let (path, host) = (mount.path().to_path_buf(), mount.host());
    let complain = || {
        let error = supervise(&options(image(), &path), host_command(), |_| {}).unwrap_err();
        (error.to_string(), error)
    };
    let (sentence, error) = complain();
    assert!(matches!(error, MountError::AlreadyMounted { .. }), "{error:?}");
    assert!(sentence.contains("is busy: `specfs-mount` (type fuse.specfs) is mounted there"), "{sentence}");

    // Both processes at once: nobody is left to clean up.
    kill(mount.supervisor(), Signal::SIGSTOP).unwrap();
    kill(host, Signal::SIGKILL).unwrap();
    eventually("the host ends", || !lives(host));
    kill(mount.supervisor(), Signal::SIGKILL).unwrap();
    mount.ended();
    let (sentence, error) = complain();
    assert!(matches!(error, MountError::DeadMount { .. }), "{error:?}");
    assert!(sentence.contains("left there by a process that has ended; remove it with"), "{sentence}");
    unmount(&path).unwrap();
    assert!(!is_mounted(&path));
}

#[test]
fn unmounting_what_is_in_use_names_its_users() {
    let mount = Mount::new();
    let file = File::create(mount.at("file")).unwrap();
    let error = unmount(mount.path()).unwrap_err();
    let MountError::Busy { users, .. } = &error else { panic!("{error:?}") };
    assert_eq!(users.iter().map(|user| user.pid).collect::<Vec<_>>(), [std::process::id()]);
    assert!(error.to_string().contains("is busy: it is used by"), "{error}");
    drop(file);
    unmount(mount.path()).unwrap();
}

#[test]
fn the_mount_is_listed_under_its_name_and_type() {
    let outcome = run(image(), host_command(), |mountpoint| {
        let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
        let line = mounts.lines().find(|line| line.contains(mountpoint.to_str().unwrap())).unwrap();
        let fields: Vec<&str> = line.split(' ').collect();
        assert_eq!((fields[0], fields[2]), ("fixture,\\040with\\040a\\040comma", "fuse.specfs"));
        for option in ["nosuid", "nodev", "noatime", "default_permissions"] {
            assert!(fields[3].split(',').any(|given| given == option), "{option} in {line}");
        }
        unmount(mountpoint).unwrap();
    });
    assert_eq!(outcome.unwrap(), Outcome::Unmounted);
}

/// Compiles a source text into a shared object and tries to mount that; the complaint.
fn complaint_about(source: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (text, object) = (folder.path().join("wrong.c"), folder.path().join("wrong.so"));
    fs::write(&text, source).unwrap();
    compile(
        Command::new("cc").arg("-I").arg(concat!(env!("CARGO_MANIFEST_DIR"), "/include")).arg(&text),
        &object,
    );
    complaint(&object)
}

fn complaint(image: &Path) -> String {
    run(image, host_command(), |_| panic!("it was mounted")).unwrap_err().to_string()
}

#[test]
fn an_image_that_does_not_fit_is_refused_with_a_reason() {
    let table = |contents: &str| {
        format!(
            "#include \"specfs_image.h\"\n__attribute__((visibility(\"default\")))\n\
             const struct specfs_operations specfs_image = {{ {contents} }};"
        )
    };
    let said = complaint(&PathBuf::from("/nowhere/image.so"));
    assert_eq!(said, "the image /nowhere/image.so does not exist: build it first");
    let said = complaint(Path::new("/proc/version"));
    assert!(said.starts_with("the image /proc/version cannot be loaded: "), "{said}");
    let said = complaint_about("int nothing;");
    assert!(said.contains("exports no symbol `specfs_image`: it was linked without the glue"), "{said}");
    let said = complaint_about(&table(".version = 7, .size = sizeof(struct specfs_operations)"));
    assert!(said.contains("speaks version 7 of the image border, and this host version 1"), "{said}");
    let said = complaint_about(&table(".version = 1, .size = 8"));
    assert!(said.contains("has a table of 8 bytes where version 1 of the image border has 176"), "{said}");
    let said = complaint_about(&table(".version = 1, .size = sizeof(struct specfs_operations)"));
    assert!(said.contains("has no operation `init`"), "{said}");
    let said = complaint_about("int missing(void); int (*user)(void) = missing;");
    assert!(said.contains("undefined symbol: missing"), "{said}");
    let mut host = host_command();
    host.env("FIXTURE_REFUSES", "1");
    let said = run(image(), host, |_| {}).unwrap_err().to_string();
    let expected = "init(4096 blocks, 100 inodes) answered Cannot allocate memory";
    assert!(said.contains("could not set up a file system") && said.contains(expected), "{said}");
}

#[test]
fn a_user_without_rights_to_the_device_is_told_so() {
    require_fuse();
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    // The program itself may lie where this user cannot look.
    let program = folder.path().join("specfs-mount");
    fs::copy(PROGRAM, &program).unwrap();
    let everybody = |path: &Path| fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    everybody(folder.path());
    everybody(&program);
    let device = fs::metadata("/dev/fuse").unwrap();
    if device.mode() & 0o006 == 0o006 {
        // Everybody may use the device on this machine, so that there is nothing to tell.
        return;
    }
    let output = Command::new(&program).args(["/image.so", "/mnt"]).uid(65534).gid(65534).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("/dev/fuse cannot be opened for reading and writing (Permission denied"), "{said}");
}

#[test]
fn a_host_that_cannot_be_started_is_named() {
    let said = run(image(), Command::new("/nowhere/program"), |_| {}).unwrap_err().to_string();
    assert!(said.starts_with("cannot start the host process `/nowhere/program`: No such file"), "{said}");
    let said = report(run(image(), Command::new("false"), |_| {})).to_string();
    assert_eq!(said, "the process that serves the file system crashed: it ended with exit status 1");
}

#[test]
fn a_host_that_is_started_by_hand_says_so() {
    let status = Command::new(PROGRAM).arg("__host").stdin(Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(1));
}
