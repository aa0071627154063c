//! Which provider and which model answers each role: from the workspace's manifest, the user's own configuration, and the
//! command line, the later before the earlier.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use sysspec_analysis::{ModelRole, ModelSettings, ProviderKind, ProviderSettings, user_settings};

use super::budget::Budget;
use super::key::{KeySource, SystemKeys};
use super::pace::Pace;
use super::{ProviderError, Role};
use crate::files::{self, FileError};

/// The user's own configuration, below the folder for configurations.
const USER_FILE: &str = "sysspec/config.toml";

/// What the command line says about providers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// The provider of every role.
    pub provider: Option<String>,
    /// The model of every role, at the provider given or else at that of the role.
    pub model: Option<String>,
    /// The budget in tokens.
    pub tokens: Option<u64>,
    /// The budget in millionths of a US dollar.
    pub micro_usd: Option<u64>,
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The user's own configuration cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The user's own configuration is wrong.
    #[error("{} is wrong:\n  {}", .0.display(), .1.join("\n  "))]
    User(PathBuf, Vec<String>),
}

/// Who defined a provider. A key follows a definition only as far as whoever made it can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// This program: the well-known ones, by their names.
    BuiltIn,
    /// The workspace's manifest, which may come from anybody.
    Manifest,
    /// The user.
    User,
}

/// A provider as it is defined.
#[derive(Debug, Clone)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// What is said of it.
    pub settings: ProviderSettings,
    /// By whom.
    pub origin: Origin,
}

/// What answers a role.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The provider.
    pub definition: Definition,
    /// The model; a command may have none.
    pub model: Option<String>,
}

/// The providers, the models of the roles, and the budget that they share.
pub struct Config {
    manifest: ModelSettings,
    user: ModelSettings,
    user_file: Option<PathBuf>,
    overrides: Overrides,
    keys: Arc<dyn KeySource>,
    budget: Arc<Budget>,
    /// By provider: its models share what it allows.
    paces: Mutex<BTreeMap<String, Arc<Pace>>>,
}

impl Config {
    /// The settings of a workspace and of the user who runs this.
    ///
    /// # Errors
    /// When the user's own configuration cannot be read or is wrong.
    pub fn open(manifest: &ModelSettings, overrides: Overrides) -> Result<Self, SettingsError> {
        let file = user_file();
        let user = match &file {
            Some(path) => read_user(path)?,
            None => ModelSettings::default(),
        };
        let config = Self::new(manifest.clone(), user, overrides, Arc::new(SystemKeys));
        Ok(Self { user_file: file, ..config })
    }

    /// Settings from values.
    pub fn new(
        manifest: ModelSettings,
        user: ModelSettings,
        overrides: Overrides,
        keys: Arc<dyn KeySource>,
    ) -> Self {
        let mut limits = manifest.budget;
        limits.tokens = overrides.tokens.or(user.budget.tokens).or(limits.tokens);
        limits.micro_usd = overrides.micro_usd.or(user.budget.micro_usd).or(limits.micro_usd);
        let budget = Arc::new(Budget::new(limits));
        Self { manifest, user, user_file: None, overrides, keys, budget, paces: Mutex::default() }
    }

    /// What a run has used, and may use.
    pub fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    /// Where the user's own configuration is, or would be.
    pub fn user_file(&self) -> String {
        match &self.user_file {
            Some(path) => path.display().to_string(),
            None => format!("~/.config/{USER_FILE}"),
        }
    }

    /// Whether anybody said who answers prompts.
    pub fn is_chosen(&self) -> bool {
        self.overrides.provider.is_some() || self.role(ModelRole::CodeGen).is_some()
    }

    /// Whether a role was given to somebody by name.
    pub fn is_assigned(&self, role: Role) -> bool {
        self.role(model_role(role)).is_some()
    }

    /// What answers a role. One that nothing is said of is answered by what writes the code.
    ///
    /// # Errors
    /// When nothing is said, or what is said does not exist.
    pub fn choice(&self, role: Role) -> Result<Choice, ProviderError> {
        let role = model_role(role);
        let said = self.role(role).or_else(|| self.role(ModelRole::CodeGen));
        let (provider, model) = match (&self.overrides.provider, said) {
            (Some(provider), said) => {
                let model = said.filter(|said| said.0 == *provider).and_then(|said| said.1);
                (provider.clone(), model)
            }
            (None, Some(said)) => said,
            (None, None) => {
                return Err(ProviderError::new(
                    role.as_str(),
                    format!(
                        "no provider was chosen: `--provider NAME`, or {} = \"PROVIDER/MODEL\" in [toolchain.models] of sysspec.toml or {}",
                        role.as_str(),
                        self.user_file()
                    ),
                ));
            }
        };
        let definition = self.definition(&provider)?;
        let model = self.overrides.model.clone().or(model).or_else(|| definition.settings.model.clone());
        if model.is_none() && definition.settings.kind != ProviderKind::Command {
            return Err(ProviderError::new(
                &provider,
                format!(
                    "no model was chosen: `--model MODEL`, or model = \"MODEL\" in [toolchain.providers.{provider}], or {} = \
                     \"{provider}/MODEL\" in [toolchain.models]",
                    role.as_str()
                ),
            ));
        }
        Ok(Choice { definition, model })
    }

    /// The definition of a provider: the user's, else the manifest's, else the built-in one. They are never mixed: a manifest
    /// must not change where a provider of the user sends its key.
    ///
    /// # Errors
    /// When there is none.
    pub fn definition(&self, name: &str) -> Result<Definition, ProviderError> {
        let (settings, origin) = if let Some(settings) = self.user.providers.get(name) {
            (settings.clone(), Origin::User)
        } else if let Some(settings) = self.manifest.providers.get(name) {
            (settings.clone(), Origin::Manifest)
        } else if let Some(kind) = ProviderKind::named(name).filter(|kind| *kind != ProviderKind::Command) {
            (ProviderSettings::new(kind), Origin::BuiltIn)
        } else {
            let known = self.names();
            let near = sysspec_analysis::nearest(name, known.iter().copied());
            let hint = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known are {}", known.join(", ")),
            };
            return Err(ProviderError::new(
                name,
                format!(
                    "there is no such provider; {hint} Others are defined by [toolchain.providers.NAME] in sysspec.toml or {}",
                    self.user_file()
                ),
            ));
        };
        Ok(Definition { name: name.to_owned(), settings, origin })
    }

    /// The names of all providers that there are.
    fn names(&self) -> Vec<&str> {
        let mut names = vec!["exchange", "replay"];
        for kind in ProviderKind::ALL.into_iter().filter(|kind| *kind != ProviderKind::Command) {
            names.push(kind.as_str());
        }
        for name in self.user.providers.keys().chain(self.manifest.providers.keys()) {
            names.push(name);
        }
        names
    }

    pub(super) fn keys(&self) -> &dyn KeySource {
        self.keys.as_ref()
    }

    pub(super) fn pace(&self, definition: &Definition, at_once: usize) -> Arc<Pace> {
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        let pace = || Arc::new(Pace::new(definition.settings.limits, at_once));
        paces.entry(definition.name.clone()).or_insert_with(pace).clone()
    }

    fn role(&self, role: ModelRole) -> Option<(String, Option<String>)> {
        let said = self.user.roles.get(&role).or_else(|| self.manifest.roles.get(&role))?;
        Some((said.provider.clone(), said.model.clone()))
    }
}

fn model_role(role: Role) -> ModelRole {
    match role {
        Role::CodeGen => ModelRole::CodeGen,
        Role::SpecEval => ModelRole::SpecEval,
        Role::SpecFine => ModelRole::SpecFine,
    }
}

/// `$XDG_CONFIG_HOME/sysspec/config.toml`, or the same below `~/.config`.
fn user_file() -> Option<PathBuf> {
    // The XDG specification has relative paths ignored.
    let named = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || std::env::var_os("HOME").map(|home| Path::new(&home).join(".config"));
    Some(named.or_else(home)?.join(USER_FILE))
}

fn read_user(path: &Path) -> Result<ModelSettings, SettingsError> {
    let Some(text) = files::read_if_present(path)? else { return Ok(ModelSettings::default()) };
    user_settings(&text).map_err(|problems| SettingsError::User(path.to_owned(), problems))
}
