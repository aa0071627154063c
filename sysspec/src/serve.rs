//! `sysspec lsp`

use crate::failure::Failure;

pub(crate) fn run() -> Result<u8, Failure> {
    let program = std::env::current_exe().map_err(Failure::wrong)?;
    // What takes long runs in threads of its own: the one that reads and writes only hands on.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(readers())
        .build()
        .map_err(Failure::wrong)?;
    let code = runtime.block_on(sysspec_lsp::serve_stdio(sysspec_lsp::Options { program }));
    // A read of standard input that still waits would keep the runtime from ending.
    std::process::exit(i32::from(code))
}

/// How many threads answer requests: those that wait for each other's answers leave the cores to the others.
fn readers() -> usize {
    std::thread::available_parallelism().map_or(4, |cores| cores.get() + 2)
}
