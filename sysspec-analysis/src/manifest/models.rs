//! Who answers prompts: `[toolchain.providers]`, `[toolchain.models]` and `[toolchain.budget]`.
//!
//! The user's own configuration holds the same tables, and is read by the same rules.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::{Entry, Problem, Reader, entries};
use crate::Code;

/// Who answers prompts, and at what cost.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ModelSettings {
    /// The providers, by the names that the settings give them.
    pub providers: BTreeMap<String, ProviderSettings>,
    /// The provider and the model of each role that has one.
    pub roles: BTreeMap<ModelRole, RoleSettings>,
    /// What a run may use.
    pub budget: BudgetSettings,
}

/// A role of a model, as the paper names them (section 4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ModelRole {
    /// Writes the code of a module.
    CodeGen,
    /// Judges code against its specification.
    SpecEval,
    /// Makes a better specification of one whose code fails.
    SpecFine,
}

impl ModelRole {
    /// Every role.
    pub const ALL: [Self; 3] = [Self::CodeGen, Self::SpecEval, Self::SpecFine];

    /// The key in `[toolchain.models]`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CodeGen => "CodeGen",
            Self::SpecEval => "SpecEval",
            Self::SpecFine => "SpecFine",
        }
    }
}

/// `"PROVIDER/MODEL"`, or `"PROVIDER"` for the model that the provider names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleSettings {
    /// The provider.
    pub provider: String,
    /// The model.
    pub model: Option<String>,
}

impl RoleSettings {
    /// Reads `PROVIDER/MODEL`. The model may hold further slashes.
    pub fn parse(text: &str) -> Option<Self> {
        let (provider, model) = match text.split_once('/') {
            Some((provider, model)) => (provider, Some(model)),
            None => (text, None),
        };
        let blank = |text: &str| text.is_empty() || text.contains(char::is_whitespace);
        let fits = !blank(provider) && !model.is_some_and(blank);
        fits.then(|| Self { provider: provider.into(), model: model.map(Into::into) })
    }
}

/// How a provider is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderKind {
    /// Chat completions as OpenAI has them; with `base_url` any server that has them too.
    OpenAi,
    /// Anthropic's messages.
    Anthropic,
    /// Gemini's `generateContent`.
    Gemini,
    /// DeepSeek's chat completions.
    DeepSeek,
    /// The chat completions of an Ollama server.
    Ollama,
    /// Those of a vLLM server.
    Vllm,
    /// Those of a llama.cpp server.
    LlamaCpp,
    /// A program: the prompt is its standard input, the answer its standard output.
    Command,
}

impl ProviderKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::OpenAi,
        Self::Anthropic,
        Self::Gemini,
        Self::DeepSeek,
        Self::Ollama,
        Self::Vllm,
        Self::LlamaCpp,
        Self::Command,
    ];

    /// The word for it in `kind`. A provider of that name needs no `kind`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::DeepSeek => "deepseek",
            Self::Ollama => "ollama",
            Self::Vllm => "vllm",
            Self::LlamaCpp => "llama.cpp",
            Self::Command => "command",
        }
    }

    /// The kind that a word stands for.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// How a provider is made to answer with JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonMode {
    /// It is given the schema and enforces it.
    Schema,
    /// It is told to answer with an object, and reads the schema in the prompt.
    Object,
    /// It reads in the prompt what is wanted.
    Words,
}

impl JsonMode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Schema, Self::Object, Self::Words];

    /// The word for it in `json`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Object => "object",
            Self::Words => "words",
        }
    }
}

/// `[toolchain.providers.NAME]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderSettings {
    /// How it is spoken to.
    pub kind: ProviderKind,
    /// The address that the paths of its API are joined to.
    pub base_url: Option<String>,
    /// The environment variable that holds the key.
    pub key_env: Option<String>,
    /// Whether the key may be taken from the user's keyring.
    pub keyring: bool,
    /// The model, where a role names none.
    pub model: Option<String>,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// How it is made to answer with JSON.
    pub json: Option<JsonMode>,
    /// Whether answers come in pieces as they are written.
    pub stream: bool,
    /// The tokens that an answer may have.
    pub max_answer_tokens: Option<u64>,
    /// What its tokens cost.
    pub prices: Option<Prices>,
    /// How often it may be asked.
    pub limits: LimitSettings,
    /// How long it may take.
    pub timeouts: TimeoutSettings,
    /// What else goes into each request: the text of a TOML table.
    pub extra: Option<String>,
}

impl ProviderSettings {
    /// A provider that says no more than what kind it is of.
    pub fn new(kind: ProviderKind) -> Self {
        Self {
            kind,
            base_url: None,
            key_env: None,
            keyring: false,
            model: None,
            command: Vec::new(),
            json: None,
            stream: true,
            max_answer_tokens: None,
            prices: None,
            limits: LimitSettings::default(),
            timeouts: TimeoutSettings::default(),
            extra: None,
        }
    }
}

/// Prices in millionths of a US dollar for a million tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prices {
    /// Of tokens that are read.
    pub prompt: u64,
    /// Of tokens that are written.
    pub answer: u64,
}

/// How often a provider may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct LimitSettings {
    /// Requests in a minute.
    pub requests_per_minute: Option<u64>,
    /// Tokens in a minute, of prompts and answers together.
    pub tokens_per_minute: Option<u64>,
    /// Requests at the same time.
    pub at_once: Option<u64>,
    /// How often a request that failed for a passing reason is sent again.
    pub retries: Option<u64>,
}

/// How long each part of a request may take, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct TimeoutSettings {
    /// Until there is a connection.
    pub connect: Option<u64>,
    /// From then to the first piece of the answer.
    pub first_token: Option<u64>,
    /// From one piece to the next.
    pub between_tokens: Option<u64>,
    /// For all of it.
    pub whole: Option<u64>,
}

/// What a run may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct BudgetSettings {
    /// Tokens, of prompts and answers together.
    pub tokens: Option<u64>,
    /// Money, in millionths of a US dollar.
    pub micro_usd: Option<u64>,
}

/// Reads the user's own configuration, of which `[toolchain]` may hold the three tables of this module and nothing else.
///
/// # Errors
/// What is wrong with it: a line each, with its number from 1.
pub fn user_settings(text: &str) -> Result<ModelSettings, Vec<String>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader::default();
    reader.malformed(text, errors);
    for entry in entries(document.get_ref()) {
        match entry.0 {
            "toolchain" => reader.table(&entry, |reader, entry| {
                if !reader.models_entry(entry) {
                    reader.unknown(
                        entry,
                        &["providers", "models", "budget"],
                        "`[toolchain]` of your own configuration",
                    );
                }
            }),
            _ => reader.unknown(&entry, &["toolchain"], "your own configuration"),
        }
    }
    if reader.out.problems.is_empty() {
        return Ok(reader.out.manifest.toolchain.models);
    }
    let told = |problem: Problem| {
        let line = text[..problem.range.start.min(text.len())].matches('\n').count() + 1;
        let help = problem.help.map_or_else(String::new, |help| format!("; {help}"));
        format!("line {line}: {}{help}", problem.message)
    };
    Err(reader.out.problems.into_iter().map(told).collect())
}

impl Reader {
    /// Reads an entry of `[toolchain]`, if it is one of those about models.
    pub(super) fn models_entry(&mut self, entry: &Entry<'_, '_>) -> bool {
        match entry.0 {
            "providers" => self.table(entry, Self::provider),
            "models" => self.table(entry, Self::role),
            "budget" => self.table(entry, Self::budget),
            _ => return false,
        }
        true
    }

    fn budget(&mut self, entry: &Entry<'_, '_>) {
        match entry.0 {
            "tokens" => {
                let tokens = self.integer(entry, 1..=u64::MAX);
                self.out.manifest.toolchain.models.budget.tokens = tokens;
            }
            "usd" => {
                let money = self.money(entry);
                self.out.manifest.toolchain.models.budget.micro_usd = money;
            }
            _ => self.unknown(entry, &["tokens", "usd"], "`[toolchain.budget]`"),
        }
    }

    fn role(&mut self, entry: &Entry<'_, '_>) {
        let Some(role) = ModelRole::ALL.into_iter().find(|role| role.as_str() == entry.0) else {
            let known = ModelRole::ALL.map(ModelRole::as_str);
            return self.unknown(entry, &known, "`[toolchain.models]`");
        };
        let Some(text) = self.string(entry) else { return };
        match RoleSettings::parse(&text.name) {
            Some(settings) => drop(self.out.manifest.toolchain.models.roles.insert(role, settings)),
            None => {
                self.wrong(entry, "\"PROVIDER/MODEL\", or \"PROVIDER\" for the model that the provider names")
            }
        }
    }

    fn provider(&mut self, entry: &Entry<'_, '_>) {
        let DeValue::Table(table) = entry.2.get_ref() else {
            return self.wrong(entry, &format!("a table, begun by `[toolchain.providers.{}]`", entry.0));
        };
        if entry.0.contains('/') || entry.0.contains(char::is_whitespace) {
            return self.problem(
                Code::MANIFEST_VALUE,
                entry.1.clone(),
                "the name of a provider has neither slashes nor spaces: `[toolchain.models]` writes PROVIDER/MODEL".into(),
            );
        }
        let kind = match entries(table).find(|entry| entry.0 == "kind") {
            Some(kind) => self.word(&kind, ProviderKind::ALL.map(|kind| (kind.as_str(), kind))),
            None => {
                let kind = ProviderKind::named(entry.0);
                if kind.is_none() {
                    let words = listed(&ProviderKind::ALL.map(ProviderKind::as_str));
                    self.out.problems.push(Problem {
                        code: Code::MANIFEST_VALUE,
                        range: entry.1.clone(),
                        message: format!("the provider `{}` has no `kind`", entry.0),
                        help: Some(format!("`kind` says how it is spoken to: {words}")),
                    });
                }
                kind
            }
        };
        // Whatever else is wrong is told, too, when the kind is.
        let mut settings = ProviderSettings::new(kind.unwrap_or(ProviderKind::OpenAi));
        entries(table).for_each(|entry| self.provider_entry(&entry, &mut settings));
        if kind == Some(ProviderKind::Command) && settings.command.is_empty() {
            self.problem(
                Code::MANIFEST_VALUE,
                entry.1.clone(),
                format!(
                    "the provider `{}` is a command, and has no `command = [\"PROGRAM\", \"ARGUMENT\"]`",
                    entry.0
                ),
            );
        } else if kind.is_some() {
            self.out.manifest.toolchain.models.providers.insert(entry.0.into(), settings);
        }
    }

    fn provider_entry(&mut self, entry: &Entry<'_, '_>, settings: &mut ProviderSettings) {
        const KEYS: &[&str] = &[
            "kind",
            "base_url",
            "key_env",
            "keyring",
            "model",
            "command",
            "json",
            "stream",
            "max_answer_tokens",
            "prices",
            "limits",
            "timeouts",
            "extra",
        ];
        match entry.0 {
            "kind" => {}
            "base_url" => settings.base_url = self.base_url(entry),
            "key_env" => settings.key_env = self.filled(entry),
            "keyring" => settings.keyring = self.boolean(entry).unwrap_or(false),
            "model" => settings.model = self.filled(entry),
            "command" => settings.command = self.strings(entry).into_iter().map(|word| word.name).collect(),
            "json" => settings.json = self.word(entry, JsonMode::ALL.map(|mode| (mode.as_str(), mode))),
            "stream" => settings.stream = self.boolean(entry).unwrap_or(true),
            "max_answer_tokens" => settings.max_answer_tokens = self.integer(entry, 1..=u64::MAX),
            "prices" => settings.prices = self.prices(entry),
            "limits" => settings.limits = self.limits(entry),
            "timeouts" => settings.timeouts = self.timeouts(entry),
            "extra" => match entry.2.get_ref() {
                DeValue::Table(table) => settings.extra = Some(plain(table).to_string()),
                _ => self.wrong(entry, "a table"),
            },
            _ => self.unknown(entry, KEYS, "a provider"),
        }
    }

    fn prices(&mut self, entry: &Entry<'_, '_>) -> Option<Prices> {
        let (mut prompt, mut answer) = (None, None);
        self.table(entry, |reader, entry| match entry.0 {
            "prompt" => prompt = reader.money(entry),
            "answer" => answer = reader.money(entry),
            _ => reader.unknown(entry, &["prompt", "answer"], "`prices`"),
        });
        if let (DeValue::Table(table), true) = (entry.2.get_ref(), prompt.is_none() || answer.is_none()) {
            // A value that is no price has been told.
            let has = |key: &str| entries(table).any(|entry| entry.0 == key);
            if !has("prompt") || !has("answer") {
                self.wrong(entry, "`{ prompt = USD, answer = USD }`, each for a million tokens");
            }
        }
        Some(Prices { prompt: prompt?, answer: answer? })
    }

    fn limits(&mut self, entry: &Entry<'_, '_>) -> LimitSettings {
        const KEYS: &[&str] = &["requests_per_minute", "tokens_per_minute", "at_once", "retries"];
        let mut limits = LimitSettings::default();
        self.table(entry, |reader, entry| match entry.0 {
            "requests_per_minute" => limits.requests_per_minute = reader.integer(entry, 1..=u64::MAX),
            "tokens_per_minute" => limits.tokens_per_minute = reader.integer(entry, 1..=u64::MAX),
            "at_once" => limits.at_once = reader.integer(entry, 1..=u64::MAX),
            "retries" => limits.retries = reader.integer(entry, 0..=u64::MAX),
            _ => reader.unknown(entry, KEYS, "`limits`"),
        });
        limits
    }

    fn timeouts(&mut self, entry: &Entry<'_, '_>) -> TimeoutSettings {
        const KEYS: &[&str] = &["connect", "first_token", "between_tokens", "whole"];
        let mut timeouts = TimeoutSettings::default();
        self.table(entry, |reader, entry| match entry.0 {
            "connect" => timeouts.connect = reader.integer(entry, 1..=u64::MAX),
            "first_token" => timeouts.first_token = reader.integer(entry, 1..=u64::MAX),
            "between_tokens" => timeouts.between_tokens = reader.integer(entry, 1..=u64::MAX),
            "whole" => timeouts.whole = reader.integer(entry, 1..=u64::MAX),
            _ => reader.unknown(entry, KEYS, "`timeouts`"),
        });
        timeouts
    }

    // ---- values ----

    fn base_url(&mut self, entry: &Entry<'_, '_>) -> Option<String> {
        let url = self.string(entry)?.name;
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        match rest {
            Some(rest) if !rest.is_empty() && !rest.contains(char::is_whitespace) => {
                Some(url.trim_end_matches('/').to_owned())
            }
            _ => {
                self.wrong(entry, "an address that begins with https:// or http://");
                None
            }
        }
    }

    fn filled(&mut self, entry: &Entry<'_, '_>) -> Option<String> {
        let text = self.string(entry)?.name;
        if text.trim().is_empty() {
            self.wrong(entry, "a string that is not empty");
            return None;
        }
        Some(text)
    }

    fn boolean(&mut self, entry: &Entry<'_, '_>) -> Option<bool> {
        match entry.2.get_ref() {
            DeValue::Boolean(value) => Some(*value),
            _ => {
                self.wrong(entry, "true or false");
                None
            }
        }
    }

    fn word<T: Copy, const N: usize>(&mut self, entry: &Entry<'_, '_>, words: [(&str, T); N]) -> Option<T> {
        let found = match entry.2.get_ref() {
            DeValue::String(text) => words.iter().find(|(word, _)| *word == text.as_ref()),
            _ => None,
        };
        if found.is_none() {
            self.wrong(entry, &format!("one of {}", listed(&words.map(|(word, _)| word))));
        }
        found.map(|(_, value)| *value)
    }

    /// Dollars, as millionths of one.
    fn money(&mut self, entry: &Entry<'_, '_>) -> Option<u64> {
        let dollars: Option<f64> = match entry.2.get_ref() {
            DeValue::Integer(digits) => digits.as_str().parse().ok(),
            DeValue::Float(digits) => digits.as_str().parse().ok(),
            _ => None,
        };
        match dollars.and_then(micro) {
            Some(micro) => Some(micro),
            None => {
                self.wrong(entry, "an amount in USD, such as 2.50");
                None
            }
        }
    }
}

/// Dollars in millionths.
fn micro(dollars: f64) -> Option<u64> {
    let micro = (dollars * 1e6).round();
    // Up to a trillion dollars the number is exact.
    (0.0..1e18).contains(&micro).then_some(micro as u64)
}

fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}

/// A table as it is, without the places of its parts.
fn plain(table: &DeTable<'_>) -> toml::Table {
    entries(table)
        .filter_map(|(key, _, value)| Some((key.to_owned(), plain_value(value.get_ref())?)))
        .collect()
}

fn plain_value(value: &DeValue<'_>) -> Option<toml::Value> {
    Some(match value {
        DeValue::Table(table) => plain(table).into(),
        DeValue::Array(values) => {
            toml::Value::Array(values.iter().filter_map(|value| plain_value(value.get_ref())).collect())
        }
        DeValue::String(text) => text.to_string().into(),
        DeValue::Boolean(value) => (*value).into(),
        DeValue::Integer(digits) => i64::from_str_radix(digits.as_str(), digits.radix()).ok()?.into(),
        DeValue::Float(digits) => digits.as_str().parse::<f64>().ok()?.into(),
        DeValue::Datetime(date) => (*date).into(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn problems(text: &str) -> Vec<(&'static str, String, String)> {
        let problems = parse(text).problems.into_iter();
        problems
            .map(|problem| (problem.code.as_str(), text[problem.range].to_string(), problem.message))
            .collect()
    }

    #[test]
    fn providers_models_and_budget_are_read() {
        let text = r#"
[toolchain.providers.openai]
model = "gpt-x"
prices = { prompt = 2.5, answer = 10 }
limits = { requests_per_minute = 60, tokens_per_minute = 90000, at_once = 2, retries = 0 }
timeouts = { connect = 1, first_token = 2, between_tokens = 3, whole = 4 }
extra = { temperature = 0.5, stop = ["x"], nested = { on = true } }
[toolchain.providers.near]
kind = "llama.cpp"
base_url = "http://localhost:8080/v1/"
key_env = "NEAR_KEY"
keyring = true
json = "words"
stream = false
max_answer_tokens = 500
[toolchain.providers.mine]
kind = "command"
command = ["ask", "--quiet"]
[toolchain.models]
CodeGen = "openai"
SpecEval = "near/org/name"
[toolchain.budget]
tokens = 2_000_000
usd = 5
"#;
        let parsed = parse(text);
        assert_eq!(parsed.problems, []);
        let models = parsed.manifest.toolchain.models;
        let openai = &models.providers["openai"];
        assert_eq!((openai.kind, openai.model.as_deref()), (ProviderKind::OpenAi, Some("gpt-x")));
        assert_eq!(openai.prices, Some(Prices { prompt: 2_500_000, answer: 10_000_000 }));
        let limits = LimitSettings {
            requests_per_minute: Some(60),
            tokens_per_minute: Some(90_000),
            at_once: Some(2),
            retries: Some(0),
        };
        assert_eq!(openai.limits, limits);
        let timeouts = TimeoutSettings {
            connect: Some(1),
            first_token: Some(2),
            between_tokens: Some(3),
            whole: Some(4),
        };
        assert_eq!(openai.timeouts, timeouts);
        let extra: toml::Table = openai.extra.as_deref().unwrap().parse().unwrap();
        assert_eq!(extra["temperature"].as_float(), Some(0.5));
        assert_eq!(extra["nested"]["on"].as_bool(), Some(true));
        let near = &models.providers["near"];
        assert_eq!(near.base_url.as_deref(), Some("http://localhost:8080/v1"));
        assert_eq!((near.key_env.as_deref(), near.keyring), (Some("NEAR_KEY"), true));
        assert_eq!(
            (near.json, near.stream, near.max_answer_tokens),
            (Some(JsonMode::Words), false, Some(500))
        );
        assert_eq!(models.providers["mine"].command, ["ask", "--quiet"]);
        let role = |provider: &str, model: Option<&str>| RoleSettings {
            provider: provider.into(),
            model: model.map(Into::into),
        };
        assert_eq!(models.roles[&ModelRole::CodeGen], role("openai", None));
        assert_eq!(models.roles[&ModelRole::SpecEval], role("near", Some("org/name")));
        assert_eq!(models.budget, BudgetSettings { tokens: Some(2_000_000), micro_usd: Some(5_000_000) });
    }

    #[test]
    fn wrong_values_are_found_where_they_stand() {
        let wrong = [
            ("[toolchain.providers.a]\nkind = \"gpt\"\n", "\"gpt\""),
            ("[toolchain.providers.a]\nmodel = \"m\"\n", "a"),
            ("[toolchain.providers.openai]\nbase_url = \"api.example.org\"\n", "\"api.example.org\""),
            ("[toolchain.providers.openai]\nmodel = \" \"\n", "\" \""),
            ("[toolchain.providers.openai]\nstream = \"no\"\n", "\"no\""),
            ("[toolchain.providers.openai]\njson = \"strict\"\n", "\"strict\""),
            ("[toolchain.providers.openai]\nprices = { prompt = -1, answer = 2 }\n", "-1"),
            ("[toolchain.providers.openai]\nprices = { prompt = 1 }\n", "{ prompt = 1 }"),
            ("[toolchain.providers.openai]\nlimits = { at_once = 0 }\n", "0"),
            ("[toolchain.providers.openai]\ntimeouts = { whole = \"1 h\" }\n", "\"1 h\""),
            ("[toolchain.providers.openai]\nextra = 1\n", "1"),
            ("[toolchain.providers.command]\nmodel = \"m\"\n", "command"),
            ("[toolchain.providers]\nopenai = 1\n", "1"),
            ("[toolchain.providers.\"a/b\"]\nkind = \"openai\"\n", "\"a/b\""),
            ("[toolchain.models]\nCodeGen = \"/x\"\n", "\"/x\""),
            ("[toolchain.budget]\nusd = \"5\"\n", "\"5\""),
            ("[toolchain.budget]\ntokens = 0\n", "0"),
        ];
        for (text, place) in wrong {
            let found = problems(text);
            let found: Vec<_> = found.iter().map(|(code, at, _)| (*code, at.as_str())).collect();
            assert_eq!(found, [("MAN002", place)], "{text}");
        }
    }

    #[test]
    fn unknown_keys_are_found_in_every_table() {
        let unknown = [
            ("[toolchain.providers.openai]\nbase-url = \"https://x\"\n", "base-url"),
            ("[toolchain.providers.openai]\nlimits = { rpm = 1 }\n", "rpm"),
            ("[toolchain.providers.openai]\ntimeouts = { all = 1 }\n", "all"),
            ("[toolchain.providers.openai]\nprices = { prompt = 1, answer = 1, cached = 1 }\n", "cached"),
            ("[toolchain.models]\ncodegen = \"openai\"\n", "codegen"),
            ("[toolchain.budget]\neur = 1\n", "eur"),
        ];
        for (text, key) in unknown {
            let found = problems(text);
            let found: Vec<_> = found.iter().map(|(code, at, _)| (*code, at.as_str())).collect();
            assert_eq!(found, [("MAN003", key)], "{text}");
        }
    }

    #[test]
    fn the_users_configuration_holds_these_tables_only() {
        let settings = user_settings("[toolchain.budget]\nusd = 0.5\n").unwrap();
        assert_eq!(settings.budget.micro_usd, Some(500_000));
        let wrong =
            user_settings("[toolchain]\ncompiler = \"cc\"\n\n[toolchain.budget]\nusd = \"1\"\n").unwrap_err();
        assert_eq!(wrong.len(), 2);
        assert!(
            wrong.iter().any(|problem| problem
                .starts_with("line 2: `[toolchain]` of your own configuration has no key `compiler`")),
            "{wrong:?}"
        );
        assert!(
            wrong.contains(&"line 5: `usd` must be an amount in USD, such as 2.50".to_owned()),
            "{wrong:?}"
        );
    }
}
