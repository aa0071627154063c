//! Generates the committed parsers from their grammar.js; that they are fresh is a test of the grammar crate.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use tree_sitter_generate::{OptLevel, generate_parser_in_directory};

use crate::run;

/// The newest ABI that Neovim's and Helix's tree-sitter load.
const ABI_VERSION: usize = 15;

/// Writes `src/` of both grammars anew.
pub fn grammar() -> Result<()> {
    for name in ["spec", "header"] {
        let folder = run::root().join("tree-sitter-sysspec").join(name);
        let mut warnings = vec![];
        generate_parser_in_directory(
            folder.clone(),
            None::<PathBuf>,
            None::<PathBuf>,
            ABI_VERSION,
            None,
            Some("native"),
            true,
            OptLevel::default(),
            &mut warnings,
        )
        .with_context(|| format!("cannot generate the parser of {}", folder.display()))?;
        if !warnings.is_empty() {
            bail!("{}/grammar.js can be written better: {warnings:?}", folder.display());
        }
        println!("wrote {}/src", folder.display());
    }
    Ok(())
}
