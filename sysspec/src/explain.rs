//! `sysspec explain`

use sysspec_analysis::Code;

use crate::EXIT_OK;
use crate::console;
use crate::failure::Failure;

pub(crate) fn run(code: &str) -> Result<u8, Failure> {
    let Some(known) = Code::from_str(code) else {
        let all: Vec<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        let message = format!("there is no code {code}; the codes are {}", all.join(", "));
        return Err(Failure::wrong_message(message));
    };
    console::line(format_args!("{known}: {} ({})\n", known.title(), known.severity().as_str()));
    console::line(format_args!("{}", known.explanation().trim_end()));
    Ok(EXIT_OK)
}
