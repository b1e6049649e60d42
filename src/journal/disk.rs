//! The files of a journal, behind a trait, so that tests can lose power at any write.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// A directory of files.
pub trait Disk: Send + Sync + 'static {
    /// Names of the files, sorted.
    fn list(&self) -> io::Result<Vec<String>>;
    /// The whole content of a file.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;
    /// The first bytes of a file, `length` at most.
    fn read_start(&self, name: &str, length: usize) -> io::Result<Vec<u8>>;
    /// Size of a file in bytes.
    fn size(&self, name: &str) -> io::Result<u64>;
    /// An empty file in place of whatever had the name.
    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;
    /// Gives a file another name, in place of whatever had it.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Makes names durable: of files that were created, renamed or removed.
    fn sync_names(&self) -> io::Result<()>;
}

/// A file that is being written.
pub trait DiskFile: Send {
    /// Appends; after an error any part of the bytes may have been written.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Cuts the file to `length`.
    fn truncate(&mut self, length: u64) -> io::Result<()>;
    /// Makes all that was appended durable.
    fn sync(&mut self) -> io::Result<()>;
}

/// Writes a file that is there in whole or not at all.
pub(crate) fn write_whole(disk: &dyn Disk, name: &str, bytes: &[u8]) -> io::Result<()> {
    write_aside(disk, name, bytes)?;
    put_in_place(disk, name)
}

/// Writes what is to be the content of a file beside it.
pub(crate) fn write_aside(disk: &dyn Disk, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut file = disk.create(&format!("{name}{PARTIAL}"))?;
    file.append(bytes)?;
    file.sync()
}

/// Puts what was written aside in place of the file.
pub(crate) fn put_in_place(disk: &dyn Disk, name: &str) -> io::Result<()> {
    disk.rename(&format!("{name}{PARTIAL}"), name)?;
    disk.sync_names()
}

/// The end of the name of a file that is not whole yet.
pub(crate) const PARTIAL: &str = ".partial";

/// A real directory.
#[derive(Clone, Debug)]
pub struct Directory {
    path: PathBuf,
}

impl Directory {
    /// Opens the directory, which is made when it is not there.
    pub fn open(path: &Path) -> io::Result<Directory> {
        fs::create_dir_all(path)?;
        if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            File::open(parent)?.sync_all()?;
        }
        Ok(Directory { path: path.to_owned() })
    }

    /// Opens a directory that must be there, to read from it.
    pub fn existing(path: &Path) -> io::Result<Directory> {
        fs::read_dir(path)?;
        Ok(Directory { path: path.to_owned() })
    }
}

impl Disk for Directory {
    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            if let Ok(name) = entry?.file_name().into_string() {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.path.join(name))
    }

    fn read_start(&self, name: &str, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(self.path.join(name))?.take(length as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn size(&self, name: &str) -> io::Result<u64> {
        fs::metadata(self.path.join(name)).map(|metadata| metadata.len())
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let options = OpenOptions::new().write(true).create(true).truncate(true).clone();
        Ok(Box::new(RealFile(options.open(self.path.join(name))?)))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    fn sync_names(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }
}

struct RealFile(File);

impl DiskFile for RealFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.0.set_len(length)?;
        self.0.seek(SeekFrom::Start(length)).map(|_| ())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }
}
