//! The SysSpec agents: prompts, model providers, C gates, store and image build.

pub mod assist;
mod border;
pub mod compile;
pub mod compiler;
pub mod csource;
pub mod definitions;
pub mod eval;
pub mod files;
pub mod flow;
pub mod format;
pub mod gates;
pub mod headers;
pub mod image;
pub mod module_tests;
pub mod process;
mod promise;
pub mod prompt;
pub mod provider;
pub mod status;
pub mod store;
pub mod validation;
pub mod workers;
pub mod workspace;

pub use border::Border;
