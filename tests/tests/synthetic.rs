//! Synthetic workspaces are what they say: clean, repeatable, varied, with a hub.

use std::collections::HashSet;

use anyhow::{Result, ensure};
use sysspec_analysis::Host;
use sysspec_tests::synthetic::{Generated, Synthetic};

fn host(generated: &Generated) -> Host {
    let mut host = Host::new();
    for (path, text) in &generated.files {
        host.set_file(path, Some(text));
    }
    host
}

fn must_be_clean(wanted: &Synthetic) -> Result<()> {
    let generated = wanted.generate()?;
    let mut shown = String::new();
    for (path, found) in host(&generated).snapshot().all_diagnostics()? {
        for finding in found {
            shown.push_str(&format!("{path}: {}: {}\n", finding.code, finding.message));
        }
    }
    ensure!(shown.is_empty(), "{shown}");
    Ok(())
}

#[test]
fn fifty_modules_have_no_finding() -> Result<()> {
    for seed in 0..4 {
        must_be_clean(&Synthetic::new(50, seed))?;
    }
    Ok(())
}

#[test]
fn five_hundred_modules_have_no_finding() -> Result<()> {
    must_be_clean(&Synthetic::new(500, 7))
}

#[test]
fn few_structs_and_many_layers_are_as_clean() -> Result<()> {
    must_be_clean(&Synthetic { structs: 3, layers: 12, ..Synthetic::new(300, 1) })
}

#[test]
fn patches_are_as_clean() -> Result<()> {
    must_be_clean(&Synthetic { patches: 7, ..Synthetic::new(300, 2) })
}

#[test]
fn the_same_seed_gives_the_same_files_and_another_seed_others() -> Result<()> {
    let first = Synthetic::new(60, 3).generate()?;
    ensure!(first == Synthetic::new(60, 3).generate()?, "seed 3 gives two workspaces");
    ensure!(first != Synthetic::new(60, 4).generate()?, "seeds 3 and 4 give the same");
    Ok(())
}

#[test]
fn there_are_as_many_modules_as_wanted_and_no_two_alike() -> Result<()> {
    let generated = Synthetic::new(1000, 5).generate()?;
    let specs: Vec<&str> = generated
        .files
        .iter()
        .filter(|(path, _)| path.ends_with(".spec"))
        .map(|(_, text)| text.as_str())
        .collect();
    ensure!(specs.len() == 1000, "{} modules", specs.len());
    // Without the names, which differ anyway.
    let bodies: HashSet<&str> =
        specs.iter().filter_map(|text| text.split_once("[INTENT]\n")?.1.split('\n').next()).collect();
    ensure!(bodies.len() > 700, "only {} different intents", bodies.len());
    let bytes = specs.iter().map(|text| text.len()).sum::<usize>() / specs.len();
    ensure!((2500..3500).contains(&bytes), "{bytes} bytes on average");
    let two_phase = specs.iter().filter(|text| text.contains("## Refine Prompt\n[RELY]")).count();
    ensure!(two_phase > 20, "only {two_phase} in two phases");
    Ok(())
}

#[test]
fn the_hub_has_just_the_dependents_it_names() -> Result<()> {
    let wanted = Synthetic::new(500, 11);
    let generated = wanted.generate()?;
    let host = host(&generated);
    let model = host.snapshot().model()?;
    let hub = &generated.hub.name;
    let relying = model.modules.iter().filter(|module| module.depends_on.contains(hub));
    let mut relying: Vec<&str> = relying.map(|module| module.path.as_str()).collect();
    relying.sort_unstable();
    ensure!(relying == generated.hub.dependents, "{} rely on the hub", relying.len());
    ensure!(relying.len() == 100);
    Ok(())
}
