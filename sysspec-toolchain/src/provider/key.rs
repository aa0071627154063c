//! Keys: where they come from, and where they may go.
//!
//! A manifest comes with a repository, and may come from anybody. A key is used only with what the user defined, and with
//! the hosts that are known to belong to whom the key is for: a manifest can neither send a key to a host of its own choosing nor send
//! another secret of the environment to a host that it is not for.

use secrecy::SecretString;
use sysspec_analysis::ProviderKind;
use url::Url;

use super::endpoint;
use super::settings::{Definition, Origin};

/// Where keys are looked up.
pub trait KeySource: Send + Sync {
    /// The value of an environment variable, unless it is unset or empty.
    fn variable(&self, name: &str) -> Option<SecretString>;

    /// The entry of the user's keyring for a provider.
    ///
    /// # Errors
    /// When the keyring cannot be asked: why.
    fn keyring(&self, provider: &str) -> Result<Option<SecretString>, String>;
}

/// The environment and the keyring of the user.
#[derive(Debug, Clone, Copy)]
pub struct SystemKeys;

impl KeySource for SystemKeys {
    fn variable(&self, name: &str) -> Option<SecretString> {
        let value = std::env::var(name).ok()?;
        let value = value.trim();
        (!value.is_empty()).then(|| SecretString::from(value))
    }

    fn keyring(&self, provider: &str) -> Result<Option<SecretString>, String> {
        super::keyring::lookup(provider)
    }
}

/// A key, and where it was found.
#[derive(Debug, Clone)]
pub struct Key {
    /// The key. Its `Debug` shows nothing of it.
    pub secret: SecretString,
    /// Where it was found, for messages.
    pub place: String,
}

/// Finds the key of a provider at `base`, `None` where it has none.
///
/// # Errors
/// When it may not be used, or there should be one and is none: what to do.
pub fn find(
    definition: &Definition,
    base: &Url,
    keys: &dyn KeySource,
    user_file: &str,
) -> Result<Option<Key>, String> {
    let owner = endpoint::owner(base);
    let settings = &definition.settings;
    if definition.origin == Origin::Manifest {
        let wants_key = settings.key_env.is_some() || settings.keyring;
        let usual = owner.and_then(endpoint::key_variable);
        let is_usual = settings.key_env.is_none() || settings.key_env.as_deref() == usual;
        if wants_key && (usual.is_none() || !is_usual || settings.keyring) {
            return Err(refusal(definition, base, user_file));
        }
    }
    let named = settings.key_env.as_deref();
    let Some(variable) = named.or_else(|| owner.and_then(endpoint::key_variable)) else {
        return if settings.keyring { from_keyring(definition, keys, None) } else { Ok(None) };
    };
    if let Some(secret) = keys.variable(variable) {
        return Ok(Some(Key { secret, place: format!("the environment variable {variable}") }));
    }
    if settings.keyring {
        return from_keyring(definition, keys, Some(variable));
    }
    Err(format!(
        "there is no key for {}: set the environment variable {variable}, or keep the key in your keyring and set keyring = true in \
         [toolchain.providers.{}] of {user_file}",
        base.host_str().unwrap_or_default(),
        definition.name
    ))
}

fn from_keyring(
    definition: &Definition,
    keys: &dyn KeySource,
    variable: Option<&str>,
) -> Result<Option<Key>, String> {
    let name = &definition.name;
    let or_variable =
        variable.map_or_else(String::new, |it| format!(", or set the environment variable {it}"));
    let store = format!("store it with `{}`{or_variable}", super::keyring::how_to_store(name));
    match keys.keyring(name) {
        Ok(Some(secret)) => Ok(Some(Key { secret, place: format!("the entry `{name}` of your keyring") })),
        Ok(None) => Err(format!("your keyring has no key for `{name}`: {store}")),
        Err(why) => Err(format!("your keyring cannot be asked for the key ({why}): {store}")),
    }
}

fn refusal(definition: &Definition, base: &Url, user_file: &str) -> String {
    let Definition { name, settings, .. } = definition;
    let what = match (&settings.key_env, settings.keyring) {
        (Some(variable), _) => format!("the value of {variable}"),
        (None, _) => "a key of your keyring".to_owned(),
    };
    format!(
        "sysspec.toml wants {what} sent to {}. A manifest may come from anybody, so that this is refused: with a provider that it defines, a \
         key is only used at the address that the key is known to be for ({}). If you trust it, define [toolchain.providers.{name}] in {user_file}",
        base.host_str().unwrap_or_default(),
        known()
    )
}

fn known() -> String {
    let known = ProviderKind::ALL.into_iter().filter_map(|kind| {
        let base = Url::parse(endpoint::base_url(kind)?).ok()?;
        Some(format!("{} at {}", endpoint::key_variable(kind)?, base.host_str()?))
    });
    known.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;
    use sysspec_analysis::ProviderSettings;

    use super::*;

    /// Every variable has a value that names it, and the keyring has nothing.
    struct Everything;

    impl KeySource for Everything {
        fn variable(&self, name: &str) -> Option<SecretString> {
            Some(SecretString::from(format!("value of {name}")))
        }

        fn keyring(&self, provider: &str) -> Result<Option<SecretString>, String> {
            Ok(Some(SecretString::from(format!("keyring of {provider}"))))
        }
    }

    struct Nothing;

    impl KeySource for Nothing {
        fn variable(&self, _name: &str) -> Option<SecretString> {
            None
        }

        fn keyring(&self, _provider: &str) -> Result<Option<SecretString>, String> {
            Ok(None)
        }
    }

    fn found(
        origin: Origin,
        base: &str,
        key_env: Option<&str>,
        keyring: bool,
        keys: &dyn KeySource,
    ) -> Result<Option<String>, String> {
        let settings = ProviderSettings {
            key_env: key_env.map(Into::into),
            keyring,
            ..ProviderSettings::new(ProviderKind::OpenAi)
        };
        let definition = Definition { name: "mine".into(), settings, origin };
        let key = find(&definition, &Url::parse(base).unwrap(), keys, "config.toml")?;
        Ok(key.map(|key| key.secret.expose_secret().to_owned()))
    }

    #[test]
    fn a_manifest_sends_keys_only_to_whom_they_are_for() {
        let at = |base, key_env| found(Origin::Manifest, base, key_env, false, &Everything);
        let right = Ok(Some("value of OPENAI_API_KEY".to_owned()));
        assert_eq!(at("https://api.openai.com/v1", None), right);
        assert_eq!(at("https://api.openai.com/v1", Some("OPENAI_API_KEY")), right);
        assert_eq!(at("http://localhost:8080/v1", None), Ok(None), "no key, and nothing to refuse");
        assert_eq!(at("https://evil.example/v1", None), Ok(None));
        let refused = [
            ("https://evil.example/v1", "OPENAI_API_KEY"),
            ("http://api.openai.com/v1", "OPENAI_API_KEY"),
            ("https://api.openai.com:8443/v1", "OPENAI_API_KEY"),
            ("https://api.openai.com.evil.example/v1", "OPENAI_API_KEY"),
            ("https://api.openai.com/v1", "AWS_SECRET_ACCESS_KEY"),
            ("https://api.deepseek.com/v1", "OPENAI_API_KEY"),
            ("http://localhost:8080/v1", "OPENAI_API_KEY"),
        ];
        for (base, variable) in refused {
            let error = at(base, Some(variable)).unwrap_err();
            assert!(
                error.contains(&format!("sysspec.toml wants the value of {variable} sent to")),
                "{error}"
            );
            assert!(error.contains("define [toolchain.providers.mine] in config.toml"), "{error}");
        }
        found(Origin::Manifest, "https://api.openai.com/v1", None, true, &Everything).unwrap_err();
    }

    #[test]
    fn the_user_sends_keys_anywhere_but_none_by_accident() {
        let at = |base, key_env, keyring| found(Origin::User, base, key_env, keyring, &Everything);
        assert_eq!(at("http://lan:8000/v1", Some("LAN_KEY"), false), Ok(Some("value of LAN_KEY".into())));
        assert_eq!(at("http://lan:8000/v1", None, true), Ok(Some("keyring of mine".into())));
        assert_eq!(at("http://lan:8000/v1", None, false), Ok(None));
        assert_eq!(at("https://api.openai.com/v1", None, true), Ok(Some("value of OPENAI_API_KEY".into())));
    }

    #[test]
    fn a_missing_key_is_an_error_that_names_the_variable() {
        let error = found(Origin::BuiltIn, "https://api.openai.com/v1", None, false, &Nothing).unwrap_err();
        assert!(error.contains("set the environment variable OPENAI_API_KEY"), "{error}");
        let error = found(Origin::User, "https://api.openai.com/v1", None, true, &Nothing).unwrap_err();
        assert!(error.contains("your keyring has no key for `mine`"), "{error}");
    }

    #[test]
    fn debug_shows_no_key() {
        let key = Key { secret: SecretString::from("sk-very-secret"), place: "here".into() };
        assert!(!format!("{key:?}").contains("very-secret"));
    }
}
