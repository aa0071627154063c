//! Nobody: for runs whose answers all come from elsewhere.

use super::{BoxFuture, Provider, ProviderError, Reply, Request, Watch};

/// Nobody who answers. A prompt that needs an answer ends the run with a message that says so.
#[derive(Debug, Clone, Copy)]
pub struct Absent;

impl Provider for Absent {
    fn name(&self) -> &str {
        "nobody"
    }

    fn concurrency(&self) -> usize {
        usize::MAX
    }

    fn answer<'a>(
        &'a self,
        request: Request<'a>,
        _watch: &'a dyn Watch,
    ) -> BoxFuture<'a, Result<Reply, ProviderError>> {
        let message = format!(
            "the shared store has no answer for `{}` that passes here, and no provider was chosen: name one with --provider",
            request.module
        );
        Box::pin(async move { Err(ProviderError { provider: self.name().to_owned(), message }) })
    }
}
