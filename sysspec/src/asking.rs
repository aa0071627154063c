//! Who answers prompts in a run, as the command line, the user's configuration and the manifest say.

use std::future::Future;
use std::path::Path;

use sysspec_analysis::Manifest;
use sysspec_toolchain::provider::{
    BoxFuture, Config, Exchange, Overrides, Provider, ProviderError, Replay, Reply, Request, Role, Router,
    Spent, Waiting, Watch,
};

use crate::cli::Asking;
use crate::console;
use crate::failure::Failure;

/// The provider of a run, if one was chosen.
pub(crate) struct Asked {
    provider: Option<Box<dyn Provider>>,
    config: Option<Config>,
    /// Why the provider that is configured cannot be used.
    unusable: Option<ProviderError>,
}

impl Asked {
    /// Opens what was chosen. That a configured provider cannot be used is an error only when it was asked for by name: a run that has
    /// nothing to ask does not need it.
    pub(crate) fn choose(arguments: &Asking, manifest: &Manifest) -> Result<Asked, Failure> {
        // The arguments demand the folder of each.
        match (arguments.provider.as_deref(), &arguments.exchange_dir, &arguments.transcripts) {
            (Some("exchange"), Some(folder), _) => {
                return Ok(Asked::by(Box::new(Exchange::new(folder, !arguments.no_wait))));
            }
            (Some("replay"), _, Some(folder)) => {
                let replay = Replay::open(folder).map_err(Failure::wrong)?;
                return Ok(Asked::by(Box::new(replay.taking_other_prompts(arguments.accept_other_prompts))));
            }
            _ => {}
        }
        let overrides = Overrides {
            provider: arguments.provider.clone(),
            model: arguments.model.clone(),
            tokens: arguments.budget_tokens,
            micro_usd: arguments.budget_usd,
        };
        let config = Config::open(&manifest.toolchain.models, overrides).map_err(Failure::wrong)?;
        if !config.is_chosen() {
            return Ok(Asked { provider: None, config: None, unusable: None });
        }
        match Router::open(&config) {
            Ok(router) => {
                Ok(Asked { provider: Some(Box::new(Telling(router))), config: Some(config), unusable: None })
            }
            Err(error) if arguments.provider.is_some() => Err(Failure::wrong(error)),
            Err(error) => Ok(Asked { provider: None, config: None, unusable: Some(error) }),
        }
    }

    fn by(provider: Box<dyn Provider>) -> Asked {
        Asked { provider: Some(provider), config: None, unusable: None }
    }

    pub(crate) fn provider(&self) -> Option<&dyn Provider> {
        self.provider.as_deref()
    }

    /// What was used so far, when somebody was asked who counts.
    pub(crate) fn spent(&self) -> Option<Spent> {
        let spent = self.config.as_ref()?.budget().spent();
        (spent.answers > 0).then_some(spent)
    }

    pub(crate) fn unusable(&self) -> Option<&ProviderError> {
        self.unusable.as_ref()
    }

    pub(crate) fn into_failure(self) -> Failure {
        match self.unusable {
            Some(error) => Failure::failed(error),
            None => Failure::failed_message("no provider was chosen".to_owned()),
        }
    }
}

/// The provider of that name, or `PROVIDER/MODEL`, for commands that have it from a file.
pub(crate) fn named(
    name: &str,
    exchange: Option<&Path>,
    manifest: &Manifest,
) -> Result<Box<dyn Provider>, Failure> {
    let (provider, model) = match name.split_once('/') {
        Some((provider, model)) => (provider, Some(model.to_owned())),
        None => (name, None),
    };
    let overrides = Overrides { provider: Some(provider.to_owned()), model, ..Overrides::default() };
    match (provider, exchange) {
        ("exchange", Some(folder)) => Ok(Box::new(Exchange::new(folder, false))),
        ("exchange", None) => Err(Failure::wrong_message(
            "the provider `exchange` needs its folder: --exchange-dir DIR".to_owned(),
        )),
        _ => {
            let config = Config::open(&manifest.toolchain.models, overrides).map_err(Failure::wrong)?;
            Ok(Box::new(Telling(Router::open(&config).map_err(Failure::wrong)?)))
        }
    }
}

/// Tells when a model has to be asked again: a run that waits for a provider should not look as if it hung.
struct Telling(Router);

impl Provider for Telling {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn concurrency(&self) -> usize {
        self.0.concurrency()
    }

    fn takes(&self, role: Role) -> bool {
        self.0.takes(role)
    }

    fn credit(&self, request: &Request<'_>) -> String {
        self.0.credit(request)
    }

    fn answer<'a>(
        &'a self,
        request: Request<'a>,
        watch: &'a dyn Watch,
    ) -> BoxFuture<'a, Result<Reply, ProviderError>> {
        Box::pin(async move {
            let telling = TellRetries { module: request.module, watch };
            self.0.answer(request, &telling).await
        })
    }
}

struct TellRetries<'a> {
    module: &'a str,
    watch: &'a dyn Watch,
}

impl Watch for TellRetries<'_> {
    fn waiting(&self, waiting: &Waiting<'_>) {
        if let Waiting::Retry { pause, reason, .. } = waiting {
            let seconds = pause.as_secs_f64().ceil();
            console::error(format_args!("{}: {reason}; asked again in {seconds} s", self.module));
        }
        self.watch.waiting(waiting);
    }
}

/// Runs what asks, until it ends or Ctrl-C stops it: then what is on its way is given up, programs that answer included.
pub(crate) fn run<T>(asking: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::wrong)?;
    let (sender, mut interrupted) = tokio::sync::mpsc::unbounded_channel();
    let interrupt = move || {
        // Whoever has gone needs no message.
        let _ = sender.send(());
    };
    ctrlc::set_handler(interrupt).map_err(Failure::wrong)?;
    let result = runtime.block_on(async {
        tokio::select! {
            result = asking => Some(result),
            Some(()) = interrupted.recv() => None,
        }
    });
    // Not waiting for compilers and tests that are at work still.
    runtime.shutdown_background();
    result.ok_or_else(|| {
        Failure::failed_message(
            "interrupted; what was accepted before is kept, and running again goes on from there".to_owned(),
        )
    })
}
