//! Compiles the generated parsers and their scanners.

use std::path::Path;

fn main() {
    for name in ["spec", "header"] {
        let source = Path::new(name).join("src");
        cc::Build::new()
            .std("c11")
            .include(&source)
            // Generated code declares what a grammar may not need.
            .flag_if_supported("-Wno-unused-parameter")
            .flag_if_supported("-Wno-unused-but-set-variable")
            .file(source.join("parser.c"))
            .file(source.join("scanner.c"))
            .compile(&format!("tree-sitter-sysspec-{name}"));
        println!("cargo:rerun-if-changed={}", source.display());
    }
}
