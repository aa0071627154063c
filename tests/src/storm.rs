//! A storm of parallel operations whose every result is predicted by a model.
//!
//! Workers create, write, read, rename, truncate and unlink files in shared directories; each owns the names that
//! begin with its number, so its model is exact whatever the others do. Meanwhile movers rename the shared
//! directories into one another. Directories are used through open descriptors, which stay valid while they move.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;

/// How hard the storm blows.
#[derive(Clone, Debug)]
pub struct Storm {
    /// Threads that work on files.
    pub workers: usize,
    /// Threads that move directories.
    pub movers: usize,
    /// Operations of each thread.
    pub operations: usize,
    /// The seed of every random choice.
    pub seed: u64,
    /// After this long without an end the file system is taken for deadlocked.
    pub patience: Duration,
}

const DIRECTORIES: usize = 8;
const NAMES: usize = 12;
const LONGEST_WRITE: usize = 3 * 4096 + 100;
const FARTHEST_OFFSET: u64 = 200_000;

/// What a worker believes its files to be.
type Model = HashMap<(usize, usize), Vec<u8>>;

struct Shared {
    root: OwnedFd,
    directories: Vec<OwnedFd>,
    /// The directory that each directory is in, the root as None; locked while one is moved.
    parents: Vec<Mutex<Option<usize>>>,
}

/// Runs the storm in an empty folder, checks every result and the tree it leaves, and removes that.
pub fn storm(place: &Path, plan: &Storm) -> Result<()> {
    let shared = Arc::new(Shared::new(place)?);
    let models = run_all(plan, &shared)?;
    check_tree(place, &models)?;
    drop(shared);
    for entry in std::fs::read_dir(place)? {
        let path = entry?.path();
        std::fs::remove_dir_all(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}

/// Runs the storm on a whole file system of its own, which must have all its space back afterwards.
pub fn storm_without_leak(mountpoint: &Path, plan: &Storm) -> Result<()> {
    let before = rustix::fs::statvfs(mountpoint)?;
    storm(mountpoint, plan)?;
    check_nothing_leaked(mountpoint, &before)
}

impl Shared {
    fn new(place: &Path) -> Result<Shared> {
        let open = |path: &Path| rustix::fs::open(path, OFlags::DIRECTORY | OFlags::RDONLY, Mode::empty());
        let mut directories = vec![];
        for number in 0..DIRECTORIES {
            let path = place.join(directory_name(number));
            std::fs::create_dir(&path)?;
            directories.push(open(&path)?);
        }
        let parents = (0..DIRECTORIES).map(|_| Mutex::new(None)).collect();
        Ok(Shared { root: open(place)?, directories, parents })
    }

    fn directory(&self, number: Option<usize>) -> impl AsFd + '_ {
        number.map_or(self.root.as_fd(), |n| self.directories[n].as_fd())
    }
}

fn directory_name(number: usize) -> String {
    format!("d{number}")
}

fn file_name(worker: usize, name: usize) -> String {
    format!("w{worker}-{name}")
}

fn run_all(plan: &Storm, shared: &Arc<Shared>) -> Result<Vec<Model>> {
    let (send, receive) = mpsc::channel();
    let threads = plan.workers + plan.movers;
    for number in 0..threads {
        let (plan, shared, send) = (plan.clone(), Arc::clone(shared), send.clone());
        std::thread::spawn(move || {
            let random = fastrand::Rng::with_seed(plan.seed.wrapping_mul(1000).wrapping_add(number as u64));
            let outcome = if number < plan.workers {
                Worker { number, random, shared: &shared, model: Model::new() }.work(plan.operations)
            } else {
                move_directories(&shared, random, plan.operations).map(|()| Model::new())
            };
            drop(shared);
            let _ = send.send((number, outcome));
        });
    }
    let mut models = vec![Model::new(); threads];
    for _ in 0..threads {
        let (number, outcome) = receive
            .recv_timeout(plan.patience)
            .map_err(|_| anyhow::anyhow!("no thread ended for {:?}: a deadlock", plan.patience))?;
        models[number] = outcome.with_context(|| format!("thread {number}, seed {}", plan.seed))?;
    }
    Ok(models)
}

struct Worker<'a> {
    number: usize,
    random: fastrand::Rng,
    shared: &'a Shared,
    model: Model,
}

impl Worker<'_> {
    fn work(mut self, operations: usize) -> Result<Model> {
        for step in 0..operations {
            let key = self.any_key();
            let operation = self.random.usize(0..8);
            match operation {
                0 | 1 => self.create(key),
                2 => self.write(key),
                3 => self.read(key),
                4 => self.rename(key),
                5 => self.unlink(key),
                6 => self.truncate(key),
                _ => self.unlink_while_open(key),
            }
            .with_context(|| format!("step {step}, operation {operation} on {key:?}"))?;
        }
        Ok(self.model)
    }

    fn any_key(&mut self) -> (usize, usize) {
        (self.random.usize(0..DIRECTORIES), self.random.usize(0..NAMES))
    }

    fn open(&self, key: (usize, usize), flags: OFlags) -> Result<std::fs::File, Errno> {
        let name = file_name(self.number, key.1);
        rustix::fs::openat(&self.shared.directories[key.0], name, flags, Mode::from(0o644)).map(Into::into)
    }

    fn create(&mut self, key: (usize, usize)) -> Result<()> {
        let result = self.open(key, OFlags::CREATE | OFlags::EXCL | OFlags::RDWR);
        match self.model.entry(key) {
            Entry::Occupied(_) => expect(result.map(drop), Err(Errno::EXIST)),
            Entry::Vacant(absent) => {
                absent.insert(vec![]);
                expect(result.map(drop), Ok(()))
            }
        }
    }

    fn write(&mut self, key: (usize, usize)) -> Result<()> {
        let opened = self.open(key, OFlags::WRONLY);
        let Some(content) = self.model.get_mut(&key) else {
            return expect(opened.map(drop), Err(Errno::NOENT));
        };
        let mut file = opened?;
        let offset = self.random.u64(0..FARTHEST_OFFSET) as usize;
        let mut bytes = vec![0; self.random.usize(1..LONGEST_WRITE)];
        self.random.fill(&mut bytes);
        file.seek(SeekFrom::Start(offset as u64))?;
        file.write_all(&bytes)?;
        content.resize(content.len().max(offset + bytes.len()), 0);
        content[offset..offset + bytes.len()].copy_from_slice(&bytes);
        Ok(())
    }

    fn read(&mut self, key: (usize, usize)) -> Result<()> {
        let opened = self.open(key, OFlags::RDONLY);
        let Some(content) = self.model.get(&key) else { return expect(opened.map(drop), Err(Errno::NOENT)) };
        let mut found = vec![];
        opened?.read_to_end(&mut found)?;
        same(&found, content)
    }

    fn rename(&mut self, from: (usize, usize)) -> Result<()> {
        let to = self.any_key();
        let result = rustix::fs::renameat(
            &self.shared.directories[from.0],
            file_name(self.number, from.1),
            &self.shared.directories[to.0],
            file_name(self.number, to.1),
        );
        let Some(content) = self.model.remove(&from) else { return expect(result, Err(Errno::NOENT)) };
        self.model.insert(to, content);
        expect(result, Ok(()))
    }

    fn unlink(&mut self, key: (usize, usize)) -> Result<()> {
        let result = self.remove(key);
        expect(result, self.model.remove(&key).map(|_| ()).ok_or(Errno::NOENT))
    }

    fn remove(&self, key: (usize, usize)) -> Result<(), Errno> {
        rustix::fs::unlinkat(&self.shared.directories[key.0], file_name(self.number, key.1), AtFlags::empty())
    }

    fn truncate(&mut self, key: (usize, usize)) -> Result<()> {
        let opened = self.open(key, OFlags::WRONLY);
        let Some(content) = self.model.get_mut(&key) else {
            return expect(opened.map(drop), Err(Errno::NOENT));
        };
        let size = self.random.u64(0..FARTHEST_OFFSET);
        let file = opened?;
        file.set_len(size)?;
        content.resize(size as usize, 0);
        ensure!(file.metadata()?.len() == size, "stat tells another size than truncate set");
        Ok(())
    }

    fn unlink_while_open(&mut self, key: (usize, usize)) -> Result<()> {
        let opened = self.open(key, OFlags::RDWR);
        let Some(mut content) = self.model.remove(&key) else {
            return expect(opened.map(drop), Err(Errno::NOENT));
        };
        let mut file = opened?;
        expect(self.remove(key), Ok(()))?;
        file.seek(SeekFrom::End(0))?;
        file.write_all(b"after unlink")?;
        content.extend_from_slice(b"after unlink");
        let mut found = vec![];
        file.rewind()?;
        file.read_to_end(&mut found)?;
        ensure!(file.metadata()?.nlink() == 0, "an unlinked file still has a link");
        same(&found, &content)
    }
}

/// Renames shared directories into one another. Where each is, is known while its lock is held; whether the new
/// place lies inside it is not, so EINVAL may be the answer, and nothing else may.
fn move_directories(shared: &Shared, mut random: fastrand::Rng, operations: usize) -> Result<()> {
    for _ in 0..operations {
        let moved = random.usize(0..DIRECTORIES);
        let target = random.usize(0..=DIRECTORIES);
        let target = (target < DIRECTORIES).then_some(target);
        let name = directory_name(moved);
        let Ok(mut parent) = shared.parents[moved].lock() else { bail!("another mover failed") };
        match rustix::fs::renameat(shared.directory(*parent), &name, shared.directory(target), &name) {
            Ok(()) => *parent = target,
            Err(Errno::INVAL) if target.is_some() => {}
            Err(error) => bail!("rename of {name} from {parent:?} to {target:?}: {error}"),
        }
    }
    Ok(())
}

fn expect(found: Result<(), Errno>, expected: Result<(), Errno>) -> Result<()> {
    ensure!(found == expected, "found {found:?}, the model says {expected:?}");
    Ok(())
}

fn same(found: &[u8], expected: &[u8]) -> Result<()> {
    ensure!(found.len() == expected.len(), "{} bytes read, the model has {}", found.len(), expected.len());
    let differs = found.iter().zip(expected).position(|(a, b)| a != b);
    ensure!(differs.is_none(), "the contents differ at byte {differs:?}");
    Ok(())
}

/// Every directory stands in the tree once, holds just the files of the models, and has the links POSIX gives it.
fn check_tree(place: &Path, models: &[Model]) -> Result<()> {
    let mut expected: BTreeMap<String, BTreeMap<String, &[u8]>> =
        (0..DIRECTORIES).map(|number| (directory_name(number), BTreeMap::new())).collect();
    for (worker, model) in models.iter().enumerate() {
        for ((directory, name), content) in model {
            let files = expected.entry(directory_name(*directory)).or_default();
            files.insert(file_name(worker, *name), content);
        }
    }
    let mut pending: Vec<PathBuf> = vec![place.to_path_buf()];
    while let Some(folder) = pending.pop() {
        let mut files = BTreeMap::new();
        let mut subdirectories = 0;
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                subdirectories += 1;
                pending.push(entry.path());
            } else {
                files.insert(entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path())?);
            }
        }
        let links = std::fs::metadata(&folder)?.nlink();
        ensure!(
            links == 2 + subdirectories,
            "{}: {links} links, {subdirectories} subdirectories",
            folder.display()
        );
        if folder == place {
            ensure!(files.is_empty(), "files appeared in the root: {:?}", files.keys());
            continue;
        }
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let model = expected.remove(&name).with_context(|| format!("{name} stands in the tree twice"))?;
        ensure!(
            files.keys().eq(model.keys()),
            "{name} holds {:?}, the models {:?}",
            files.keys(),
            model.keys()
        );
        for (file, content) in &files {
            same(content, model[file]).with_context(|| format!("{name}/{file}"))?;
        }
    }
    ensure!(expected.is_empty(), "directories are lost: {:?}", expected.keys());
    Ok(())
}

/// All blocks and inodes are free again. The kernel forgets inodes in its own time, so this waits a little.
fn check_nothing_leaked(place: &Path, before: &rustix::fs::StatVfs) -> Result<()> {
    let mut now = rustix::fs::statvfs(place)?;
    for _ in 0..100 {
        if (now.f_bfree, now.f_ffree) == (before.f_bfree, before.f_ffree) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
        now = rustix::fs::statvfs(place)?;
    }
    bail!(
        "after everything was removed {} of {} blocks and {} of {} inodes are free again",
        now.f_bfree,
        before.f_bfree,
        now.f_ffree,
        before.f_ffree
    )
}
