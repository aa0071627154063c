//! `sysspec check`

use sysspec_analysis::Severity;

use crate::cli::{Check, Format};
use crate::console::{self, Stream};
use crate::failure::Failure;
use crate::findings;
use crate::specs::Specs;
use crate::{EXIT_FOUND, EXIT_OK};

pub(crate) fn run(arguments: &Check) -> Result<u8, Failure> {
    let findings = Specs::read(&arguments.path)?.findings()?;
    match arguments.format {
        Format::Human => {
            findings::show(&findings, Stream::Output)?;
            console::line(format_args!("{}", findings.summary()));
        }
        Format::Json => console::line(format_args!("{}", findings::to_json(&findings)?)),
    }
    let counts = findings.number(Severity::Error) + findings.number(Severity::Warning) > 0;
    Ok(if counts { EXIT_FOUND } else { EXIT_OK })
}
