//! What a study shows: a table and a plot.

use std::fmt::Write as _;

use super::plan::{Plan, Setting};
use super::record::Record;

/// One setting's row.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Row {
    /// The setting.
    pub setting: Setting,
    /// How many results there are, and how many the plan wants.
    pub results: Share,
    /// Code that compiles without a message.
    pub compiles: Share,
    /// Code that passes every gate but the tests.
    pub passes_gates: Share,
    /// Code that passes the module's tests as well.
    pub passes_tests: Share,
    /// The same of the modules without a concurrency specification.
    pub concurrency_agnostic: Share,
    /// The same of the modules with one.
    pub thread_safe: Share,
    /// The answers that were judged.
    pub attempts: usize,
    /// The tokens of their prompts.
    pub prompt_tokens: u64,
    /// The tokens of the answers.
    pub answer_tokens: u64,
}

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Share {
    /// So many.
    pub count: usize,
    /// Of so many.
    pub of: usize,
}

impl Share {
    fn of<'r>(records: impl Iterator<Item = &'r Record>, holds: impl Fn(&Record) -> bool) -> Self {
        records.fold(Self { count: 0, of: 0 }, |Self { count, of }, record| Self {
            count: count + usize::from(holds(record)),
            of: of + 1,
        })
    }

    /// In percent; nothing of nothing is nothing.
    pub fn percent(self) -> f64 {
        // Counts of modules are far below what a double can hold exactly.
        if self.of == 0 { 0.0 } else { 100.0 * self.count as f64 / self.of as f64 }
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.of {
            0 => f.write_str("-"),
            of => write!(f, "{} of {of} ({:.1} %)", self.count, self.percent()),
        }
    }
}

/// What a study shows.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Table {
    /// One row a setting, as the plan lists them.
    pub rows: Vec<Row>,
}

impl Table {
    /// The table of the results that are there.
    pub fn new(plan: &Plan, records: &[Record]) -> Self {
        let wanted = plan.units().count();
        Self { rows: plan.settings.iter().map(|setting| row(*setting, wanted, records)).collect() }
    }

    /// Whether every result is there.
    pub fn is_complete(&self) -> bool {
        self.rows.iter().all(|row| row.results.count == row.results.of)
    }

    /// The table in Markdown.
    pub fn markdown(&self) -> String {
        let mut out = String::from(
            "| setting | results | compiles | passes the gates | passes the module tests | concurrency-agnostic | thread-safe | \
             attempts | tokens in | tokens out |\n|---|---|---|---|---|---|---|---|---|---|\n",
        );
        for row in &self.rows {
            // Writing to a string does not fail.
            let _ = writeln!(
                out,
                "| {} | {}/{} | {} | {} | {} | {} | {} | {} | {} | {} |",
                row.setting.title(),
                row.results.count,
                row.results.of,
                row.compiles,
                row.passes_gates,
                row.passes_tests,
                row.concurrency_agnostic,
                row.thread_safe,
                row.attempts,
                row.prompt_tokens,
                row.answer_tokens
            );
        }
        out
    }

    /// The plot: for each setting a bar for code that compiles, passes the gates, and passes the module tests.
    pub fn svg(&self) -> String {
        plot::draw(self)
    }
}

fn row(setting: Setting, wanted: usize, records: &[Record]) -> Row {
    let own = || records.iter().filter(|record| record.setting == setting);
    let tries = || own().flat_map(|record| &record.tries);
    let usage = || tries().filter_map(|tried| tried.usage);
    Row {
        setting,
        results: Share { count: own().count(), of: wanted },
        compiles: Share::of(own(), |record| record.compiles),
        passes_gates: Share::of(own(), Record::passes_gates),
        passes_tests: Share::of(own(), Record::passes_tests),
        concurrency_agnostic: Share::of(own().filter(|record| !record.thread_safe), Record::passes_tests),
        thread_safe: Share::of(own().filter(|record| record.thread_safe), Record::passes_tests),
        attempts: tries().count(),
        prompt_tokens: usage().map(|usage| usage.prompt).sum(),
        answer_tokens: usage().map(|usage| usage.answer).sum(),
    }
}

/// The drawing of the plot.
mod plot {
    use std::fmt::Write as _;

    use super::{Row, Share, Table};

    /// Sizes in pixels.
    const LEFT: f64 = 56.0;
    const TOP: f64 = 44.0;
    const HEIGHT: f64 = 240.0;
    const GROUP: f64 = 118.0;
    const BAR: f64 = 28.0;

    /// What the bars stand for, with colours that can be told apart in print and by the colour-blind.
    const BARS: [(&str, &str); 3] =
        [("compiles", "#9ecae1"), ("passes the gates", "#4292c6"), ("passes the module tests", "#084594")];

    pub fn draw(table: &Table) -> String {
        let width = LEFT + GROUP * table.rows.len() as f64 + 16.0;
        let height = TOP + HEIGHT + 44.0;
        let mut out = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
             viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\" \
             aria-label=\"Share of modules by setting\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
        );
        axis(&mut out, width);
        legend(&mut out);
        for (index, row) in table.rows.iter().enumerate() {
            group(&mut out, LEFT + GROUP * index as f64, row);
        }
        out.push_str("</svg>\n");
        out
    }

    fn axis(out: &mut String, width: f64) {
        for percent in [0, 25, 50, 75, 100] {
            let y = TOP + HEIGHT * (1.0 - f64::from(percent) / 100.0);
            let _ = writeln!(
                out,
                "<line x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{:.0}\" y2=\"{y:.1}\" stroke=\"#ddd\"/>\
                 <text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{percent} %</text>",
                width - 8.0,
                LEFT - 6.0,
                y + 4.0
            );
        }
    }

    fn legend(out: &mut String) {
        let mut x = LEFT;
        for (name, colour) in BARS {
            let _ = writeln!(
                out,
                "<rect x=\"{x:.0}\" y=\"12\" width=\"12\" height=\"12\" fill=\"{colour}\"/><text x=\"{:.0}\" y=\"22\">{name}</text>",
                x + 17.0
            );
            x += 34.0 + 7.0 * name.len() as f64;
        }
    }

    fn group(out: &mut String, left: f64, row: &Row) {
        for (index, share) in [row.compiles, row.passes_gates, row.passes_tests].into_iter().enumerate() {
            bar(out, left + 14.0 + (BAR + 2.0) * index as f64, share, BARS[index].1);
        }
        let middle = left + GROUP / 2.0;
        let _ = writeln!(
            out,
            "<text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            TOP + HEIGHT + 20.0,
            row.setting.title()
        );
    }

    fn bar(out: &mut String, x: f64, share: Share, colour: &str) {
        let height = HEIGHT * share.percent() / 100.0;
        let y = TOP + HEIGHT - height;
        let _ = writeln!(
            out,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{BAR}\" height=\"{height:.1}\" fill=\"{colour}\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-size=\"10\">{:.0}</text>",
            x + BAR / 2.0,
            y - 4.0,
            share.percent()
        );
    }
}
