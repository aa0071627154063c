//! The objects that a step names: by a code span, or by a noun such as "the child".

use rustc_hash::FxHashMap;

use super::effect::Effect;
use super::words::{Kind, Token};

/// What the verb of a step is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Objects {
    /// These, one by one. `None` for one that the text does not tell.
    These(Vec<Option<String>>),
    /// All that are locked.
    All,
    /// Several that the text does not tell, as by "both locks".
    Several,
}

const ARTICLES: &[&str] = &["the", "a", "an", "this", "that", "these", "those"];
const PRONOUNS: &[&str] = &["it", "its", "them", "their", "itself"];
const PREPOSITIONS: &[&str] = &["of", "on", "for"];
/// Words that a name may follow, and that are no part of it.
const KINDS: &[&str] = &["inode", "directory", "node", "object", "lock", "locks", "inodes"];
/// Words that end a noun.
const ENDS: &[&str] = &[
    "while",
    "before",
    "after",
    "and",
    "or",
    "with",
    "using",
    "when",
    "if",
    "unless",
    "until",
    "first",
    "in",
    "on",
    "from",
    "is",
    "are",
    "was",
    "stays",
    "stay",
    "remains",
    "remain",
    "again",
    "then",
    "as",
    "so",
    "that",
    "which",
    "since",
    "via",
    "through",
    "at",
    "by",
    "for",
    "only",
    "too",
    "also",
    "itself",
    "into",
    "to",
    "but",
    "once",
    "of",
    "has",
    "have",
    "it",
    "its",
    "because",
    "upon",
    "under",
    "between",
    "afterwards",
    "here",
    "there",
    "still",
    "now",
    "downwards",
    "twice",
    "may",
    "must",
    "can",
    "cannot",
    "gives",
    "returns",
    "does",
    "not",
    "either",
    "both",
    "last",
    "immediately",
    "without",
    "except",
    "throughout",
    "otherwise",
    "else",
    "within",
    "during",
    "back",
    "where",
    "return",
    "release",
    "acquire",
    "unlock",
    "fails",
    "succeeds",
    "the",
    "too",
    "next",
    "finally",
    "already",
    "held",
    "locked",
    "owned",
];

/// A name as it is compared: without dereferences, blanks and case of the first letter.
pub fn key(text: &str) -> String {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let bare = text.trim_start_matches(['*', '&']).trim_matches(['(', ')']);
    bare.trim_start_matches(['*', '&']).to_owned()
}

/// Whether a code span names an object: an identifier or a path to a member.
pub fn is_object(code: &str) -> bool {
    let key = key(code);
    key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '>' | '.' | '[' | ']'))
        && key != "NULL"
}

/// Reads what stands at a position as the objects of a verb, and gives where they end.
pub struct Reading<'a, 't> {
    pub tokens: &'a [Token<'t>],
    /// What no object is.
    pub functions: &'a FxHashMap<String, Effect>,
    /// What a pronoun stands for here.
    pub antecedent: Option<String>,
}

impl Reading<'_, '_> {
    /// The objects of a verb whose first word behind it stands at `at`. The flag tells whether a lock was spoken of.
    pub fn objects(&self, mut at: usize) -> Option<(Objects, usize, bool)> {
        while self.word(at, &["also", "then", "immediately", "first", "again"]) {
            at += 1;
        }
        if let Some(several) = self.several(at) {
            return Some(several);
        }
        if let Some((first, next)) = self.pronoun(at) {
            let is_lock = self.word(next, &["lock", "locks"]);
            return Some((Objects::These(vec![first]), next + usize::from(is_lock), is_lock));
        }
        if let Some(found) = self.lock_of(at) {
            return Some(found);
        }
        let (first, next, is_lock) = self.thing(at)?;
        let mut objects = vec![Some(first)];
        let next = self.more(next, &mut objects, false);
        Some((Objects::These(objects), next, is_lock))
    }

    /// "all locks", "both", "every lock that …".
    fn several(&self, at: usize) -> Option<(Objects, usize, bool)> {
        let is_noun = |at| self.word(at, &["lock", "locks"]);
        if self.word(at, &["all", "every", "any"]) {
            let mut next = at + 1;
            while self.word(next, &["the", "other", "intermediate", "held", "acquired"]) {
                next += 1;
            }
            // "all other locks" leaves some.
            let is_rest = self.tokens[at..next.min(self.tokens.len())]
                .iter()
                .any(|token| token.is_one_of(&["other", "intermediate"]));
            let what = if is_rest || self.word(at, &["any"]) { Objects::Several } else { Objects::All };
            return is_noun(next).then_some((what, next + 1, true));
        }
        if self.word(at, &["both", "these", "those", "two", "the"]) {
            let mut next = at + 1;
            if self.word(next, &["two", "both", "remaining", "other"]) {
                next += 1;
            }
            if is_noun(next) && !self.word(next + 1, PREPOSITIONS) && self.word(next, &["locks"]) {
                return Some((Objects::Several, next + 1, true));
            }
            if self.word(at, &["both"])
                && !self.is_thing(at + 1)
                && !is_noun(at + 1)
                && !self.word(at + 1, &["the"])
            {
                return Some((Objects::Several, at + 1, false));
            }
        }
        if self.word(at, &["them", "their"]) {
            return Some((Objects::Several, at + 1 + usize::from(is_noun(at + 1)), true));
        }
        None
    }

    /// "it", "its lock", "that lock", "the lock" without saying whose.
    fn pronoun(&self, at: usize) -> Option<(Option<String>, usize)> {
        if self.word(at, PRONOUNS) {
            return Some((self.antecedent.clone(), at + 1));
        }
        let is_bare = self.word(at, ARTICLES)
            && self.word(at + 1, &["lock"])
            && !self.word(at + 2, PREPOSITIONS)
            && !self.word(at + 2, &["associated"]);
        is_bare.then(|| (self.antecedent.clone(), at + 1))
    }

    /// "the lock of `x` and of the child".
    fn lock_of(&self, at: usize) -> Option<(Objects, usize, bool)> {
        let mut next = at;
        while self.word(next, &["the", "a", "both", "an", "exclusive", "mutex", "two"]) {
            next += 1;
        }
        let is_plural = self.word(next, &["locks"]);
        if !is_plural && !self.word(next, &["lock"]) {
            return None;
        }
        next += 1;
        next = match () {
            () if self.word(next, PREPOSITIONS) => next + 1,
            () if self.word(next, &["associated"]) && self.word(next + 1, &["with"]) => next + 2,
            () => return None,
        };
        if self.word(next, PRONOUNS) {
            return Some((Objects::These(vec![self.antecedent.clone()]), next + 1, true));
        }
        let Some((first, next, _)) = self.thing(next) else {
            return Some((Objects::These(vec![None]), next, true));
        };
        let mut objects = vec![Some(first)];
        let next = self.more(next, &mut objects, is_plural);
        Some((Objects::These(objects), next, true))
    }

    /// The objects that are joined with "and" or commas.
    fn more(&self, mut at: usize, objects: &mut Vec<Option<String>>, is_plural: bool) -> usize {
        loop {
            let mut next = at;
            let mut is_and = false;
            while self.mark(next, ',') || self.word(next, &["and", "then"]) {
                is_and |= self.word(next, &["and"]);
                next += 1;
            }
            if next == at {
                return at;
            }
            let mut is_said = false;
            while self.word(next, &["the", "lock", "of", "on", "for", "both"]) {
                // "the lock of the child and the lock of the directory"
                is_said |= self.word(next, &["of", "on", "for"]);
                next += 1;
            }
            let is_code = self.tokens.get(next).is_some_and(|token| token.kind == Kind::Code);
            if !(is_said || (is_plural && is_and) || (is_code && next <= at + 2)) {
                return at;
            }
            let Some((object, end, _)) = self.thing(next) else { return at };
            objects.push(Some(object));
            at = end;
        }
    }

    /// Whether a name or a noun with an article stands there.
    fn is_thing(&self, at: usize) -> bool {
        self.thing(at).is_some()
    }

    /// One object: a code span, or a noun. The flag tells that its lock was named: "the child's lock".
    pub fn thing(&self, mut at: usize) -> Option<(String, usize, bool)> {
        let start = at;
        while self.word(at, ARTICLES) || self.word(at, &["both"]) {
            at += 1;
        }
        let (object, mut next) = match self.code(at) {
            Some(found) => found,
            None => self.noun(at, at > start)?,
        };
        let mut is_lock = false;
        if self.tokens.get(next).is_some_and(|token| token.kind == Kind::Possessive) {
            next += 1;
        }
        if self.word(next, &["lock", "locks", "mutex"]) {
            is_lock = true;
            next += 1;
        } else if self.word(next, KINDS) {
            next += 1;
            if self.word(next, &["lock", "locks"]) {
                is_lock = true;
                next += 1;
            }
        }
        Some((object, next, is_lock))
    }

    /// A code span, with words for what it is before it: "the directory inode `cur`".
    fn code(&self, at: usize) -> Option<(String, usize)> {
        let kinds = self.tokens[at.min(self.tokens.len())..].iter().take(3);
        let skipped = kinds.take_while(|token| token.kind == Kind::Word && !token.is_one_of(ENDS)).count();
        let token = self.tokens.get(at + skipped).filter(|token| token.kind == Kind::Code)?;
        let is_name = is_object(token.text) && !self.functions.contains_key(token.text);
        is_name.then(|| (key(token.text), at + skipped + 1))
    }

    /// A noun, at most three words long.
    fn noun(&self, at: usize, has_article: bool) -> Option<(String, usize)> {
        let mut words: Vec<String> = Vec::new();
        let mut next = at;
        while let Some(token) = self.tokens.get(next).filter(|token| token.kind == Kind::Word) {
            let is_end =
                token.is_one_of(ENDS) && !(words.is_empty() && token.is_one_of(&["first", "last", "next"]));
            let is_lock = token.is_one_of(&["lock", "locks"]);
            if is_end || is_lock || words.len() == 3 {
                break;
            }
            words.push(token.text.to_ascii_lowercase());
            next += 1;
        }
        let is_lone = words.len() == 1 && self.functions.contains_key(&words[0]);
        let is_noun =
            has_article || self.tokens.get(next).is_some_and(|token| token.kind == Kind::Possessive);
        // A bare word is a name when nothing else can be meant: the language has no lower-case proper nouns.
        let is_name = words.len() == 1 && words[0].contains('_');
        (!words.is_empty() && !is_lone && (is_noun || is_name || words.len() == 1))
            .then(|| (words.join(" "), next))
    }

    fn word(&self, at: usize, words: &[&str]) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is_one_of(words))
    }

    fn mark(&self, at: usize, mark: char) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is_mark(mark))
    }
}
