//! What the program says. A reader that has gone away, such as `head`, is no error.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use codespan_reporting::term::termcolor::{ColorChoice, StandardStream};

/// A line of the result, on standard output.
pub(crate) fn line(text: fmt::Arguments<'_>) {
    let mut output = io::stdout().lock();
    // At once, also into a pipe: an editor shows it as progress.
    let _ = writeln!(output, "{text}").and_then(|()| output.flush());
}

/// A text that brings its own line ends, on standard output.
pub(crate) fn text(text: &str) {
    let mut output = io::stdout().lock();
    let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
}

/// A line about the work, on standard error.
pub(crate) fn error(text: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Where findings are shown.
#[derive(Clone, Copy)]
pub(crate) enum Stream {
    Output,
    Errors,
}

impl Stream {
    /// The stream, with colours only on a terminal whose user did not forbid them (<https://no-color.org>).
    pub(crate) fn coloured(self) -> StandardStream {
        let is_terminal = match self {
            Stream::Output => io::stdout().is_terminal(),
            Stream::Errors => io::stderr().is_terminal(),
        };
        // `Auto` asks for NO_COLOR and TERM.
        let choice = if is_terminal { ColorChoice::Auto } else { ColorChoice::Never };
        match self {
            Stream::Output => StandardStream::stdout(choice),
            Stream::Errors => StandardStream::stderr(choice),
        }
    }
}

/// "1 error", "2 errors".
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
