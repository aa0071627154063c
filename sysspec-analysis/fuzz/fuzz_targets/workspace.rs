//! The laws of whole workspaces hold for any; `tests/laws.rs` runs the same on a bounded number of them.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code, reason = "the bounded test uses more of it")]
#[path = "../../tests/laws/mod.rs"]
mod laws;

fuzz_target!(|input: &[u8]| laws::hold(input));
