//! The tables, the targets, and the figures for machines.

use std::fmt::Write;
use std::time::Duration;

use serde_json::{Value, json};

use super::corpus::Size;
use super::servers::Name;
use super::session::Mode;
use super::{Check, Edits, Lane, Outcome};

/// Keystroke to diagnostics, at the size of SpecFS: no slower than ruff in the same run.
const REFERENCE: Name = Name::Ruff;
/// How much slower an edit inside prose may be at any size than at the smallest synthetic one.
const FLAT: f64 = 1.2;
/// An edit of a guarantee with 100 dependents, 95th percentile.
const GUARANTEE_MS: f64 = 30.0;
/// A cold start at 5,000 modules.
const COLD_MODULES: usize = 5000;
const COLD_MS: f64 = 1500.0;
/// The most memory for each module, at that size and above.
const PEAK_KIB: f64 = 60.0;

/// The figures of one size, as Markdown.
pub fn table(outcome: &Outcome) -> String {
    let mut out = format!(
        "### {}: {} files, {} lines, {} KiB of specifications; load average {:.1} to {:.1}\n\n",
        title(outcome.size),
        outcome.files,
        outcome.lines,
        outcome.bytes / 1024,
        outcome.load.0,
        outcome.load.1
    );
    out.push_str("| server | diagnostics | cold start, ms | prose p50 / p95, ms | code p50 / p95, ms | CPU per edit, ms | peak RSS, MiB |\n|---|---|---|---|---|---|---|\n");
    for lane in &outcome.lanes {
        _ = writeln!(
            out,
            "| {} | {} | {:.0} | {} | {} | {:.1} / {:.1} | {:.1} |",
            lane.server.version,
            lane.mode.shown(),
            median(&lane.cold),
            both(&lane.prose),
            both(&lane.code),
            lane.prose.cpu_ms_each(),
            lane.code.cpu_ms_each(),
            mib(lane.peak_kib.1)
        );
    }
    for (lane, hub) in hubs(outcome) {
        _ = write!(
            out,
            "\nGuarantee with {} dependents, {} ({} change): p50 / p95 {} ms, {:.1} ms of CPU per edit",
            hub.dependents,
            lane.mode.shown(),
            hub.changed,
            both(&hub.edits),
            hub.edits.cpu_ms_each()
        );
    }
    out.push_str("\n\n| whole folder, once | wall, ms | CPU, ms | peak RSS, MiB | KiB per file |\n|---|---|---|---|---|\n");
    for check in &outcome.checks {
        let name = &check.server.version;
        let cpu = middle(check.runs.iter().map(|run| run.cpu_ms).collect());
        let peak = check.peak_kib();
        _ = writeln!(
            out,
            "| {name} check | {:.0} | {cpu:.0} | {:.1} | {:.1} |",
            check.wall_ms(),
            mib(peak),
            peak as f64 / outcome.files as f64
        );
    }
    out.push_str(&ratios(outcome));
    out
}

/// What each target says, what was measured, and whether it is met, as Markdown.
pub fn targets(outcomes: &[Outcome]) -> String {
    let mut out = String::from("### Targets\n\n| target | measured | |\n|---|---|---|\n");
    for row in rows(outcomes) {
        _ = writeln!(out, "| {} | {} | {} |", row.target, row.measured, row.verdict());
    }
    out
}

/// All figures, in milliseconds and KiB.
pub fn json(outcomes: &[Outcome]) -> Value {
    let edits = |edits: &Edits| {
        let times: Vec<f64> = edits.counted().iter().map(ms).collect();
        json!({
            "p50_ms": percentile(edits, 0.5), "p95_ms": percentile(edits, 0.95),
            "cpu_ms_per_edit": edits.cpu_ms_each(), "times_ms": times,
        })
    };
    let lane = |lane: &Lane| {
        json!({
            "server": lane.server.name.shown(), "version": lane.server.version, "mode": lane.mode.shown(),
            "cold_ms": lane.cold.iter().map(ms).collect::<Vec<f64>>(),
            "prose": edits(&lane.prose), "code": edits(&lane.code),
            "guarantee": lane.hub.as_ref().map(|hub| json!({
                "dependents": hub.dependents, "changed": hub.changed, "edits": edits(&hub.edits),
            })),
            "peak_kib_after_start": lane.peak_kib.0, "peak_kib": lane.peak_kib.1,
        })
    };
    let check = |check: &Check| {
        json!({
            "server": check.server.name.shown(),
            "wall_ms": check.runs.iter().map(|run| ms(&run.wall)).collect::<Vec<f64>>(),
            "cpu_ms": check.runs.iter().map(|run| run.cpu_ms).collect::<Vec<f64>>(),
            "peak_kib": check.runs.iter().map(|run| run.peak_kib).collect::<Vec<u64>>(),
        })
    };
    let size = |outcome: &Outcome| {
        json!({
            "size": outcome.size.shown(), "files": outcome.files, "lines": outcome.lines,
            "bytes": outcome.bytes, "load": [outcome.load.0, outcome.load.1],
            "servers": outcome.lanes.iter().map(lane).collect::<Vec<Value>>(),
            "checks": outcome.checks.iter().map(check).collect::<Vec<Value>>(),
        })
    };
    let target =
        |row: Row| json!({ "target": row.target, "measured": row.measured, "verdict": row.verdict() });
    json!({
        "sizes": outcomes.iter().map(size).collect::<Vec<Value>>(),
        "targets": rows(outcomes).into_iter().map(target).collect::<Vec<Value>>(),
    })
}

// ---- ratios ----

/// Ours to each other server, where both give diagnostics the same way.
fn ratios(outcome: &Outcome) -> String {
    let mut out = String::new();
    for ours in outcome.lanes.iter().filter(|lane| lane.server.name.is_ours()) {
        let others = outcome.lanes.iter();
        for other in others.filter(|lane| !lane.server.name.is_ours() && lane.mode == ours.mode) {
            let of = |one: &Edits, two: &Edits, q| percentile(one, q) / percentile(two, q);
            _ = write!(
                out,
                "\n{} to {}, {}: cold start × {:.2}, prose p50 × {:.2} and p95 × {:.2}, code p50 × {:.2} and p95 × {:.2}, peak RSS × {:.2}",
                ours.server.name.shown(),
                other.server.name.shown(),
                ours.mode.shown(),
                median(&ours.cold) / median(&other.cold),
                of(&ours.prose, &other.prose, 0.5),
                of(&ours.prose, &other.prose, 0.95),
                of(&ours.code, &other.code, 0.5),
                of(&ours.code, &other.code, 0.95),
                ours.peak_kib.1 as f64 / other.peak_kib.1 as f64
            );
        }
    }
    if out.is_empty() { out } else { out + "\n" }
}

// ---- targets ----

struct Row {
    target: String,
    measured: String,
    /// `None`: what it takes was not measured.
    met: Option<bool>,
}

impl Row {
    fn verdict(&self) -> &'static str {
        match self.met {
            Some(true) => "met",
            Some(false) => "not met",
            None => "not measured",
        }
    }
}

fn rows(outcomes: &[Outcome]) -> Vec<Row> {
    let mut rows = Vec::new();
    for outcome in outcomes.iter().filter(|outcome| outcome.size == Size::SpecFs) {
        against_reference(outcome, &mut rows);
    }
    flat(outcomes, &mut rows);
    for outcome in outcomes {
        guarantee(outcome, &mut rows);
    }
    for outcome in outcomes {
        cold_and_memory(outcome, &mut rows);
    }
    rows
}

fn against_reference(outcome: &Outcome, rows: &mut Vec<Row>) {
    for ours in outcome.lanes.iter().filter(|lane| lane.server.name.is_ours()) {
        let is_same = |lane: &&Lane| lane.server.name == REFERENCE && lane.mode == ours.mode;
        let reference = outcome.lanes.iter().find(is_same);
        for (percent, q) in [("p50", 0.5), ("p95", 0.95)] {
            for (place, pick) in PLACES {
                let own = percentile(pick(ours), q);
                let theirs = reference.map(|lane| percentile(pick(lane), q));
                let shown = theirs.map_or("?".into(), |theirs| format!("{theirs:.2} ms"));
                rows.push(Row {
                    target: format!(
                        "SpecFS, keystroke in {place}, {percent}, {}: no slower than ruff",
                        ours.mode.shown()
                    ),
                    measured: format!("{own:.2} ms against {shown}"),
                    met: theirs.map(|theirs| own <= theirs),
                });
            }
        }
    }
}

/// Where a keystroke falls, and its edits.
type Place = (&'static str, fn(&Lane) -> &Edits);
const PLACES: [Place; 2] = [("prose", |lane| &lane.prose), ("code", |lane| &lane.code)];

fn flat(outcomes: &[Outcome], rows: &mut Vec<Row>) {
    let synthetic: Vec<&Outcome> =
        outcomes.iter().filter(|outcome| matches!(outcome.size, Size::Synthetic(_))).collect();
    let [first, .., last] = synthetic.as_slice() else { return };
    for mode in [Mode::Push, Mode::Pull] {
        let at = |outcome: &Outcome| ours(outcome, mode).map(|lane| percentile(&lane.prose, 0.5));
        let figures: Vec<f64> = synthetic.iter().filter_map(|outcome| at(outcome)).collect();
        let Some(&base) = figures.first() else { continue };
        let most = figures.iter().copied().fold(base, f64::max);
        let shown: Vec<String> = figures.iter().map(|figure| format!("{figure:.2}")).collect();
        rows.push(Row {
            target: format!(
                "keystroke in prose, p50, {}: flat from {} to {} modules, + 20 % at most",
                mode.shown(),
                first.size.shown(),
                last.size.shown()
            ),
            measured: format!("{} ms, × {:.2}", shown.join(", "), most / base),
            met: Some(most <= base * FLAT),
        });
    }
}

fn guarantee(outcome: &Outcome, rows: &mut Vec<Row>) {
    for (lane, hub) in hubs(outcome) {
        let p95 = percentile(&hub.edits, 0.95);
        rows.push(Row {
            target: format!(
                "{}, guarantee with {} dependents, p95, {}: {GUARANTEE_MS:.0} ms",
                title(outcome.size),
                hub.dependents,
                lane.mode.shown()
            ),
            measured: format!("{p95:.1} ms, {} dependents with other diagnostics", hub.changed),
            met: Some(p95 <= GUARANTEE_MS),
        });
    }
}

fn cold_and_memory(outcome: &Outcome, rows: &mut Vec<Row>) {
    let Size::Synthetic(modules) = outcome.size else { return };
    if modules < COLD_MODULES {
        return;
    }
    let lanes = outcome.lanes.iter().filter(|lane| lane.server.name.is_ours());
    let lanes =
        lanes.map(|lane| (format!("server, {}", lane.mode.shown()), median(&lane.cold), lane.peak_kib.1));
    let checks = outcome.checks.iter().filter(|check| check.server.name.is_ours());
    let checks = checks.map(|check| ("check".to_string(), check.wall_ms(), check.peak_kib()));
    for (what, wall, peak) in lanes.chain(checks) {
        if modules == COLD_MODULES {
            rows.push(Row {
                target: format!("{}, cold start, {what}: {COLD_MS:.0} ms", title(outcome.size)),
                measured: format!("{wall:.0} ms"),
                met: Some(wall <= COLD_MS),
            });
        }
        let each = peak as f64 / modules as f64;
        rows.push(Row {
            target: format!("{}, peak memory, {what}: {PEAK_KIB:.0} KiB a module", title(outcome.size)),
            measured: format!("{each:.1} KiB"),
            met: Some(each <= PEAK_KIB),
        });
    }
}

// ---- figures ----

fn ours(outcome: &Outcome, mode: Mode) -> Option<&Lane> {
    outcome.lanes.iter().find(|lane| lane.server.name.is_ours() && lane.mode == mode)
}

fn hubs(outcome: &Outcome) -> impl Iterator<Item = (&Lane, &super::Hub)> {
    outcome.lanes.iter().filter_map(|lane| Some((lane, lane.hub.as_ref()?)))
}

fn title(size: Size) -> String {
    match size {
        Size::SpecFs => "SpecFS".into(),
        Size::Synthetic(modules) => format!("{modules} modules"),
    }
}

fn both(edits: &Edits) -> String {
    format!("{:.2} / {:.2}", percentile(edits, 0.5), percentile(edits, 0.95))
}

fn ms(time: &Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn mib(kib: u64) -> f64 {
    kib as f64 / 1024.0
}

fn median(times: &[Duration]) -> f64 {
    middle(times.iter().map(ms).collect())
}

fn middle(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The time, in milliseconds, that this share of the edits did not exceed.
fn percentile(edits: &Edits, share: f64) -> f64 {
    let mut times: Vec<f64> = edits.counted().iter().map(ms).collect();
    times.sort_by(f64::total_cmp);
    let at = (times.len() as f64 * share).ceil() as usize;
    times.get(at.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

impl Check {
    fn wall_ms(&self) -> f64 {
        middle(self.runs.iter().map(|run| ms(&run.wall)).collect())
    }

    fn peak_kib(&self) -> u64 {
        self.runs.iter().map(|run| run.peak_kib).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::WARM_UP;
    use super::*;

    #[test]
    fn a_percentile_leaves_the_warm_up_out_and_is_a_time_that_occurred() {
        let warm_up = vec![Duration::from_secs(9); WARM_UP];
        let times = (1..=100).map(Duration::from_millis);
        let edits = Edits { times: warm_up.into_iter().chain(times).collect(), cpu_ms: 0.0, made: 0 };
        assert_eq!(percentile(&edits, 0.5), 50.0);
        assert_eq!(percentile(&edits, 0.95), 95.0);
    }
}
