//! Clauses: sentences, conditions, and how statements are joined.

use crate::formula::{Binary, Expression, Node, Unary};

use super::grammar::{Reader, binary, equal, joined, new, not, old};
use super::words::{Word, words};
use super::{Context, Statement};

/// What a clause states: a sentence, or several. `None` when something in it is not understood.
pub fn read(text: &str, context: &Context<'_>) -> Option<Vec<Statement>> {
    let whole = read_sentences(&sentences(text), context);
    // Without a full stop, each line may be a sentence.
    whole.or_else(|| {
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        if lines.len() > 1 { read_sentences(&lines, context) } else { None }
    })
}

fn read_sentences(sentences: &[&str], context: &Context<'_>) -> Option<Vec<Statement>> {
    let mut out: Vec<Statement> = Vec::new();
    for sentence in sentences {
        let words = words(sentence, context.is_known)?;
        let before = condition_of(&out).or(context.before.cloned());
        let context = Context { before: before.as_ref(), ..*context };
        let mut reader = Reader { words: &words, at: 0, context, last: None, locked: Vec::new() };
        match reader.clause() {
            Some(statements) => out.extend(statements),
            // "No lock is owned. First acquire the lock on `root`." tells what to do about the pre-condition.
            None if context.is_before && !out.is_empty() && is_instruction(sentence) => {}
            None => return None,
        }
    }
    (!out.is_empty()).then_some(out)
}

/// A condition by itself: "If `x` is NULL", "on success", "`x` is NULL".
pub fn read_condition(text: &str, context: &Context<'_>) -> Option<Expression> {
    let words = words(text.trim().trim_end_matches([':', ',', '.']), context.is_known)?;
    let mut reader = Reader { words: &words, at: 0, context: *context, last: None, locked: Vec::new() };
    let test = reader.attempt(Reader::condition).or_else(|| reader.attempt(Reader::test))?;
    reader.is_at_end().then_some(test)
}

/// "Returns 1 if any of the following is true:" before a list of conditions.
pub struct Following {
    /// What holds then.
    pub statements: Vec<Statement>,
    /// Whether one of the conditions is enough.
    pub is_any: bool,
}

/// Reads what stands before a list of conditions.
pub fn read_following(text: &str, context: &Context<'_>) -> Option<Following> {
    const BEGIN: &str = "if either|if any|if one|if all|when either|when any|when one|when all|if|when";
    let words = words(text.trim().trim_end_matches(':'), context.is_known)?;
    let mut reader = Reader { words: &words, at: 0, context: *context, last: None, locked: Vec::new() };
    let statements = reader.statements()?;
    let start = reader.at;
    reader.take_any(BEGIN).then_some(())?;
    let is_any = !words.get(start..reader.at)?.iter().any(|word| word.is("all"));
    let is_named = reader.at - start > 1;
    let _ = reader.take("of");
    let has_following = reader.take("following");
    let _ = reader.take_any("conditions|condition|cases|case");
    let _ = reader.take_any("is true|is met|holds|hold|occurs|applies|apply|happens|happen|is");
    (reader.is_at_end() && (is_named || has_following)).then_some(Following { statements, is_any })
}

/// Whether a sentence of a pre-condition tells what to do about it instead of asking for something.
pub fn is_instruction(sentence: &str) -> bool {
    let lower = sentence.trim_start_matches('*').trim_start().to_lowercase();
    ["first acquire", "first, acquire", "acquire first", "so first acquire"]
        .iter()
        .any(|begin| lower.starts_with(begin))
}

/// The condition of the last statement, which "otherwise" negates.
fn condition_of(statements: &[Statement]) -> Option<Expression> {
    match statements.last()? {
        Statement::If(condition, _) => Some(condition.clone()),
        _ => None,
    }
}

/// The sentences of a text: they end in a full stop before a blank, outside of code spans.
pub fn sentences(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let (mut start, mut is_code) = (0, false);
    for (at, c) in text.char_indices() {
        is_code ^= c == '`';
        if c == '.' && !is_code && text[at + 1..].starts_with([' ', '\n', '\t']) {
            out.push(text[start..at].trim());
            start = at + 1;
        }
    }
    out.push(text[start..].trim().trim_end_matches('.').trim_end());
    out.retain(|sentence| !sentence.is_empty());
    out
}

impl Reader<'_> {
    /// `[ condition [","] ["then"] ] statements | statement [","] condition | "otherwise" [","] statements`
    fn clause(&mut self) -> Option<Vec<Statement>> {
        if self.take("otherwise") {
            self.comma();
            let condition = not(self.context.before?.clone());
            return self.statements_to_end().map(|inner| vec![Statement::If(condition, inner)]);
        }
        if let Some(condition) = self.attempt(Self::condition) {
            self.comma();
            self.take("then");
            if let Some(inner) = self.attempt(|reader| reader.one_lock(&condition)) {
                return self.is_at_end().then(|| vec![Statement::If(condition, inner)]);
            }
            return self.statements_to_end().map(|inner| vec![Statement::If(condition, inner)]);
        }
        let statements = self.statements()?;
        let start = self.at;
        self.comma();
        // Behind several statements it would be a guess which of them it governs.
        let condition = if statements.len() == 1 { self.attempt(Self::condition) } else { None };
        if condition.is_none() {
            self.at = start;
        }
        self.is_at_end().then_some(())?;
        Some(match condition {
            Some(condition) => vec![Statement::If(condition, statements)],
            None => statements,
        })
    }

    fn statements_to_end(&mut self) -> Option<Vec<Statement>> {
        let statements = self.statements()?;
        self.is_at_end().then_some(statements)
    }

    /// "if X and Y are the same, only one lock is owned": both locks are that one.
    fn one_lock(&mut self, condition: &Expression) -> Option<Vec<Statement>> {
        let Node::Binary(Binary::Equal, thing, _) = &condition.node else { return None };
        self.take_all(&["only", "one", "lock", "is"]).then_some(())?;
        let held = super::grammar::locked(thing.as_ref().clone());
        if self.take("released") {
            return Some(vec![Statement::Holds(not(held))]);
        }
        self.held().then(|| vec![Statement::Holds(held)])
    }

    // ---- conditions ----

    /// `( "if" | "when" | "in case" [ "that" ] ) test | "on" ( "success" | "failure" )`
    pub fn condition(&mut self) -> Option<Expression> {
        if self.take_any("on success|on successful returns|in case of success") {
            return self.context.success.cloned();
        }
        if self.take_any("on failure|on error|in case of failure|in case of error") {
            return self.context.failure.cloned();
        }
        self.take_any("if|when|in case that|in case").then_some(())?;
        self.test()
    }

    /// `simple { "and" simple } | simple { "or" simple }`: a mixture of both would be a guess.
    fn test(&mut self) -> Option<Expression> {
        let mut tests = vec![self.simple_test()?];
        let mut operator = None;
        loop {
            let next = self.attempt(|reader| {
                let found = match () {
                    () if reader.take("and") => Binary::And,
                    () if reader.take("or") => Binary::Or,
                    () => return None,
                };
                Some((found, reader.simple_test()?))
            });
            let Some((found, next)) = next else { break };
            if operator.is_some_and(|operator| operator != found) {
                return None;
            }
            operator = Some(found);
            tests.push(next);
        }
        joined(operator.unwrap_or(Binary::And), tests)
    }

    fn simple_test(&mut self) -> Option<Expression> {
        self.attempt(Self::succeeds)
            .or_else(|| self.attempt(Self::returned_test))
            .or_else(|| self.attempt(Self::relation))
            .or_else(|| self.attempt(Self::lock_test))
            .or_else(|| self.attempt(Self::boolean))
    }

    /// "the traversal succeeds", "it fails": what the result is then, when the contract tells.
    fn succeeds(&mut self) -> Option<Expression> {
        if self.take("successful") {
            return self.context.success.cloned();
        }
        let is_own = self.take_any("it|function|operation|call|traversal") || self.own_name();
        is_own.then_some(())?;
        if self.take_any("succeeds|is successful|completes successfully") {
            return self.context.success.cloned();
        }
        self.take_any("fails|is unsuccessful|is not successful|does not succeed")
            .then(|| self.context.failure.cloned())?
    }

    /// The name of the function that the contract is about.
    pub fn own_name(&mut self) -> bool {
        let Some(Word::Formula(formula)) = self.words.get(self.at) else { return false };
        let (Node::Name(name) | Node::Call(name, _)) = &formula.node else { return false };
        let is_own = self.context.function == Some(name.as_str());
        self.at += usize::from(is_own);
        is_own
    }

    /// `things "are the same" | thing "is" value | thing "equals" thing { "or" thing } | thing "is distinct from" things`
    fn relation(&mut self) -> Option<Expression> {
        let things = self.things()?;
        let first = things[0].clone();
        if self.take_any("is same|is equals|is identical|is one and same|is one inode|coincide") {
            let same = things.windows(2).map(|pair| equal(pair[0].clone(), pair[1].clone()));
            return joined(Binary::And, same);
        }
        if self.take_any("is distinct|is different|differ|is not same")
            && !self.is("from")
            && things.len() == 2
        {
            return Some(not(equal(first, things[1].clone())));
        }
        let [_] = things.as_slice() else { return None };
        if self.take_any("is distinct from|is different from|differs from|from|does not equals") {
            let others = self.things()?;
            return joined(Binary::And, others.into_iter().map(|other| not(equal(first.clone(), other))));
        }
        if self.take_any("equals|is equals to|is same as") {
            let mut same = vec![equal(first.clone(), self.thing()?)];
            while let Some(next) = self.attempt(|reader| {
                let is_joined = reader.take("or") | (reader.comma() && reader.take("or"));
                if is_joined { reader.thing() } else { None }
            }) {
                same.push(equal(first.clone(), next));
            }
            return joined(Binary::Or, same);
        }
        self.take("is").then_some(())?;
        let is_not = self.take("not");
        let test = self.value()?.of(&first);
        Some(if is_not { not(test) } else { test })
    }

    /// "`cur` is locked" as a condition.
    fn lock_test(&mut self) -> Option<Expression> {
        let statements = self.object_state()?;
        let formulas = statements.into_iter().map(|statement| match statement {
            Statement::Holds(formula) => Some(formula),
            _ => None,
        });
        joined(Binary::And, formulas.collect::<Option<Vec<_>>>()?)
    }

    fn boolean(&mut self) -> Option<Expression> {
        let formula = self.thing()?;
        formula.is_boolean().then_some(formula)
    }

    // ---- statements ----

    /// `statement { ( "," | "and" | "but" ) statement }`
    fn statements(&mut self) -> Option<Vec<Statement>> {
        let mut out = self.statement()?;
        while let Some(more) = self.attempt(|reader| {
            let is_joined = reader.comma() | reader.take_any("and|but|while");
            if is_joined { reader.statement() } else { None }
        }) {
            out.extend(more);
        }
        Some(out)
    }

    fn statement(&mut self) -> Option<Vec<Statement>> {
        self.attempt(Self::no_lock)
            .or_else(|| self.attempt(Self::all_locks))
            .or_else(|| self.attempt(Self::caller))
            .or_else(|| self.attempt(Self::lock_of))
            .or_else(|| self.attempt(Self::locks_it))
            .or_else(|| self.attempt(Self::its_lock))
            .or_else(|| self.attempt(Self::no_result))
            .or_else(|| self.attempt(Self::returned))
            .or_else(|| self.attempt(Self::object_state))
            .or_else(|| self.attempt(Self::unchanged))
            .or_else(|| self.attempt(Self::equation))
            .or_else(|| self.attempt(Self::formula))
    }

    /// "`*error` is unchanged": it is what it was. A parameter never changes, so that this would say nothing of one.
    fn unchanged(&mut self) -> Option<Vec<Statement>> {
        let things = self.things()?;
        self.take_any(
            "is unchanged|is not changed|remains unchanged|remains same|is left unchanged|is left as it is",
        )
        .then_some(())?;
        let is_place = |thing: &Expression| {
            matches!(
                thing.node,
                Node::Member(..) | Node::Index(..) | Node::Unary(Unary::Dereference, _) | Node::Call(..)
            )
        };
        let each = things
            .into_iter()
            .map(|thing| is_place(&thing).then(|| Statement::Holds(equal(thing.clone(), old(thing)))));
        each.collect()
    }

    /// "`r->n` = `min(a, b)`", "`r->n` is `min(a, b)`", "`x` is NULL", "`x` is non-NULL".
    fn equation(&mut self) -> Option<Vec<Statement>> {
        let thing = self.thing()?;
        if self.equals() {
            let value = self.thing()?;
            return Some(vec![Statement::Holds(equal(thing, value))]);
        }
        self.take_any("must is|is|remains|equals").then_some(())?;
        let is_not = self.take("not");
        let test = self.values()?.of(&thing);
        Some(vec![Statement::Holds(if is_not { not(test) } else { test })])
    }

    fn formula(&mut self) -> Option<Vec<Statement>> {
        let Some(Word::Formula(formula)) = self.words.get(self.at) else { return None };
        let formula = formula.clone();
        let is_formula = formula.is_boolean() || matches!(formula.node, Node::Call(..));
        self.at += 1;
        is_formula.then(|| vec![Statement::Holds(formula)])
    }
}

/// An uninterpreted statement in words: equal words say the same.
pub fn in_words(predicate: &str, text: &str) -> Expression {
    new(Node::Call(predicate.to_owned(), vec![new(Node::String(format!("\"{text}\"")))]))
}

/// Both of two conditions.
pub fn both(one: Expression, two: Expression) -> Expression {
    binary(Binary::And, one, two)
}
