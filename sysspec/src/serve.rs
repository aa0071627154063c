//! `sysspec lsp`

use crate::failure::Failure;

pub(crate) fn run() -> Result<u8, Failure> {
    let program = std::env::current_exe().map_err(Failure::wrong)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::wrong)?;
    let code = runtime.block_on(sysspec_lsp::serve_stdio(sysspec_lsp::Options { program }));
    // A read of standard input that still waits would keep the runtime from ending.
    std::process::exit(i32::from(code))
}
