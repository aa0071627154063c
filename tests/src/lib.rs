//! What crosses crates: protocol, command line, mounted file systems, real editors.
