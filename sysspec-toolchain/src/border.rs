//! The border between an image and its host, as the host's side gives it.

/// The C of the host's side: a header that generated code may include through its layer header,
/// and the source that makes the image's table from the functions the workspace guarantees.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Border {
    /// The header's file name, such as `specfs_image.h`; it stands for the external `.header` of that stem.
    pub header_name: String,
    /// The header's text.
    pub header: String,
    /// The source that is compiled and linked with the generated code.
    pub glue: String,
}

impl Border {
    /// A border of that header and glue.
    pub fn new(header_name: impl Into<String>, header: impl Into<String>, glue: impl Into<String>) -> Self {
        Self { header_name: header_name.into(), header: header.into(), glue: glue.into() }
    }
}
