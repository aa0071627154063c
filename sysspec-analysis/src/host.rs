//! The border of the crate: one writer, and snapshots for readers.

use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ropey::Rope;
use rustc_hash::FxHashSet;
use salsa::{Database, Durability, Setter};
use tree_sitter::{InputEdit, Point};

use crate::assembly::{module_model, workspace_model};
use crate::check;
use crate::db::{Db, GivenPatches, Pulse, RootDb, SourceFile, Workspace};
use crate::features::{
    self, Action, Call, Callable, Completions, ContractItems, Fold, FoundSymbol, Highlight, Link, Reference,
    Renaming, Token,
};
use crate::format;
use crate::obligation::{self, Counts, Obligation, Proof, Question, QuestionId, Verdicts};
use crate::patch;
use crate::source::{self, FileKind};
use crate::suppression::{Suppression, suppressions_of};
use crate::text::{Text, floor_border};
use crate::{
    Diagnostic, Edit, Hover, Location, ModuleModel, Patch, PatchModel, Suppressed, Symbol, WorkspaceModel,
};

/// The reader was overtaken by a change: its answer would be out of date. Ask a fresh snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the workspace changed while it was being read")]
pub struct Cancelled;

/// An answer, unless the workspace changed meanwhile.
pub type Cancellable<T> = Result<T, Cancelled>;

/// Owns the database; the single writer.
///
/// A change waits until every snapshot is dropped, and cancels those that are computing.
pub struct Host {
    db: RootDb,
    workspace: Workspace,
    /// Every file there ever was, so that one that comes back finds its input again.
    known: BTreeMap<Arc<str>, SourceFile>,
    /// The files that have been edited, or may be.
    edited: FxHashSet<SourceFile>,
    verdicts: Verdicts,
    unsound: Unsound,
}

impl Default for Host {
    fn default() -> Self {
        Self::new()
    }
}

impl Host {
    /// An empty workspace.
    pub fn new() -> Self {
        Self::with_database(RootDb::new(None))
    }

    /// An empty workspace in a database that is watched.
    pub(crate) fn with_database(db: RootDb) -> Self {
        let workspace = Workspace::builder(Arc::default()).durability(Durability::HIGH).new(&db);
        _ = GivenPatches::builder(Arc::default()).durability(Durability::HIGH).new(&db);
        Pulse::new(&db, ());
        Self {
            db,
            workspace,
            known: BTreeMap::new(),
            edited: FxHashSet::default(),
            verdicts: Verdicts::default(),
            unsound: Unsound::default(),
        }
    }

    /// Sets the contents of a file; `None` removes it. Equal contents are no change.
    ///
    /// `path` is relative to the workspace, with `/` between components. Besides `.spec`, `.header` and
    /// `.patch` files, `sysspec.toml` counts; other files are kept and never looked at.
    pub fn set_file(&mut self, path: &str, text: Option<&str>) {
        let Some(text) = text else { return self.remove_file(path) };
        let text = Text::new(Rope::from_str(text));
        let file = match self.known.get(path) {
            Some(&file) => {
                if *file.text(&self.db) != text {
                    self.db.set_hint(file, None);
                    file.set_text(&mut self.db).to(text);
                }
                file
            }
            None => {
                let path: Arc<str> = path.into();
                let file = SourceFile::builder(path.clone(), text)
                    .path_durability(Durability::NEVER_CHANGE)
                    .text_durability(Durability::MEDIUM)
                    .new(&self.db);
                self.known.insert(path, file);
                file
            }
        };
        self.list_file(path, file);
    }

    /// Lays these patches over the base, in this order, instead of those that the manifest enables.
    ///
    /// The files of a patch are set like all others; those of a folder outside of the workspace under `../…`.
    pub fn set_patches(&mut self, patches: Vec<Patch>) {
        let tidy = |patch: Patch| Patch { folder: patch.folder.trim_end_matches('/').into(), ..patch };
        let given = Arc::new(Some(patches.into_iter().map(tidy).collect()));
        let input = GivenPatches::get(&self.db);
        if *input.given(&self.db) != given {
            input.set_given(&mut self.db).with_durability(Durability::HIGH).to(given);
        }
    }

    /// Says that a file is about to be edited, as when it is opened in an editor. The first edit of a file
    /// costs more than those that follow; this takes that cost beforehand. Files that do not exist are left alone.
    pub fn expect_edits(&mut self, path: &str) {
        let Some(&file) = self.workspace.files(&self.db).get(path) else { return };
        if self.edited.insert(file) {
            let text = file.text(&self.db).clone();
            file.set_text(&mut self.db).with_durability(Durability::LOW).to(text);
        }
    }

    /// Replaces a range of bytes of an existing file. A range that is out of bounds or splits a
    /// character is moved to the nearest border; a file that does not exist is left alone.
    pub fn edit_file(&mut self, path: &str, range: Range<usize>, replacement: &str) {
        let Some(&file) = self.workspace.files(&self.db).get(path) else { return };
        let old = file.text(&self.db).rope().clone();
        let end = floor_border(&old, range.end);
        let start = floor_border(&old, range.start).min(end);
        let mut new = old.clone();
        let (start_char, end_char) = (old.byte_to_char(start), old.byte_to_char(end));
        new.remove(start_char..end_char);
        new.insert(start_char, replacement);
        let text = Text::new(new);
        if *file.text(&self.db) == text {
            return;
        }
        self.hint(file, &old, text.rope(), start..end, replacement.len());
        // A file that is edited is the least durable: what does not depend on it is not even looked at.
        self.edited.insert(file);
        file.set_text(&mut self.db).with_durability(Durability::LOW).to(text);
    }

    /// Leaves the edited tree of the old text for the next parse.
    fn hint(&self, file: SourceFile, old: &Rope, new: &Rope, range: Range<usize>, length: usize) {
        if !matches!(source::kind(file.path(&self.db)), FileKind::Spec | FileKind::Patch) {
            return;
        }
        // Several edits between two parses edit one tree.
        let waiting = self.db.take_hint(file);
        let Some(mut tree) = waiting.or_else(|| source::parse(&self.db, file).tree()) else { return };
        tree.edit(&InputEdit {
            start_byte: range.start,
            old_end_byte: range.end,
            new_end_byte: range.start + length,
            start_position: point(old, range.start),
            old_end_position: point(old, range.end),
            new_end_position: point(new, range.start + length),
        });
        self.db.set_hint(file, Some(tree));
    }

    /// A consistent view of the workspace as it is now. Cheap.
    pub fn snapshot(&self) -> Analysis {
        Analysis {
            db: self.db.clone(),
            workspace: self.workspace,
            verdicts: self.verdicts.clone(),
            unsound: self.unsound.clone(),
        }
    }

    #[cfg(test)]
    pub(crate) fn database(&self) -> &RootDb {
        &self.db
    }

    fn remove_file(&mut self, path: &str) {
        if self.workspace.files(&self.db).contains_key(path) {
            self.change_files(|files| _ = files.remove(path));
        }
    }

    fn list_file(&mut self, path: &str, file: SourceFile) {
        if !self.workspace.files(&self.db).contains_key(path) {
            self.change_files(|files| _ = files.insert(path.into(), file));
        }
    }

    fn change_files(&mut self, change: impl FnOnce(&mut BTreeMap<Arc<str>, SourceFile>)) {
        // Taken out and put back, so that a workspace of many files is loaded without a copy per file.
        let mut files = self.workspace.set_files(&mut self.db).to(Arc::default());
        change(Arc::make_mut(&mut files));
        self.workspace.set_files(&mut self.db).with_durability(Durability::HIGH).to(files);
    }
}

/// A snapshot to ask questions of. Drop it as soon as the answer is there.
#[derive(Clone)]
pub struct Analysis {
    db: RootDb,
    workspace: Workspace,
    verdicts: Verdicts,
    unsound: Unsound,
}

/// Cancels what one snapshot is asked, from another thread. Clones of the snapshot are snapshots of their own.
#[derive(Clone, Debug)]
pub struct Canceller(salsa::CancellationToken);

impl Canceller {
    /// Whoever waits for the snapshot is told soon that it is cancelled.
    pub fn cancel(&self) {
        self.0.cancel();
    }
}

/// What is known of the obligations of a module.
#[derive(Clone, Debug, Default)]
pub struct Settlement {
    /// How they ended.
    pub counts: Counts,
    /// The questions that nobody has answered.
    pub open: Vec<(QuestionId, Question)>,
    /// Whether the findings of the file are other than without them, or have been.
    pub concerns_findings: bool,
}

/// The files in which an obligation was met that does not hold. Most owe none, and their findings are had without a
/// look at their obligations.
#[derive(Clone, Debug, Default)]
struct Unsound(Arc<Mutex<FxHashSet<SourceFile>>>);

impl Unsound {
    fn contains(&self, file: SourceFile) -> bool {
        self.lock().contains(&file)
    }

    /// Notes whether a file is one of them, and says whether it was.
    fn set(&self, file: SourceFile, is_one: bool) -> bool {
        match is_one {
            true => !self.lock().insert(file),
            false => self.lock().remove(&file),
        }
    }

    fn lock(&self) -> MutexGuard<'_, FxHashSet<SourceFile>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Analysis {
    /// What ends a question to this snapshot, and to no other.
    pub fn canceller(&self) -> Canceller {
        Canceller(self.db.cancellation_token())
    }

    /// The paths of all files, sorted.
    pub fn files(&self) -> Cancellable<Vec<Arc<str>>> {
        self.read(|db, workspace| workspace.files(db).keys().cloned().collect())
    }

    /// The contents of a file.
    pub fn text(&self, path: &str) -> Cancellable<Option<Rope>> {
        self.on_file(path, |db, _, file| file.text(db).rope().clone())
    }

    /// The findings of a file, in the order of its text. Obligations that do not hold are among them once
    /// [`Analysis::settle`] has met one in the file; no finding waits for a solver.
    pub fn diagnostics(&self, path: &str) -> Cancellable<Vec<Diagnostic>> {
        let found = self.on_file(path, |db, _, file| match self.unsound.contains(file) {
            true => check::decided_diagnostics(db, file, &self.verdicts).found,
            false => check::diagnostics(db, file).found.clone(),
        })?;
        Ok(found.unwrap_or_default())
    }

    /// The findings of a file that its writer lets stand, in the order of its text.
    pub fn suppressed(&self, path: &str) -> Cancellable<Vec<Suppressed>> {
        Ok(self
            .on_file(path, |db, _, file| match self.unsound.contains(file) {
                true => check::decided_diagnostics(db, file, &self.verdicts).suppressed,
                false => check::diagnostics(db, file).suppressed.clone(),
            })?
            .unwrap_or_default())
    }

    /// How many items the contracts of a file have, and how many of them are formal.
    pub fn contract_items(&self, path: &str) -> Cancellable<ContractItems> {
        Ok(self.on_file(path, |db, _, file| features::contract_items(db, file))?.unwrap_or_default())
    }

    /// What to show for the symbol at a byte offset.
    pub fn hover(&self, path: &str, offset: usize) -> Cancellable<Option<Hover>> {
        Ok(self.on_file(path, |db, _, file| features::hover(db, file, offset, &self.verdicts))?.flatten())
    }

    /// Where the symbol at a byte offset is defined.
    pub fn definition(&self, path: &str, offset: usize) -> Cancellable<Vec<Location>> {
        Ok(self.on_file(path, |db, _, file| features::definition(db, file, offset))?.unwrap_or_default())
    }

    /// Where the symbol at a byte offset is declared for others: in a header, else where it is defined.
    pub fn declaration(&self, path: &str, offset: usize) -> Cancellable<Vec<Location>> {
        Ok(self.on_file(path, |db, _, file| features::declaration_at(db, file, offset))?.unwrap_or_default())
    }

    /// Where the type of the symbol at a byte offset is defined.
    pub fn type_definition(&self, path: &str, offset: usize) -> Cancellable<Vec<Location>> {
        Ok(self.on_file(path, |db, _, file| features::type_definition(db, file, offset))?.unwrap_or_default())
    }

    /// The module whose generated code defines the symbol at a byte offset, and the name of the symbol.
    pub fn implementation(
        &self,
        path: &str,
        offset: usize,
    ) -> Cancellable<Option<(Arc<ModuleModel>, String)>> {
        let found = self.on_file(path, |db, _, file| {
            let (module, name) = features::implementation(db, file, offset)?;
            Some((module_model(db, module).clone(), name))
        });
        Ok(found?.flatten())
    }

    /// Where the symbol at a byte offset is named: what declares it first, then by role.
    pub fn references(&self, path: &str, offset: usize) -> Cancellable<Vec<Reference>> {
        Ok(self.on_file(path, |db, _, file| features::references(db, file, offset))?.unwrap_or_default())
    }

    /// The occurrences in the same file of what is at a byte offset.
    pub fn highlights(&self, path: &str, offset: usize) -> Cancellable<Vec<Highlight>> {
        Ok(self.on_file(path, |db, _, file| features::highlights(db, file, offset))?.unwrap_or_default())
    }

    /// The symbols of the workspace whose names hold the letters of a query, best first; at most `limit`.
    pub fn workspace_symbols(&self, query: &str, limit: usize) -> Cancellable<Vec<FoundSymbol>> {
        self.read(|db, _| features::workspace_symbols(db, query, limit))
    }

    /// What may be written at a byte offset.
    pub fn completions(&self, path: &str, offset: usize) -> Cancellable<Completions> {
        Ok(self.on_file(path, |db, _, file| features::completions(db, file, offset))?.unwrap_or_default())
    }

    /// What can be done about the findings that a range of bytes touches.
    pub fn actions(&self, path: &str, range: Range<usize>) -> Cancellable<Vec<Action>> {
        let found = self.diagnostics(path)?;
        Ok(self.on_file(path, |db, _, file| features::actions(db, file, &found, &range))?.unwrap_or_default())
    }

    /// All safe fixes of a file as one action.
    pub fn fix_all(&self, path: &str) -> Cancellable<Option<Action>> {
        Ok(features::fix_all(&self.diagnostics(path)?))
    }

    /// What would be renamed at a byte offset, in bytes; else why nothing can be. `None`: no such file.
    pub fn prepare_rename(
        &self,
        path: &str,
        offset: usize,
    ) -> Cancellable<Option<Result<Range<usize>, String>>> {
        self.on_file(path, |db, _, file| features::prepare_rename(db, file, offset))
    }

    /// The edits that give the symbol at a byte offset another name; else why it cannot have it. Module files that are
    /// called like it are moved too when `moves_files`. `None`: no such file.
    pub fn rename(
        &self,
        path: &str,
        offset: usize,
        name: &str,
        moves_files: bool,
    ) -> Cancellable<Option<Result<Renaming, String>>> {
        self.on_file(path, |db, _, file| features::rename(db, file, offset, name, moves_files))
    }

    /// What can be folded in a file.
    pub fn folds(&self, path: &str) -> Cancellable<Vec<Fold>> {
        Ok(self.on_file(path, |db, _, file| features::folds(db, file))?.unwrap_or_default())
    }

    /// What a selection at a byte offset grows to, the innermost first.
    pub fn selections(&self, path: &str, offset: usize) -> Cancellable<Vec<Range<usize>>> {
        Ok(self.on_file(path, |db, _, file| features::selections(db, file, offset))?.unwrap_or_default())
    }

    /// The semantic tokens of a file that touch a range, in the order of the text.
    pub fn tokens(&self, path: &str, within: &Range<usize>) -> Cancellable<Vec<Token>> {
        Ok(self.on_file(path, |db, _, file| features::tokens(db, file, within))?.unwrap_or_default())
    }

    /// What leads from a file to others.
    pub fn links(&self, path: &str) -> Cancellable<Vec<Link>> {
        Ok(self.on_file(path, |db, _, file| features::links(db, file))?.unwrap_or_default())
    }

    /// The function at a byte offset, by its guarantee.
    pub fn callable(&self, path: &str, offset: usize) -> Cancellable<Option<Callable>> {
        Ok(self.on_file(path, |db, _, file| features::callable(db, file, offset))?.flatten())
    }

    /// The functions of the modules that rely on the function at a byte offset.
    pub fn callers(&self, path: &str, offset: usize) -> Cancellable<Vec<Call>> {
        Ok(self.on_file(path, |db, _, file| features::callers(db, file, offset))?.unwrap_or_default())
    }

    /// The functions that the module of the function at a byte offset relies on.
    pub fn callees(&self, path: &str, offset: usize) -> Cancellable<Vec<Call>> {
        Ok(self.on_file(path, |db, _, file| features::callees(db, file, offset))?.unwrap_or_default())
    }

    /// The outline of a file.
    pub fn document_symbols(&self, path: &str) -> Cancellable<Vec<Symbol>> {
        Ok(self.on_file(path, |db, _, file| features::document_symbols(db, file))?.unwrap_or_default())
    }

    /// The verdicts that were reached, shared with the host and all its snapshots.
    pub fn verdicts(&self) -> &Verdicts {
        &self.verdicts
    }

    /// Takes the verdicts that there are into the findings of a file, and says what is still to be asked. Whatever a
    /// solver answers is recorded in [`Analysis::verdicts`], and the file settled again.
    pub fn settle(&self, path: &str) -> Cancellable<Settlement> {
        let settled = self.on_file(path, |db, _, file| {
            let counts = obligation::counts(db, file, &self.verdicts);
            let is_told = counts.refuted + counts.unknown > 0
                || suppressions_of(db, file).iter().any(Suppression::needs_proofs);
            let was_told = self.unsound.set(file, is_told);
            let open =
                if counts.open > 0 { obligation::unanswered(db, file, &self.verdicts) } else { Vec::new() };
            Settlement { counts, open, concerns_findings: is_told || was_told }
        })?;
        Ok(settled.unwrap_or_default())
    }

    /// How the obligations of a module ended.
    pub fn counts(&self, path: &str) -> Cancellable<Counts> {
        Ok(self
            .on_file(path, |db, _, file| obligation::counts(db, file, &self.verdicts))?
            .unwrap_or_default())
    }

    /// The obligations of a module, each with what became of it.
    pub fn proofs(&self, path: &str) -> Cancellable<Vec<Proof>> {
        let found = self.on_file(path, |db, _, file| {
            let proofs = obligation::proofs(db, file, &self.verdicts).into_iter();
            let resolved =
                |proof: Proof<_>| Proof { obligation: proof.obligation.resolve(db), outcome: proof.outcome };
            proofs.map(resolved).collect()
        })?;
        Ok(found.unwrap_or_default())
    }

    /// What has to be proved of a module.
    pub fn obligations(&self, path: &str) -> Cancellable<Vec<Obligation>> {
        let found = self.on_file(path, |db, _, file| {
            obligation::obligations(db, file).iter().map(|owed| owed.resolve(db)).collect()
        })?;
        Ok(found.unwrap_or_default())
    }

    /// The edits that bring a file into the one layout, in the order of its text; none when it has it already.
    /// `None` for files that are not formatted.
    pub fn format(&self, path: &str) -> Cancellable<Option<Vec<Edit>>> {
        Ok(self.on_file(path, |db, _, file| format::format_file(db, file))?.flatten())
    }

    /// The patches: those that are laid over the base in their order, then the others by their folders.
    pub fn patches(&self) -> Cancellable<Vec<PatchModel>> {
        self.read(|db, _| patch::models(db))
    }

    /// In which order the base takes its locks.
    pub fn lock_order(&self) -> Cancellable<crate::LockOrderModel> {
        self.prepare()?;
        self.read(|db, _| crate::locks::order::model(db))
    }

    /// The workspace as plain values.
    pub fn model(&self) -> Cancellable<Arc<WorkspaceModel>> {
        // The findings are part of the model; they are found in parallel here, and only counted there.
        self.all_diagnostics()?;
        self.read(|db, _| workspace_model(db).clone())
    }

    pub(crate) fn on_file<T>(
        &self,
        path: &str,
        ask: impl FnOnce(&RootDb, Workspace, SourceFile) -> T,
    ) -> Cancellable<Option<T>> {
        self.read(|db, workspace| {
            let file = *workspace.files(db).get(path)?;
            Some(ask(db, workspace, file))
        })
    }

    /// The one place where salsa's cancellation, which unwinds, becomes a value.
    pub(crate) fn read<T>(&self, ask: impl FnOnce(&RootDb, Workspace) -> T) -> Cancellable<T> {
        salsa::Cancelled::catch(AssertUnwindSafe(|| ask(&self.db, self.workspace))).map_err(|_| Cancelled)
    }
}

fn point(rope: &Rope, byte: usize) -> Point {
    let row = rope.byte_to_line(byte);
    Point::new(row, byte - rope.line_to_byte(row))
}
