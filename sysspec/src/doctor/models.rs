//! The providers of models: whether they are set up, and, when they may be asked, whether they answer.

use sysspec_analysis::{Manifest, ProviderKind};
use sysspec_toolchain::provider::{self, Choice, Config, Overrides, Role, base_url, is_local};

use super::Finding;
use super::machine::find;
use crate::cli::Doctor;
use crate::failure::Failure;

const ROLES: [Role; 3] = [Role::CodeGen, Role::SpecEval, Role::SpecFine];

pub(super) fn checks(arguments: &Doctor, manifest: &Manifest) -> Result<Vec<Finding>, Failure> {
    let overrides = Overrides {
        provider: arguments.provider.clone(),
        model: arguments.model.clone(),
        ..Overrides::default()
    };
    let config = match Config::open(&manifest.toolchain.models, overrides) {
        Ok(config) => config,
        Err(error) => {
            let mend = "correct the lines that are named";
            return Ok(vec![Finding::problem("your configuration", error.to_string(), mend)]);
        }
    };
    if !config.is_chosen() {
        let detail = format!(
            "nobody is chosen to write code; what is validated needs nobody. `--provider NAME`, or CodeGen = \"PROVIDER/MODEL\" in \
             [toolchain.models] of sysspec.toml or {}",
            config.user_file()
        );
        return Ok(vec![Finding::untried("model", detail)]);
    }
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Failure::wrong)?;
    let mut checks: Vec<Finding> = Vec::new();
    let mut seen: Vec<(String, Option<String>)> = Vec::new();
    for role in ROLES {
        if role == Role::SpecEval && !config.is_assigned(role) {
            checks.push(Finding::untried(
                "model for SpecEval",
                "nobody is chosen to judge code beside the gates",
            ));
            continue;
        }
        let choice = match config.choice(role) {
            Ok(choice) => choice,
            Err(error) => {
                checks.push(problem(role, &error));
                continue;
            }
        };
        let key = (choice.definition.name.clone(), choice.model.clone());
        if !seen.contains(&key) {
            seen.push(key);
            checks.push(runtime.block_on(check(arguments, &config, role, &choice)));
        }
    }
    Ok(checks)
}

async fn check(arguments: &Doctor, config: &Config, role: Role, choice: &Choice) -> Finding {
    let name = format!("model for {}", role.name());
    let provider = match provider::open(config, role) {
        Ok(provider) => provider,
        Err(error) => return problem(role, &error),
    };
    let settings = &choice.definition.settings;
    if settings.kind == ProviderKind::Command {
        let program = settings.command.first().map_or("", String::as_str);
        if !program.contains('/') && find(program).is_none() {
            let mend = format!(
                "install `{program}`, or change `command` in [toolchain.providers.{}]",
                choice.definition.name
            );
            return Finding::problem(&name, format!("`{program}` is not in PATH"), mend);
        }
    }
    let address = settings.base_url.as_deref().or(base_url(settings.kind));
    let is_near = address.and_then(|address| address.parse().ok()).is_some_and(|url| is_local(&url));
    if !arguments.online && !is_near {
        let detail =
            format!("{} is set up and was not asked; `--online` asks it for one token", provider.name());
        return Finding::untried(&name, detail);
    }
    match provider::probe(config, role).await {
        Ok(answer) => {
            let model = answer.model.unwrap_or_default();
            Finding::ok(&name, format!("{} answers{}", provider.name(), by(&model)))
        }
        Err(error) => problem(role, &error),
    }
}

fn by(model: &str) -> String {
    if model.is_empty() { String::new() } else { format!(" as `{model}`") }
}

/// The messages of providers say what to do, too.
fn problem(role: Role, error: &provider::ProviderError) -> Finding {
    let name = format!("model for {}", role.name());
    Finding { mend: None, ..Finding::problem(&name, error.to_string(), "") }
}
