//! A file that is written whole or not at all; standard output and devices are written as they come.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::journal_tools::ToolError;

/// Where something is being written.
pub struct Output {
    path: PathBuf,
    to: BufWriter<To>,
}

enum To {
    Stdout,
    /// A device or a pipe, which cannot be replaced.
    InPlace(File),
    /// Renamed when it is whole; removed when it never is.
    Temporary(NamedTempFile),
}

/// Whether the path stands for standard output.
pub fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Refuses a path where something is already, unless it may be replaced.
pub fn check_free(path: &Path, force: bool) -> Result<(), ToolError> {
    let is_taken = !force && !is_stdout(path) && path.is_file();
    if is_taken { Err(ToolError::Exists { path: path.to_owned() }) } else { Ok(()) }
}

impl Output {
    /// Begins to write.
    pub fn create(path: &Path, force: bool) -> Result<Output, ToolError> {
        check_free(path, force)?;
        let to = To::open(path).map_err(in_output(path))?;
        Ok(Output { path: path.to_owned(), to: BufWriter::with_capacity(1 << 16, to) })
    }

    /// Makes what was written durable and gives it its name.
    pub fn finish(self) -> Result<(), ToolError> {
        let Output { path, to } = self;
        let to = to.into_inner().map_err(|error| in_output(&path)(error.into_error()))?;
        match to {
            To::Stdout | To::InPlace(_) => Ok(()),
            To::Temporary(file) => {
                file.as_file().sync_data().map_err(in_output(&path))?;
                file.persist(&path).map_err(|error| in_output(&path)(error.error))?;
                sync_names(&path).map_err(in_output(&path))
            }
        }
    }

    /// Where it is written to.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.to.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

impl To {
    fn open(path: &Path) -> io::Result<To> {
        if is_stdout(path) {
            return Ok(To::Stdout);
        }
        if path.exists() && !path.is_file() {
            return Ok(To::InPlace(OpenOptions::new().write(true).open(path)?));
        }
        // As a file that is simply created: the umask decides who may read it.
        let permissions = Permissions::from_mode(0o666);
        let file = tempfile::Builder::new()
            .prefix(".systole-")
            .permissions(permissions)
            .tempfile_in(directory_of(path))?;
        Ok(To::Temporary(file))
    }
}

impl Write for To {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            To::Stdout => io::stdout().write(bytes),
            To::InPlace(file) => file.write(bytes),
            To::Temporary(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            To::Stdout => io::stdout().flush(),
            To::InPlace(file) => file.flush(),
            To::Temporary(file) => file.flush(),
        }
    }
}

/// The directory a file lies in.
pub(crate) fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes the names of a file's directory durable.
fn sync_names(path: &Path) -> io::Result<()> {
    File::open(directory_of(path))?.sync_all()
}

/// Names the output of an error.
pub(crate) fn in_output(path: &Path) -> impl FnOnce(io::Error) -> ToolError {
    let path = path.to_owned();
    move |error| ToolError::Output { path, error }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_there_in_whole_or_not_at_all_and_never_replaced_unasked() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("out");
        let mut given_up = Output::create(&path, false).unwrap();
        given_up.write_all(b"half").unwrap();
        drop(given_up);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);

        let mut output = Output::create(&path, false).unwrap();
        output.write_all(b"first").unwrap();
        assert!(!path.exists());
        output.finish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"first");

        let refused = Output::create(&path, false).err().unwrap().to_string();
        assert!(refused.ends_with("is there already; --force replaces it"), "{refused}");
        let mut output = Output::create(&path, true).unwrap();
        output.write_all(b"second").unwrap();
        output.finish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"second");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_device_is_written_to_and_stays_one() {
        let mut output = Output::create(Path::new("/dev/null"), false).unwrap();
        output.write_all(b"anything").unwrap();
        output.finish().unwrap();
        assert!(!Path::new("/dev/null").is_file());
    }
}
