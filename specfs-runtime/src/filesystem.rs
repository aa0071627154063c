//! A volume as the kernel sees it: what each request means for the image.

use std::ffi::{CStr, CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use fuser::{Errno, FileAttr, INodeNo, RenameFlags, ReplyDirectory, Request};
use parking_lot::RwLock;

use crate::attributes::{file_type, to_kernel};
use crate::border::{self, Attr, Birth, Change};
use crate::image::{Components, Handle, Volume};
use crate::inodes::{Inodes, Place};

mod requests;

/// What `readdir` calls the places before, between and after "." and "..". The image's cookies start
/// above them.
const COOKIE_START: u64 = 0;
const COOKIE_SELF: u64 = 1;
const COOKIE_PARENT: u64 = 2;

/// A volume as the kernel sees it.
pub struct ImageFilesystem {
    volume: Volume,
    inodes: Inodes,
    /// Where directories are: moving one writes, relying on the places of all of them reads.
    places: RwLock<()>,
    /// Whether to be asked about every open and close of a file or directory.
    open_requests: bool,
}

impl ImageFilesystem {
    /// Serves this volume. With `open_requests` the image hears of every open; else only of the first.
    pub fn new(volume: Volume, open_requests: bool) -> ImageFilesystem {
        let inodes = Inodes::new(volume.root());
        ImageFilesystem { volume, inodes, places: RwLock::new(()), open_requests }
    }

    fn find(&self, parent: INodeNo, name: &OsStr) -> Result<FileAttr, Errno> {
        let name = c_string(name.as_bytes())?;
        let dir = self.inodes.handle(parent.0)?;
        // A directory must not move between being found at its place and being noted there.
        let _still = self.places.read();
        let found = self.volume.lookup(dir, &name)?;
        self.introduce(parent, &name, found)
    }

    fn make<F>(&self, parent: INodeNo, name: &OsStr, make: F) -> Result<FileAttr, Errno>
    where
        F: FnOnce(Handle, &CStr) -> Result<(Attr, Handle), Errno>,
    {
        let name = c_string(name.as_bytes())?;
        let made = make(self.inodes.handle(parent.0)?, &name)?;
        self.introduce(parent, &name, made)
    }

    /// Notes an inode that the kernel is going to be told of.
    fn introduce(&self, parent: INodeNo, name: &CStr, found: (Attr, Handle)) -> Result<FileAttr, Errno> {
        let (attr, handle) = found;
        let told = to_kernel(&attr).inspect_err(|_| self.volume.forget(handle, 1))?;
        let place = is_directory(attr.mode).then(|| Place::new(parent.0, name));
        self.inodes.hold(attr.ino, handle, place);
        Ok(told)
    }

    /// What a new inode is born with. In a directory with the set-group-ID bit it gets the
    /// directory's group, and a new directory also the bit.
    fn birth(&self, req: &Request, parent: INodeNo, mode: u32, rdev: u32) -> Result<Birth, Errno> {
        let dir = self.volume.getattr(self.inodes.handle(parent.0)?)?;
        if dir.mode & libc::S_ISGID == 0 {
            return Ok(Birth { mode, uid: req.uid(), gid: req.gid(), rdev });
        }
        let inherited = if is_directory(mode) { libc::S_ISGID } else { 0 };
        Ok(Birth { mode: mode | inherited, uid: req.uid(), gid: dir.gid, rdev })
    }

    fn make_node(
        &self,
        req: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        rdev: u32,
    ) -> Result<FileAttr, Errno> {
        let mode = if mode & libc::S_IFMT == 0 { mode | libc::S_IFREG } else { mode };
        let birth = self.birth(req, parent, mode, rdev)?;
        self.make(parent, name, |dir, name| self.volume.mknod(dir, name, &birth))
    }

    fn make_directory(
        &self,
        req: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
    ) -> Result<FileAttr, Errno> {
        let birth = self.birth(req, parent, libc::S_IFDIR | mode & 0o7777, 0)?;
        self.make(parent, name, |dir, name| self.volume.mkdir(dir, name, &birth))
    }

    fn make_symlink(
        &self,
        req: &Request,
        parent: INodeNo,
        name: &OsStr,
        target: &Path,
    ) -> Result<FileAttr, Errno> {
        let target = c_string(target.as_os_str().as_bytes())?;
        let birth = self.birth(req, parent, libc::S_IFLNK | 0o777, 0)?;
        self.make(parent, name, |dir, name| self.volume.symlink(dir, name, &target, &birth))
    }

    fn make_link(&self, ino: INodeNo, parent: INodeNo, name: &OsStr) -> Result<FileAttr, Errno> {
        let node = self.inodes.handle(ino.0)?;
        self.make(parent, name, |dir, name| Ok((self.volume.link(node, dir, name)?, node)))
    }

    fn remove<F>(&self, parent: INodeNo, name: &OsStr, remove: F) -> Result<(), Errno>
    where
        F: FnOnce(Handle, &CStr) -> Result<(), Errno>,
    {
        remove(self.inodes.handle(parent.0)?, &c_string(name.as_bytes())?)
    }

    fn move_entry(
        &self,
        (from, name): (INodeNo, &OsStr),
        (to, new_name): (INodeNo, &OsStr),
        flags: RenameFlags,
    ) -> Result<(), Errno> {
        let flags = match flags {
            flags if flags.is_empty() => 0,
            RenameFlags::RENAME_NOREPLACE => border::RENAME_NOREPLACE,
            _ => return Err(Errno::EINVAL),
        };
        let (name, new_name) = (c_string(name.as_bytes())?, c_string(new_name.as_bytes())?);
        let moved = self.volume.getattr_of_entry(self.inodes.handle(from.0)?, &name)?;
        let rename = || {
            let source = Components::new(self.inodes.path(from.0)?);
            let target = Components::new(self.inodes.path(to.0)?);
            self.volume.rename((&source, &name), (&target, &new_name), flags)
        };
        // Only a directory's move changes paths; all others may go on side by side.
        if !is_directory(moved.mode) {
            let _still = self.places.read();
            return rename();
        }
        let _moving = self.places.write();
        rename()?;
        self.inodes.move_to(moved.ino, Place::new(to.0, &new_name));
        Ok(())
    }

    fn change(&self, ino: INodeNo, size: Option<u64>, change: &Change) -> Result<FileAttr, Errno> {
        let node = self.inodes.handle(ino.0)?;
        // The size first: it is what can fail, and then nothing has changed.
        let resized = size.map(|size| self.volume.truncate(node, size)).transpose()?;
        let attr = match resized {
            Some(attr) if change.valid == 0 => attr,
            None if change.valid == 0 => self.volume.getattr(node)?,
            _ => self.volume.setattr(node, change)?,
        };
        to_kernel(&attr)
    }

    fn list(&self, ino: INodeNo, offset: u64, reply: &mut ReplyDirectory) -> Result<(), Errno> {
        let dir = self.inodes.handle(ino.0)?;
        for (at, next, ino, name) in [
            (COOKIE_START, COOKIE_SELF, ino.0, "."),
            (COOKIE_SELF, COOKIE_PARENT, self.inodes.parent(ino.0), ".."),
        ] {
            if offset <= at && reply.add(INodeNo(ino), next, fuser::FileType::Directory, name) {
                return Ok(());
            }
        }
        let mut strange = None;
        self.volume.readdir(dir, offset.max(COOKIE_PARENT), |name, ino, kind, cookie| {
            let Some(kind) = file_type(kind) else {
                strange = Some(ino);
                return false;
            };
            !reply.add(INodeNo(ino), cookie, kind, OsStr::from_bytes(name.to_bytes()))
        })?;
        strange.map_or(Ok(()), |ino| {
            tracing::error!(ino, "the image lists an entry of no kind that stat(2) knows");
            Err(Errno::EIO)
        })
    }

    fn give_back(&self, ino: INodeNo, count: u64) {
        if let Some((handle, count)) = self.inodes.release(ino.0, count) {
            self.volume.forget(handle, count);
        }
    }

    /// Whether the image has nothing against opening, and need not be asked again.
    fn opened(&self, ino: INodeNo, flags: i32) -> Result<(), Errno> {
        self.volume.open(self.inodes.handle(ino.0)?, flags)?;
        if self.open_requests { Ok(()) } else { Err(Errno::ENOSYS) }
    }
}

fn is_directory(mode: u32) -> bool {
    mode & libc::S_IFMT == libc::S_IFDIR
}

/// The kernel's strings have no NUL inside.
fn c_string(bytes: &[u8]) -> Result<CString, Errno> {
    CString::new(bytes).map_err(|_| Errno::EINVAL)
}
