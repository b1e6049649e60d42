//! Builds the dashboard in `web/` and writes down its files, compressed, for `src/http/dashboard.rs` to embed.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;

const WHAT_TO_INSTALL: &str = "the dashboard is built by Node.js 20 from 20.19 on, or 22.12 or newer, and its npm. \
     Install both, from https://nodejs.org or your system's packages, and build again";

fn main() {
    for input in [
        "src",
        "index.html",
        "package.json",
        "package-lock.json",
        "tsconfig.json",
        "vite.config.ts",
    ] {
        println!("cargo::rerun-if-changed=web/{input}");
    }
    if let Err(problem) = build() {
        // Cargo ends the build with it.
        println!("cargo::error={problem}");
    }
}

fn build() -> Result<(), String> {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    check_node()?;
    install_packages()?;
    let built = out.join("dashboard");
    let mut bundler = Command::new("node");
    bundler.args(["node_modules/vite/bin/vite.js", "build", "--emptyOutDir", "--outDir"]);
    run(bundler.arg(&built))?;
    fs::write(out.join("dashboard.rs"), embedded(&built)?).map_err(|e| e.to_string())
}

fn check_node() -> Result<(), String> {
    let answer = Command::new("node").arg("--version").output();
    let answer =
        answer.map_err(|problem| format!("`node` does not run ({problem}): {WHAT_TO_INSTALL}"))?;
    let text = String::from_utf8_lossy(&answer.stdout);
    let mut numbers = text.trim().trim_start_matches('v').split('.').map_while(|n| n.parse().ok());
    let version: (u32, u32) = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    // What the bundler says it runs on.
    if !((20, 19)..(21, 0)).contains(&version) && version < (22, 12) {
        return Err(format!("this Node.js is {}: {WHAT_TO_INSTALL}", text.trim()));
    }
    Ok(())
}

/// Installs what the lock file names, unless that was done since it changed.
fn install_packages() -> Result<(), String> {
    let changed = |path: &str| fs::metadata(path).and_then(|file| file.modified()).ok();
    let (asked, installed) =
        (changed("web/package-lock.json"), changed("web/node_modules/.package-lock.json"));
    if installed.is_some() && asked <= installed {
        return Ok(());
    }
    run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]))
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done = command.current_dir("web").output();
    let done =
        done.map_err(|problem| format!("`{name}` does not run ({problem}): {WHAT_TO_INSTALL}"))?;
    if done.status.success() {
        return Ok(());
    }
    // A build script's errors are single lines.
    let said = [done.stdout, done.stderr].concat();
    let said = String::from_utf8_lossy(&said).trim().replace('\n', " | ");
    Err(format!("`{name}` could not build the dashboard in web/: {said}"))
}

/// Rust source: `INDEX`, and `ASSETS` sorted by path.
fn embedded(built: &Path) -> Result<String, String> {
    let list = fs::read_dir(built.join("assets")).map_err(|e| e.to_string())?;
    let files: Result<Vec<PathBuf>, _> = list.map(|entry| entry.map(|e| e.path())).collect();
    let mut files = files.map_err(|e| e.to_string())?;
    files.sort();
    let mut source = String::from("static INDEX: Asset = ");
    write_asset(&mut source, built, &built.join("index.html"))?;
    source.push_str(";\nstatic ASSETS: &[Asset] = &[\n");
    for file in &files {
        write_asset(&mut source, built, file)?;
        source.push_str(",\n");
    }
    source.push_str("];\n");
    Ok(source)
}

fn write_asset(source: &mut String, built: &Path, file: &Path) -> Result<(), String> {
    let path = file.strip_prefix(built).expect("it is in there").to_string_lossy().into_owned();
    let extension = file.extension().unwrap_or_default().to_string_lossy();
    let (content_type, compresses) = match &*extension {
        "html" => ("text/html; charset=utf-8", true),
        "js" => ("text/javascript; charset=utf-8", true),
        "css" => ("text/css; charset=utf-8", true),
        "svg" => ("image/svg+xml", true),
        "woff2" => ("font/woff2", false),
        "png" => ("image/png", false),
        _ => return Err(format!("build.rs knows no content type for {path}")),
    };
    let gzip = if compresses { Some(compress(file)?) } else { None };
    write!(
        source,
        "Asset {{ path: {path:?}, content_type: {content_type:?}, plain: include_bytes!({file:?}), gzip: {} }}",
        gzip.map_or_else(|| "None".into(), |gzip| format!("Some(include_bytes!({gzip:?}))")),
    )
    .expect("a string takes it");
    Ok(())
}

/// Compresses a file into one beside it, once, as hard as it goes.
fn compress(file: &Path) -> Result<PathBuf, String> {
    let gzip =
        file.with_extension(format!("{}.gz", file.extension().unwrap_or_default().display()));
    let bytes = fs::read(file).map_err(|e| e.to_string())?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder
        .write_all(&bytes)
        .and_then(|()| encoder.finish())
        .and_then(|done| fs::write(&gzip, done))
        .map_err(|e| e.to_string())?;
    Ok(gzip)
}
