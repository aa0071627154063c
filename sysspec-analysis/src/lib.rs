//! Incremental analysis of SysSpec specifications: pure, no I/O, no LSP types.
