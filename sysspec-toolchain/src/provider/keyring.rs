//! The user's keyring, through `secret-tool`: the command that comes with libsecret and speaks to whatever keeps the secrets of the
//! desktop. A library for it brings an asynchronous D-Bus stack, some fifty crates, for one string.

use std::io::ErrorKind;
use std::process::Command;
use std::time::Duration;

use secrecy::SecretString;

/// How long a user may take to unlock the keyring.
const LIMIT: Duration = Duration::from_secs(120);

/// The key that is kept for a provider.
///
/// # Errors
/// When the keyring cannot be asked: why.
pub fn lookup(provider: &str) -> Result<Option<SecretString>, String> {
    let mut command = Command::new("secret-tool");
    command.args(["lookup", "service", "sysspec", "provider", provider]);
    let finished = crate::process::run(&mut command, "", LIMIT).map_err(|error| match error.kind() {
        ErrorKind::NotFound => {
            "`secret-tool` is not installed; on Debian it is in the package libsecret-tools".to_owned()
        }
        _ => format!("`secret-tool` cannot be run: {error}"),
    })?;
    let key = finished.stdout.trim();
    match finished.status.map(|status| status.success()) {
        Some(true) if !key.is_empty() => Ok(Some(SecretString::from(key))),
        None => Err(format!("`secret-tool` did not answer within {} s", LIMIT.as_secs())),
        // It fails without a word when there is no such entry.
        _ if finished.stderr.trim().is_empty() => Ok(None),
        _ => Err(finished.stderr.split_whitespace().collect::<Vec<_>>().join(" ")),
    }
}

/// The command that keeps a key.
pub fn how_to_store(provider: &str) -> String {
    format!("secret-tool store --label='SysSpec: {provider}' service sysspec provider {provider}")
}
