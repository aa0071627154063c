//! What is known of the providers: addresses, keys, and how they are made to answer with JSON.

use sysspec_analysis::{JsonMode, ProviderKind};
use url::{Host, Url};

/// The address of a provider, up to the version of its API.
pub fn base_url(kind: ProviderKind) -> Option<&'static str> {
    match kind {
        ProviderKind::OpenAi => Some("https://api.openai.com/v1"),
        ProviderKind::Anthropic => Some("https://api.anthropic.com/v1"),
        ProviderKind::Gemini => Some("https://generativelanguage.googleapis.com/v1beta"),
        ProviderKind::DeepSeek => Some("https://api.deepseek.com/v1"),
        ProviderKind::Ollama => Some("http://localhost:11434/v1"),
        ProviderKind::Vllm => Some("http://localhost:8000/v1"),
        ProviderKind::LlamaCpp => Some("http://localhost:8080/v1"),
        ProviderKind::Command => None,
    }
}

/// The environment variable that usually holds the key for a provider's own address.
pub fn key_variable(kind: ProviderKind) -> Option<&'static str> {
    match kind {
        ProviderKind::OpenAi => Some("OPENAI_API_KEY"),
        ProviderKind::Anthropic => Some("ANTHROPIC_API_KEY"),
        ProviderKind::Gemini => Some("GEMINI_API_KEY"),
        ProviderKind::DeepSeek => Some("DEEPSEEK_API_KEY"),
        ProviderKind::Ollama | ProviderKind::Vllm | ProviderKind::LlamaCpp | ProviderKind::Command => None,
    }
}

/// The provider that an address on the network is known to belong to.
pub fn owner(base: &Url) -> Option<ProviderKind> {
    ProviderKind::ALL.into_iter().find(|kind| {
        let known = base_url(*kind).filter(|_| key_variable(*kind).is_some());
        known.and_then(|known| Url::parse(known).ok()).is_some_and(|known| known.origin() == base.origin())
    })
}

/// Whether an address is on this machine.
pub fn is_local(base: &Url) -> bool {
    match base.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// How a provider is made to answer with JSON, unless settings say otherwise.
pub fn json_mode(kind: ProviderKind) -> JsonMode {
    match kind {
        ProviderKind::DeepSeek => JsonMode::Object,
        ProviderKind::Command => JsonMode::Words,
        _ => JsonMode::Schema,
    }
}
