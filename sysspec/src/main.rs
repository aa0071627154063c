//! The `sysspec` program.

/// Analysing is allocating, on every core at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    sysspec::run()
}
