//! Rule files: watched, read, and compiled beside the loop whenever a file or a name in the home changes.
//!
//! A file that is half written (its YAML does not parse) or cannot be read at the moment keeps its last good version;
//! its errors are shown. So does all of a folder that cannot be read. What was deleted is gone.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lares_rules::catalog::HomeCatalog;
use lares_rules::diagnostic::{Diagnostic, Severity};
use lares_rules::{Loaded, SourceFile};
use notify::{RecursiveMode, Watcher as _};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::core::Message;
use crate::rule_folders::{RuleFolder, read_all};

/// A file must have been quiet for this long before it is read.
const QUIET: Duration = Duration::from_millis(200);
/// However busy a folder is, it is read this often.
const QUIET_MAX: Duration = Duration::from_secs(2);
/// Folders are looked at this often even if the system tells nothing.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// A folder that has gone is looked for this often.
const LOOK_FOR_EVERY: Duration = Duration::from_secs(1);

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
                () = sleep(rules.look_in()) => false,
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
    /// A folder that is not there cannot be watched, so its return is looked for.
    fn look_in(&self) -> Duration {
        let is_missing = |folder: &RuleFolder| !folder.may_be_missing && !folder.path.is_dir();
        if self.folders.iter().any(is_missing) { LOOK_FOR_EVERY } else { LOOK_EVERY }
    }

    /// Reads all files; true if anything is another one.
    async fn read(&mut self) -> bool {
        let folders = self.folders.clone();
        let Ok(found) = tokio::task::spawn_blocking(move || read_all(&folders)).await else { return false };
        let before = (self.sources.clone(), self.broken.clone());
        self.broken.clone_from(&found.broken);
        self.sources = Vec::new();
        let mut good = BTreeMap::new();
        for (name, text) in self.good.iter().filter(|(name, _)| found.is_lost(name)) {
            good.insert(name.clone(), text.clone());
            self.sources.push(SourceFile { name: name.clone(), text: text.clone() });
        }
        for file in found.files {
            let errors = lares_rules::check_syntax(&file);
            let half = errors.iter().any(|error| error.severity == Severity::Error);
            match (half, self.good.remove(&file.name)) {
                (true, Some(last)) => {
                    self.broken.extend(errors);
                    good.insert(file.name.clone(), last.clone());
                    self.sources.push(SourceFile { name: file.name, text: last });
                }
                // Its errors are found again when it is compiled.
                (true, None) => self.sources.push(file),
                (false, _) => {
                    good.insert(file.name.clone(), file.text.clone());
                    self.sources.push(file);
                }
            }
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
