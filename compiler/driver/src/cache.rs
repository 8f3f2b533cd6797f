//! Objects that were compiled before, in a folder of the user.
//!
//! An entry is a file named for the text that was compiled, which says all that the object depends on:
//! instructions, processor, versions. It is written under another name and renamed, so that a reader
//! sees all of it or nothing; one that is damaged, or another's, is as if it were not there, and what
//! is compiled instead takes its place. The oldest entries go when there are too many.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sdec_codegen::Objects;

/// What every entry begins with.
const MARK: &[u8; 16] = b"sdec object  1\r\n";

/// Bytes of the mark, of the text's number and of the object's.
const HEAD: usize = 16 + 16 + 16;

/// Bytes that all entries may take.
const MOST: u64 = 256 << 20;

/// Endings of the files that are entries, or become ones.
const ENDINGS: [&str; 2] = ["object", "part"];

/// A folder of objects.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
    most: u64,
}

/// What was removed, or what there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheSize {
    /// Files.
    pub entries: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Cache {
    /// The entries of a folder, which need not exist.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, most: MOST }
    }

    /// The folder that the environment names: `SDEC_CACHE_DIR`, which may be empty for none, or `sdec`
    /// in the folder of the user's caches.
    pub fn folder() -> Option<PathBuf> {
        let named = |name: &str| std::env::var_os(name).map(PathBuf::from);
        if let Some(folder) = named("SDEC_CACHE_DIR") {
            return (!folder.as_os_str().is_empty()).then_some(folder);
        }
        let is_usable = |folder: &PathBuf| folder.is_absolute();
        let caches = named("XDG_CACHE_HOME").filter(is_usable);
        let caches =
            caches.or_else(|| named("HOME").filter(is_usable).map(|home| home.join(".cache")));
        caches.map(|caches| caches.join("sdec"))
    }

    /// How much there is.
    ///
    /// # Errors
    ///
    /// The folder cannot be read.
    pub fn size(&self) -> io::Result<CacheSize> {
        let files = self.files()?;
        let bytes = files.iter().map(|file| file.bytes).sum();
        Ok(CacheSize { entries: files.len() as u64, bytes })
    }

    /// Removes every entry, and nothing else that lies in the folder.
    ///
    /// # Errors
    ///
    /// A file cannot be removed.
    pub fn clear(&self) -> io::Result<CacheSize> {
        let mut removed = CacheSize::default();
        for file in self.files()? {
            remove(&file.path)?;
            removed.entries += 1;
            removed.bytes += file.bytes;
        }
        Ok(removed)
    }

    fn path(&self, text: &str) -> PathBuf {
        self.folder.join(format!("{:032x}.object", number(text.as_bytes())))
    }

    fn write(&self, text: &str, object: &[u8]) -> io::Result<()> {
        create(&self.folder)?;
        let path = self.path(text);
        let part = path.with_extension(format!("{}.part", std::process::id()));
        let mut file = fs::File::create(&part)?;
        let written = file
            .write_all(MARK)
            .and_then(|()| file.write_all(&number(text.as_bytes()).to_le_bytes()))
            .and_then(|()| file.write_all(&number(object).to_le_bytes()))
            .and_then(|()| file.write_all(object));
        drop(file);
        written.and_then(|()| fs::rename(&part, &path)).inspect_err(|_| {
            // What cannot be written is not left in half.
            let _ = fs::remove_file(&part);
        })?;
        self.make_room()
    }

    /// Removes the entries that were not used for longest, down to three quarters of what there may be.
    fn make_room(&self) -> io::Result<()> {
        let mut files = self.files()?;
        let mut bytes: u64 = files.iter().map(|file| file.bytes).sum();
        if bytes <= self.most {
            return Ok(());
        }
        files.sort_by_key(|file| file.used);
        for file in files {
            if bytes <= self.most / 4 * 3 {
                break;
            }
            remove(&file.path)?;
            bytes -= file.bytes;
        }
        Ok(())
    }

    fn files(&self) -> io::Result<Vec<Entry>> {
        let folder = match fs::read_dir(&self.folder) {
            Ok(folder) => folder,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut files = Vec::new();
        for file in folder {
            let path = file?.path();
            let ending = path.extension().and_then(|ending| ending.to_str());
            if !ending.is_some_and(|ending| ENDINGS.contains(&ending)) {
                continue;
            }
            // Another process may have removed it in between.
            if let Ok(about) = fs::metadata(&path) {
                let used = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                files.push(Entry { path, bytes: about.len(), used });
            }
        }
        Ok(files)
    }
}

struct Entry {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
}

impl Objects for Cache {
    fn find(&self, text: &str) -> Option<Vec<u8>> {
        let path = self.path(text);
        let mut bytes = fs::read(&path).ok()?;
        let (head, object) = bytes.split_at_checked(HEAD)?;
        let expected =
            [&MARK[..], &number(text.as_bytes()).to_le_bytes(), &number(object).to_le_bytes()];
        if head != expected.concat() {
            return None;
        }
        // The age of an entry is the time since it was used; not knowing it does no harm.
        if let Ok(file) = fs::File::options().append(true).open(&path) {
            let _ = file.set_modified(SystemTime::now());
        }
        Some(bytes.split_off(HEAD))
    }

    /// A folder that cannot be written to costs the time of compiling, as without a cache.
    fn keep(&self, text: &str, object: &[u8]) {
        let _ = self.write(text, object);
    }
}

/// Only the user reads what runs as the user's.
fn create(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Two processes may remove the same file.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// FNV-1a in 128 bits.
fn number(bytes: &[u8]) -> u128 {
    const PRIME: u128 = (1 << 88) + 0x13b;
    const START: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    bytes.iter().fold(START, |hash, &byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(most: u64) -> (tempfile::TempDir, Cache) {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache { folder: folder.path().join("deep/er"), most };
        (folder, cache)
    }

    #[test]
    fn the_number_is_the_published_one() {
        assert_eq!(number(b""), 0x6c62272e07bb014262b821756295c58d);
        assert_eq!(number(b"foobar"), 0x343e1662793c64bf6f0d3597ba446f18);
    }

    #[test]
    fn what_is_kept_is_found_under_its_text_alone() {
        let (_folder, cache) = cache(MOST);
        assert_eq!(cache.find("a"), None);
        cache.keep("a", b"object of a");
        cache.keep("b", b"");
        assert_eq!(cache.find("a").as_deref(), Some(&b"object of a"[..]));
        assert_eq!(cache.find("b").as_deref(), Some(&b""[..]));
        assert_eq!(cache.find("c"), None);
        assert_eq!(cache.size().unwrap().entries, 2);
    }

    #[test]
    fn damaged_and_foreign_entries_are_ignored_and_replaced() {
        let (_folder, cache) = cache(MOST);
        cache.keep("a", b"object of a");
        cache.keep("b", b"object of b");
        let whole = fs::read(cache.path("a")).unwrap();
        let mut flipped = whole.clone();
        *flipped.last_mut().unwrap() ^= 1;
        let foreign = fs::read(cache.path("b")).unwrap();
        let wrong: [&[u8]; 6] =
            [&flipped, &whole[..whole.len() - 1], &whole[..HEAD - 1], b"", &foreign, b"hello"];
        for wrong in wrong {
            fs::write(cache.path("a"), wrong).unwrap();
            assert_eq!(cache.find("a"), None);
        }
        cache.keep("a", b"object of a");
        assert_eq!(cache.find("a").as_deref(), Some(&b"object of a"[..]));
    }

    #[test]
    fn the_oldest_entries_make_room() {
        let (_folder, cache) = cache(4000);
        for k in 0..10_u64 {
            let text = k.to_string();
            cache.keep(&text, &[0; 1000 - HEAD]);
            if let Ok(file) = fs::File::options().append(true).open(cache.path(&text)) {
                file.set_modified(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(k))
                    .unwrap();
            }
        }
        let size = cache.size().unwrap();
        assert!(size.bytes <= 4000 && size.entries >= 3, "{size:?}");
        assert!(cache.find("0").is_none());
        assert!(cache.find("8").is_some());
    }

    #[test]
    fn clearing_leaves_what_is_no_entry() {
        let (_folder, cache) = cache(MOST);
        assert_eq!(cache.clear().unwrap(), CacheSize::default());
        cache.keep("a", b"object");
        fs::write(cache.folder.join("notes.txt"), "mine").unwrap();
        assert_eq!(cache.clear().unwrap(), CacheSize { entries: 1, bytes: HEAD as u64 + 6 });
        assert_eq!(cache.find("a"), None);
        assert!(cache.folder.join("notes.txt").exists());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_no_failure() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let cache = Cache::new(file);
        cache.keep("a", b"object");
        assert_eq!(cache.find("a"), None);
    }
}
