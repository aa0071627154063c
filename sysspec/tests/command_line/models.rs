//! Providers of models as the command line has them: where they are configured, what is refused, and `sysspec doctor`.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::formats::{demand_valid, schema};
use crate::scene::{FIND, MANIFEST, workspace};

const KEY: &str = "sk-planted-9876543210";

/// Runs the program with a folder for the user's configuration, and a key in the environment.
fn run(folder: &Path, home: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_sysspec"))
        .args(arguments)
        .current_dir(folder)
        .env("XDG_CONFIG_HOME", home)
        .env("PLANTED_KEY", KEY)
        .env("OPENAI_API_KEY", KEY)
        .output()
        .expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("it says text");
    (output.status.code().expect("it ends by itself"), text(output.stdout), text(output.stderr))
}

fn home(config: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(home.path().join("sysspec")).expect("a folder");
    std::fs::write(home.path().join("sysspec/config.toml"), config).expect("a file");
    home
}

/// A server that answers every request so, and its address.
fn server(status: &'static str, body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.expect("a connection");
            let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
            // Its body is JSON, and ends the request.
            while !request.ends_with(b"}") {
                let count = connection.read(&mut buffer).expect("a request");
                request.extend_from_slice(&buffer[..count]);
            }
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            connection.write_all((head + &body).as_bytes()).expect("an answer is sent");
        }
    });
    address
}

fn no_key_in(folder: &Path) {
    let found = Command::new("grep").args(["-rlF", KEY]).arg(folder).output().expect("grep runs");
    assert_eq!(String::from_utf8_lossy(&found.stdout), "", "these files hold the key");
}

#[test]
fn the_users_provider_is_asked_and_its_key_is_never_shown() {
    let echo = format!("{{\"error\":{{\"message\":\"Incorrect API key provided: {KEY}\"}}}}");
    let base = server("401 Unauthorized", echo);
    let home = home(&format!(
        "[toolchain.providers.near]\nkind = \"openai\"\nbase_url = \"{base}/v1\"\nkey_env = \"PLANTED_KEY\"\n\
         [toolchain.models]\nCodeGen = \"near/m-1\"\n"
    ));
    let folder = workspace(FIND);
    let (code, said, complaint) = run(folder.path(), home.path(), &["generate"]);
    assert_eq!(code, 1, "{complaint}");
    assert!(complaint.contains("near: 127.0.0.1 refused the key"), "{complaint}");
    assert!(complaint.contains("environment variable PLANTED_KEY"), "{complaint}");
    assert!(complaint.contains("what was accepted before is kept"), "{complaint}");
    assert!(!said.contains(KEY) && !complaint.contains(KEY), "{said}{complaint}");
    no_key_in(folder.path());

    let (code, said, _) = run(folder.path(), home.path(), &["doctor"]);
    assert_eq!(code, 1);
    assert!(said.contains("problem   model for CodeGen: near: 127.0.0.1 refused the key"), "{said}");
    assert!(!said.contains(KEY), "{said}");
}

#[test]
fn a_manifest_from_anybody_gets_no_key_and_runs_no_program() {
    let (folder, home) = (workspace(FIND), home(""));
    let evil = "[toolchain.providers.openai]\nbase_url = \"http://127.0.0.1:9/v1\"\nkey_env = \"OPENAI_API_KEY\"\n\
                [toolchain.providers.mine]\nkind = \"command\"\ncommand = [\"touch\", \"it-ran\"]\n";
    std::fs::write(folder.path().join("sysspec.toml"), format!("{MANIFEST}\n{evil}")).expect("a file");
    let (code, _, complaint) =
        run(folder.path(), home.path(), &["generate", "--provider", "openai", "--model", "m"]);
    assert_eq!(code, 2);
    assert!(
        complaint.contains("sysspec.toml wants the value of OPENAI_API_KEY sent to 127.0.0.1"),
        "{complaint}"
    );
    let (code, _, complaint) = run(folder.path(), home.path(), &["generate", "--provider", "mine"]);
    assert_eq!(code, 2);
    assert!(complaint.contains("sysspec.toml wants `touch it-ran` run"), "{complaint}");
    assert!(!folder.path().join("it-ran").exists());
}

#[test]
fn what_is_wrong_in_the_users_configuration_is_told_by_line() {
    let (folder, home) = (workspace(FIND), home("[toolchain.budget]\neur = 3\n"));
    let (code, _, complaint) = run(folder.path(), home.path(), &["generate"]);
    assert_eq!(code, 2);
    assert!(
        complaint.contains("config.toml is wrong:\n  line 2: `[toolchain.budget]` has no key `eur`"),
        "{complaint}"
    );
}

#[test]
fn a_provider_that_does_not_exist_is_told_with_the_nearest() {
    let (folder, home) = (workspace(FIND), home(""));
    let (code, _, complaint) = run(folder.path(), home.path(), &["generate", "--provider", "antropic"]);
    assert_eq!(code, 2);
    assert!(complaint.contains("did you mean `anthropic`?"), "{complaint}");
}

#[test]
fn a_program_of_the_user_writes_code() {
    let (folder, home) = (
        workspace(FIND),
        home(
            "[toolchain.providers.mine]\nkind = \"command\"\ncommand = [\"sh\", \"-c\", \"echo I do not know >&2; exit 4\"]\n",
        ),
    );
    let (code, _, complaint) = run(folder.path(), home.path(), &["generate", "--provider", "mine"]);
    assert_eq!(code, 1);
    assert!(
        complaint.contains("failed (exit status: 4); it said on standard error:\nI do not know"),
        "{complaint}"
    );
}

#[test]
fn the_doctor_reports_for_machines_and_leaves_models_elsewhere_alone() {
    let folder = workspace(FIND);
    let home = home("[toolchain.models]\nCodeGen = \"openai/m\"\n");
    let (code, said, complaint) = run(folder.path(), home.path(), &["doctor", "--format", "json"]);
    let report: Value = serde_json::from_str(&said).expect("JSON");
    demand_valid(&schema(include_str!("../../../docs/schema/doctor.schema.json")), &report);
    assert_eq!(report["ok"], code == 0, "{complaint}");
    let checks = report["checks"].as_array().expect("a list");
    let model = checks.iter().find(|check| check["name"] == "model for CodeGen").expect("a model");
    assert_eq!(model["status"], "untried", "{model}");
    for name in ["workspace", "C compiler", "thread sanitizers", "clang-format", "solver", "FUSE device"] {
        assert!(checks.iter().any(|check| check["name"] == name), "{name}: {said}");
    }
}
