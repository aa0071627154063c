//! Transcripts: every prompt, answer and verdict that led to the code of a module.

use serde::{Deserialize, Serialize};
use sysspec_analysis::Phase;

use crate::gates::Gate;
use crate::provider::Usage;

/// The attempts at one module, oldest first, for the specification that it has now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transcript {
    /// The module.
    pub module: String,
    /// Its attempts.
    pub attempts: Vec<Attempt>,
}

/// One prompt, its answer, and what the gates said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The phase: 1 is sequential, 2 adds locking.
    pub phase: u8,
    /// The number of the attempt within the phase, from 1.
    pub attempt: u32,
    /// Who answered.
    pub provider: String,
    /// The model that answered, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The tokens that the prompt and its answer took, where there is a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// What the prompt was made from, see [`super::Parts::fingerprint`].
    pub fingerprint: String,
    /// The prompt.
    #[serde(with = "lines")]
    pub prompt: String,
    /// The answer as it came.
    #[serde(with = "lines")]
    pub answer: String,
    /// The code of the answer in the committed format, once it could be parsed.
    #[serde(with = "lines")]
    pub code: String,
    /// What the gates said.
    pub verdict: Verdict,
    /// What SpecEval was asked about the code and answered, in order. Empty where no model judges after the gates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reviews: Vec<Review>,
}

/// A prompt of SpecEval, its answer, and what that was worth.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Who answered.
    pub provider: String,
    /// The model that answered, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The tokens that the prompt and its answer took, where there is a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// The prompt.
    #[serde(with = "lines")]
    pub prompt: String,
    /// The answer as it came.
    #[serde(with = "lines")]
    pub answer: String,
    /// Why the answer could not be used; `None` when it could.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unusable: Option<String>,
}

/// What the gates said of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Not every gate has spoken: the run ended before.
    Open,
    /// It passed these gates.
    Accepted {
        /// The gates.
        gates: Vec<Gate>,
        /// A digest of what judged, see `Rejected`.
        judge: String,
    },
    /// It did not pass a gate.
    Rejected {
        /// The gate.
        gate: Gate,
        /// What it said.
        #[serde(with = "lines")]
        feedback: String,
        /// A digest of what judged: the gates, the tests, the compiler and its flags. When that changes, the
        /// answer is judged again.
        judge: String,
    },
}

impl Transcript {
    /// A transcript without attempts.
    pub fn new(module: &str) -> Self {
        Self { module: module.to_owned(), attempts: Vec::new() }
    }

    /// Reads the text of a transcript.
    pub fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// The text of the file: one line of a prompt a line, so that diffs can be read.
    pub fn to_text(&self) -> String {
        // Strings and numbers always have a JSON form.
        let mut text = serde_json::to_string_pretty(self).expect("a transcript can be written as JSON");
        text.push('\n');
        text
    }

    /// The attempts at `phase` with a prompt made from `fingerprint`.
    pub fn of(&self, phase: Phase, fingerprint: &str) -> impl DoubleEndedIterator<Item = &Attempt> {
        let phase = number(phase);
        self.attempts
            .iter()
            .filter(move |attempt| attempt.phase == phase && attempt.fingerprint == fingerprint)
    }

    /// Keeps an attempt: in place of the one with its number, and of those at the same phase from another specification.
    pub fn record(&mut self, attempt: Attempt) {
        self.attempts.retain(|old| {
            old.phase != attempt.phase
                || old.fingerprint == attempt.fingerprint && old.attempt != attempt.attempt
        });
        self.attempts.push(attempt);
        self.attempts.sort_by_key(|attempt| (attempt.phase, attempt.attempt));
    }

    /// The code that was accepted at `phase` for `fingerprint`, and the attempt that brought it.
    pub fn accepted(&self, phase: Phase, fingerprint: &str) -> Option<&Attempt> {
        self.of(phase, fingerprint).rfind(|attempt| matches!(attempt.verdict, Verdict::Accepted { .. }))
    }
}

/// How files and prompts number the phases.
pub fn number(phase: Phase) -> u8 {
    match phase {
        Phase::Functional => 1,
        Phase::Refine => 2,
    }
}

/// Long texts as lists of lines.
pub(crate) mod lines {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
        let lines: Vec<&str> = if text.is_empty() { Vec::new() } else { text.split('\n').collect() };
        lines.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        Ok(Vec::<String>::deserialize(deserializer)?.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(phase: u8, number: u32, fingerprint: &str, verdict: Verdict) -> Attempt {
        Attempt {
            phase,
            attempt: number,
            provider: "exchange".into(),
            model: None,
            usage: None,
            fingerprint: fingerprint.into(),
            prompt: "Write.\n\nNow.\n".into(),
            answer: "```c\nint x;\n```".into(),
            code: String::new(),
            verdict,
            reviews: Vec::new(),
        }
    }

    #[test]
    fn a_transcript_reads_as_it_was_written_line_by_line() {
        let mut transcript = Transcript::new("step");
        let feedback = "line 1:\nbad".to_owned();
        transcript.record(attempt(
            1,
            1,
            "f",
            Verdict::Rejected { gate: Gate::Syntax, feedback, judge: "j".into() },
        ));
        transcript.record(attempt(
            1,
            2,
            "f",
            Verdict::Accepted { gates: vec![Gate::Answer], judge: "j".into() },
        ));
        let text = transcript.to_text();
        assert!(text.contains("\"Write.\",\n"), "{text}");
        assert_eq!(Transcript::parse(&text).unwrap(), transcript);
    }

    #[test]
    fn a_transcript_without_models_is_written_back_as_it_was() {
        let mut transcript = Transcript::new("step");
        transcript.record(attempt(1, 1, "f", Verdict::Open));
        let text = transcript.to_text();
        for absent in ["model", "usage", "reviews"] {
            assert!(!text.contains(absent), "{text}");
        }
        assert_eq!(Transcript::parse(&text).unwrap().to_text(), text);
    }

    #[test]
    fn models_tokens_and_reviews_are_kept() {
        let mut transcript = Transcript::new("step");
        let usage = Some(Usage { prompt: 900, answer: 120, estimated: false });
        let review = Review {
            provider: "http".into(),
            model: Some("judge".into()),
            usage,
            prompt: "Judge.\n".into(),
            answer: "{}".into(),
            unusable: Some("it is empty".into()),
        };
        let judged = Attempt {
            model: Some("writer".into()),
            usage,
            reviews: vec![review],
            ..attempt(1, 1, "f", Verdict::Open)
        };
        transcript.record(judged);
        assert_eq!(Transcript::parse(&transcript.to_text()).unwrap(), transcript);
    }

    #[test]
    fn a_new_specification_begins_a_phase_anew_and_keeps_the_other() {
        let mut transcript = Transcript::new("step");
        transcript.record(attempt(1, 1, "old1", Verdict::Accepted { gates: vec![], judge: "j".into() }));
        transcript.record(attempt(2, 1, "old2", Verdict::Open));
        transcript.record(attempt(2, 2, "old2", Verdict::Accepted { gates: vec![], judge: "j".into() }));
        transcript.record(attempt(2, 1, "new2", Verdict::Open));
        let kept: Vec<_> =
            transcript.attempts.iter().map(|a| (a.phase, a.attempt, a.fingerprint.as_str())).collect();
        assert_eq!(kept, [(1, 1, "old1"), (2, 1, "new2")]);
        assert!(transcript.accepted(Phase::Functional, "old1").is_some());
        assert!(transcript.accepted(Phase::Refine, "new2").is_none());
    }

    #[test]
    fn a_verdict_replaces_the_open_attempt() {
        let mut transcript = Transcript::new("step");
        transcript.record(attempt(1, 1, "f", Verdict::Open));
        transcript.record(attempt(1, 1, "f", Verdict::Accepted { gates: vec![], judge: "j".into() }));
        assert_eq!(transcript.attempts.len(), 1);
    }
}
