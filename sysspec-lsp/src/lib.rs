//! The SysSpec language server.
//!
//! A handler only puts a message into a queue, in the order of the protocol. One writer thread owns the
//! analysis and takes the messages; what reads runs on snapshots in a pool of threads and is cancelled
//! by the next change. Findings go to the client through one task, so that an older result never
//! follows a newer one. There is no logic of specifications in here: everything that is known about
//! them comes from `sysspec-analysis`, and `to_proto` puts it into the protocol's words.

mod abilities;
mod capabilities;
mod commands;
mod diagnostics;
mod edit;
mod editing;
mod interrupt;
mod navigation;
mod position;
mod publisher;
mod reads;
mod roots;
mod server;
mod status;
mod stdio;
mod to_proto;
mod tokens;
mod vigil;
mod writer;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tower_lsp_server::LspService;

use server::Server;
use vigil::Vigil;

/// How many messages of the client are worked on at once. A handler that waits for an answer must not keep
/// changes and cancellations from being taken.
const CONCURRENCY: usize = 32;

/// What the server runs for the commands of editors.
#[derive(Clone, Debug)]
pub struct Options {
    /// The `sysspec` program.
    pub program: PathBuf,
}

/// Serves one client on stdin and stdout until it leaves, and gives the exit code that the protocol asks for: 0
/// after a `shutdown` request, 1 otherwise.
///
/// The caller should end the process afterwards: a read of stdin that still waits cannot be taken back.
pub async fn serve_stdio(options: Options) -> u8 {
    serve(stdio::input(), stdio::output(), options).await
}

/// Serves one client on any pair of streams.
pub async fn serve<I, O>(input: I, output: O, options: Options) -> u8
where
    I: AsyncRead + Unpin,
    O: AsyncWrite,
{
    let vigil = Arc::new(Vigil::default());
    let input = vigil.watch(input);
    let mut children = None;
    let (service, socket) = LspService::build(|client| {
        let server = Server::new(client, options, vigil.clone());
        children = Some(server.children());
        server
    })
    .custom_method("window/workDoneProgress/cancel", Server::progress_cancelled)
    .finish();
    let serving = tower_lsp_server::Server::new(input, output, socket).concurrency_level(CONCURRENCY);
    tokio::select! {
        () = serving.serve(service) => {}
        () = vigil.client_is_gone() => {}
    }
    if let Some(children) = children {
        children.end_all().await;
    }
    vigil.exit_code()
}
