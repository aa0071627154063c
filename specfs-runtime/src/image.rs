//! Loading an image, and calling it.
//!
//! All calls across the border are in this module, behind functions that are safe as long as the image
//! keeps to the border's contract (`include/specfs_image.h`). An image that breaks it can still crash
//! the process; that is why the process is a separate one, with a supervisor.

// The border is C: its functions are called through raw pointers. Each block says why it may.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::ptr::{NonNull, null};

use fuser::Errno;
use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};

use crate::border::{self, Attr, Birth, Change, IMAGE_VERSION, Inode, OPERATIONS, Operations, Usage};
use crate::error::MountError;

/// An image in memory, whose table of operations has been checked.
pub struct Image {
    table: &'static Operations,
    path: PathBuf,
}

/// A file system of an image, from `init` to `destroy`. Dropping it destroys it.
pub struct Volume {
    table: &'static Operations,
    root: Handle,
}

/// An inode of a volume that the host holds references to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handle(NonNull<Inode>);

// SAFETY: the border says that operations may be called from several threads at once, with any inode;
// the host itself never looks behind the pointer.
unsafe impl Send for Handle {}
// SAFETY: as above.
unsafe impl Sync for Handle {}

impl Image {
    /// Loads the image at `path` for the rest of the process's life, and checks its version, its size
    /// and that it has every operation.
    pub fn load(path: &Path) -> Result<Image, MountError> {
        let missing = || MountError::ImageMissing { path: path.to_path_buf() };
        // An absolute path, since the dynamic linker looks a bare file name up elsewhere.
        let path = path.canonicalize().map_err(|_| missing())?;
        let refused =
            |error: libloading::Error| MountError::ImageLoad { path: path.clone(), reason: reason(&error) };
        // SAFETY: loading runs the image's constructors. The user asked to run this code, and it is run
        // in a process of its own.
        let library = unsafe { Library::open(Some(&path), RTLD_NOW | RTLD_LOCAL) }.map_err(refused)?;
        // SAFETY: the symbol is only taken as an address here, which is right for a symbol of any type.
        let symbol = unsafe { library.get::<*const c_void>(c"specfs_image".to_bytes_with_nul()) };
        let address = symbol.map_or(null(), |symbol| *symbol);
        // Never unloaded: a crash report and thread-local destructors may still need it at the very end.
        std::mem::forget(library);
        let table = NonNull::new(address.cast_mut())
            .ok_or_else(|| MountError::ImageWithoutTable { path: path.clone() })?;
        Ok(Image { table: check_table(table, &path)?, path })
    }

    /// Makes an empty file system of at most `blocks` blocks of [`border::BLOCK_BYTES`] and `inodes`
    /// inodes, whose root belongs to `uid` and `gid`. An image has at most one volume at a time.
    pub fn set_up(self, blocks: u64, inodes: u64, uid: u32, gid: u32) -> Result<Volume, MountError> {
        let failed = |reason: String| MountError::ImageSetup { path: self.path.clone(), reason };
        // SAFETY: the table was checked; `init` has no precondition but that it is called once, which
        // consuming the image makes sure of.
        let result = unsafe { (self.table.init)(blocks, inodes, uid, gid) };
        answer(result).map_err(|errno| {
            let error = std::io::Error::from_raw_os_error(errno.code());
            failed(format!("init({blocks} blocks, {inodes} inodes) answered {error}"))
        })?;
        // SAFETY: the volume was set up just now.
        let root = NonNull::new(unsafe { (self.table.root)() });
        let root = Handle(root.ok_or_else(|| failed("it has no root".into()))?);
        let volume = Volume { table: self.table, root };
        let ino = volume.getattr(root).map_or(0, |attr| attr.ino);
        if ino != fuser::INodeNo::ROOT.0 {
            return Err(failed(format!("its root has the inode number {ino}, and FUSE demands 1")));
        }
        let unit = volume.statfs().block_size;
        if unit != border::BLOCK_BYTES {
            let wanted = border::BLOCK_BYTES;
            return Err(failed(format!("it counts in blocks of {unit} bytes, and the border in {wanted}")));
        }
        Ok(volume)
    }
}

/// Reads the table word by word before it is taken for what it claims to be.
fn check_table(table: NonNull<c_void>, path: &Path) -> Result<&'static Operations, MountError> {
    let header = table.cast::<[u32; 2]>();
    // SAFETY: a symbol of this name has at least a version and a size in every version of the border.
    let [version, size] = unsafe { header.read() };
    if version != IMAGE_VERSION {
        return Err(MountError::ImageVersion { path: path.into(), found: version, wanted: IMAGE_VERSION });
    }
    let wanted = size_of::<Operations>();
    if size as usize != wanted {
        return Err(MountError::ImageTable { path: path.into(), found: size, wanted, version });
    }
    // SAFETY: version and size say that so many pointers follow the first eight bytes.
    let entries =
        unsafe { table.byte_add(size_of::<[u32; 2]>()).cast::<[*const c_void; OPERATIONS.len()]>().read() };
    if let Some(index) = entries.iter().position(|entry| entry.is_null()) {
        return Err(MountError::ImageIncomplete { path: path.into(), operation: OPERATIONS[index] });
    }
    // SAFETY: the object is constant, lives as long as the image, which is never unloaded, has the size
    // and version of `Operations`, and none of its pointers is NULL.
    Ok(unsafe { table.cast::<Operations>().as_ref() })
}

/// What the dynamic linker said, without libloading's own words around it.
fn reason(error: &libloading::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), |source| source.to_string())
}

/// The path of an operation that concerns its start itself.
const HERE: [*const c_char; 1] = [null()];

/// A path of components that owns what it points to.
pub struct Components {
    _names: Vec<std::ffi::CString>,
    pointers: Vec<*const c_char>,
}

impl Components {
    /// The path of these names, outermost first.
    pub fn new(names: Vec<std::ffi::CString>) -> Components {
        let pointers = names.iter().map(|name| name.as_ptr()).chain([null()]).collect();
        Components { _names: names, pointers }
    }
}

// SAFETY in all methods below: the table was checked when the image was loaded. A handle comes from the
// image and stays valid until its references are given back, which `Inodes` does only when the kernel
// has none left. Names and paths are ended by NUL and NULL and live through the call, and so do the
// places for results, which start out as valid values.
impl Volume {
    /// The root; it lives as long as the volume and needs no reference.
    pub fn root(&self) -> Handle {
        self.root
    }

    /// The inode of that name in a directory, with one reference more.
    pub fn lookup(&self, dir: Handle, name: &CStr) -> Result<(Attr, Handle), Errno> {
        self.found(|attr, node| unsafe {
            (self.table.lookup)(dir.0.as_ptr(), HERE.as_ptr(), name.as_ptr(), attr, node)
        })
    }

    /// Gives back references; with the last one the handle ends.
    pub fn forget(&self, node: Handle, count: u64) {
        unsafe { (self.table.forget)(node.0.as_ptr(), count) }
    }

    /// The attributes of an inode.
    pub fn getattr(&self, node: Handle) -> Result<Attr, Errno> {
        self.attributes(|attr| unsafe { (self.table.getattr)(node.0.as_ptr(), HERE.as_ptr(), attr) })
    }

    /// The attributes of an entry of a directory.
    pub fn getattr_of_entry(&self, dir: Handle, name: &CStr) -> Result<Attr, Errno> {
        let path = [name.as_ptr(), null()];
        self.attributes(|attr| unsafe { (self.table.getattr)(dir.0.as_ptr(), path.as_ptr(), attr) })
    }

    /// Sets members of an inode; its attributes afterwards.
    pub fn setattr(&self, node: Handle, change: &Change) -> Result<Attr, Errno> {
        self.attributes(|attr| unsafe { (self.table.setattr)(node.0.as_ptr(), HERE.as_ptr(), change, attr) })
    }

    /// Sets the size of a file, in bytes; its attributes afterwards.
    pub fn truncate(&self, node: Handle, size: u64) -> Result<Attr, Errno> {
        self.attributes(|attr| unsafe { (self.table.truncate)(node.0.as_ptr(), HERE.as_ptr(), size, attr) })
    }

    /// A new inode that is no directory and no symbolic link, with one reference.
    pub fn mknod(&self, dir: Handle, name: &CStr, birth: &Birth) -> Result<(Attr, Handle), Errno> {
        self.found(|attr, node| unsafe {
            (self.table.mknod)(dir.0.as_ptr(), HERE.as_ptr(), name.as_ptr(), birth, attr, node)
        })
    }

    /// A new directory, with one reference.
    pub fn mkdir(&self, dir: Handle, name: &CStr, birth: &Birth) -> Result<(Attr, Handle), Errno> {
        self.found(|attr, node| unsafe {
            (self.table.mkdir)(dir.0.as_ptr(), HERE.as_ptr(), name.as_ptr(), birth, attr, node)
        })
    }

    /// A new symbolic link, with one reference.
    pub fn symlink(
        &self,
        dir: Handle,
        name: &CStr,
        target: &CStr,
        birth: &Birth,
    ) -> Result<(Attr, Handle), Errno> {
        self.found(|attr, node| unsafe {
            (self.table.symlink)(
                dir.0.as_ptr(),
                HERE.as_ptr(),
                name.as_ptr(),
                target.as_ptr(),
                birth,
                attr,
                node,
            )
        })
    }

    /// Reads a symbolic link's target into the buffer; the number of bytes.
    pub fn readlink(&self, node: Handle, buffer: &mut [u8]) -> Result<usize, Errno> {
        let room = buffer.len();
        counted("readlink", room, unsafe {
            (self.table.readlink)(node.0.as_ptr(), HERE.as_ptr(), buffer.as_mut_ptr().cast(), room)
        })
    }

    /// Names an inode once more; its attributes afterwards. It gains one reference.
    pub fn link(&self, node: Handle, dir: Handle, name: &CStr) -> Result<Attr, Errno> {
        self.attributes(|attr| unsafe {
            (self.table.link)(node.0.as_ptr(), dir.0.as_ptr(), HERE.as_ptr(), name.as_ptr(), attr)
        })
    }

    /// Removes the name of something that is no directory.
    pub fn unlink(&self, dir: Handle, name: &CStr) -> Result<(), Errno> {
        answer(unsafe { (self.table.unlink)(dir.0.as_ptr(), HERE.as_ptr(), name.as_ptr()) })
    }

    /// Removes an empty directory.
    pub fn rmdir(&self, dir: Handle, name: &CStr) -> Result<(), Errno> {
        answer(unsafe { (self.table.rmdir)(dir.0.as_ptr(), HERE.as_ptr(), name.as_ptr()) })
    }

    /// Renames; both paths lead from the root to a directory.
    pub fn rename(
        &self,
        from: (&Components, &CStr),
        to: (&Components, &CStr),
        flags: u32,
    ) -> Result<(), Errno> {
        let (source, target) = (from.0.pointers.as_ptr(), to.0.pointers.as_ptr());
        answer(unsafe { (self.table.rename)(source, from.1.as_ptr(), target, to.1.as_ptr(), flags) })
    }

    /// Asks whether an inode may be opened with these flags of open(2), and truncates under O_TRUNC.
    pub fn open(&self, node: Handle, flags: c_int) -> Result<(), Errno> {
        answer(unsafe { (self.table.open)(node.0.as_ptr(), HERE.as_ptr(), flags) })
    }

    /// Reads bytes of a file into the buffer; their number, which is smaller only at the end.
    pub fn read(&self, node: Handle, buffer: &mut [u8], offset: u64) -> Result<usize, Errno> {
        let room = buffer.len();
        counted("read", room, unsafe {
            (self.table.read)(node.0.as_ptr(), HERE.as_ptr(), buffer.as_mut_ptr().cast(), room, offset)
        })
    }

    /// Writes bytes into a file; their number, which is smaller when space ends.
    pub fn write(&self, node: Handle, data: &[u8], offset: u64) -> Result<usize, Errno> {
        counted("write", data.len(), unsafe {
            (self.table.write)(node.0.as_ptr(), HERE.as_ptr(), data.as_ptr().cast(), data.len(), offset)
        })
    }

    /// Gives the entries of a directory whose cookies are above `cookie` to `take`, in order, until it
    /// says that there is no more room: name, inode number, kind (the S_IFMT bits of a mode), cookie.
    pub fn readdir<F>(&self, dir: Handle, cookie: u64, mut take: F) -> Result<(), Errno>
    where
        F: FnMut(&CStr, u64, u32, u64) -> bool,
    {
        let context = (&raw mut take).cast::<c_void>();
        answer(unsafe { (self.table.readdir)(dir.0.as_ptr(), HERE.as_ptr(), cookie, fill::<F>, context) })
    }

    /// The size of the volume and what is left of it.
    pub fn statfs(&self) -> Usage {
        let mut usage = Usage::default();
        unsafe { (self.table.statfs)(&mut usage) };
        usage
    }

    fn attributes(&self, call: impl FnOnce(*mut Attr) -> c_int) -> Result<Attr, Errno> {
        let mut attr = Attr::default();
        answer(call(&mut attr))?;
        Ok(attr)
    }

    fn found(&self, call: impl FnOnce(*mut Attr, *mut *mut Inode) -> c_int) -> Result<(Attr, Handle), Errno> {
        let mut node = std::ptr::null_mut();
        let attr = self.attributes(|attr| call(attr, &mut node))?;
        let node =
            NonNull::new(node).ok_or_else(|| breach("an operation succeeded without giving an inode"))?;
        Ok((attr, Handle(node)))
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        // SAFETY: called once, after `init` succeeded; no operation can follow, since they all borrow
        // the volume.
        unsafe { (self.table.destroy)() }
    }
}

/// The C side of [`Volume::readdir`]'s closure. A panic in it aborts: this is `extern "C"`.
unsafe extern "C" fn fill<F>(
    context: *mut c_void,
    name: *const c_char,
    ino: u64,
    kind: u32,
    cookie: u64,
) -> c_int
where
    F: FnMut(&CStr, u64, u32, u64) -> bool,
{
    // SAFETY: the context is what `readdir` passed in, a closure of this very type, borrowed by nobody
    // else during the call; the name is a C string that lives through the call.
    let (take, name) = unsafe { (&mut *context.cast::<F>(), CStr::from_ptr(name)) };
    c_int::from(!take(name, ino, kind, cookie))
}

/// 0, or a negative errno.
fn answer(result: c_int) -> Result<(), Errno> {
    match result {
        0 => Ok(()),
        result => Err(errno(result.into())),
    }
}

/// A count of at most `room`, or a negative errno.
fn counted(operation: &str, room: usize, result: i64) -> Result<usize, Errno> {
    match usize::try_from(result) {
        Ok(count) if count <= room => Ok(count),
        Ok(count) => Err(breach(&format!("{operation} of {room} bytes answered {count}"))),
        Err(_) => Err(errno(result)),
    }
}

/// The errno that a result stands for. The kernel takes no answer outside of 1 to 511, and would leave
/// the caller waiting for ever.
fn errno(result: i64) -> Errno {
    match result {
        -511..=-1 => Errno::from_i32(-result as i32),
        _ => breach(&format!("an operation answered {result}, which is neither 0 nor a negative errno")),
    }
}

fn breach(what: &str) -> Errno {
    tracing::error!("the image broke the border's contract: {what}");
    Errno::EIO
}
