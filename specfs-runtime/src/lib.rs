//! The FUSE host: loads a built file-system image and mounts it.
