//! The inodes that the kernel knows: what it calls them, what the image calls them, and how often each
//! was looked up.

use std::ffi::{CStr, CString};

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use fuser::Errno;
use rustc_hash::FxBuildHasher;

use crate::image::Handle;

/// No path is deeper than this; a longer one is a circle in the table.
const DEPTH_MAX: usize = 1 << 20;

const ROOT: u64 = fuser::INodeNo::ROOT.0;

/// From inode numbers to the image's handles.
///
/// An entry is there from the first answer that tells the kernel of an inode to the message that
/// forgets it. The kernel keeps the inodes that a request is about, and the directories on the way to
/// them, so whatever a request needs is found here.
pub struct Inodes {
    root: Handle,
    known: DashMap<u64, Known, FxBuildHasher>,
}

struct Known {
    handle: Handle,
    /// How many references the kernel holds: as many as the image was asked for.
    references: u64,
    /// Where a directory is. Files need none, and may have several places.
    place: Option<Place>,
}

/// The one entry that names a directory.
pub struct Place {
    /// The inode number of the directory that has the entry.
    pub parent: u64,
    /// The entry's name.
    pub name: CString,
}

impl Place {
    /// The entry `name` of the directory `parent`.
    pub fn new(parent: u64, name: &CStr) -> Place {
        Place { parent, name: name.to_owned() }
    }
}

impl Inodes {
    /// A table that has the root only.
    pub fn new(root: Handle) -> Inodes {
        Inodes { root, known: DashMap::default() }
    }

    /// The image's handle of an inode that the kernel knows.
    pub fn handle(&self, ino: u64) -> Result<Handle, Errno> {
        if ino == ROOT {
            return Ok(self.root);
        }
        self.known.get(&ino).map(|known| known.handle).ok_or_else(|| {
            tracing::error!(ino, "the kernel asks for an inode that it was never told of");
            Errno::ESTALE
        })
    }

    /// Counts one reference that the kernel is about to be told of. A directory has a place.
    pub fn hold(&self, ino: u64, handle: Handle, place: Option<Place>) {
        if ino == ROOT {
            return;
        }
        match self.known.entry(ino) {
            Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                known.references += 1;
                if place.is_some() {
                    known.place = place;
                }
            }
            Entry::Vacant(entry) => {
                entry.insert(Known { handle, references: 1, place });
            }
        }
    }

    /// Takes back `count` references; what the image is to be told, if anything.
    #[must_use]
    pub fn release(&self, ino: u64, count: u64) -> Option<(Handle, u64)> {
        let Entry::Occupied(mut entry) = self.known.entry(ino) else { return None };
        let known = entry.get_mut();
        let count = count.min(known.references);
        known.references -= count;
        let handle = known.handle;
        if known.references == 0 {
            entry.remove();
        }
        Some((handle, count))
    }

    /// Empties the table; what the image is to be told. The kernel sends no forget for what it still
    /// knows when it unmounts.
    pub fn release_all(&mut self) -> impl Iterator<Item = (Handle, u64)> {
        std::mem::take(&mut self.known).into_iter().map(|(_, known)| (known.handle, known.references))
    }

    /// Notes that a directory is somewhere else now.
    pub fn move_to(&self, ino: u64, place: Place) {
        if let Some(mut known) = self.known.get_mut(&ino) {
            known.place = Some(place);
        }
    }

    /// The inode number of the directory that holds this one; the root holds itself.
    pub fn parent(&self, ino: u64) -> u64 {
        self.known.get(&ino).and_then(|known| Some(known.place.as_ref()?.parent)).unwrap_or(ROOT)
    }

    /// The names that lead from the root to a directory. Right only while no directory is moved.
    pub fn path(&self, directory: u64) -> Result<Vec<CString>, Errno> {
        let mut names = Vec::new();
        let mut ino = directory;
        while ino != ROOT {
            let known = self.known.get(&ino).ok_or(Errno::ESTALE)?;
            let place = known.place.as_ref().ok_or(Errno::ENOTDIR)?;
            if names.len() == DEPTH_MAX {
                tracing::error!(directory, "the directories above an inode form a circle");
                return Err(Errno::ELOOP);
            }
            names.push(place.name.clone());
            ino = place.parent;
        }
        names.reverse();
        Ok(names)
    }
}
