//! Ordinary work in a mounted SpecFS.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use sysspec_tests::mount::Mount;
use sysspec_tests::{binary, root, specs};

fn shell(script: &str, folder: &Path) -> Result<String> {
    let output = Command::new("sh").args(["-euc", script]).current_dir(folder).output()?;
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    ensure!(output.status.success(), "{script}\n{said}");
    Ok(said)
}

#[test]
fn a_c_project_is_compiled_inside_and_runs() -> Result<()> {
    let mount = Mount::new(binary(), &specs(), &[])?;
    let project = mount.path().join("scanner");
    std::fs::create_dir(&project)?;
    // The grammar's own parser is a C project of some size.
    let source = root().join("tree-sitter-sysspec/spec/src");
    shell(&format!("cp -r '{}' src", source.display()), &project)?;
    std::fs::write(
        project.join("main.c"),
        "const void *tree_sitter_sysspec(void);\nint main(void) { return tree_sitter_sysspec() == 0; }\n",
    )?;
    std::fs::write(
        project.join("Makefile"),
        "CFLAGS = -O0 -Isrc -w\nOBJECTS = main.o src/parser.o src/scanner.o\nprogram: $(OBJECTS)\n\tcc -o $@ $(OBJECTS)\nclean:\n\trm -f program $(OBJECTS)\n",
    )?;
    shell("make -j2 && ./program", &project)?;
    ensure!(shell("make", &project)?.contains("up to date"), "make sees wrong times");
    shell("make clean && test ! -e program", &project)?;
    mount.unmount()
}

#[test]
fn a_tree_copied_in_is_the_same_tree() -> Result<()> {
    let mount = Mount::new(binary(), &specs(), &[])?;
    let tree = root().join("tree-sitter-sysspec");
    let script = format!(
        "cp -a '{0}' copy && diff -r '{0}' copy && tar cf - -C '{0}' . | (mkdir again && tar xf - -C again) && \
         diff -r copy again && mv copy moved && diff -r moved again && rm -r moved again && test -z \"$(ls -A)\"",
        tree.display()
    );
    shell(&script, mount.path())?;
    mount.unmount()
}
