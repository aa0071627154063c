//! What of a contract its consumers may rely on.

/// A contract without its system algorithms: how a function does its work is not promised, so consumers neither see it nor have
/// to be made again when it changes.
pub fn of(contract: &str) -> String {
    let mut kept = String::with_capacity(contract.len());
    let mut skipping = false;
    for line in contract.lines() {
        if let Some(label) = line.strip_prefix("**") {
            skipping = is_algorithm(label);
        } else if line.starts_with('[') || line.starts_with('#') {
            skipping = false;
        }
        if !skipping {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept.trim().to_owned()
}

fn is_algorithm(label: &str) -> bool {
    let label = label.trim_start_matches('*').trim_start().to_ascii_lowercase();
    label.starts_with("system algorithm")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_and_invariants_are_promised_algorithms_are_not() {
        let contract = "**Pre-Condition**:\n- `p`\n\n**System Algorithm**:\n1. Look.\n   **Fast** path.\n\n\
                        **Invariant**:\n- **Order**: kept.\n\n** System Algorithm **:\nMore.\n";
        assert_eq!(of(contract), "**Pre-Condition**:\n- `p`\n\n**Invariant**:\n- **Order**: kept.");
    }
}
