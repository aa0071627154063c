//! write(2) and pwrite(2), <https://pubs.opengroup.org/onlinepubs/9699919799/functions/write.html>

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::unistd::Whence;

use super::check::{Checked, Failure, equal, holds, same_bytes};
use super::sandbox::{Handle, Sandbox, ctime, let_time_pass, mtime, pattern};
use super::{Case, case};

pub(super) const CASES: &[Case] = &[
    case("writing grows the file to the last byte written", grows),
    case("growing byte by byte over the edge of a block", byte_by_byte),
    case("overwriting changes just the bytes written", overwrites),
    case("every offset near the block edges", block_edges),
    case("writing beyond the end leaves a hole of zeros", leaves_hole),
    case("no bytes written: nothing changes", no_bytes),
    case("mtime and ctime are marked", marks_times),
    case("write moves the offset, pwrite does not", offset),
    case("eight MiB in one call", large),
    case("bytes survive closing and opening", survives_close),
    case("fsync succeeds and keeps the contents", synchronised),
    case("a byte beyond 4 GiB, and the file stays sparse", beyond_four_gib),
    case("bytes on both sides of 2 GiB and of 4 GiB", around_the_powers),
    case("a sparse file written back to front", back_to_front),
    case("a write at the largest size: EFBIG; one across it is cut", largest_size),
    case("many small writes in turn to many files", interleaved),
    case("two descriptors write to one file", two_descriptors),
];

fn grows(at: &Sandbox) -> Checked {
    let open = at.create("f").ok()?;
    for (size, offset, expected) in [(10, 0, 10), (5, 0, 10), (5, 8, 13), (1, 4096, 4097), (1, 0, 4097)] {
        equal("the count written", open.write(&pattern(size, 0), offset).ok()?, size)?;
        equal("st_size", open.stat().ok()?.st_size, expected)?;
        equal("st_size by name", at.stat("f").ok()?.st_size, expected)?;
    }
    Ok(())
}

fn byte_by_byte(at: &Sandbox) -> Checked {
    let bytes = pattern(8200, 3);
    let open = at.create("f").ok()?;
    open.write_all(&bytes[..4090], 0)?;
    for size in (4091..4100).chain(8188..=8200) {
        let from = at.stat("f").ok()?.st_size as usize;
        open.write_all(&bytes[from..size], from as u64)?;
        equal("st_size", at.stat("f").ok()?.st_size, size as i64)?;
    }
    same_bytes("the file", &at.contents("f")?, &bytes)
}

fn overwrites(at: &Sandbox) -> Checked {
    let mut bytes = pattern(20_000, 1);
    at.file("f", &bytes)?;
    let open = at.open("f", OFlag::O_WRONLY).ok()?;
    for (offset, size) in [(0, 1), (4000, 200), (8192, 4096), (19_990, 10)] {
        let patch = vec![0xEE; size];
        open.write_all(&patch, offset as u64)?;
        bytes[offset..offset + size].copy_from_slice(&patch);
    }
    same_bytes("the file", &at.contents("f")?, &bytes)
}

fn block_edges(at: &Sandbox) -> Checked {
    let open = at.create("f").ok()?;
    let mut expected = vec![0; 4 * 4096];
    open.write_all(&expected, 0)?;
    for (round, start) in [0, 1, 4095, 4096, 4097, 8191, 8192, 12_287].into_iter().enumerate() {
        for size in [1, 2, 4095, 4096, 4097] {
            let end = (start + size).min(expected.len());
            let bytes = pattern(end - start, (round * 10 + size) as u64);
            open.write_all(&bytes, start as u64)?;
            expected[start..end].copy_from_slice(&bytes);
        }
    }
    same_bytes("the file", &at.contents("f")?, &expected)
}

fn leaves_hole(at: &Sandbox) -> Checked {
    let open = at.create("f").ok()?;
    open.write_all(b"a", 0)?;
    open.write_all(b"z", 10_000)?;
    let mut expected = vec![0; 10_001];
    expected[0] = b'a';
    expected[10_000] = b'z';
    same_bytes("the file", &at.contents("f")?, &expected)
}

fn no_bytes(at: &Sandbox) -> Checked {
    at.file("f", b"kept")?;
    let open = at.open("f", OFlag::O_WRONLY).ok()?;
    equal("the count written", open.write(b"", 100).ok()?, 0)?;
    equal("its contents", at.contents("f")?, b"kept".to_vec())
}

fn marks_times(at: &Sandbox) -> Checked {
    let open = at.create("f").ok()?;
    let before = at.stat("f").ok()?;
    let_time_pass();
    open.write_all(b"x", 0)?;
    let after = at.stat("f").ok()?;
    holds("mtime is later", mtime(&after) > mtime(&before))?;
    holds("ctime is later", ctime(&after) > ctime(&before))
}

fn offset(at: &Sandbox) -> Checked {
    let open = at.create("f").ok()?;
    open.write_on(b"ab").ok()?;
    open.write_all(b"YZ", 8)?;
    open.write_on(b"cd").ok()?;
    equal("the offset", open.seek(0, Whence::SeekCur).ok()?, 4)?;
    equal("its contents", at.contents("f")?, b"abcd\0\0\0\0YZ".to_vec())
}

fn large(at: &Sandbox) -> Checked {
    let bytes = pattern(8 << 20, 9);
    at.file("f", &bytes)?;
    same_bytes("the file", &at.contents("f")?, &bytes)
}

fn survives_close(at: &Sandbox) -> Checked {
    let bytes = pattern(50_000, 10);
    for round in 0..5 {
        let open = at.open("f", OFlag::O_WRONLY | OFlag::O_CREAT).ok()?;
        open.write_all(&bytes[round * 10_000..(round + 1) * 10_000], round as u64 * 10_000)?;
    }
    same_bytes("the file", &at.contents("f")?, &bytes)
}

fn synchronised(at: &Sandbox) -> Checked {
    let bytes = pattern(12_345, 11);
    let open = at.create("f").ok()?;
    open.write_all(&bytes, 0)?;
    open.sync().ok()?;
    same_bytes("the file", &at.contents("f")?, &bytes)
}

fn beyond_four_gib(at: &Sandbox) -> Checked {
    let offset = (1u64 << 32) + 12_345;
    let open = at.create("f").ok()?;
    open.write_all(b"far", offset)?;
    let stat = at.stat("f").ok()?;
    equal("st_size", stat.st_size, offset as i64 + 3)?;
    holds("it takes less than 1 MiB of room", stat.st_blocks * 512 < 1 << 20)?;
    equal("the far bytes", open.read(10, offset).ok()?, b"far".to_vec())?;
    same_bytes("a piece of the hole", &open.read(10_000, 1 << 31).ok()?, &[0; 10_000])?;
    same_bytes("its start", &open.read(100, 0).ok()?, &[0; 100])
}

fn around_the_powers(at: &Sandbox) -> Checked {
    let open = at.create("f").ok()?;
    for power in [31, 32, 33, 35] {
        let bytes = pattern(9000, power);
        open.write_all(&bytes, (1 << power) - 4500)?;
    }
    for power in [31, 32, 33, 35] {
        same_bytes(
            "the bytes around it",
            &open.read(9000, (1 << power) - 4500).ok()?,
            &pattern(9000, power),
        )?;
    }
    equal("st_size", open.stat().ok()?.st_size, (1 << 35) + 4500)
}

fn back_to_front(at: &Sandbox) -> Checked {
    let open = at.create("f").ok()?;
    for step in (0..64u64).rev() {
        open.write_all(&[step as u8 + 1; 100], step * 1_000_000)?;
    }
    for step in 0..64u64 {
        let expected = [step as u8 + 1; 100];
        same_bytes("the piece", &open.read(100, step * 1_000_000).ok()?, &expected)?;
    }
    equal("st_size", open.stat().ok()?.st_size, 63_000_100)
}

/// The largest size is found by trying, as systems differ; a file system that goes to the end of
/// what an offset can say leaves nothing beyond to be tried.
fn largest_size(at: &Sandbox) -> Checked {
    let open = at.create("f").ok()?;
    let largest = find_largest_size(&open)?;
    holds("a file may have 4 GiB", largest >= 1 << 32)?;
    if largest == i64::MAX {
        return Ok(());
    }
    open.truncate(0).ok()?;
    open.write(b"x", largest as u64).fails(Errno::EFBIG)?;
    equal("st_size after that", open.stat().ok()?.st_size, 0)?;
    equal("the count of a write across it", open.write(b"xyz", largest as u64 - 2).ok()?, 2)?;
    equal("st_size at the limit", open.stat().ok()?.st_size, largest)?;
    equal("the last bytes", open.read(10, largest as u64 - 2).ok()?, b"xy".to_vec())
}

/// The largest size that ftruncate(2) takes; every larger one must fail with EFBIG.
fn find_largest_size(open: &Handle) -> Result<i64, Failure> {
    let (mut fits, mut beyond) = (0i64, i64::MAX);
    if open.truncate(beyond).result().is_ok() {
        return Ok(beyond);
    }
    while beyond - fits > 1 {
        let middle = fits + (beyond - fits) / 2;
        match open.truncate(middle).result() {
            Ok(()) => fits = middle,
            Err(errno) => {
                equal("the error of a size that is too large", errno, Errno::EFBIG)?;
                beyond = middle;
            }
        }
    }
    Ok(fits)
}

fn interleaved(at: &Sandbox) -> Checked {
    let mut opens = Vec::new();
    for file in 0..20 {
        opens.push(at.create(&format!("f{file}")).ok()?);
    }
    for round in 0..100u64 {
        for (file, open) in opens.iter().enumerate() {
            open.write_all(&pattern(97, file as u64 + round), round * 97)?;
        }
    }
    for file in 0..20 {
        let expected: Vec<u8> = (0..100).flat_map(|round| pattern(97, file + round)).collect();
        same_bytes("the file", &at.contents(&format!("f{file}"))?, &expected)?;
    }
    Ok(())
}

fn two_descriptors(at: &Sandbox) -> Checked {
    let first = at.create("f").ok()?;
    let second = at.open("f", OFlag::O_RDWR).ok()?;
    first.write_all(&[1; 10_000], 0)?;
    second.write_all(&[2; 100], 5000)?;
    first.write_all(&[3; 10], 5050)?;
    let mut expected = vec![1; 10_000];
    expected[5000..5100].fill(2);
    expected[5050..5060].fill(3);
    same_bytes("the file", &second.read(20_000, 0).ok()?, &expected)
}
