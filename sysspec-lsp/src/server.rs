//! The handlers of the protocol. None of them waits for anything but the answer to its own request.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use sysspec_analysis::Cancellable;
use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};
use tower_lsp_server::jsonrpc::{Error, Result};
use tower_lsp_server::ls_types::*;
use tower_lsp_server::{Client, LanguageServer};

use crate::abilities::Abilities;
use crate::commands::{self, Children, Commands};
use crate::reads::View;
use crate::vigil::Vigil;
use crate::writer::{Inquiry, Message, Question, Surroundings, Writer};
use crate::{Options, publisher, roots};

/// How long the client may take to answer a request of the server.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// The globs of the files that are read from disk.
const WATCHED: [&str; 2] = ["**/*.{spec,header,patch}", "**/sysspec.toml"];

pub(crate) struct Server {
    client: Client,
    messages: Sender<Message>,
    /// Notified when the client may be told of findings.
    ready: Arc<Notify>,
    vigil: Arc<Vigil>,
    commands: Commands,
    abilities: std::sync::OnceLock<Abilities>,
}

impl Server {
    pub(crate) fn new(client: Client, options: Options, vigil: Arc<Vigil>) -> Server {
        let ready = Arc::new(Notify::new());
        let messages = start_writer(&client, ready.clone(), vigil.clone());
        let commands = Commands::new(client.clone(), options.program, messages.clone());
        Server { client, messages, ready, vigil, commands, abilities: std::sync::OnceLock::new() }
    }

    pub(crate) fn children(&self) -> Children {
        self.commands.children()
    }

    fn send(&self, message: Message) {
        // When the writer is gone the whole server is on its way out.
        let _ = self.messages.send(message);
    }

    /// `window/workDoneProgress/cancel`, which the trait of handlers does not know.
    pub(crate) async fn progress_cancelled(&self, parameters: WorkDoneProgressCancelParams) {
        self.commands.cancel(&parameters.token);
    }

    /// Asks something of a snapshot taken after all that the client sent before.
    async fn read<T: Send + 'static>(
        &self,
        uri: Uri,
        ask: impl Fn(&View) -> Cancellable<Option<T>> + Send + 'static,
    ) -> Result<Option<T>> {
        let (answer, answered) = oneshot::channel();
        let inquiry = Box::new(Pending { ask, answer: Some(answer) });
        self.send(Message::Read(Question { uri, asked_of: None, inquiry }));
        answered.await.unwrap_or_else(|_| Err(Error::internal_error()))
    }
}

/// A request that waits for its answer.
struct Pending<T, F> {
    ask: F,
    answer: Option<oneshot::Sender<Result<Option<T>>>>,
}

impl<T, F> Inquiry for Pending<T, F>
where
    T: Send,
    F: Fn(&View) -> Cancellable<Option<T>> + Send,
{
    fn attempt(&mut self, view: Option<View>) -> bool {
        if self.answer.as_ref().is_none_or(oneshot::Sender::is_closed) {
            return true; // The client cancelled its request.
        }
        let Ok(value) = view.as_ref().map_or(Ok(None), &self.ask) else { return false };
        // Before the answer, because the next change waits for it.
        drop(view);
        self.send(Ok(value));
        true
    }

    fn answer_modified(&mut self) {
        self.send(Err(Error::content_modified()));
    }
}

impl<T, F> Pending<T, F> {
    fn send(&mut self, result: Result<Option<T>>) {
        if let Some(answer) = self.answer.take() {
            // The client may have cancelled its request meanwhile.
            let _ = answer.send(result);
        }
    }
}

/// Starts the thread that owns the analysis. The server ends with it.
fn start_writer(client: &Client, ready: Arc<Notify>, vigil: Arc<Vigil>) -> Sender<Message> {
    let (messages, inbox) = channel();
    let runtime = Handle::current();
    let complain = {
        let (client, runtime) = (client.clone(), runtime.clone());
        move |what: String| {
            let client = client.clone();
            runtime.spawn(async move { client.show_message(MessageType::WARNING, what).await });
        }
    };
    let surroundings = Surroundings {
        runtime,
        messages: messages.clone(),
        news: publisher::start(client.clone(), ready),
        complain: Box::new(complain),
    };
    std::thread::spawn(move || {
        let _end = EndsTheServer(vigil);
        Writer::new(surroundings).run(&inbox);
    });
    messages
}

/// A server whose writer has panicked could only give wrong answers.
struct EndsTheServer(Arc<Vigil>);

impl Drop for EndsTheServer {
    fn drop(&mut self) {
        self.0.give_up();
    }
}

impl LanguageServer for Server {
    async fn initialize(&self, parameters: InitializeParams) -> Result<InitializeResult> {
        let abilities = *self.abilities.get_or_init(|| Abilities::new(&parameters.capabilities));
        self.commands.set_progress(abilities.progress);
        if let Some(process) = parameters.process_id {
            self.vigil.follow(process);
        }
        self.send(Message::Start { abilities, folders: folders_of(&parameters) });
        let server_info =
            ServerInfo { name: "sysspec".to_owned(), version: Some(env!("CARGO_PKG_VERSION").to_owned()) };
        Ok(InitializeResult {
            capabilities: capabilities(abilities),
            server_info: Some(server_info),
            offset_encoding: None,
        })
    }

    async fn initialized(&self, _: InitializedParams) {
        self.ready.notify_one();
        if self.abilities.get().is_some_and(|abilities| abilities.watches_files) {
            // Not here: a handler that waits for the client keeps others from being taken.
            tokio::spawn(watch_files(self.client.clone()));
        }
    }

    async fn shutdown(&self) -> Result<()> {
        self.vigil.note_shutdown();
        Ok(())
    }

    async fn did_open(&self, parameters: DidOpenTextDocumentParams) {
        let TextDocumentItem { uri, version, text, .. } = parameters.text_document;
        self.send(Message::Open { uri, version, text });
    }

    async fn did_change(&self, parameters: DidChangeTextDocumentParams) {
        let VersionedTextDocumentIdentifier { uri, version } = parameters.text_document;
        self.send(Message::Change { uri, version, changes: parameters.content_changes });
    }

    async fn did_close(&self, parameters: DidCloseTextDocumentParams) {
        self.send(Message::Close { uri: parameters.text_document.uri });
    }

    /// What is open is known already; a client that cannot watch files still tells of these.
    async fn did_save(&self, parameters: DidSaveTextDocumentParams) {
        self.send(Message::Disk(roots::path_of(&parameters.text_document.uri).into_iter().collect()));
    }

    async fn did_change_watched_files(&self, parameters: DidChangeWatchedFilesParams) {
        let paths = parameters.changes.iter().filter_map(|change| roots::path_of(&change.uri)).collect();
        self.send(Message::Disk(paths));
    }

    async fn did_change_workspace_folders(&self, parameters: DidChangeWorkspaceFoldersParams) {
        let paths = |folders: Vec<WorkspaceFolder>| {
            folders.iter().filter_map(|folder| roots::path_of(&folder.uri)).collect()
        };
        let WorkspaceFoldersChangeEvent { added, removed } = parameters.event;
        self.send(Message::Folders { added: paths(added), removed: paths(removed) });
    }

    async fn hover(&self, parameters: HoverParams) -> Result<Option<Hover>> {
        let TextDocumentPositionParams { text_document, position } = parameters.text_document_position_params;
        self.read(text_document.uri, move |view| view.hover(position)).await
    }

    async fn goto_definition(
        &self,
        parameters: GotoDefinitionParams,
    ) -> Result<Option<GotoDefinitionResponse>> {
        let TextDocumentPositionParams { text_document, position } = parameters.text_document_position_params;
        self.read(text_document.uri, move |view| view.definition(position)).await
    }

    async fn references(&self, parameters: ReferenceParams) -> Result<Option<Vec<Location>>> {
        let TextDocumentPositionParams { text_document, position } = parameters.text_document_position;
        let with_declaration = parameters.context.include_declaration;
        self.read(text_document.uri, move |view| view.references(position, with_declaration)).await
    }

    async fn document_symbol(
        &self,
        parameters: DocumentSymbolParams,
    ) -> Result<Option<DocumentSymbolResponse>> {
        self.read(parameters.text_document.uri, View::outline).await
    }

    async fn execute_command(&self, parameters: ExecuteCommandParams) -> Result<Option<LSPAny>> {
        self.commands.start(&parameters.command, &parameters.arguments)?;
        Ok(None)
    }
}

/// The folders that the client shows; none for a client that opened a single file.
fn folders_of(parameters: &InitializeParams) -> Vec<PathBuf> {
    #[expect(deprecated, reason = "older clients say it this way only")]
    let single = parameters.root_uri.clone().or_else(|| {
        let path = parameters.root_path.as_deref()?;
        Uri::from_file_path(path).or_else(|| Uri::from_str(path).ok())
    });
    let folders = match &parameters.workspace_folders {
        Some(folders) => folders.iter().map(|folder| folder.uri.clone()).collect(),
        None => Vec::from_iter(single),
    };
    folders.iter().filter_map(roots::path_of).collect()
}

fn capabilities(abilities: Abilities) -> ServerCapabilities {
    let synchronization = TextDocumentSyncOptions {
        open_close: Some(true),
        change: Some(TextDocumentSyncKind::INCREMENTAL),
        save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions { include_text: Some(false) })),
        ..TextDocumentSyncOptions::default()
    };
    let folders = WorkspaceFoldersServerCapabilities {
        supported: Some(true),
        change_notifications: Some(OneOf::Left(true)),
    };
    ServerCapabilities {
        position_encoding: Some(abilities.encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(synchronization)),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        execute_command_provider: Some(ExecuteCommandOptions {
            commands: commands::NAMES.map(str::to_owned).to_vec(),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        }),
        workspace: Some(WorkspaceServerCapabilities {
            workspace_folders: Some(folders),
            ..WorkspaceServerCapabilities::default()
        }),
        ..ServerCapabilities::default()
    }
}

async fn watch_files(client: Client) {
    let watchers: Vec<serde_json::Value> =
        WATCHED.iter().map(|glob| serde_json::json!({ "globPattern": glob })).collect();
    let registration = Registration {
        id: "files".to_owned(),
        method: "workspace/didChangeWatchedFiles".to_owned(),
        register_options: Some(serde_json::json!({ "watchers": watchers })),
    };
    let registered = tokio::time::timeout(PATIENCE, client.register_capability(vec![registration])).await;
    if !matches!(registered, Ok(Ok(()))) {
        let message =
            "The client does not watch files: changes made outside the editor are seen after the next save.";
        client.log_message(MessageType::WARNING, message).await;
    }
}
