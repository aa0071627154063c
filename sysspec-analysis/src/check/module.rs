//! SYN and NAM of a module as a whole: its sections, its attributes, the subjects of its contracts.

use crate::db::{Db, SourceFile};
use crate::finding::{Finding, Place};
use crate::index::{Provider, provider};
use crate::lower::{Section, SectionKind, lower};
use crate::source::{self, FileKind};
use crate::span::Span;
use crate::symbols::{Role, Symbol, SymbolName, is_module, summary};
use crate::workspace::layout;
use crate::{Code, Phase, patch};

use super::nearby;

/// What is wrong with the sections of a module taken together.
#[salsa::tracked]
pub fn check_module(db: &dyn Db, file: SourceFile) -> Vec<Finding> {
    let mut out = repeated(db, file);
    if source::kind(file.path(db)) != FileKind::Spec {
        return out;
    }
    out.extend(missing(db, file));
    let is_of_declared_patch = patch::patch_of(db, file).is_some_and(|own| patch::is_declared(db, own));
    if is_module(db, file) || is_of_declared_patch {
        out.extend(attributes(db, file));
        out.extend(outside_layers(db, file));
        out.extend(lower(db, file).iter().filter_map(|&section| unknown_subject(db, file, section)));
    }
    out
}

fn has(db: &dyn Db, file: SourceFile, wanted: impl Fn(SectionKind, Phase) -> bool) -> bool {
    lower(db, file).iter().any(|section| wanted(section.key(db).kind, section.key(db).phase))
}

/// A module needs a guarantee and a specification. A text with [OPTIMIZATION] changes a module that has them.
fn missing(db: &dyn Db, file: SourceFile) -> Option<Finding> {
    if has(db, file, |kind, _| kind == SectionKind::Optimization) {
        return None;
    }
    let guarantee = has(db, file, |kind, _| kind == SectionKind::Guarantee);
    let specification =
        has(db, file, |kind, phase| kind == SectionKind::Specification && phase == Phase::Functional);
    let (message, help) = match (guarantee, specification) {
        (true, true) => return None,
        (false, true) => ("this module has no [GUARANTEE]", "declare in it what the module gives to others"),
        (true, false) => {
            ("this module has no [SPECIFICATION]", "say in it what holds before and after a call")
        }
        (false, false) => (
            "this module has neither [GUARANTEE] nor [SPECIFICATION]",
            "declare what it gives, and say what that does",
        ),
    };
    let mut skeleton = String::new();
    if !guarantee {
        let stem = source::stem(file.path(db));
        skeleton += &format!("[GUARANTEE]\n```c\nint {stem}(void);\n```\n");
    }
    if !specification {
        skeleton += if guarantee { "" } else { "\n" };
        skeleton += "[SPECIFICATION]\n**Pre-Condition**: None.\n\n**Post-Condition**: None.\n";
    }
    // What belongs to the first phase stands before the marker of the second.
    let refine = lower(db, file).iter().copied().find(|section| section.key(db).phase == Phase::Refine);
    let (place, text) = match refine {
        Some(marker) => (Place::section(db, marker, Span { start: 0, end: 0 }), skeleton + "\n"),
        None => (Place::End(file), format!("\n{skeleton}")),
    };
    let finding = Finding::new(Code::MISSING_SECTION, Place::FirstLine(file), message).help(help);
    Some(finding.guess("add a skeleton of it", place, text))
}

fn repeated(db: &dyn Db, file: SourceFile) -> Vec<Finding> {
    let sections = lower(db, file).iter().copied();
    let repeated = sections.filter(|section| section.key(db).ordinal > 0 && counts(section.key(db).kind));
    let finding = |section: Section<'_>| {
        let content = section.content(db);
        let heading = content.text[content.heading.range()].trim();
        let mut first = section.key(db).clone();
        first.ordinal = 0;
        let message = format!("{heading} occurs a second time in this phase");
        Finding::new(Code::DUPLICATE_SECTION, Place::section(db, section, content.heading), message)
            .related(Place::Section(file, first, content.heading), "the first one is here")
            .help("join the two, or put a phase marker such as `## Refine Prompt` between them")
    };
    repeated.map(finding).collect()
}

fn counts(kind: SectionKind) -> bool {
    !matches!(
        kind,
        SectionKind::Preamble | SectionKind::PhaseMarker | SectionKind::Unknown | SectionKind::Recommendation
    )
}

/// `name:` and `layer:` restate what the path says.
fn attributes(db: &dyn Db, file: SourceFile) -> Vec<Finding> {
    let path = file.path(db);
    let stem = source::stem(path);
    let place = if is_module(db, file) { Some(path.as_ref()) } else { patch::home(db, file).as_deref() };
    let layer = place.and_then(|path| layout(db).layer(path)).map(|layer| layer.folder.as_str());
    let mut out = Vec::new();
    for &section in lower(db, file).iter().filter(|section| section.key(db).kind == SectionKind::Module) {
        for attribute in section.content(db).attributes.iter().filter(|attribute| !attribute.value.is_empty())
        {
            let value = attribute.value.as_str();
            let (message, right) = match attribute.key.as_str() {
                "name" if value != stem => {
                    (format!("the module is called `{value}`, but its file `{stem}.spec`"), stem)
                }
                "layer" => match layer {
                    Some(folder) if folder != value => {
                        (format!("the layer is `{value}`, but the file is in `{folder}`"), folder)
                    }
                    _ => continue,
                },
                _ => continue,
            };
            let place = Place::section(db, section, attribute.value_span);
            out.push(
                Finding::new(Code::MODULE_DISAGREES, place.clone(), message)
                    .help("change the attribute, or move the file")
                    .fix(format!("write `{right}`"), place, right),
            );
        }
    }
    out
}

fn outside_layers(db: &dyn Db, file: SourceFile) -> Option<Finding> {
    let layout = layout(db);
    let path = file.path(db);
    let place = if is_module(db, file) { Some(path.as_ref()) } else { patch::home(db, file).as_deref() };
    if place.is_some_and(|path| layout.layer(path).is_some()) || !layout.is_strict {
        return None;
    }
    if !is_module(db, file) {
        let message = "it cannot be seen to which layer this spec of a patch belongs";
        let help = "say `layer: …` in [MODULE], or put the file into a folder of the patch that is called as the layer";
        return Some(Finding::new(Code::OUTSIDE_LAYERS, Place::FirstLine(file), message).help(help));
    }
    let message = match source::folder(path) {
        "" => "this module is in no folder, so it belongs to no layer of sysspec.toml".to_string(),
        folder => format!("this module is in `{folder}`, which is no layer of sysspec.toml"),
    };
    let help = "add a [[layer]] with this folder to sysspec.toml, or move the file";
    Some(Finding::new(Code::OUTSIDE_LAYERS, Place::FirstLine(file), message).help(help))
}

fn unknown_subject(db: &dyn Db, file: SourceFile, section: Section<'_>) -> Option<Finding> {
    // The key first: it does not change when the text does.
    let subject = crate::spelling::visible(section.key(db).subject.as_deref()?.trim_matches('`'));
    let name = SymbolName::ordinary(&subject);
    let is_declared =
        summary(db, file).entries.iter().any(|entry| entry.symbol == name && entry.role != Role::Header);
    if is_declared || provider(db, file, Symbol::new(db, name)) != Provider::Nobody {
        return None;
    }
    let message = format!("there is no function `{subject}` to specify");
    let span = section.content(db).subject?;
    let finding = Finding::new(Code::UNKNOWN_SUBJECT, Place::section(db, section, span), message);
    Some(nearby::suggest(db, file, &SymbolName::ordinary(&subject), finding, true))
}
