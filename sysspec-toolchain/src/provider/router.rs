//! Every role to the provider and model that the settings give it.

use sysspec_analysis::ProviderKind;

use super::command::Command;
use super::http::Http;
use super::settings::{Choice, Config};
use super::{Answer, BoxFuture, Form, Provider, ProviderError, Reply, Request, Role, Watch};

/// How long a provider may take for one token.
const PROBE_SECONDS: u64 = 60;

/// The provider of a role, with its model.
///
/// # Errors
/// When none is chosen or it cannot be used as it is set up: what to do.
pub fn open(config: &Config, role: Role) -> Result<Box<dyn Provider>, ProviderError> {
    open_choice(config, &config.choice(role)?)
}

fn open_choice(config: &Config, choice: &Choice) -> Result<Box<dyn Provider>, ProviderError> {
    match choice.definition.settings.kind {
        ProviderKind::Command => Ok(Box::new(Command::open(config, choice)?)),
        _ => Ok(Box::new(Http::open(config, choice)?)),
    }
}

/// Asks the provider of a role for one token, once, to see whether it answers.
///
/// # Errors
/// When it does not: why, and what to do.
pub async fn probe(config: &Config, role: Role) -> Result<Answer, ProviderError> {
    let mut choice = config.choice(role)?;
    let settings = &mut choice.definition.settings;
    settings.max_answer_tokens = Some(1);
    settings.limits.retries = Some(0);
    settings.timeouts.whole =
        Some(settings.timeouts.whole.map_or(PROBE_SECONDS, |set| set.min(PROBE_SECONDS)));
    let provider = open_choice(config, &choice)?;
    let (prompt, form) = ("Answer with the word yes.", Form::Text);
    let request = Request { module: "probe", phase: 1, attempt: 1, role, prompt, form };
    match provider.answer(request, &()).await? {
        Reply::Answer(answer) => Ok(answer),
        Reply::Pending(place) => {
            Err(ProviderError::new(provider.name(), format!("the answer waits at {place}")))
        }
    }
}

/// A provider that hands each request to the provider of its role.
pub struct Router {
    code_gen: Box<dyn Provider>,
    /// Only when it was chosen: who judges is never taken for granted.
    spec_eval: Option<Box<dyn Provider>>,
    spec_fine: Box<dyn Provider>,
}

impl Router {
    /// The providers of all roles; SpecEval's when the settings name one.
    ///
    /// # Errors
    /// When one of them cannot be used: a run should not learn so in its middle.
    pub fn open(config: &Config) -> Result<Self, ProviderError> {
        let spec_eval =
            config.is_assigned(Role::SpecEval).then(|| open(config, Role::SpecEval)).transpose()?;
        Ok(Self::new(open(config, Role::CodeGen)?, spec_eval, open(config, Role::SpecFine)?))
    }

    /// A router to these providers.
    pub fn new(
        code_gen: Box<dyn Provider>,
        spec_eval: Option<Box<dyn Provider>>,
        spec_fine: Box<dyn Provider>,
    ) -> Self {
        Self { code_gen, spec_eval, spec_fine }
    }

    /// The provider of a role.
    pub fn of(&self, role: Role) -> &dyn Provider {
        match role {
            Role::CodeGen => self.code_gen.as_ref(),
            Role::SpecEval => self.spec_eval.as_deref().unwrap_or(self.code_gen.as_ref()),
            Role::SpecFine => self.spec_fine.as_ref(),
        }
    }
}

impl Provider for Router {
    /// That of the provider that writes the code.
    fn name(&self) -> &str {
        self.code_gen.name()
    }

    fn concurrency(&self) -> usize {
        // Each provider holds itself to what it allows.
        let roles = [Role::CodeGen, Role::SpecEval, Role::SpecFine];
        roles.into_iter().map(|role| self.of(role).concurrency()).max().unwrap_or(1)
    }

    fn takes(&self, role: Role) -> bool {
        role != Role::SpecEval || self.spec_eval.is_some()
    }

    fn credit(&self, request: &Request<'_>) -> String {
        self.of(request.role).credit(request)
    }

    fn answer<'a>(
        &'a self,
        request: Request<'a>,
        watch: &'a dyn Watch,
    ) -> BoxFuture<'a, Result<Reply, ProviderError>> {
        self.of(request.role).answer(request, watch)
    }
}
