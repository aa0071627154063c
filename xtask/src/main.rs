//! Project automation: demo, test, bench, grammar, conformance.
fn main() {}
