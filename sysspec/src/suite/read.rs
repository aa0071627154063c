//! read(2) and pread(2), <https://pubs.opengroup.org/onlinepubs/9699919799/functions/read.html>

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::unistd::Whence;

use super::check::{Checked, equal, same_bytes};
use super::sandbox::{Sandbox, pattern};
use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case("what was written is read", reads_back),
    case("at and beyond the end: nothing", at_the_end),
    case("across the end: what there is", across_the_end),
    case("an empty file: nothing", empty_file),
    case("no bytes asked: none given", no_bytes),
    case("a hole is read as zeros", hole),
    case("every offset near the block edges", block_edges),
    case("read moves the offset, pread does not", offset),
    case("what another descriptor wrote is seen at once", other_descriptor),
    case("what truncation took is gone at once", after_truncation),
    case("a large file in odd pieces", odd_pieces),
    case("a directory: EISDIR", directory),
    case("SEEK_END counts from the end, also after it moved", seek_end),
    case("reading at a seek beyond the end: nothing", seek_beyond),
];

fn reads_back(at: &Sandbox) -> Checked {
    let bytes = pattern(100_000, 3);
    at.file("f", &bytes)?;
    same_bytes("the file", &at.contents("f")?, &bytes)
}

fn at_the_end(at: &Sandbox) -> Checked {
    at.file("f", &pattern(5000, 0))?;
    let open = at.open("f", OFlag::O_RDONLY).ok()?;
    for offset in [5000, 5001, 8192, 1 << 40] {
        equal("what is read there", open.read(100, offset).ok()?, Vec::new())?;
    }
    Ok(())
}

fn across_the_end(at: &Sandbox) -> Checked {
    let bytes = pattern(5000, 4);
    at.file("f", &bytes)?;
    let open = at.open("f", OFlag::O_RDONLY).ok()?;
    same_bytes("the last ten bytes", &open.read(100, 4990).ok()?, &bytes[4990..])?;
    same_bytes("the last byte", &open.read(100, 4999).ok()?, &bytes[4999..])
}

fn empty_file(at: &Sandbox) -> Checked {
    let open = at.create("f").ok()?;
    equal("what is read", open.read(100, 0).ok()?, Vec::new())
}

fn no_bytes(at: &Sandbox) -> Checked {
    at.file("f", b"x")?;
    let open = at.open("f", OFlag::O_RDONLY).ok()?;
    equal("what is read", open.read_on(0).ok()?, Vec::new())
}

fn hole(at: &Sandbox) -> Checked {
    let open = at.create("f").ok()?;
    open.write_all(b"end", 1_000_000)?;
    same_bytes("its first part", &open.read(999_999, 0).ok()?, &vec![0; 999_999])?;
    equal("its end", open.read(100, 999_998).ok()?, b"\0\0end".to_vec())
}

fn block_edges(at: &Sandbox) -> Checked {
    let bytes = pattern(5 * 4096, 5);
    at.file("f", &bytes)?;
    let open = at.open("f", OFlag::O_RDONLY).ok()?;
    for start in [0, 1, 4095, 4096, 4097, 8191, 8192, 12_288, 16_383] {
        for size in [1, 2, 4095, 4096, 4097, 8192] {
            let end = (start + size).min(bytes.len());
            let what = format!("{size} bytes at {start}");
            same_bytes(&what, &open.read(size, start as u64).ok()?, &bytes[start..end])?;
        }
    }
    Ok(())
}

fn offset(at: &Sandbox) -> Checked {
    at.file("f", b"abcdef")?;
    let open = at.open("f", OFlag::O_RDONLY).ok()?;
    equal("the first read", open.read_on(2).ok()?, b"ab".to_vec())?;
    equal("a pread", open.read(2, 4).ok()?, b"ef".to_vec())?;
    equal("the second read", open.read_on(2).ok()?, b"cd".to_vec())?;
    equal("the offset", open.seek(0, Whence::SeekCur).ok()?, 4)
}

fn other_descriptor(at: &Sandbox) -> Checked {
    let writer = at.create("f").ok()?;
    let reader = at.open("f", OFlag::O_RDONLY).ok()?;
    for round in 0..50u64 {
        let bytes = pattern(3000, round);
        writer.write_all(&bytes, round * 1500)?;
        same_bytes("what the reader sees", &reader.read(3000, round * 1500).ok()?, &bytes)?;
    }
    Ok(())
}

fn after_truncation(at: &Sandbox) -> Checked {
    at.file("f", &[7; 10_000])?;
    let open = at.open("f", OFlag::O_RDONLY).ok()?;
    open.read(10_000, 0).ok()?;
    at.truncate("f", 100).ok()?;
    same_bytes("what is left", &open.read(10_000, 0).ok()?, &[7; 100])
}

fn odd_pieces(at: &Sandbox) -> Checked {
    let bytes = pattern(3_000_001, 6);
    at.file("f", &bytes)?;
    let open = at.open("f", OFlag::O_RDONLY).ok()?;
    let mut offset = 0;
    for size in [1usize, 777, 65_537, 131_071, 1_000_003].into_iter().cycle() {
        if offset >= bytes.len() {
            break;
        }
        let end = (offset + size).min(bytes.len());
        same_bytes("the piece", &open.read(size, offset as u64).ok()?, &bytes[offset..end])?;
        offset = end;
    }
    Ok(())
}

fn directory(at: &Sandbox) -> Checked {
    at.mkdir("d").ok()?;
    at.open("d", OFlag::O_RDONLY).ok()?.read(10, 0).fails(Errno::EISDIR)
}

fn seek_end(at: &Sandbox) -> Checked {
    at.file("f", &[0; 5000])?;
    let open = at.open("f", OFlag::O_RDONLY).ok()?;
    equal("the end", open.seek(0, Whence::SeekEnd).ok()?, 5000)?;
    at.truncate("f", 6_000_000_000).ok()?;
    equal("the new end", open.seek(-1, Whence::SeekEnd).ok()?, 5_999_999_999)
}

fn seek_beyond(at: &Sandbox) -> Checked {
    at.file("f", b"x")?;
    let open = at.open("f", OFlag::O_RDONLY).ok()?;
    open.seek(1 << 33, Whence::SeekSet).ok()?;
    equal("what is read", open.read_on(10).ok()?, Vec::new())
}
