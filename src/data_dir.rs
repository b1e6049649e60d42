//! The directory of a server's files. One server at a time: whoever comes second is told.

use std::fs::{File, create_dir_all};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use tempfile::TempDir;

use crate::config::DataDir;

/// A data directory that is ours for as long as this lives.
#[derive(Debug)]
pub struct OpenDataDir {
    path: PathBuf,
    _lock: File,
    /// Removed with everything in it when it is dropped.
    _temporary: Option<TempDir>,
}

/// Makes the directory when it is not there, and locks it.
pub fn open_data_dir(data_dir: &DataDir) -> io::Result<OpenDataDir> {
    let (path, temporary) = match data_dir {
        DataDir::Kept(path) => (path.clone(), None),
        DataDir::Temporary => {
            let temporary = tempfile::Builder::new().prefix("systole-demo-").tempdir()?;
            (temporary.path().to_owned(), Some(temporary))
        }
    };
    create_dir_all(&path)?;
    let lock = File::create(path.join("lock"))?;
    flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
    Ok(OpenDataDir { path, _lock: lock, _temporary: temporary })
}

impl OpenDataDir {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_directory_has_one_owner_and_a_temporary_one_leaves_nothing() {
        let outer = tempfile::tempdir().unwrap();
        let kept = DataDir::Kept(outer.path().join("a/b"));
        let first = open_data_dir(&kept).unwrap();
        assert_eq!(open_data_dir(&kept).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        drop(first);
        open_data_dir(&kept).unwrap();

        let temporary = open_data_dir(&DataDir::Temporary).unwrap();
        let path = temporary.path().to_owned();
        assert!(path.exists());
        drop(temporary);
        assert!(!path.exists());
    }
}
