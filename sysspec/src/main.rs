//! The `sysspec` program.

fn main() -> std::process::ExitCode {
    sysspec::run()
}
