//! The sysspec command: check, generate, mount and test generative file systems.
fn main() {}
