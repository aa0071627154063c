//! SYN of numbers: cases and list items that are repeated or skipped.

use crate::db::Db;
use crate::finding::{Finding, Place};
use crate::lower::{Case, Form, Item, Section, SectionContent, lower};
use crate::span::Span;
use crate::{Applicability, Code};

/// The words by which text refers to a case or a step.
const CASE_WORDS: &[&str] = &["case", "cases"];
const STEP_WORDS: &[&str] = &["step", "steps", "item", "items", "point", "points", "clause", "clauses"];
/// A list that begins with more than this is no list, but a line that begins with a year or the like.
const NUMBER_MAX: u32 = 99;

/// What is wrong with the numbers in a section. Numbering begins anew in each contract and on each level.
pub fn check(db: &dyn Db, section: Section<'_>, out: &mut Vec<Finding>) {
    let content = section.content(db);
    let checker = Checker { db, section, content };
    checker.level(&content.items, out);
    content.contracts.iter().for_each(|contract| checker.level(&contract.items, out));
}

struct Checker<'db> {
    db: &'db dyn Db,
    section: Section<'db>,
    content: &'db SectionContent,
}

/// A number that is not the one due.
struct Slip {
    code: Code,
    place: Span,
    message: String,
    /// Where the same number stands before.
    same: Option<(Span, String)>,
    /// The new numbers, when they can be told.
    numbers: Option<Vec<(Span, String)>>,
}

impl Checker<'_> {
    fn level(&self, items: &[Item], out: &mut Vec<Finding>) {
        let cases = self.cases(items);
        out.extend(cases.map(|slip| self.finding(slip, "renumber the cases", CASE_WORDS)));
        let lists = self.lists(items).into_iter();
        out.extend(lists.map(|slip| self.finding(slip, "renumber the list", STEP_WORDS)));
        for item in items {
            self.level(&item.items, out);
            item.contracts.iter().for_each(|contract| self.level(&contract.items, out));
        }
    }

    fn finding(&self, slip: Slip, title: &str, words: &[&str]) -> Finding {
        let place = |span| Place::section(self.db, self.section, span);
        let mut finding = Finding::new(slip.code, place(slip.place), slip.message);
        if let Some((same, message)) = slip.same {
            finding = finding.related(place(same), message);
        }
        let Some(numbers) = slip.numbers else { return finding };
        // New numbers would mislead what refers to the old ones.
        let applicability = match self.is_referred_to(words) {
            true => Applicability::Unsafe,
            false => Applicability::Safe,
        };
        let edits = numbers.into_iter().map(|(span, number)| (place(span), number)).collect();
        finding.remedy(title, applicability, edits)
    }

    /// Whether any text of the file refers to a case or step by its number. Only asked once something is wrong.
    fn is_referred_to(&self, words: &[&str]) -> bool {
        lower(self.db, self.section.file(self.db)).iter().any(|section| {
            let content = section.content(self.db);
            refers(content, words)
        })
    }

    /// The first case whose number is not due.
    fn cases(&self, items: &[Item]) -> Option<Slip> {
        let mut slip: Option<Slip> = None;
        let mut last: Option<(CaseNumber, Span)> = None;
        let mut seen: Vec<(CaseNumber, Span)> = Vec::new();
        for item in items {
            if item.form == Form::Sentence {
                // It may head another group of cases.
                seen.clear();
                continue;
            }
            let Some(Case { number: Some(span), .. }) = item.case.as_deref() else { continue };
            let Some(number) = CaseNumber::read(self.content.of(*span)) else { return slip };
            let restarts = seen.is_empty() && number.is_first();
            let due = last.as_ref().map_or(CaseNumber { major: 1, minor: 0 }, |(last, _)| last.next());
            let mut counts = number;
            if !(restarts || last.as_ref().is_some_and(|(last, _)| number.follows(last))) {
                let plain = number.minor == 0 && due.minor == 0;
                let slip = slip.get_or_insert_with(|| {
                    let same = seen.iter().find(|(seen, _)| *seen == number).map(|(_, span)| *span);
                    Slip {
                        code: Code::CASE_NUMBER,
                        place: *span,
                        message: match &last {
                            Some((last, _)) => {
                                format!("Case {number} follows Case {last}, where Case {due} is due")
                            }
                            None => format!("the cases begin with Case {number}"),
                        },
                        same: same.map(|span| (span, format!("Case {number} is here already"))),
                        numbers: Some(Vec::new()),
                    }
                });
                match &mut slip.numbers {
                    Some(numbers) if plain => numbers.push((*span, due.to_string())),
                    numbers => *numbers = None,
                }
                counts = due;
            }
            seen.push((counts, *span));
            last = Some((counts, *span));
        }
        slip
    }

    /// The first marker of each list that is not due.
    fn lists(&self, items: &[Item]) -> Vec<Slip> {
        let mut slips = Vec::new();
        let mut list = None;
        let mut counter = Counter::default();
        let marked = items.iter().filter_map(|item| Some((item, item.list?, item.marker?)));
        for (item, number, marker) in marked {
            if list != Some(number) {
                slips.extend(counter.next_list());
                list = Some(number);
            }
            counter.feed(self.content.of(marker), marker, item.form);
        }
        slips.extend(counter.next_list());
        slips
    }
}

/// `2`, `2a`, `1.2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct CaseNumber {
    major: u32,
    minor: u32,
}

impl CaseNumber {
    fn read(text: &str) -> Option<Self> {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        if let Some((major, minor)) = digits.split_once('.') {
            return Some(Self { major: major.parse().ok()?, minor: minor.parse().ok()? });
        }
        let letter =
            text[digits.len()..].bytes().next().map_or(0, |letter| letter.to_ascii_lowercase() - b'a' + 1);
        Some(Self { major: digits.parse().ok()?, minor: letter.into() })
    }

    fn is_first(self) -> bool {
        self.major == 0 && self.minor == 0 || self.major == 1 && self.minor < 2
    }

    fn next(self) -> Self {
        Self { major: self.major.saturating_add(1), minor: 0 }
    }

    fn follows(self, last: &Self) -> bool {
        let opens = self.major == last.major.saturating_add(1) && self.minor < 2;
        opens || (self.major == last.major && self.minor == last.minor + 1)
    }
}

impl std::fmt::Display for CaseNumber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.minor {
            0 => write!(f, "{}", self.major),
            minor => write!(f, "{}.{minor}", self.major),
        }
    }
}

/// How a marker counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Decimal,
    Letter,
    Roman,
}

/// A level of a list: lettered items may stand between numbered ones in the same column.
#[derive(Clone, Debug)]
struct Level {
    style: Style,
    /// What stands before and behind the number.
    dress: (String, String),
    last: u32,
}

/// Follows the markers of a level's lists.
#[derive(Default)]
struct Counter {
    levels: Vec<Level>,
    /// The levels of the list before, which this one may go on with.
    before: Vec<Level>,
    previous: Option<Span>,
    previous_text: String,
    slip: Option<Slip>,
    is_no_list: bool,
}

impl Counter {
    fn next_list(&mut self) -> Option<Slip> {
        let levels = std::mem::take(&mut self.levels);
        if !levels.is_empty() {
            self.before = levels;
        }
        self.previous = None;
        self.slip.take().filter(|_| !std::mem::take(&mut self.is_no_list))
    }

    fn feed(&mut self, marker: &str, span: Span, form: Form) {
        let word = marker.trim_matches(['(', ')', '.']);
        let readings = readings(word);
        if readings.is_empty() {
            if form != Form::Case {
                // A bullet between numbers begins a list anew.
                self.before = std::mem::take(&mut self.levels);
            }
            return;
        }
        let (before, behind) = marker.split_once(word).unwrap_or_default();
        let dress = (before.to_owned(), behind.to_owned());
        if !self.goes_on(&readings, &dress) && !self.begins(&readings, &dress) {
            self.is_no_list |=
                self.levels.is_empty() && readings.iter().any(|(_, number)| *number > NUMBER_MAX);
            self.slipped(marker, span, &readings, dress);
        }
        (self.previous, self.previous_text) = (Some(span), marker.to_owned());
    }

    /// The marker is the next of an open level, be it in another dress.
    fn goes_on(&mut self, readings: &[(Style, u32)], dress: &(String, String)) -> bool {
        let due = |level: &Level| readings.contains(&(level.style, level.last + 1));
        let exact = self.levels.iter().rposition(|level| due(level) && level.dress == *dress);
        let Some(at) = exact.or_else(|| self.levels.iter().rposition(due)) else { return false };
        self.levels.truncate(at + 1);
        self.levels[at].last += 1;
        true
    }

    /// The marker begins a level, or goes on where the list before has ended.
    fn begins(&mut self, readings: &[(Style, u32)], dress: &(String, String)) -> bool {
        let is_open = |style| self.levels.iter().any(|level| level.style == style && level.dress == *dress);
        let is_first = self.levels.is_empty();
        let first = readings.iter().find(|(style, number)| {
            let goes_on = self.before.iter().any(|level| level.style == *style && level.last + 1 == *number);
            (*number == 1 && !is_open(*style)) || (is_first && (*number == 0 || goes_on))
        });
        let Some(&(style, last)) = first else { return false };
        self.levels.push(Level { style, dress: dress.clone(), last });
        true
    }

    fn slipped(&mut self, marker: &str, span: Span, readings: &[(Style, u32)], dress: (String, String)) {
        let is_style = |level: &Level| readings.iter().any(|(style, _)| *style == level.style);
        let exact = self.levels.iter().rposition(|level| is_style(level) && level.dress == dress);
        let at =
            exact.or_else(|| self.levels.iter().rposition(is_style)).or(self.levels.len().checked_sub(1));
        let due = match at {
            Some(at) => {
                self.levels.truncate(at + 1);
                self.levels[at].last += 1;
                self.levels[at].marker()
            }
            None => {
                let level = Level { style: readings[0].0, dress, last: 1 };
                let marker = level.marker();
                self.levels.push(level);
                marker
            }
        };
        let slip = self.slip.get_or_insert_with(|| Slip {
            code: Code::LIST_NUMBER,
            place: span,
            message: match self.previous {
                Some(_) => {
                    format!("`{marker}` follows `{}`, where {} is due", self.previous_text, shown(&due))
                }
                None => format!("this list begins with `{marker}`"),
            },
            same: None,
            numbers: Some(Vec::new()),
        });
        match (&mut slip.numbers, due) {
            (Some(numbers), Some(due)) => numbers.push((span, due)),
            (numbers, _) => *numbers = None,
        }
    }
}

fn shown(due: &Option<String>) -> String {
    due.as_ref().map_or("another".into(), |due| format!("`{due}`"))
}

impl Level {
    fn marker(&self) -> Option<String> {
        let word = match self.style {
            Style::Decimal => self.last.to_string(),
            Style::Letter => {
                char::from(b'a' + u8::try_from(self.last.checked_sub(1)?).ok().filter(|n| *n < 26)?).into()
            }
            Style::Roman => roman(self.last)?.to_owned(),
        };
        Some(format!("{}{word}{}", self.dress.0, self.dress.1))
    }
}

/// The numbers that the markers of lists may be written with in Roman.
const ROMAN: &[&str] = &[
    "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii", "xiv", "xv", "xvi",
    "xvii", "xviii", "xix", "xx",
];

fn roman(number: u32) -> Option<&'static str> {
    ROMAN.get(usize::try_from(number.checked_sub(1)?).ok()?).copied()
}

/// The ways to read a marker; `i` is a letter and a number in Roman.
fn readings(word: &str) -> Vec<(Style, u32)> {
    if let Ok(number) = word.parse() {
        return vec![(Style::Decimal, number)];
    }
    let roman = ROMAN.iter().position(|roman| *roman == word).and_then(|at| u32::try_from(at + 1).ok());
    let letter = match word.as_bytes() {
        [letter @ b'a'..=b'z'] => Some(u32::from(letter - b'a' + 1)),
        _ => None,
    };
    let letter = letter.map(|number| (Style::Letter, number));
    letter.into_iter().chain(roman.map(|number| (Style::Roman, number))).collect()
}

/// Whether a text says `case 2`, `steps 1 and 3` or the like other than in the head of a case.
fn refers(content: &SectionContent, words: &[&str]) -> bool {
    let heads = heads(content);
    let text = content.text.as_str();
    text.match_indices(|c: char| c.is_ascii_digit()).any(|(at, _)| {
        let before = text[..at].trim_end_matches([' ', '(']);
        let word = before.rsplit(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        words.iter().any(|known| known.eq_ignore_ascii_case(word)) && !heads.contains(&at)
    })
}

/// Where the numbers of cases stand.
fn heads(content: &SectionContent) -> Vec<usize> {
    let mut heads = Vec::new();
    let mut note = |item: &Item| {
        heads.extend(item.case.as_ref().and_then(|case| case.number).map(|number| number.start));
    };
    content.items.iter().for_each(|item| item.walk(&mut note));
    for contract in &content.contracts {
        contract.walk(&mut |contract| contract.items.iter().for_each(|item| item.walk(&mut note)));
    }
    heads
}
