//! The handlers of the protocol. None of them waits for anything but the answer to its own request.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use sysspec_analysis::Cancellable;
use tokio::runtime::Handle;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Notify, oneshot, watch};
use tower_lsp_server::jsonrpc::{Error, ErrorCode, Result};
use tower_lsp_server::ls_types::*;
use tower_lsp_server::{Client, LanguageServer};

use crate::abilities::Abilities;
use crate::commands::{Children, Commands};
use crate::diagnostics::{Answer, Given};
use crate::interrupt::{Interrupt, Letterbox};
use crate::navigation::{self, Wanted};
use crate::publisher::News;
use crate::reads::View;
use crate::tokens::Told;
use crate::vigil::Vigil;
use crate::writer::{Inquiry, Message, Question, Surroundings, Survey, Writer};
use crate::{Options, capabilities, diagnostics, roots, status};

/// How long the client may take to answer a request of the server.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// The protocol's codes for a request that was right and could not be done, and for one that is to be sent again.
const REQUEST_FAILED: i64 = -32803;
const SERVER_CANCELLED: i64 = -32802;

/// The globs of the files that are read from disk.
const WATCHED: [&str; 2] = ["**/*.{spec,header,patch}", "**/sysspec.toml"];

pub(crate) struct Server {
    client: Client,
    messages: Letterbox,
    /// Notified when the client may be told of findings.
    ready: Arc<Notify>,
    vigil: Arc<Vigil>,
    commands: Commands,
    abilities: Arc<OnceLock<Abilities>>,
    /// Counts the times that findings changed.
    changes: watch::Sender<u64>,
    /// Whether the client has had a report on the whole workspace.
    reported: AtomicBool,
    /// What the client that asks for findings knows.
    given: Given,
    /// The semantic tokens that the client knows.
    told: Told,
}

impl Server {
    pub(crate) fn new(client: Client, options: Options, vigil: Arc<Vigil>) -> Server {
        let ready = Arc::new(Notify::new());
        let abilities: Arc<OnceLock<Abilities>> = Arc::default();
        let changes = watch::Sender::new(0);
        let news = diagnostics::start(client.clone(), ready.clone(), abilities.clone(), changes.clone());
        let (sender, inbox) = channel();
        let interrupt = Interrupt::default();
        let surroundings = surroundings(&client, sender.clone(), news, interrupt.clone());
        start_writer(surroundings, inbox, vigil.clone());
        let commands = Commands::new(client.clone(), options.program, sender.clone());
        let messages = Letterbox::new(sender, interrupt);
        let reported = AtomicBool::new(false);
        let given = Given::default();
        let told = Told::default();
        Server { client, messages, ready, vigil, commands, abilities, changes, reported, given, told }
    }

    pub(crate) fn children(&self) -> Children {
        self.commands.children()
    }

    fn send(&self, message: Message) {
        self.messages.send(message);
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
        match answered.await {
            Ok(result) => result,
            Err(_) => Err(self.failed().await),
        }
    }

    /// Asks something of all roots.
    async fn survey<T: Send + 'static>(
        &self,
        ask: impl Fn(&[View]) -> Cancellable<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        self.send(Message::Survey(Box::new(PendingSurvey { ask, answer: Some(answer) })));
        match answered.await {
            Ok(result) => Ok(result),
            Err(_) => Err(self.failed().await),
        }
    }

    /// Nobody answers any more: what was asked has panicked.
    async fn failed(&self) -> Error {
        let message = "The request failed inside the server; stderr of the server says where.";
        self.client.log_message(MessageType::ERROR, message).await;
        Error::internal_error()
    }

    fn disk_changed<'u>(&self, uris: impl Iterator<Item = &'u str>) {
        let paths = uris.filter_map(|uri| roots::path_of(&Uri::from_str(uri).ok()?)).collect();
        self.send(Message::Disk(paths));
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

/// A request about all roots that waits for its answer.
struct PendingSurvey<T, F> {
    ask: F,
    answer: Option<oneshot::Sender<T>>,
}

impl<T, F> Survey for PendingSurvey<T, F>
where
    T: Send,
    F: Fn(&[View]) -> Cancellable<T> + Send,
{
    fn attempt(&mut self, views: Vec<View>) -> bool {
        if self.answer.as_ref().is_none_or(oneshot::Sender::is_closed) {
            return true; // The client cancelled its request.
        }
        let Ok(value) = (self.ask)(&views) else { return false };
        // Before the answer, because the next change waits for it.
        drop(views);
        if let Some(answer) = self.answer.take() {
            // The client may have cancelled its request meanwhile.
            let _ = answer.send(value);
        }
        true
    }
}

fn surroundings(
    client: &Client,
    messages: Sender<Message>,
    news: UnboundedSender<News>,
    interrupt: Interrupt,
) -> Surroundings {
    let runtime = Handle::current();
    let complain = {
        let (client, runtime) = (client.clone(), runtime.clone());
        move |what: String| {
            let client = client.clone();
            runtime.spawn(async move { client.show_message(MessageType::WARNING, what).await });
        }
    };
    let statuses = status::start(client.clone());
    Surroundings { runtime, messages, news, statuses, interrupt, complain: Box::new(complain) }
}

/// Starts the thread that owns the analysis. The server ends with it.
fn start_writer(surroundings: Surroundings, inbox: Receiver<Message>, vigil: Arc<Vigil>) {
    std::thread::spawn(move || {
        let _end = EndsTheServer(vigil);
        Writer::new(surroundings).run(&inbox);
    });
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
            capabilities: capabilities::of_server(abilities),
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
        // Those who wait for changes are answered.
        self.changes.send_modify(|count| *count += 1);
        Ok(())
    }

    async fn did_open(&self, parameters: DidOpenTextDocumentParams) {
        let TextDocumentItem { uri, language_id, version, text } = parameters.text_document;
        self.send(Message::Open { uri, language: language_id, version, text });
    }

    async fn did_change(&self, parameters: DidChangeTextDocumentParams) {
        let VersionedTextDocumentIdentifier { uri, version } = parameters.text_document;
        self.send(Message::Change { uri, version, changes: parameters.content_changes });
    }

    async fn did_close(&self, parameters: DidCloseTextDocumentParams) {
        self.told.forget(&parameters.text_document.uri);
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

    async fn did_create_files(&self, parameters: CreateFilesParams) {
        self.disk_changed(parameters.files.iter().map(|file| file.uri.as_str()));
    }

    async fn did_rename_files(&self, parameters: RenameFilesParams) {
        let both = parameters.files.iter().flat_map(|file| [file.old_uri.as_str(), file.new_uri.as_str()]);
        self.disk_changed(both);
    }

    async fn did_delete_files(&self, parameters: DeleteFilesParams) {
        self.disk_changed(parameters.files.iter().map(|file| file.uri.as_str()));
    }

    async fn diagnostic(
        &self,
        parameters: DocumentDiagnosticParams,
    ) -> Result<DocumentDiagnosticReportResult> {
        let previous = parameters.previous_result_id;
        let (asked, given) = (previous.clone(), self.given.clone());
        let ask = move |view: &View| Answer::new(view, asked.as_deref(), &given).map(Some);
        let report = match self.read(parameters.text_document.uri, ask).await {
            Ok(Some(answer)) => answer.give(&self.given),
            Ok(None) => diagnostics::report(Vec::new(), previous.as_deref(), None),
            // Another error would make editors show nothing until the next change.
            Err(error) if error.code == ErrorCode::ContentModified => return Err(ask_again()),
            Err(error) => return Err(error),
        };
        Ok(DocumentDiagnosticReportResult::Report(report))
    }

    /// Answered when there is something that the client does not know: until then the request waits.
    async fn workspace_diagnostic(
        &self,
        parameters: WorkspaceDiagnosticParams,
    ) -> Result<WorkspaceDiagnosticReportResult> {
        let known = Arc::new(parameters.previous_result_ids);
        let mut changes = self.changes.subscribe();
        // The first of a client is answered at once, so that it knows how things stand.
        let waits = self.reported.swap(true, Ordering::AcqRel);
        loop {
            changes.borrow_and_update();
            let known = known.clone();
            let items = self.survey(move |views| diagnostics::workspace_report(views, &known)).await?;
            if !waits || diagnostics::is_news(&items) || self.vigil.is_shut_down() {
                return Ok(WorkspaceDiagnosticReportResult::Report(WorkspaceDiagnosticReport { items }));
            }
            // Fails only when the server ends.
            if changes.changed().await.is_err() {
                return Err(Error::request_cancelled());
            }
        }
    }

    async fn hover(&self, parameters: HoverParams) -> Result<Option<Hover>> {
        let (uri, position) = place(parameters.text_document_position_params);
        self.read(uri, move |view| view.hover(position)).await
    }

    async fn goto_definition(
        &self,
        parameters: GotoDefinitionParams,
    ) -> Result<Option<GotoDefinitionResponse>> {
        let (uri, position) = place(parameters.text_document_position_params);
        self.read(uri, move |view| view.goto(position, Wanted::Definition)).await
    }

    async fn goto_declaration(
        &self,
        parameters: GotoDefinitionParams,
    ) -> Result<Option<GotoDefinitionResponse>> {
        let (uri, position) = place(parameters.text_document_position_params);
        self.read(uri, move |view| view.goto(position, Wanted::Declaration)).await
    }

    async fn goto_type_definition(
        &self,
        parameters: GotoDefinitionParams,
    ) -> Result<Option<GotoDefinitionResponse>> {
        let (uri, position) = place(parameters.text_document_position_params);
        self.read(uri, move |view| view.goto(position, Wanted::Type)).await
    }

    async fn goto_implementation(
        &self,
        parameters: GotoDefinitionParams,
    ) -> Result<Option<GotoDefinitionResponse>> {
        let (uri, position) = place(parameters.text_document_position_params);
        let Some((found, note)) = self.read(uri, move |view| view.implementation(position)).await? else {
            return Ok(None);
        };
        if let Some(note) = note {
            self.client.show_message(MessageType::INFO, note).await;
        }
        Ok(found)
    }

    async fn references(&self, parameters: ReferenceParams) -> Result<Option<Vec<Location>>> {
        let (uri, position) = place(parameters.text_document_position);
        let with_declaration = parameters.context.include_declaration;
        self.read(uri, move |view| view.references(position, with_declaration)).await
    }

    async fn document_highlight(
        &self,
        parameters: DocumentHighlightParams,
    ) -> Result<Option<Vec<DocumentHighlight>>> {
        let (uri, position) = place(parameters.text_document_position_params);
        self.read(uri, move |view| view.highlights(position)).await
    }

    async fn document_link(&self, parameters: DocumentLinkParams) -> Result<Option<Vec<DocumentLink>>> {
        self.read(parameters.text_document.uri, View::links).await
    }

    async fn folding_range(&self, parameters: FoldingRangeParams) -> Result<Option<Vec<FoldingRange>>> {
        self.read(parameters.text_document.uri, View::folds).await
    }

    async fn semantic_tokens_full(
        &self,
        parameters: SemanticTokensParams,
    ) -> Result<Option<SemanticTokensResult>> {
        let uri = parameters.text_document.uri;
        let tokens = self.read(uri.clone(), |view| view.tokens(None)).await?;
        Ok(tokens.map(|tokens| SemanticTokensResult::Tokens(self.told.all(uri, tokens))))
    }

    async fn semantic_tokens_full_delta(
        &self,
        parameters: SemanticTokensDeltaParams,
    ) -> Result<Option<SemanticTokensFullDeltaResult>> {
        let uri = parameters.text_document.uri;
        let tokens = self.read(uri.clone(), |view| view.tokens(None)).await?;
        Ok(tokens.map(|tokens| self.told.changes(uri, &parameters.previous_result_id, tokens)))
    }

    async fn semantic_tokens_range(
        &self,
        parameters: SemanticTokensRangeParams,
    ) -> Result<Option<SemanticTokensRangeResult>> {
        let within = parameters.range;
        let tokens = self.read(parameters.text_document.uri, move |view| view.tokens(Some(within))).await?;
        Ok(tokens.map(SemanticTokensRangeResult::Tokens))
    }

    async fn selection_range(&self, parameters: SelectionRangeParams) -> Result<Option<Vec<SelectionRange>>> {
        let positions = parameters.positions;
        self.read(parameters.text_document.uri, move |view| view.selections(&positions)).await
    }

    async fn prepare_call_hierarchy(
        &self,
        parameters: CallHierarchyPrepareParams,
    ) -> Result<Option<Vec<CallHierarchyItem>>> {
        let (uri, position) = place(parameters.text_document_position_params);
        self.read(uri, move |view| view.callable(position)).await
    }

    async fn incoming_calls(
        &self,
        parameters: CallHierarchyIncomingCallsParams,
    ) -> Result<Option<Vec<CallHierarchyIncomingCall>>> {
        let position = parameters.item.selection_range.start;
        self.read(parameters.item.uri, move |view| view.callers(position)).await
    }

    async fn outgoing_calls(
        &self,
        parameters: CallHierarchyOutgoingCallsParams,
    ) -> Result<Option<Vec<CallHierarchyOutgoingCall>>> {
        let position = parameters.item.selection_range.start;
        self.read(parameters.item.uri, move |view| view.callees(position)).await
    }

    async fn symbol(&self, parameters: WorkspaceSymbolParams) -> Result<Option<WorkspaceSymbolResponse>> {
        let query = parameters.query;
        let found = self.survey(move |views| navigation::workspace_symbols(views, &query)).await?;
        Ok(Some(WorkspaceSymbolResponse::Nested(found)))
    }

    async fn completion(&self, parameters: CompletionParams) -> Result<Option<CompletionResponse>> {
        let (uri, position) = place(parameters.text_document_position);
        self.read(uri, move |view| view.completions(position)).await
    }

    async fn prepare_rename(
        &self,
        parameters: TextDocumentPositionParams,
    ) -> Result<Option<PrepareRenameResponse>> {
        let (uri, position) = place(parameters);
        let prepared = self.read(uri, move |view| view.prepare_rename(position)).await?;
        prepared.transpose().map_err(refused)
    }

    async fn rename(&self, parameters: RenameParams) -> Result<Option<WorkspaceEdit>> {
        let (uri, position) = place(parameters.text_document_position);
        let name = parameters.new_name;
        let renamed = self.read(uri, move |view| view.rename(position, &name)).await?;
        renamed.transpose().map_err(refused)
    }

    async fn code_action(&self, parameters: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        let uri = parameters.text_document.uri.clone();
        self.read(uri, move |view| view.actions(&parameters)).await
    }

    async fn code_action_resolve(&self, action: CodeAction) -> Result<CodeAction> {
        let uri = action.data.as_ref().and_then(|data| data["uri"].as_str());
        let Some(uri) = uri.and_then(|uri| Uri::from_str(uri).ok()) else { return Ok(action) };
        let asked = action.clone();
        let resolved = self.read(uri, move |view| view.resolve(&asked)).await?;
        Ok(resolved.unwrap_or(action))
    }

    async fn formatting(&self, parameters: DocumentFormattingParams) -> Result<Option<Vec<TextEdit>>> {
        self.read(parameters.text_document.uri, |view| view.format(None)).await
    }

    async fn range_formatting(
        &self,
        parameters: DocumentRangeFormattingParams,
    ) -> Result<Option<Vec<TextEdit>>> {
        let part = parameters.range;
        self.read(parameters.text_document.uri, move |view| view.format(Some(part))).await
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

fn place(parameters: TextDocumentPositionParams) -> (Uri, Position) {
    (parameters.text_document.uri, parameters.position)
}

/// What the user asked for cannot be done; the message says why.
fn refused(why: String) -> Error {
    Error { code: ErrorCode::ServerError(REQUEST_FAILED), message: why.into(), data: None }
}

/// The text changed while the request was answered: the client is to ask again.
fn ask_again() -> Error {
    let data = DiagnosticServerCancellationData { retrigger_request: true };
    Error {
        code: ErrorCode::ServerError(SERVER_CANCELLED),
        message: "the document changed meanwhile".into(),
        data: serde_json::to_value(data).ok(),
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
