//! Server-sent events (HTML Living Standard, section 9.2.6), as far as answers of models need them: the data of each event.

/// Puts events together from the pieces in which they come.
#[derive(Debug, Default)]
pub struct Events {
    /// Bytes of a line that has not ended.
    line: Vec<u8>,
    /// The data lines of the event that has not ended.
    data: Option<String>,
}

impl Events {
    /// Takes the next piece, and returns the data of the events that it ends.
    pub fn take(&mut self, piece: &[u8]) -> Vec<String> {
        let mut events = Vec::new();
        let mut rest = piece;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.line.extend_from_slice(&rest[..end]);
            rest = &rest[end + 1..];
            let line = std::mem::take(&mut self.line);
            events.extend(self.end_line(line.strip_suffix(b"\r").unwrap_or(&line)));
        }
        self.line.extend_from_slice(rest);
        events
    }

    /// What is left at the end of the stream: an event that some servers do not end by a blank line.
    pub fn finish(mut self) -> Option<String> {
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            self.end_line(line.strip_suffix(b"\r").unwrap_or(&line));
        }
        self.data
    }

    fn end_line(&mut self, line: &[u8]) -> Option<String> {
        if line.is_empty() {
            return self.data.take();
        }
        // Comments and the fields `event`, `id` and `retry` say nothing that is not in the data.
        let value = line.strip_prefix(b"data:")?;
        let value = String::from_utf8_lossy(value.strip_prefix(b" ").unwrap_or(value));
        match &mut self.data {
            Some(data) => {
                data.push('\n');
                data.push_str(&value);
            }
            None => self.data = Some(value.into_owned()),
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_the_same_however_they_are_cut() {
        let stream =
            ": hello\r\nevent: x\ndata: {\"ä\":1}\n\ndata:two\r\ndata: lines\r\n\r\ndata: [DONE]\n\n"
                .as_bytes();
        for size in 1..stream.len() {
            let mut events = Events::default();
            let found: Vec<_> = stream.chunks(size).flat_map(|piece| events.take(piece)).collect();
            assert_eq!(found, ["{\"ä\":1}", "two\nlines", "[DONE]"], "in pieces of {size}");
            assert_eq!(events.finish(), None);
        }
    }

    #[test]
    fn an_event_that_is_not_ended_is_kept() {
        let mut events = Events::default();
        assert!(events.take(b"data: last").is_empty());
        assert_eq!(events.finish().as_deref(), Some("last"));
    }
}
