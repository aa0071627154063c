//! `sysspec explain`

use sysspec_analysis::Code;

use crate::EXIT_OK;
use crate::console;
use crate::failure::Failure;

/// Explains a code; without one, lists them all.
pub(crate) fn run(code: Option<&str>) -> Result<u8, Failure> {
    let Some(code) = code else {
        for code in Code::ALL {
            console::line(format_args!("{code}  {:7}  {}", code.severity().as_str(), code.title()));
        }
        return Ok(EXIT_OK);
    };
    let Some(known) = Code::from_str(code) else {
        let message = format!("there is no code {code}; `sysspec explain` lists them all");
        return Err(Failure::wrong_message(message));
    };
    console::line(format_args!("{known}: {} ({})\n", known.title(), known.severity().as_str()));
    console::line(format_args!("{}", known.explanation().trim_end()));
    Ok(EXIT_OK)
}
