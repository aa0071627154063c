//! A run of generation that is killed loses nothing that was accepted: the next one goes on from there, to the same store.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;
use tempfile::TempDir;

use crate::scene::sysspec;

const LOCK: &str = "#include \"shelf.h\"\n\nvoid shelf_lock(struct shelf *shelf)\n{\n\tpthread_mutex_lock(&shelf->mutex);\n}\n";

const UNLOCK: &str = "#include \"shelf.h\"\n\nvoid shelf_unlock(struct shelf *shelf)\n{\n\tpthread_mutex_unlock(&shelf->mutex);\n}\n";

const PUT: &str = "#include \"shelf.h\"\n\nint shelf_put(struct shelf *shelf, int weight)\n{\n\
                   \tif (shelf->count == SHELF_BOXES_MAX)\n\t\treturn -ENOSPC;\n\
                   \tint *grown = realloc(shelf->weight, (shelf->count + 1) * sizeof(int));\n\
                   \tif (!grown)\n\t\treturn -ENOMEM;\n\tshelf->weight = grown;\n\
                   \tshelf->weight[shelf->count++] = weight;\n\treturn 0;\n}\n";

const TOTAL: &str = "#include \"shelf.h\"\n\nlong shelf_total(const struct shelf *shelf)\n{\n\tlong total = 0;\n\
                     \tfor (size_t i = 0; i < shelf->count; i++)\n\t\ttotal += shelf->weight[i];\n\treturn total;\n}\n";

const ADD: &str = "#include \"shelf.h\"\n\nint shelf_add(struct shelf *shelf, int weight)\n{\n\
                   \tif (weight <= 0)\n\t\treturn -EINVAL;\n\n\tshelf_lock(shelf);\n\
                   \tint result = shelf_put(shelf, weight);\n\tshelf_unlock(shelf);\n\treturn result;\n}\n";

const ADD_SEQUENTIAL: &str = "#include \"shelf.h\"\n\nint shelf_add(struct shelf *shelf, int weight)\n{\n\
                              \tif (weight <= 0)\n\t\treturn -EINVAL;\n\treturn shelf_put(shelf, weight);\n}\n";

/// The shelf of the toolchain's tests, and the answers that its modules get: one of them is wrong at first.
pub fn shelf() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sysspec-toolchain/tests/fixture/shelf/.");
    let copied = Command::new("cp").arg("-r").arg(fixture).arg(folder.path()).status();
    assert!(copied.expect("cp runs").success());
    let answers = [
        ("shelf_lock", 1, 1, LOCK),
        ("shelf_unlock", 1, 1, UNLOCK),
        ("shelf_put", 1, 1, &PUT.replace("== SHELF", "> SHELF")),
        ("shelf_put", 1, 2, PUT),
        ("shelf_total", 1, 1, TOTAL),
        ("shelf_add", 1, 1, ADD_SEQUENTIAL),
        ("shelf_add", 2, 1, ADD),
    ];
    let recorded: Vec<_> = answers
        .iter()
        .map(|(module, phase, attempt, code)| {
            let answer: Vec<String> = format!("```c\n{code}```").split('\n').map(str::to_owned).collect();
            json!({"module": module, "phase": phase, "attempt": attempt, "role": "CodeGen", "provider": "written", "prompt": [], "answer": answer})
        })
        .collect();
    let recordings = folder.path().join("recordings");
    fs::create_dir(&recordings).expect("a folder");
    fs::write(recordings.join("shelf.json"), json!({ "recorded": recorded }).to_string()).expect("a file");
    folder
}

pub const GENERATE: [&str; 6] =
    ["generate", ".", "--provider", "replay", "--transcripts=recordings", "--accept-other-prompts"];

/// The lock file, the code and the transcripts.
fn store(root: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::from([(
        "sysspec.lock".to_owned(),
        fs::read_to_string(root.join("sysspec.lock")).unwrap_or_default(),
    )]);
    for folder in ["generated/shelf", "transcripts/shelf"] {
        for entry in fs::read_dir(root.join(folder)).into_iter().flatten().flatten() {
            let text = fs::read_to_string(entry.path()).expect("a text");
            files.insert(format!("{folder}/{}", entry.file_name().to_string_lossy()), text);
        }
    }
    files
}

/// Kills the program when it has said so many lines of its progress; gives these.
fn killed_after(root: &Path, lines: usize) -> Vec<String> {
    let mut program = Command::new(env!("CARGO_BIN_EXE_sysspec"))
        .args(GENERATE)
        .args(["--jobs", "2"])
        .current_dir(root)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let output = BufReader::new(program.stdout.take().expect("its output"));
    let said = output.lines().map_while(Result::ok).take(lines).collect();
    // SIGKILL: nothing of the program runs any more.
    program.kill().expect("it can be killed");
    program.wait().expect("it ends");
    said
}

#[test]
fn the_next_run_goes_on_from_what_was_accepted_and_ends_in_the_same_store() {
    let whole = shelf();
    let (code, said, errors) = sysspec(whole.path(), &GENERATE);
    assert_eq!(code, 0, "{said}{errors}");
    let lines = said.lines().take_while(|line| !line.is_empty()).count();
    for after in [1, 6, lines / 2 + 2, lines - 1] {
        let folder = shelf();
        let before = killed_after(folder.path(), after);
        let kept = store(folder.path());
        let (code, said, errors) = sysspec(folder.path(), &GENERATE);
        assert_eq!(code, 0, "killed after {after} lines: {said}{errors}");
        assert_eq!(store(folder.path()), store(whole.path()), "killed after {after} lines");
        for accepted in before.iter().filter_map(|line| line.strip_suffix(": accepted")) {
            let asked_again = said.lines().any(|line| line == format!("{accepted}: asked"));
            assert!(!asked_again, "{accepted} was asked again: {said}");
            let module = accepted.split(':').next().expect("a module");
            assert!(kept.contains_key(&format!("transcripts/shelf/{module}.json")), "{accepted} was lost");
        }
    }
}
