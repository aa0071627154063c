//! `sysspec check --watch`

use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use notify::event::{EventKind, ModifyKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use crate::EXIT_OK;
use crate::check;
use crate::cli::{Check, Format};
use crate::console;
use crate::failure::Failure;
use crate::specs::Specs;

/// How long it must be quiet until a save, which may be several writes and renames, is taken for finished.
const QUIET: Duration = Duration::from_millis(50);

enum Message {
    /// A file that is read may have changed.
    Changed,
    /// The watch itself failed.
    Failed(notify::Error),
    /// Ctrl-C.
    Stop,
}

/// Checks, and checks again whenever a specification changes, until Ctrl-C.
pub(crate) fn run(arguments: &Check) -> Result<u8, Failure> {
    let mut workspaces = Specs::read_patched(&arguments.paths, &arguments.patches)?;
    let (sender, messages) = mpsc::channel();
    stop_on_interrupt(sender.clone())?;
    // Watching begins before the first result is shown, so that no change is missed.
    let _watcher = watch(&workspaces, sender)?;
    show(&workspaces)?;
    while wait(&messages)? {
        let mut has_changed = false;
        for specs in &mut workspaces {
            match specs.refresh() {
                Ok(changed) => has_changed |= changed,
                // What is there for a moment only, or half saved, is read again at the next change.
                Err(failure) => console::error(format_args!("error: {failure}")),
            }
        }
        if has_changed {
            show(&workspaces)?;
        }
    }
    Ok(EXIT_OK)
}

fn show(workspaces: &[Specs]) -> Result<(), Failure> {
    let mut output = io::stdout();
    if output.is_terminal() {
        // Clears what is seen; what was scrolled away stays.
        let _ = output.write_all(b"\x1b[2J\x1b[H").and_then(|()| output.flush());
    }
    check::analyse(workspaces)?.print(Format::Human)?;
    check::tell_damaged(workspaces);
    console::error(format_args!("waiting for changes; Ctrl-C ends"));
    Ok(())
}

fn stop_on_interrupt(sender: Sender<Message>) -> Result<(), Failure> {
    ctrlc::set_handler(move || {
        // The receiver is gone when the program is about to end anyway.
        let _ = sender.send(Message::Stop);
    })
    .map_err(Failure::wrong)
}

fn watch(workspaces: &[Specs], sender: Sender<Message>) -> Result<RecommendedWatcher, Failure> {
    let tell = move |event: notify::Result<notify::Event>| {
        let message = match event {
            Ok(event) if concerns(&event) => Message::Changed,
            Ok(_) => return,
            Err(error) => Message::Failed(error),
        };
        let _ = sender.send(message);
    };
    let mut watcher = notify::recommended_watcher(tell).map_err(Failure::wrong)?;
    for specs in workspaces {
        for folder in specs.folders() {
            watcher.watch(folder, RecursiveMode::Recursive).map_err(Failure::wrong)?;
        }
    }
    Ok(watcher)
}

/// Whether what is read may be different. A folder that comes, goes or is renamed counts; it has no extension.
fn concerns(event: &notify::Event) -> bool {
    let is_change = !matches!(event.kind, EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)));
    let is_read = |path: &Path| match path.extension().and_then(|extension| extension.to_str()) {
        Some(extension) => ["spec", "header", "patch", "toml"].contains(&extension),
        None => true,
    };
    is_change && (event.need_rescan() || event.paths.iter().any(|path| is_read(path)))
}

/// Waits for a change and for the quiet after it; false when it is time to stop.
fn wait(messages: &Receiver<Message>) -> Result<bool, Failure> {
    let Ok(mut message) = messages.recv() else { return Ok(false) };
    loop {
        match message {
            Message::Stop => return Ok(false),
            Message::Failed(error) => return Err(Failure::wrong(error)),
            Message::Changed => {}
        }
        match messages.recv_timeout(QUIET) {
            Ok(next) => message = next,
            Err(_) => return Ok(true),
        }
    }
}
