//! Workspaces of Markdown pages, as hosts.

use sysspec_analysis::Host;
pub use sysspec_tests::page::{Case, Files, cases};

/// A host with those files.
pub fn host(files: &Files) -> Host {
    let mut host = Host::new();
    for (path, text) in files {
        host.set_file(path, Some(text));
    }
    host
}
