//! `sysspec mount` and `sysspec unmount`

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

use specfs_runtime::{Event, MountError, MountOptions, Outcome, Tuning};
use sysspec_toolchain::workspace::Workspace;

use crate::cli::Mount;
use crate::failure::Failure;
use crate::specs::Specs;
use crate::{EXIT_FOUND, EXIT_OK, build, console, daemon};

pub(crate) fn run(arguments: &Mount) -> Result<u8, Failure> {
    let specs = Specs::read(&arguments.specs)?;
    specs.demand_no_errors("nothing was built or mounted")?;
    let workspace = specs.workspace()?;
    let image = build::image(&workspace, arguments.flavour, None)?;
    let preload = build::preload(&workspace, arguments.flavour)?;
    let settings = &workspace.model.manifest.mount;
    let options = MountOptions {
        image,
        mountpoint: arguments.mountpoint.clone(),
        name: name(&workspace),
        capacity_bytes: arguments.capacity.map_or(settings.capacity_bytes, |size| size.0),
        inodes: arguments.inodes.unwrap_or(settings.inodes),
        threads: arguments.threads,
        allow_other: arguments.allow_other,
        tuning: Tuning::default(),
    };
    if arguments.daemon {
        return daemon::start(&options, preload.as_deref(), &build::folder(&workspace)?);
    }
    let ended = specfs_runtime::supervise(&options, host_command(preload.as_deref())?, |event| match event {
        Event::Mounted { mountpoint, .. } => {
            console::line(format_args!(
                "mounted {} on {}; Ctrl-C unmounts",
                options.name,
                mountpoint.display()
            ));
        }
        other => console::error(format_args!("{other}")),
    });
    match ended.map_err(failure)? {
        Outcome::Unmounted => {
            console::line(format_args!("unmounted {}", arguments.mountpoint.display()));
            Ok(EXIT_OK)
        }
        Outcome::Crashed(report) => {
            console::error(format_args!("error: {report}\nnothing is left mounted"));
            Ok(EXIT_FOUND)
        }
    }
}

pub(crate) fn unmount(mountpoint: &Path) -> Result<u8, Failure> {
    specfs_runtime::unmount(mountpoint).map_err(failure)?;
    console::line(format_args!("unmounted {}", mountpoint.display()));
    Ok(EXIT_OK)
}

/// What the process that serves a mount does.
pub(crate) fn serve_as_host(options: Vec<OsString>) -> Result<u8, Failure> {
    let served = MountOptions::from_arguments(options).and_then(|options| specfs_runtime::host(&options));
    match served {
        Ok(()) => Ok(EXIT_OK),
        // Somebody started it by hand.
        Err(error @ (MountError::HostArguments(_) | MountError::NotSupervised)) => Err(Failure::wrong(error)),
        // The supervisor tells of all other failures.
        Err(_) => Ok(EXIT_FOUND),
    }
}

/// What `df` shows as the source.
pub(crate) fn name(workspace: &Workspace) -> String {
    let manifest = &workspace.model.manifest.name;
    if !manifest.is_empty() {
        return manifest.clone();
    }
    let folder = workspace.root.file_name().unwrap_or(OsStr::new("sysspec"));
    folder.to_string_lossy().into_owned()
}

/// This program again, as the process that serves a mount; `sanitizer` is the library that the image needs loaded
/// before all others.
pub(crate) fn host_command(sanitizer: Option<&OsStr>) -> Result<Command, Failure> {
    let program = std::env::current_exe().map_err(Failure::wrong)?;
    let Some(library) = sanitizer else {
        let mut command = Command::new(program);
        command.arg("__host");
        return Ok(command);
    };
    // The thread sanitizer cannot work with every layout of memory that the kernel chooses. setarch and env
    // become the program itself, and the library is for that one only.
    let mut command = Command::new("setarch");
    let mut preload = OsString::from("LD_PRELOAD=");
    preload.push(library);
    command.args(["-R", "env"]).arg(preload).arg(program).arg("__host");
    command.env("UBSAN_OPTIONS", "print_stacktrace=1");
    // Renames lock inodes in the order of the tree, which they change: no order of locks lasts. And the sanitizer
    // does not see how this program, which is not compiled for it, synchronises its own threads.
    command.env("TSAN_OPTIONS", "detect_deadlocks=0:halt_on_error=1:ignore_noninstrumented_modules=1");
    Ok(command)
}

/// A mountpoint that cannot be used, or that nothing is mounted on, is a wrong call.
pub(crate) fn failure(error: MountError) -> Failure {
    match error {
        MountError::MountpointMissing { .. }
        | MountError::NotADirectory { .. }
        | MountError::NotEmpty { .. }
        | MountError::Mountpoint { .. }
        | MountError::NotMounted { .. }
        | MountError::NotOurs { .. } => Failure::wrong(error),
        _ => Failure::failed(error),
    }
}
