//! The JOURNAL argument: a journal directory, a data directory that holds one, or one file that begins
//! with its own snapshot. Opened to be read, never to be written.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use systole_systems::time::{Tick, TickNumber};

use crate::journal::JournalError;
use crate::journal::catalog::Catalog;
use crate::journal::disk::{Directory, Disk, DiskFile};
use crate::journal::player::Player;
use crate::journal::segment::Segment;
use crate::journal::snapshot;
use crate::journal_tools::ToolError;
use crate::journal_tools::moment::Moment;

/// A journal to read from.
#[derive(Clone)]
pub struct Source {
    pub disk: Arc<dyn Disk>,
    pub catalog: Catalog,
    path: PathBuf,
}

impl Source {
    /// Finds the files of a journal.
    pub fn open(path: &Path) -> Result<Source, ToolError> {
        let unreadable = |error| ToolError::Unreadable { path: path.to_owned(), error };
        if std::fs::metadata(path).map_err(unreadable)?.is_file() {
            return Source::open_file(path);
        }
        let below = path.join("journal");
        let directory = if below.is_dir() { &below } else { path };
        let disk: Arc<dyn Disk> =
            Arc::new(ReadOnly(Directory::existing(directory).map_err(unreadable)?));
        let catalog = Catalog::of(&*disk)?;
        if catalog.is_empty() {
            return Err(ToolError::NoJournal { path: path.to_owned() });
        }
        Ok(Source { disk, catalog, path: path.to_owned() })
    }

    fn open_file(path: &Path) -> Result<Source, ToolError> {
        let no_journal = || ToolError::NoJournal { path: path.to_owned() };
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let directory = Directory::existing(parent.unwrap_or(Path::new(".")))
            .map_err(|error| ToolError::Unreadable { path: path.to_owned(), error })?;
        let disk: Arc<dyn Disk> = Arc::new(ReadOnly(directory));
        let file = path.file_name().and_then(|name| name.to_str()).ok_or_else(no_journal)?;
        if file.ends_with(".snapshot") {
            return Err(no_journal());
        }
        let head = Segment::read_head(&*disk, file)?;
        if head.continues {
            return Err(ToolError::NoStateOfItsOwn { path: path.to_owned() });
        }
        let mut catalog = Catalog::default();
        catalog.segments.insert(head.follows.number, file.to_owned());
        Ok(Source { disk, catalog, path: path.to_owned() })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A player at the newest state before `from`; `None`: at the oldest from which ticks can be run.
    pub fn player_before(&self, from: Option<Moment>) -> Result<Player, ToolError> {
        let first = self.first_state()?;
        let mut place = first;
        if let Some(from) = from {
            for (number, tick) in self.states()? {
                // The first place is taken in any case: what is asked for may begin with its next tick.
                if first < number && from.is_after(&tick) {
                    place = place.max(number);
                }
            }
        }
        if let Some(Moment::Tick(asked)) = from
            && asked <= place.0
        {
            return Err(ToolError::TooEarly {
                asked: TickNumber(asked),
                first: TickNumber(first.0 + 1),
            });
        }
        Ok(Player::start(self.disk.clone(), self.catalog.clone(), |state| state.tick <= place)?)
    }

    /// A player at the newest state that is not after `tick`.
    pub fn player_at(&self, tick: TickNumber) -> Result<Player, ToolError> {
        let first = self.first_state()?;
        if tick < first {
            let first = TickNumber(first.0 + 1);
            return Err(ToolError::TooEarly { asked: tick, first });
        }
        Ok(Player::start(self.disk.clone(), self.catalog.clone(), |state| state.tick <= tick)?)
    }

    /// The oldest state with the segment that follows it: a snapshot may outlive its segment.
    fn first_state(&self) -> Result<TickNumber, JournalError> {
        for (&follows, file) in &self.catalog.segments {
            let has_state = self.catalog.snapshots.contains_key(&follows)
                || !Segment::read_head(&*self.disk, file)?.continues;
            if has_state {
                return Ok(follows);
            }
        }
        let newest = self.catalog.snapshots.keys().next_back();
        newest.copied().ok_or(JournalError::NoBeginning)
    }

    /// Every state of the journal: the name of its place, and the tick after which it was taken.
    fn states(&self) -> Result<Vec<(TickNumber, Tick)>, JournalError> {
        let mut states = Vec::new();
        for (&number, file) in &self.catalog.snapshots {
            states.push((number, snapshot::read_head(&*self.disk, file)?.tick));
        }
        for (&number, file) in &self.catalog.segments {
            let head = Segment::read_head(&*self.disk, file)?;
            if !head.continues {
                states.push((number, head.follows));
            }
        }
        Ok(states)
    }
}

/// A directory whose files are read only. A segment that was compressed and removed since it was
/// listed is found under its new name.
struct ReadOnly(Directory);

impl ReadOnly {
    fn refuse<T>() -> io::Result<T> {
        Err(io::Error::new(io::ErrorKind::PermissionDenied, "a journal is read, not written, here"))
    }
}

impl Disk for ReadOnly {
    fn list(&self) -> io::Result<Vec<String>> {
        self.0.list()
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        match self.0.read(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && name.ends_with(".journal") => {
                let packed = self.0.read(&format!("{name}.zst")).map_err(|_| error)?;
                zstd::decode_all(packed.as_slice())
            }
            read => read,
        }
    }

    fn read_start(&self, name: &str, length: usize) -> io::Result<Vec<u8>> {
        match self.0.read_start(name, length) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut bytes = self.read(name).map_err(|_| error)?;
                bytes.truncate(length);
                Ok(bytes)
            }
            read => read,
        }
    }

    fn size(&self, name: &str) -> io::Result<u64> {
        self.0.size(name).or_else(|error| self.0.size(&format!("{name}.zst")).map_err(|_| error))
    }

    fn create(&self, _: &str) -> io::Result<Box<dyn DiskFile>> {
        ReadOnly::refuse()
    }

    fn rename(&self, _: &str, _: &str) -> io::Result<()> {
        ReadOnly::refuse()
    }

    fn remove(&self, _: &str) -> io::Result<()> {
        ReadOnly::refuse()
    }

    fn sync_names(&self) -> io::Result<()> {
        ReadOnly::refuse()
    }
}
