//! Tree-sitter grammar for SysSpec specifications.
