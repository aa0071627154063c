//! The study of accuracy: how often a model's code is right, by how much the prompt tells and what judges the answers
//! (paper, 6.1 and 6.3).
//!
//! A *plan* names modules, settings and limits. Its *units*, one module each, can be worked on in any order, at any time and on any
//! machine that sees the plan's folder: every answer and every result is a file there, and what is there is not done again.
//! A module is judged among the validated code of all others, so that results do not depend on each other.

mod examine;
mod plan;
mod record;
mod report;
mod run;

pub use plan::{Plan, PlanError, Setting, Unit};
pub use record::{Folder, Record, Try};
pub use report::{Row, Table};
pub use run::{Done, EvalError, Limits, Progress, run};
