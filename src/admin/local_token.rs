//! The file by which `systole admin` finds the server of a data directory: its URL and a token for it.
//!
//! Readable by the owner alone. The token lives in the server's memory and ends with it.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::app::Caches;
use crate::auth::secrets::{digest, new_id, new_secret};
use crate::clock::wall_now;
use crate::store::{Credential, User};

const FILE_NAME: &str = "admin.json";

/// What the file holds.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalToken {
    pub url: String,
    pub token: String,
}

/// Makes a token that acts for the longest-standing super-admin; `None`: there is none yet.
pub fn issue(caches: &Caches, users: &[User]) -> Option<String> {
    let admin = users.iter().filter(|user| user.super_admin);
    let admin = admin.min_by_key(|user| (user.created_at, &user.id))?;
    let token = new_secret("systole_");
    caches.credentials.insert(&Credential {
        id: new_id(),
        user: admin.id.clone(),
        name: "systole admin".into(),
        digest: digest(&token),
        created_at: wall_now(),
        expires_at: None,
    });
    Some(token)
}

/// Writes the file, readable by the owner alone.
pub fn write(data_dir: &Path, local: &LocalToken) -> io::Result<()> {
    remove(data_dir)?;
    let mut options = fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(path(data_dir))?;
    file.write_all(&serde_json::to_vec(local).expect("two strings are JSON"))
}

/// Reads the file; `None`: no server has written one.
pub fn read(data_dir: &Path) -> io::Result<Option<LocalToken>> {
    match fs::read(path(data_dir)) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes the file: the server has ended.
pub fn remove(data_dir: &Path) -> io::Result<()> {
    match fs::remove_file(path(data_dir)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(FILE_NAME)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use systole_systems::time::Millis;

    use super::*;

    #[test]
    fn the_file_is_for_its_owner_and_gone_when_the_server_is() {
        let dir = tempfile::tempdir().unwrap();
        assert!(read(dir.path()).unwrap().is_none());
        let old = LocalToken { url: "http://127.0.0.1:1".into(), token: "old".into() };
        let new = LocalToken { url: "http://127.0.0.1:2".into(), token: "new".into() };
        write(dir.path(), &old).unwrap();
        write(dir.path(), &new).unwrap();
        assert!(read(dir.path()).unwrap() == Some(new));
        let mode = fs::metadata(path(dir.path())).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        remove(dir.path()).unwrap();
        remove(dir.path()).unwrap();
        assert!(read(dir.path()).unwrap().is_none());
    }

    #[test]
    fn the_token_acts_for_the_first_super_admin() {
        let user = |id: &str, super_admin, created_at| User {
            id: id.into(),
            email: format!("{id}@example.org"),
            super_admin,
            created_at: Millis(created_at),
        };
        let users = [user("u1", false, 1), user("u3", true, 3), user("u2", true, 2)];
        let caches = Caches::default();
        users.iter().for_each(|user| caches.credentials.insert_user(user));
        let token = issue(&caches, &users).unwrap();
        assert_eq!(&*caches.credentials.find(&token, wall_now()).unwrap().user, "u2");
        assert_eq!(issue(&caches, &users[..1]), None);
    }
}
