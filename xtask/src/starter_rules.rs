//! The rule files that are shipped, checked and tested by the program that a user would do it with, against the home
//! that they are shipped for: the demo home, as a hub that really runs tells it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, bail};

use crate::process;
use crate::workspace::Workspace;

/// A hub that is not there by then will never be.
const START_MAX: Duration = Duration::from_secs(60);

/// Fails when a starter rule file has an error, names what the demo home lacks, or fails one of its own tests.
pub fn check(workspace: &Workspace) -> anyhow::Result<()> {
    let lares = workspace.built("lares");
    let hub = DemoHub::start(&lares, &workspace.target.join("starter-rules"))?;
    for word in ["check", "test"] {
        let mut command = Command::new(&lares);
        command.current_dir(&workspace.root).args([word, "automations", "--data"]).arg(&hub.data);
        process::run(&mut command)?;
    }
    Ok(())
}

/// A hub with the demo home on a data directory of its own. Both end with it.
struct DemoHub {
    process: Child,
    data: PathBuf,
}

impl DemoHub {
    fn start(lares: &Path, folder: &Path) -> anyhow::Result<Self> {
        // One left over from a run that was killed would not be the home of today.
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder).context("failed to make a folder for the demo home")?;
        let log = fs::File::create(folder.join("hub.log")).context("failed to make the hub's log")?;
        let data = folder.join("data");
        let mut process = Command::new(lares)
            .args(["run", "--demo", "--http", "off", "--mqtt-listen", "127.0.0.1:0", "--data"])
            .arg(&data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .context("failed to start the hub")?;
        let output = process.stdout.take();
        let hub = Self { process, data };

        let (line_sender, line) = mpsc::channel();
        thread::spawn(move || {
            for line in
                output.into_iter().flat_map(|output| BufReader::new(output).lines()).map_while(Result::ok)
            {
                // Only the first line is waited for; reading goes on, so that the hub never blocks on its output.
                let _ = line_sender.send(line);
            }
        });
        match line.recv_timeout(START_MAX) {
            Ok(line) if line.starts_with("ready ") => Ok(hub),
            other => {
                let log = fs::read_to_string(folder.join("hub.log")).unwrap_or_default();
                bail!("the hub with the demo home did not get ready ({other:?}):\n{log}")
            }
        }
    }
}

impl Drop for DemoHub {
    fn drop(&mut self) {
        // It is killed, not asked: its data goes with it. Neither can fail in a way that matters here.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = self.data.parent().map(fs::remove_dir_all);
    }
}
