//! Rule files: watched, read, and compiled beside the loop whenever a file or a name in the home changes.
//!
//! A file that is half written (its YAML does not parse) keeps its last good version; its errors are shown.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use lares_rules::catalog::HomeCatalog;
use lares_rules::diagnostic::{Diagnostic, Severity, Span};
use lares_rules::{Loaded, SourceFile};
use notify::{RecursiveMode, Watcher as _};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::core::Message;

/// A file must have been quiet for this long before it is read.
const QUIET: Duration = Duration::from_millis(200);
/// However busy a folder is, it is read this often.
const QUIET_MAX: Duration = Duration::from_secs(2);
/// Folders are looked at this often even if the system tells nothing.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// Larger files are refused.
const FILE_BYTES_MAX: u64 = 1_000_000;
/// More files are refused.
const FILES_MAX: usize = 2_000;
const DEPTH_MAX: usize = 8;

/// Where rule files are, and what their names begin with.
#[derive(Clone, Debug)]
pub struct RuleFolder {
    /// The folder.
    pub path: PathBuf,
    /// `demo/` for the demo's, empty for the home's own.
    pub prefix: &'static str,
}

/// What wakes the task.
pub struct Wakes {
    /// Names in the home may have changed.
    pub names_changed: Arc<Notify>,
    /// Folders came or went.
    pub files_changed: Arc<Notify>,
    /// Cancelled when the hub stops.
    pub stop: CancellationToken,
}

/// Compiles once before it answers, then whenever something changes.
pub async fn keep(folders: Vec<RuleFolder>, hub: mpsc::Sender<Message>, wakes: Wakes) -> JoinHandle<()> {
    let mut rules = RuleFiles { folders, good: BTreeMap::new(), sources: Vec::new(), broken: Vec::new() };
    rules.read().await;
    let mut compiled = rules.compile(&hub).await;
    tokio::spawn(async move {
        let files_changed = wakes.files_changed.clone();
        let mut watching = watch(&rules.folders, &files_changed);
        loop {
            let by_names = tokio::select! {
                () = wakes.stop.cancelled() => return,
                () = wakes.files_changed.notified() => false,
                () = wakes.names_changed.notified() => true,
                () = sleep(LOOK_EVERY) => false,
            };
            if by_names {
                // Devices are announced in bursts.
                sleep(QUIET / 2).await;
            } else {
                settle(&wakes.files_changed).await;
                watching = watch(&rules.folders, &files_changed);
            }
            let changed = rules.read().await;
            let Some(catalog) = catalog(&hub).await else { return };
            if changed || compiled.as_ref() != Some(&catalog) {
                compiled = rules.compile(&hub).await;
            }
            let _ = &watching;
        }
    })
}

/// Waits until nothing has changed for [`QUIET`].
async fn settle(changed: &Notify) {
    let until = Instant::now() + QUIET_MAX;
    while Instant::now() < until && timeout(QUIET, changed.notified()).await.is_ok() {}
}

/// Watches what is there; what comes later is found by looking.
fn watch(folders: &[RuleFolder], changed: &Arc<Notify>) -> Option<notify::RecommendedWatcher> {
    let tell = changed.clone();
    let told = move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !event.kind.is_access()) {
            tell.notify_one();
        }
    };
    let mut watcher = notify::recommended_watcher(told)
        .inspect_err(|error| tracing::warn!(%error, "rule files are looked at every ten seconds only"))
        .ok()?;
    for folder in folders.iter().filter(|folder| folder.path.is_dir()) {
        if let Err(error) = watcher.watch(&folder.path, RecursiveMode::Recursive) {
            tracing::warn!(folder = %folder.path.display(), %error, "looked at every ten seconds only");
        }
    }
    Some(watcher)
}

async fn catalog(hub: &mpsc::Sender<Message>) -> Option<HomeCatalog> {
    let (reply, answer) = oneshot::channel();
    hub.send(Message::Catalog { reply }).await.ok()?;
    answer.await.ok()
}

struct RuleFiles {
    folders: Vec<RuleFolder>,
    /// The last version of each file whose YAML parsed.
    good: BTreeMap<String, String>,
    sources: Vec<SourceFile>,
    /// What is wrong with files that cannot be read, or whose present version does not parse.
    broken: Vec<Diagnostic>,
}

impl RuleFiles {
    /// Reads all files; true if anything is another one.
    async fn read(&mut self) -> bool {
        let folders = self.folders.clone();
        let found = tokio::task::spawn_blocking(move || read_all(&folders)).await.unwrap_or_default();
        let before = (self.sources.clone(), self.broken.clone());
        self.broken = found.broken;
        self.sources = Vec::new();
        let mut good = BTreeMap::new();
        for file in found.files {
            let errors = lares_rules::check_syntax(&file);
            let half = errors.iter().any(|error| error.severity == Severity::Error);
            let text = match (half, self.good.remove(&file.name)) {
                (true, Some(last)) => {
                    self.broken.extend(errors);
                    last
                }
                _ => file.text,
            };
            good.insert(file.name.clone(), text.clone());
            self.sources.push(SourceFile { name: file.name, text });
        }
        self.good = good;
        before != (self.sources.clone(), self.broken.clone())
    }

    /// Compiles against the home as it is and hands the result to the loop. Gives the names that it was compiled with.
    async fn compile(&self, hub: &mpsc::Sender<Message>) -> Option<HomeCatalog> {
        let catalog = catalog(hub).await?;
        let (sources, names) = (self.sources.clone(), catalog.clone());
        let loaded = tokio::task::spawn_blocking(move || lares_rules::load(&sources, &names)).await;
        let Loaded { rules, mut diagnostics, .. } =
            loaded.inspect_err(|error| tracing::error!(%error, "the rules could not be compiled")).ok()?;
        diagnostics.extend(self.broken.iter().cloned());
        diagnostics.sort_by(|a, b| (&a.file, a.span, &a.code).cmp(&(&b.file, b.span, &b.code)));
        hub.send(Message::Rules { rules: Arc::new(rules), diagnostics }).await.ok()?;
        Some(catalog)
    }
}

#[derive(Default)]
struct FoundFiles {
    files: Vec<SourceFile>,
    broken: Vec<Diagnostic>,
}

fn read_all(folders: &[RuleFolder]) -> FoundFiles {
    let mut found = FoundFiles::default();
    for folder in folders {
        let mut paths = Vec::new();
        collect(&folder.path, 0, &mut paths);
        paths.sort();
        for path in paths {
            let relative = path.strip_prefix(&folder.path).unwrap_or(&path);
            let name = format!("{}{}", folder.prefix, relative.to_string_lossy().replace('\\', "/"));
            match read_one(&path) {
                Ok(text) => found.files.push(SourceFile { name, text }),
                Err((line, message)) => found.broken.push(unreadable(name, line, message)),
            }
        }
    }
    found
}

fn collect(folder: &Path, depth: usize, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if hidden || paths.len() >= FILES_MAX {
            continue;
        }
        if path.is_dir() && depth < DEPTH_MAX {
            collect(&path, depth + 1, paths);
        } else if path
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("yaml") || e.eq_ignore_ascii_case("yml"))
        {
            paths.push(path);
        }
    }
}

/// The text, or the line and what is wrong there in words.
fn read_one(path: &Path) -> Result<String, (u32, String)> {
    let failed = |error: std::io::Error| (1, error.to_string());
    let length = fs::metadata(path).map_err(failed)?.len();
    if length > FILE_BYTES_MAX {
        return Err((1, format!("the file has {length} bytes; at most {FILE_BYTES_MAX} are read")));
    }
    let bytes = fs::read(path).map_err(failed)?;
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        (u32::try_from(line).unwrap_or(1), "this line is not valid UTF-8; save the file as UTF-8".into())
    })
}

fn unreadable(file: String, line: u32, message: String) -> Diagnostic {
    Diagnostic {
        code: "unreadable-file".into(),
        severity: Severity::Error,
        message,
        help: String::new(),
        file,
        span: Span { line, column: 1, end_line: line, end_column: 1 },
        source_line: String::new(),
        source_from: 1,
    }
}
