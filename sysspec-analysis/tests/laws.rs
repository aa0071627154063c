//! What holds for every workspace and every series of changes, tried on a bounded number of them. The fuzz target
//! `workspace` tries the same without bounds.

use proptest::prelude::*;

#[path = "laws/mod.rs"]
mod laws;

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_laws_hold_for_any_series_of_changes(input in proptest::collection::vec(any::<u8>(), 0..120)) {
        laws::hold(&input);
    }
}

#[test]
fn the_workspace_that_is_changed_is_sound_before() {
    laws::hold(&[]);
    assert_eq!(laws::findings(&laws::workspace()), "");
}
