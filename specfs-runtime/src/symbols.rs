//! Names for the addresses of a process that is gone.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use addr2line::Loader;

use crate::report::Frame;

/// Where a process had which files in memory, while it was alive.
pub struct MemoryMap {
    objects: Vec<Object>,
    image: PathBuf,
    /// Kept open, so that a later build of the same name does not lend it wrong names.
    image_file: Option<File>,
}

struct Object {
    path: PathBuf,
    start: u64,
    end: u64,
}

impl MemoryMap {
    /// What the process has in memory now.
    pub fn of_process(pid: u32, image: &Path) -> io::Result<MemoryMap> {
        let maps = std::fs::read_to_string(format!("/proc/{pid}/maps"))?;
        let image = image.canonicalize()?;
        Ok(MemoryMap { objects: objects(&maps), image_file: File::open(&image).ok(), image })
    }

    /// The frames at an address, innermost first: several when functions were inlined. `called` says
    /// that it is a return address, which belongs to the instruction before it.
    pub fn frames(&self, address: u64, called: bool) -> Vec<Frame> {
        let looked_up = address - u64::from(called && address > 0);
        let Some(object) = self.objects.iter().find(|object| (object.start..object.end).contains(&looked_up))
        else {
            return vec![Frame { address, ..Frame::default() }];
        };
        let in_image = object.path == self.image;
        let bare = Frame { address, object: Some(object.path.clone()), in_image, ..Frame::default() };
        let frames = self.named(object, looked_up - object.start, &bare);
        if frames.is_empty() { vec![bare] } else { frames }
    }

    fn named(&self, object: &Object, offset: u64, bare: &Frame) -> Vec<Frame> {
        let file = self.image_file.as_ref().filter(|_| bare.in_image);
        let file = file.map(|file| PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd())));
        let Ok(loader) = Loader::new(file.as_ref().unwrap_or(&object.path)) else { return vec![] };
        let mut frames = Vec::new();
        let Ok(mut found) = loader.find_frames(offset) else { return vec![] };
        while let Ok(Some(frame)) = found.next() {
            let location = frame.location;
            frames.push(Frame {
                function: frame.function.and_then(|name| Some(name.demangle().ok()?.into_owned())),
                file: location.as_ref().and_then(|location| location.file).map(PathBuf::from),
                line: location.and_then(|location| location.line),
                ..bare.clone()
            });
        }
        // Libraries without debug information still name what they export.
        let named = frames.iter().any(|frame| frame.function.is_some());
        match loader.find_symbol(offset).filter(|_| !named) {
            Some(symbol) => vec![Frame { function: Some(symbol.into()), ..bare.clone() }],
            None => frames,
        }
    }
}

/// The files of /proc/PID/maps (proc(5)): address range, rights, offset, device, inode, path. A file's
/// mappings lie side by side, and the first one starts where the file was loaded.
fn objects(maps: &str) -> Vec<Object> {
    let mut objects: Vec<Object> = Vec::new();
    for line in maps.lines() {
        let mut fields = line.splitn(6, ' ');
        let range = fields.next().and_then(|range| range.split_once('-'));
        let Some(path) = fields.nth(4).map(str::trim_start).filter(|path| path.starts_with('/')) else {
            continue;
        };
        let bounds = range.and_then(|(start, end)| {
            Some((u64::from_str_radix(start, 16).ok()?, u64::from_str_radix(end, 16).ok()?))
        });
        let Some((start, end)) = bounds else { continue };
        match objects.iter_mut().find(|object| object.path == Path::new(path)) {
            Some(object) => object.end = end,
            None => objects.push(Object { path: path.into(), start, end }),
        }
    }
    objects
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mappings_of_a_file_are_one_object_that_starts_at_the_first() {
        let maps = "\
55d0c8a00000-55d0c8a02000 r--p 00000000 fe:00 123                        /usr/bin/a program
55d0c8a02000-55d0c8a05000 r-xp 00002000 fe:00 123                        /usr/bin/a program
7f0000000000-7f0000021000 rw-p 00000000 00:00 0
7f5c1c000000-7f5c1c001000 r--p 00000000 fe:00 77                         /tmp/image.so
7f5c1c001000-7f5c1c004000 r-xp 00001000 fe:00 77                         /tmp/image.so
7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0                          [stack]
";
        let objects: Vec<_> = objects(maps).into_iter().map(|o| (o.path, o.start, o.end)).collect();
        assert_eq!(
            objects,
            [
                (PathBuf::from("/usr/bin/a program"), 0x55d0_c8a0_0000, 0x55d0_c8a0_5000),
                (PathBuf::from("/tmp/image.so"), 0x7f5c_1c00_0000, 0x7f5c_1c00_4000),
            ]
        );
    }

    #[test]
    fn an_address_of_this_very_process_has_its_function_and_file() {
        let image = std::env::current_exe().unwrap();
        let map = MemoryMap::of_process(std::process::id(), &image).unwrap();
        let here = MemoryMap::of_process as *const () as u64;
        let frame = map.frames(here, false).pop().unwrap();
        let function = frame.function.unwrap();
        assert!(function.contains("of_process"), "{function}");
        assert!(frame.in_image && frame.file.unwrap().ends_with("symbols.rs"));
        assert_eq!(map.frames(16, true).len(), 1, "an address that belongs to nothing is kept as it is");
    }
}
