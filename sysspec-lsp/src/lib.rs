//! The SysSpec language server.
